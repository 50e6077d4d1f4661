"""`patrol report`: a flight report to read."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from missions.errors import InputError
from patrol.commands.options import JsonOption
from patrol.console import print_json, stdout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flight.report import FlightReport
    from missions.plan import Plan
    from missions.telemetry import Telemetry

SourceArg = Annotated[Path, typer.Argument(help="A patrol's archive, or a report that `patrol fly --report` wrote.")]
TlogOption = Annotated[
    Path | None, typer.Option("--tlog", help="The flight's log, beside a report file: legs and curves come from it.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Flown:
    """What is known of a flight."""

    report: "FlightReport"
    telemetry: "Sequence[Telemetry]" = ()
    tlog: Path | None = None
    plan: "Plan | None" = None


def report(source: SourceArg, *, tlog: TlogOption = None, as_json: JsonOption = False) -> None:
    """Show a flight: planned against flown, leg by leg, what was checked, what happened, battery, wind and silences."""
    from missions.codec import to_jsonable
    from patrol.flight_record import flights_of, legs_flown, moments, silences

    flown = _of_archive(source) if source.is_dir() else _of_file(source, tlog)
    legs = legs_flown(flown.report, flown.telemetry, flown.plan)
    curves = [moments(flight) for flight in flights_of(flown.telemetry)]
    silent = silences(flown.tlog, system_id=flown.report.system_id) if flown.tlog is not None else ()
    if as_json:
        print_json(
            {
                "report": to_jsonable(flown.report),
                "legs": [to_jsonable(leg) for leg in legs],
                "flights": [[to_jsonable(moment) for moment in curve] for curve in curves],
                "silences": [to_jsonable(span) for span in silent],
            }
        )
        return
    from patrol import report_tables as tables
    from patrol.flight_console import report_table

    shown = [tables.head_table(flown.report), report_table(flown.report), tables.leg_table(legs)]
    for number, curve in enumerate(curves, start=1):
        shown.append(tables.moment_table(curve, f"Flight {number} of {len(curves)}"))
    checks = tables.check_table(flown.report)
    shown += [checks] if checks is not None else []
    shown.append(tables.event_table(flown.report))
    shown += [tables.silence_table(silent)] if silent else []
    for table in shown:
        stdout.print(table)
        stdout.print()


def _of_archive(folder: Path) -> _Flown:
    from archive import Archive

    with Archive.open(folder) as archive:
        layout = archive.layout
        return _Flown(
            report=_read(layout.report),
            telemetry=archive.telemetry(),
            tlog=layout.tlog if layout.tlog.is_file() else None,
            plan=archive.plan(),
        )


def _of_file(file: Path, tlog: Path | None) -> _Flown:
    from flight.replay_link import recorded_telemetry

    flown = _read(file)
    if tlog is None:
        return _Flown(report=flown)
    telemetry = recorded_telemetry(
        tlog, system_id=flown.system_id, patrol_id="report", vehicle_id=flown.vehicle_id, stream_id="main"
    )
    return _Flown(report=flown, telemetry=telemetry, tlog=tlog)


def _read(file: Path) -> "FlightReport":
    from flight.report import FlightReport
    from missions.codec import from_json

    try:
        text = file.read_bytes()
    except OSError as exc:
        raise InputError(
            f"cannot be read: {exc.strerror}", file=file, remedy="a flown patrol's archive, or its report"
        ) from exc
    return from_json(FlightReport, text, file=file)
