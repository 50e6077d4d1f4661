"""`patrol fly`: a plan on a vehicle."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from missions.errors import InputError
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

    checked = checked_plan(plan)
    settings = fly_settings(checked, link, timeout_s=timeout, waive=frozenset(waive or ()))
    try:
        flown = asyncio.run(_fly(checked, link, settings, tlog=tlog, assume_yes=yes))
    except SortieCutShort as exc:
        if isinstance(exc.report, FlightReport):
            _publish(exc.report, report, as_json=as_json)
        raise
    _publish(flown, report, as_json=as_json)


def checked_plan(path: Path) -> "Plan":
    """Read a plan and check it again: nothing flies on the word of a file.

    Raises:
        InputError: it was changed, or breaks its own rules.

    """
    from missions.formats.plan_file import load_plan
    from planner.check import check_plan

    plan = load_plan(path)
    violations = check_plan(plan)
    if violations:
        more = f", and {len(violations) - 1} more" if len(violations) > 1 else ""
        raise InputError(f"may not be flown: {violations[0].text}{more}", file=path, remedy="`patrol check` lists all")
    return plan


def fly_settings(plan: "Plan", link: str, *, timeout_s: float, waive: frozenset[str] = frozenset()) -> "FlySettings":
    """Return how to fly on this link: a loopback vehicle is a simulation and gets simulated batteries.

    Raises:
        InputError: several sorties need somebody who swaps batteries, and nobody is at the terminal.

    """
    from flight.link_url import parse_link_url
    from flight.settings import BatterySwap, FlySettings

    simulated = parse_link_url(link).is_loopback
    if not simulated and len(plan.sorties) > 1 and not sys.stdin.isatty():
        raise InputError(
            f"{len(plan.sorties)} sorties need a battery swap in between, confirmed on a terminal",
            field="--link",
            remedy="run it on a terminal",
        )
    return FlySettings(
        heartbeat_wait_s=timeout_s,
        battery_swap=BatterySwap.SIMULATED if simulated else BatterySwap.ASK,
        waive=waive,
    )


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
