"""`patrol fly`: a plan on a vehicle."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from missions.errors import InputError
from patrol.commands.options import (
    HeartbeatOption,
    LinkOption,
    OperatorOption,
    RecordOption,
    SigningKeyOption,
    SystemIdOption,
    TlogOption,
    VehicleOption,
    WaiveOption,
)
from patrol.console import print_json, stdout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flight.link_url import LinkUrl
    from flight.report import FlightReport
    from flight.settings import FlySettings
    from missions import Breakpoint, Plan
    from missions.terrain import Terrain

PlanArg = Annotated[Path, typer.Argument(help="Plan file made by `patrol plan`.")]
AllOption = Annotated[
    bool, typer.Option("--all", help="Fly all aircraft of a fleet's plan at once, by its timetable and distances.")
]
ReportOption = Annotated[Path | None, typer.Option("--report", help="Write the flight report here, as JSON.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask for the vehicle's id; for scripts.")]
ResumeOption = Annotated[
    bool, typer.Option("--resume", help="Go on where the last flight of PLAN by this vehicle stopped.")
]
AtOption = Annotated[
    str | None,
    typer.Option("--at", metavar="SORTIE:ITEM[:FRACTION]", help="Go on there, at that share of the leg to the item."),
]
OursAloneOption = Annotated[
    bool, typer.Option("--ours-alone", hidden=True, help="The vehicle was started for this flight: do not lock it.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the flight report as one JSON object, nothing else.")]


def fly(
    plan: PlanArg,
    *,
    link: LinkOption,
    signing_key: SigningKeyOption = None,
    system_id: SystemIdOption = 255,
    vehicle: VehicleOption = None,
    tlog: TlogOption = None,
    report: ReportOption = None,
    yes: YesOption = False,
    timeout: HeartbeatOption = 10.0,
    waive: WaiveOption = None,
    operator: OperatorOption = None,
    resume: ResumeOption = False,
    at: AtOption = None,
    record: RecordOption = False,
    all_aircraft: AllOption = False,
    ours_alone: OursAloneOption = False,
    as_json: JsonOption = False,
) -> None:
    """Fly PLAN on the vehicle at --link: check, upload, preflight, arm, patrol, return, report."""
    from flight.report import FlightReport
    from missions.errors import FlightError
    from patrol.breakpoints import parse_breakpoint
    from patrol.checked_plan import checked_plan, refuse_in_air
    from patrol.flight_setup import checked_links, fly_settings, waivers_of
    from patrol.output_file import refuse_unwritable
    from patrol.plan_terrain import terrain_of_plan

    for file, option in ((tlog, "--tlog"), (report, "--report")):
        refuse_unwritable(file, option)
    if resume and at is not None:
        raise InputError("more than one place is named", remedy="one of --resume and --at")
    waivers = waivers_of(waive or (), operator)
    links = checked_links(link, signing_key)
    settings = fly_settings(
        timeout_s=timeout,
        waivers=waivers,
        own_system_id=system_id,
        signing_key=signing_key,
        ours_alone=ours_alone,
    )
    if all_aircraft:
        from patrol.fleet.fly_all import AllFlight, fly_all

        flight = AllFlight(tlog=tlog, report=report, assume_yes=yes, resume=resume, record=record, as_json=as_json)
        fly_all(plan, link, settings, flight, of_one={"--vehicle": vehicle, "--at": at})
        return
    start = parse_breakpoint(at) if at is not None else None
    checked = checked_plan(plan, vehicle_id=vehicle)
    refuse_in_air(checked, plan)
    try:
        flown = asyncio.run(
            _fly(
                checked,
                links,
                settings,
                tlog=tlog,
                assume_yes=yes,
                going_on=_GoingOn(start=start, resume=resume),
                record=record,
                terrain=terrain_of_plan(checked, plan),
            )
        )
    except FlightError as exc:
        if isinstance(exc.report, FlightReport):
            _publish(exc.report, report, as_json=as_json)
        raise
    _publish(flown, report, as_json=as_json)


@dataclass(frozen=True, slots=True, kw_only=True)
class _GoingOn:
    """Where a flight goes on; nowhere: it flies all of the plan."""

    start: "Breakpoint | None"
    resume: bool


async def _fly(
    plan: "Plan",
    links: "Sequence[LinkUrl]",
    settings: "FlySettings",
    *,
    tlog: Path | None,
    assume_yes: bool,
    going_on: _GoingOn,
    record: bool,
    terrain: "Terrain | None",
) -> "FlightReport":
    from flight.fly import fly_patrol
    from flight.preflight_inputs import GroundSide
    from patrol.energy_now import energy_needed
    from patrol.flight_console import FlightConsole
    from patrol.vehicles_folder import vehicles_folder
    from patrol.way_round import way_round

    with FlightConsole(assume_yes=assume_yes) as console, console.interrupts():
        return await fly_patrol(
            links,
            plan,
            settings,
            on_event=console.on_event,
            control=console.control,
            approve=console.approve,
            tlog=tlog,
            start=going_on.start,
            resume=going_on.resume,
            ledger=vehicles_folder(),
            find_way=way_round(plan, terrain),
            record=record,
            ground=GroundSide(energy_needed=energy_needed(plan)),
        )


def _publish(flown: "FlightReport", path: Path | None, *, as_json: bool) -> None:
    from patrol.flight_console import report_table, write_report

    write_report(flown, path)
    if as_json:
        print_json(flown)
    else:
        stdout.print(report_table(flown))
