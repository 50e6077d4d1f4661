"""`patrol fly`: a plan on a vehicle."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from patrol.commands.options import VehicleOption
from patrol.console import print_json, stderr, stdout

if TYPE_CHECKING:
    from flight.report import FlightReport
    from flight.settings import FlySettings
    from missions import Plan

PlanArg = Annotated[Path, typer.Argument(help="Plan file made by `patrol plan`.")]
LinkOption = Annotated[
    str, typer.Option("--link", help="udpin:HOST:PORT, udpout:HOST:PORT, tcp:HOST:PORT or serial:/dev/ttyX:BAUD.")
]
TlogOption = Annotated[Path | None, typer.Option("--tlog", help="Keep every MAVLink message here, both directions.")]
ReportOption = Annotated[Path | None, typer.Option("--report", help="Write the flight report here, as JSON.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask for the vehicle's id; for scripts.")]
TimeoutOption = Annotated[float, typer.Option("--timeout", min=0.5, help="Seconds to wait for a first heartbeat.")]
WaiveOption = Annotated[
    list[str] | None, typer.Option("--waive", help="Preflight check that may fail, by its name; may be repeated.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the flight report as one JSON object, nothing else.")]


def fly(
    plan: PlanArg,
    *,
    link: LinkOption,
    vehicle: VehicleOption = None,
    tlog: TlogOption = None,
    report: ReportOption = None,
    yes: YesOption = False,
    timeout: TimeoutOption = 10.0,
    waive: WaiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fly PLAN on the vehicle at --link: check, upload, preflight, arm, patrol, return, report."""
    from flight.errors import SortieCutShort
    from flight.report import FlightReport
    from patrol.checked_plan import checked_plan, refuse_in_air
    from patrol.flight_setup import fly_settings
    from patrol.output_file import refuse_unwritable

    for file, option in ((tlog, "--tlog"), (report, "--report")):
        refuse_unwritable(file, option)
    checked = checked_plan(plan, vehicle_id=vehicle)
    refuse_in_air(checked, plan)
    settings = fly_settings(checked, link, timeout_s=timeout, waive=frozenset(waive or ()))
    try:
        flown = asyncio.run(_fly(checked, link, settings, tlog=tlog, assume_yes=yes))
    except SortieCutShort as exc:
        if isinstance(exc.report, FlightReport):
            _publish(exc.report, report, as_json=as_json)
        raise
    _publish(flown, report, as_json=as_json)


async def _fly(
    plan: "Plan", link: str, settings: "FlySettings", *, tlog: Path | None, assume_yes: bool
) -> "FlightReport":
    from flight.fly import fly_patrol
    from patrol.flight_console import FlightConsole

    with FlightConsole(assume_yes=assume_yes) as console, console.interrupts():
        return await fly_patrol(
            link,
            plan,
            settings,
            on_event=console.on_event,
            control=console.control,
            approve=console.approve,
            tlog=tlog,
        )


def _publish(flown: "FlightReport", path: Path | None, *, as_json: bool) -> None:
    from missions.codec import to_json
    from missions.formats.atomic import write_atomically
    from patrol.flight_console import report_table

    if path is not None:
        write_atomically(path, to_json(flown, indent=2) + "\n")
        stderr.print(f"report: {path}", soft_wrap=True)
    if as_json:
        print_json(flown)
    else:
        stdout.print(report_table(flown))
