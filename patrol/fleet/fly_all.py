"""`patrol fly --all`: a fleet's plan from its file to its report."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from flight.settings import FlySettings
from missions import FlightError, InputError
from patrol.console import print_json, stdout
from patrol.fleet.console import FleetConsole, fleet_table
from patrol.fleet.fly_fleet import FleetSettings, fly_fleet
from patrol.fleet.loaded import checked_fleet
from patrol.fleet.report import FleetReport
from patrol.flight_console import write_report
from patrol.vehicles_folder import vehicles_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class AllFlight:
    """What an operator asked for beside plan and links."""

    tlog: Path | None = None
    report: Path | None = None
    assume_yes: bool = False
    resume: bool = False
    record: bool = False
    as_json: bool = False


def fly_all(
    file: Path, links: Sequence[str], settings: FlySettings, asked: AllFlight, *, of_one: Mapping[str, str | None]
) -> None:
    """Fly all aircraft of a fleet's plan, and publish what was flown; `of_one` are options that may not be given.

    Raises:
        InputError: one of them is given, or the plan or a link may not be used.
        FleetIncompleteError: an aircraft did not fly to its end.

    """
    for option, value in of_one.items():
        if value is not None:
            raise InputError("is about one aircraft", field=option, remedy="without --all")
    fleet, terrain = checked_fleet(file)
    how = FleetSettings(
        fly=settings, tlog=asked.tlog, ledger=vehicles_folder(), resume=asked.resume, record=asked.record
    )

    async def flown() -> FleetReport:
        with FleetConsole(assume_yes=asked.assume_yes) as console, console.interrupts():
            return await fly_fleet(links, fleet, how, console, terrain=terrain)

    try:
        done = asyncio.run(flown())
    except FlightError as exc:
        if isinstance(exc.report, FleetReport):
            _publish(exc.report, asked)
        raise
    _publish(done, asked)


def _publish(report: FleetReport, asked: AllFlight) -> None:
    write_report(report, asked.report)
    if asked.as_json:
        print_json(report)
    else:
        stdout.print(fleet_table(report))
