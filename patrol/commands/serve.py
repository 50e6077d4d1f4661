"""`patrol serve`: patrols by a timetable, with a weather gate and a history of every occurrence."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from missions.errors import InputError
from patrol.commands.options import OperatorOption, WaiveOption
from patrol.console import print_json, stderr, stdout

if TYPE_CHECKING:
    from patrol.serve.doors import FlyingDoors
    from patrol.serve.timetable import Timetable

TimetableArg = Annotated[Path, typer.Argument(metavar="TIMETABLE", help="Timetable file (YAML).")]
LinkOption = Annotated[
    list[str] | None,
    typer.Option(
        "--link", help="udpin:HOST:PORT, udpout:HOST:PORT, tcp:HOST:PORT or serial:/dev/ttyX:BAUD. Several for a fleet."
    ),
]
WeatherOption = Annotated[
    str | None,
    typer.Option(
        "--weather",
        metavar="SOURCE",
        help="METAR text: a file, or an http(s) address; none flies without. Without any the gate stays closed.",
    ),
]
StoreOption = Annotated[
    Path | None, typer.Option("--store", help="The history's file; by default beside TIMETABLE, .history.sqlite.")
]
HistoryOption = Annotated[bool, typer.Option("--history", help="Print what became of every occurrence, and end.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the history as one JSON object, and end.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Fly real aircraft though nobody is asked before each flight.")]
TimeoutOption = Annotated[float, typer.Option("--timeout", min=0.5, help="Seconds to wait for a first heartbeat.")]


def serve(
    timetable: TimetableArg,
    *,
    link: LinkOption = None,
    weather: WeatherOption = None,
    store: StoreOption = None,
    history: HistoryOption = False,
    as_json: JsonOption = False,
    yes: YesOption = False,
    timeout: TimeoutOption = 60.0,
    waive: WaiveOption = None,
    operator: OperatorOption = None,
) -> None:
    """Fly the patrols of TIMETABLE when they are due and the weather allows; go on after any end of this process.

    What was being flown when it ended is taken up again, what nobody was there for is told as missed. Ctrl-C ends this
    process alone: an aircraft in the air does what its plan wants when the link is lost, until serve runs again.
    """
    from patrol.serve.timetable import load_timetable

    table = load_timetable(timetable)
    file = store or timetable.with_suffix(".history.sqlite")
    if history or as_json:
        _print(table, file, as_json=as_json)
        return
    if not link:
        raise InputError("is missing", field="--link", remedy="where the aircraft are, such as udpin:0.0.0.0:14550")
    from missions.process_lock import process_lock
    from patrol.flight_setup import checked_links, fly_settings, waivers_of
    from patrol.output_file import refuse_unwritable
    from patrol.serve.doors import FlyingDoors
    from patrol.serve.weather import weather_source

    refuse_unwritable(file, "--store")
    checked_links(link, None)
    if weather is None:
        stderr.print("note: no --weather: the gate stays closed, and every patrol is refused", soft_wrap=True)
    doors = FlyingDoors(
        table=table,
        links=link,
        read_weather=weather_source(weather),
        folder=file.with_suffix(".flights"),
        settings=fly_settings(timeout_s=timeout, waivers=waivers_of(waive or (), operator)),
        assume_yes=yes,
    )
    with process_lock(file.with_suffix(".lock"), "this timetable is served"):
        asyncio.run(_serve(table, file, doors))


async def _serve(table: "Timetable", file: Path, doors: "FlyingDoors") -> None:
    from missions.occurrence import OccurrenceChange
    from patrol.serve.doors import WallClock
    from patrol.serve.history import History
    from patrol.serve.runner import Runner
    from patrol.serve.table import change_line

    zone = table.entries.zone

    def told(change: OccurrenceChange) -> None:
        stdout.print(change_line(change, zone), soft_wrap=True)

    with History.open(file) as history:
        await Runner(table=table, history=history, clock=WallClock(), doors=doors, on_change=told).run()


def _print(table: "Timetable", file: Path, *, as_json: bool) -> None:
    from missions.occurrence import latest_of
    from patrol.serve.history import History
    from patrol.serve.table import history_table

    with History.open(file, must_exist=True) as history:
        changes = history.changes()
    if as_json:
        print_json({"zone": table.entries.zone, "occurrences": latest_of(changes), "changes": changes})
    else:
        stdout.print(history_table(changes, table.entries.zone))
