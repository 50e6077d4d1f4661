"""`patrol run`: plan, check, fly, watch, alert and archive, on any link."""

import asyncio
import time
from pathlib import Path
from typing import Annotated

import typer

from patrol.commands.options import (
    LinkOption,
    OperatorOption,
    RecordOption,
    SigningKeyOption,
    SystemIdOption,
    VehicleOption,
    WaiveOption,
)

MissionArg = Annotated[Path | None, typer.Argument(metavar="MISSION", help="Mission file; left out with --resume.")]
VideoOption = Annotated[
    str | None, typer.Option("--video", help="udp://HOST:PORT (MPEG-TS), rtsp://... or a file; left out: not watched.")
]
TelemetryOption = Annotated[
    str | None,
    typer.Option(
        "--telemetry",
        metavar="FILE|URL",
        help="Where the camera's poses come from: a DJI .SRT sidecar of a recorded video, or a second MAVLink address "
        "written as for --link. It goes before KLV in the video, and that before the flight's link.",
    ),
]
PlanOption = Annotated[Path | None, typer.Option("--plan", help="A plan made earlier from this mission.")]
ArchiveOption = Annotated[
    Path | None, typer.Option("--archive", help="Folder for this patrol; default patrols/<UTC time>.")
]
ResumeOption = Annotated[Path | None, typer.Option("--resume", help="Archive of a patrol that was cut off.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask before a real aircraft flies; for scripts.")]
TimeoutOption = Annotated[
    float, typer.Option("--timeout", min=1, help="Seconds to wait for a heartbeat and a picture.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on standard output, nothing else.")]


def run(
    mission: MissionArg = None,
    *,
    link: LinkOption,
    signing_key: SigningKeyOption = None,
    system_id: SystemIdOption = 255,
    video: VideoOption = None,
    telemetry: TelemetryOption = None,
    plan: PlanOption = None,
    vehicle: VehicleOption = None,
    archive: ArchiveOption = None,
    resume: ResumeOption = None,
    yes: YesOption = False,
    timeout_s: TimeoutOption = 30.0,
    waive: WaiveOption = None,
    operator: OperatorOption = None,
    record: RecordOption = False,
    as_json: JsonOption = False,
) -> int:
    """Plan MISSION, check the plan, fly it, watch the video, warn the staff, keep everything."""
    from archive import Archive
    from missions.errors import InputError
    from patrol.flight_setup import checked_links, waivers_of
    from patrol.run.fly_and_tell import fly_and_tell
    from patrol.run.pose_source import pose_source
    from patrol.run.prepare import prepare, prepare_again
    from patrol.run.settings import RunSettings

    waivers = waivers_of(waive or (), operator)
    links = checked_links(link, signing_key)
    poses = pose_source(telemetry, links=links, video_url=video)
    if resume is not None:
        with Archive.open(resume) as earlier:
            prepared = prepare_again(earlier)
    elif mission is not None:
        prepared = prepare(mission, plan_file=plan, vehicle_id=vehicle)
    else:
        raise InputError("no mission", remedy="a mission file, or --resume ARCHIVE")
    settings = RunSettings(
        links=links,
        signing_key=signing_key,
        own_system_id=system_id,
        video_url=video,
        poses=poses,
        archive=resume or archive or new_archive_folder(),
        confirmed=yes,
        resume=resume is not None,
        timeout_s=timeout_s,
        waivers=waivers,
        record=record,
    )
    return asyncio.run(fly_and_tell(prepared, settings, as_json=as_json)).exit_code


def new_archive_folder() -> Path:
    """Return a folder named by the time, in `patrols/`."""
    return Path("patrols") / time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
