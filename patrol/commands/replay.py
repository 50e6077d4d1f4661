"""`patrol replay`: a recorded patrol, watched again."""

import asyncio
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from missions.errors import InputError
from patrol.commands.options import JsonOption, VehicleOption
from patrol.commands.run import new_archive_folder
from patrol.console import print_json, stdout

if TYPE_CHECKING:
    from rich.table import Table

    from missions.incident import Incident
    from patrol.replay import Compared, Recording, Replayed

RecordedArg = Annotated[
    Path | None, typer.Argument(metavar="ARCHIVE", help="A recorded patrol; left out where the four files are named.")
]
MissionOption = Annotated[Path | None, typer.Option("--mission", help="Mission file, of a flight that lies in files.")]
PlanOption = Annotated[Path | None, typer.Option("--plan", help="The plan that was flown.")]
TlogOption = Annotated[Path | None, typer.Option("--tlog", help="The flight's log, of any ground station.")]
VideoOption = Annotated[Path | None, typer.Option("--video", help="The recorded video.")]
StartsOption = Annotated[
    str | None,
    typer.Option("--video-starts", metavar="UTC", help="When its first picture was taken; left out where KLV tells."),
]
IntoOption = Annotated[
    Path | None, typer.Option("--archive", help="Folder for the replay's own archive; default patrols/<UTC time>.")
]
SameOption = Annotated[
    bool, typer.Option("--expect-same", help="Exit with 1 unless the same incidents are found as in flight.")
]


def replay(
    recorded: RecordedArg = None,
    *,
    mission: MissionOption = None,
    plan: PlanOption = None,
    vehicle: VehicleOption = None,
    tlog: TlogOption = None,
    video: VideoOption = None,
    video_starts: StartsOption = None,
    archive: IntoOption = None,
    expect_same: SameOption = False,
    as_json: JsonOption = False,
) -> int:
    """Watch a recorded patrol again: its flight and its video go through the code that watched them live."""
    from patrol.replay import compare_incidents, recording_of, recording_of_files, replay_patrol
    from patrol.run.prepare import prepare
    from patrol.run.terminal import RunTerminal

    if recorded is not None:
        recording = recording_of(recorded)
    elif mission is not None and plan is not None and tlog is not None and video is not None:
        starts_utc_s = None if video_starts is None else parse_utc(video_starts)
        prepared = prepare(mission, plan_file=plan, vehicle_id=vehicle)
        recording = recording_of_files(
            prepared, mission_file=mission, tlog=tlog, video=video, starts_utc_s=starts_utc_s
        )
    else:
        raise InputError("no recording", remedy="an archive, or --mission, --plan, --tlog and --video")
    folder = archive or new_archive_folder()
    with RunTerminal(assume_yes=True) as terminal:
        replayed = asyncio.run(replay_patrol(recording, folder, terminal.show))
    rows = compare_incidents(recording.incidents, replayed.incidents)
    same = all(row.same for row in rows)
    if as_json:
        print_json(_as_json(recording, replayed, rows))
    else:
        stdout.print(comparison_table(rows) if rows else "no incidents, neither then nor now")
        stdout.print(f"{replayed.pictures} pictures; archive: {replayed.archive}", soft_wrap=True)
    return 1 if expect_same and not same else 0


def parse_utc(text: str) -> float:
    """Return seconds since 1970 of a time with its zone.

    Raises:
        InputError: it is none.

    """
    with suppress(ValueError, OverflowError):
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.timestamp()
    raise InputError(f"{text!r} is no time with a zone", field="--video-starts", remedy="2026-05-28T20:28:01.5Z")


def comparison_table(rows: "tuple[Compared, ...]") -> "Table":
    """Return then against now."""
    from rich.table import Table

    table = Table("kind", "in flight", "replayed", "opened later", "places apart", "", title="incidents, then and now")
    for row in rows:
        known = row.then or row.now
        verdict = "same" if row.same else "differs" if row.then and row.now else "gone" if row.then else "new"
        table.add_row(
            str(known.kind) if known else "",
            row.then.incident_id if row.then else "-",
            row.now.incident_id if row.now else "-",
            "-" if row.later_s is None else f"{row.later_s:+.2f} s",
            "-" if row.apart_m is None else f"{row.apart_m:.1f} m",
            f"[{'green' if row.same else 'yellow'}]{verdict}[/]",
        )
    return table


def _as_json(recording: "Recording", replayed: "Replayed", rows: "tuple[Compared, ...]") -> dict[str, object]:
    def told(incident: "Incident | None") -> object:
        from missions.codec import to_jsonable

        return None if incident is None else to_jsonable(incident)

    return {
        "replay_of": str(recording.source),
        "archive": str(replayed.archive),
        "pictures": replayed.pictures,
        "poses": len(recording.flight.telemetry),
        "same": all(row.same for row in rows),
        "incidents": [
            {
                "then": told(row.then),
                "now": told(row.now),
                "later_s": row.later_s,
                "apart_m": row.apart_m,
                "same": row.same,
            }
            for row in rows
        ],
    }
