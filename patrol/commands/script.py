"""`patrol script`: a DroneKit script on our link."""

import asyncio
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from patrol.commands.options import (
    HeartbeatOption,
    JsonOption,
    LinkOption,
    SigningKeyOption,
    SystemIdOption,
    TlogOption,
    VehicleSystemIdOption,
)
from patrol.console import print_json, say_error, stderr, stdout

if TYPE_CHECKING:
    from rich.table import Table

    from flight.link_settings import LinkSettings
    from flight.link_url import LinkUrl
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
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask before a real vehicle may fly.")]


def script(
    file: ScriptArg,
    arguments: ArgumentsArg = None,
    *,
    link: LinkOption,
    signing_key: SigningKeyOption = None,
    system_id: SystemIdOption = 255,
    vehicle: VehicleSystemIdOption = None,
    at_end: AtEndOption = "return",
    tlog: TlogOption = None,
    yes: YesOption = False,
    timeout: HeartbeatOption = 10.0,
    as_json: JsonOption = False,
) -> int:
    """Run a DroneKit script against the vehicle at --link; our heartbeat, record and watch stay around it."""
    from flight.link_settings import LinkSettings
    from flight.script_flight import AtEnd, ScriptSettings
    from flight.script_process import checked_script
    from patrol.flight_setup import checked_links
    from patrol.output_file import refuse_unwritable

    refuse_unwritable(tlog, "--tlog")
    urls = checked_links(link, signing_key)
    presence = LinkSettings(own_system_id=system_id, signing_key=signing_key, tlog=tlog)
    settings = ScriptSettings(
        script=checked_script(file), arguments=tuple(arguments or ()), at_end=AtEnd(at_end), quiet_stdout=as_json
    )
    report = asyncio.run(_fly(settings, urls, presence, vehicle=vehicle, assume_yes=yes, timeout_s=timeout))
    if as_json:
        print_json(report)
    else:
        stdout.print(script_table(report))
    if report.problem is not None:
        say_error(report.problem)
        return 1
    return 0


async def _fly(
    settings: "ScriptSettings",
    urls: "tuple[LinkUrl, ...]",
    presence: "LinkSettings",
    *,
    vehicle: int | None,
    assume_yes: bool,
    timeout_s: float,
) -> "ScriptReport":
    from flight.hub import open_hub
    from flight.script_flight import fly_script
    from flight.vehicle_lock import hold_vehicle
    from patrol.flight_console import FlightConsole
    from patrol.two_interrupts import two_interrupts
    from patrol.vehicle_confirmed import confirm_vehicle
    from patrol.vehicles_folder import vehicle_locks

    console = FlightConsole(assume_yes=assume_yes)
    with ExitStack() as held:
        async with open_hub(urls, presence) as hub:
            link = await hub.wait_vehicle(vehicle, timeout_s=timeout_s)
            why = await hold_vehicle(link, vehicle_locks(), held)
            if why:
                stderr.print(
                    f"[yellow]no other process is kept from flying this vehicle: {why}[/yellow]", soft_wrap=True
                )
            await confirm_vehicle(link, about="a script is about to fly it", field="--yes", assume_yes=assume_yes)
            with two_interrupts() as (stop, halt):
                return await fly_script(link, settings, on_event=console.on_event, stop=stop, halt=halt)


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
