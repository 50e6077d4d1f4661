"""`patrol script`: a DroneKit script on our link."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from patrol.commands.fly import LinkOption, TimeoutOption, TlogOption
from patrol.commands.options import JsonOption
from patrol.console import print_json, stderr, stdout

if TYPE_CHECKING:
    from rich.table import Table

    from flight.link import MavLink
    from flight.script_flight import ScriptReport, ScriptSettings

ScriptArg = Annotated[
    Path, typer.Argument(metavar="FILE.py", help="It finds `vehicle`, connected; dronekit.connect() gives it that too.")
]
ArgumentsArg = Annotated[
    list[str] | None, typer.Argument(metavar="ARGS", help="For the script; those with a dash come after `--`.")
]
AtEndOption = Annotated[
    Literal["return", "land", "leave"],
    typer.Option("--at-end", help="What a vehicle does that the script leaves in the air, unless it flies a mission."),
]
SystemIdOption = Annotated[
    int | None, typer.Option("--system-id", min=1, max=255, help="Which vehicle, where several are heard.")
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask before a real vehicle may fly.")]


def script(
    file: ScriptArg,
    arguments: ArgumentsArg = None,
    *,
    link: LinkOption,
    system_id: SystemIdOption = None,
    at_end: AtEndOption = "return",
    tlog: TlogOption = None,
    yes: YesOption = False,
    timeout: TimeoutOption = 10.0,
    as_json: JsonOption = False,
) -> int:
    """Run a DroneKit script against the vehicle at --link; our heartbeat, record and watch stay around it."""
    from flight.script_flight import AtEnd, ScriptSettings
    from flight.script_process import checked_script
    from patrol.output_file import refuse_unwritable

    refuse_unwritable(tlog, "--tlog")
    settings = ScriptSettings(
        script=checked_script(file), arguments=tuple(arguments or ()), at_end=AtEnd(at_end), quiet_stdout=as_json
    )
    report = asyncio.run(_fly(settings, link, system_id=system_id, tlog=tlog, assume_yes=yes, timeout_s=timeout))
    if as_json:
        print_json(report)
    else:
        stdout.print(script_table(report))
    if report.problem is not None:
        from patrol.cli import say_error

        say_error(report.problem)
        return 1
    return 0


async def _fly(
    settings: "ScriptSettings",
    url: str,
    *,
    system_id: int | None,
    tlog: Path | None,
    assume_yes: bool,
    timeout_s: float,
) -> "ScriptReport":
    from flight.link import open_link
    from flight.script_flight import fly_script
    from patrol.flight_console import FlightConsole
    from patrol.two_interrupts import two_interrupts

    console = FlightConsole(assume_yes=assume_yes)
    async with open_link(url, tlog=tlog) as link:
        await link.wait_vehicle(system_id=system_id, timeout_s=timeout_s)
        await _approve(link, assume_yes=assume_yes)
        with two_interrupts() as (stop, halt):
            return await fly_script(link, settings, on_event=console.on_event, stop=stop, halt=halt)


async def _approve(link: "MavLink", *, assume_yes: bool) -> None:
    """Let a simulation fly; for anything else have the operator type its system id.

    Raises:
        NotApproved: something else was typed.
        InputError: nobody is at the terminal.

    """
    from flight.errors import NotApproved
    from flight.script_flight import is_simulation
    from missions.errors import InputError

    if assume_yes or await is_simulation(link):
        return
    what = f"system id {link.target_system} at {link.address}"
    if not sys.stdin.isatty():
        raise InputError(
            f"{what} may be a real aircraft and nobody is at the terminal to confirm it",
            field="--yes",
            remedy="confirm on a terminal, or give --yes",
        )
    stderr.print(f"a script is about to fly {what}")
    typed = await asyncio.to_thread(input, f"type its system id to let it fly ({link.target_system}): ")
    if typed.strip() != str(link.target_system):
        raise NotApproved("the flight was not approved; the script was not started")


def script_table(report: "ScriptReport") -> "Table":
    """Return what the script did."""
    from rich.table import Table

    table = Table(title=report.script, title_justify="left", show_header=False, box=None, pad_edge=False)
    table.add_row("vehicle", f"system id {report.system_id} at {report.link_url}")
    table.add_row("when the script ended", report.ended_in)
    table.add_row("now", "armed" if report.armed_at_end else "disarmed")
    table.add_row("watched for", f"{report.watched_s:.0f} s of the vehicle's time")
    table.add_row("height, largest", f"{report.height_max_m:.1f} m above home")
    table.add_row("messages of the script", f"{report.messages_sent} sent, {report.messages_refused} refused")
    table.add_row("link", f"{report.link.loss_pct:.1f} % of {report.link.received} messages lost")
    return table
