"""A fleet on the terminal: one table of all aircraft, what they tell as lines, the operator's word, Ctrl-C."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Coroutine, Iterator, Sequence
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from flight.control import FlightControl, HandOver, Hold, Land, Order, Resume, ReturnHome
from flight.events import EventKind, FlightEvent, FlightUpdate
from flight.meeting import Briefing
from missions import FlightError, InputError
from patrol.console import stderr
from patrol.fleet.aircraft import FleetAircraft
from patrol.fleet.report import FleetReport
from patrol.fleet.watch import NearestPass, SeparationWatch
from patrol.flight_console import ALARMS, briefing_table, describe, preflight_table, status_of

_ORDERS: Final = {"r": ReturnHome, "h": Hold, "c": Resume, "l": Land, "o": HandOver}
_QUESTION: Final = "\n[r]eturn home, [h]old, [c]ontinue, [l]and here, hand [o]ver; then an aircraft, or all: "
_A_SECOND: Final = 4.0


class FleetConsole:
    """What an operator sees of a fleet and may say to it. Use as a context manager around the flight."""

    def __init__(self, *, assume_yes: bool = False, interactive: bool | None = None, console: Console = stderr) -> None:
        self._assume_yes = assume_yes
        self._interactive = sys.stdin.isatty() if interactive is None else interactive
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._aircraft: Sequence[FleetAircraft] = ()
        self._watch: SeparationWatch | None = None
        self._asking = False
        self._background: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def begin(self, aircraft: Sequence[FleetAircraft], watch: SeparationWatch) -> None:
        """Take the aircraft; the table shows what they are at."""
        self._aircraft, self._watch = aircraft, watch
        if self._console.is_terminal:
            self._later(self._refresh())

    async def _refresh(self) -> None:
        while True:
            if self._live.is_started:
                self._live.update(self.table(), refresh=True)
            await asyncio.sleep(1.0 / _A_SECOND)

    def table(self) -> Table:
        """Return all aircraft as they are now."""
        table = Table("Aircraft", "", "", "", box=None, pad_edge=False)
        for each in self._aircraft:
            style = "yellow" if each.held_by_us or each.waits else "default"
            progress = each.progress
            what = describe(progress) if progress is not None and each.in_the_air else each.last_text
            figures = status_of(progress) if progress is not None and each.in_the_air else ""
            table.add_row(each.vehicle_id, f"[{style}]{state_of(each)}[/{style}]", escape(what), figures)
        nearest = self._watch.nearest if self._watch is not None else None
        if nearest is not None:
            table.caption = nearest_line(nearest)
        return table

    def on_update(self, vehicle_id: str, update: FlightUpdate) -> None:
        """Show an event as a line; progress stands in the table."""
        if not isinstance(update, FlightEvent):
            return
        style = "yellow" if update.kind in ALARMS or update.kind is EventKind.SEPARATION else "default"
        why = f" [dim]({escape(update.cause)})[/dim]" if update.cause else ""
        self._console.print(
            f"[dim]{escape(vehicle_id)}[/dim] [{style}]{escape(update.text)}[/{style}]{why}", soft_wrap=True
        )
        if update.checks:
            self._console.print(preflight_table(update.checks))
        if update.kind is EventKind.BATTERY_SWAP and update.text.startswith("waiting"):
            self._later(self._ask_battery(vehicle_id))

    async def approve(self, briefings: Sequence[Briefing]) -> bool:
        """Show what is about to fly; unless all are simulations, wait for the operator's word for all of them.

        Raises:
            InputError: there is no terminal to ask on, and `--yes` was not given or batteries are to be swapped.

        """
        real = [briefing for briefing in briefings if not briefing.is_simulation]
        for briefing in real:
            self._console.print(briefing_table(briefing))
        if not real:
            return True
        if not self._interactive and any(briefing.sortie_count > 1 for briefing in real):
            raise InputError(
                "several sorties need battery swaps in between, confirmed on a terminal", remedy="run it on a terminal"
            )
        if self._assume_yes:
            return True
        ids = ", ".join(briefing.vehicle_id for briefing in real)
        if not self._interactive:
            raise InputError(
                f"{ids}: no simulation, and nobody is here to confirm it",
                field="--yes",
                remedy="confirm on a terminal, or give --yes",
            )
        return await self._ask(f"type how many aircraft shall fly, to let them ({len(briefings)}): ") == str(
            len(briefings)
        )

    async def _ask(self, prompt: str) -> str:
        """Ask on the terminal while the flights go on."""
        was_live = self._live.is_started
        self._live.stop()
        self._asking = True
        try:
            return (await asyncio.to_thread(input, prompt)).strip()
        except EOFError:
            return ""
        finally:
            self._asking = False
            if was_live:
                self._live.start()

    async def _ask_battery(self, vehicle_id: str) -> None:
        if self._interactive:
            await self._ask(f"press Enter once a charged battery is in {vehicle_id}: ")
        for each in self._aircraft:
            if each.vehicle_id == vehicle_id:
                each.control.battery_is_swapped()

    # -- Ctrl-C ----------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def interrupts(self) -> Iterator[None]:
        """Let Ctrl-C ask the operator, or bring all aircraft home where there is no terminal.

        Raises:
            KeyboardInterrupt: it came while nothing was flying; then the whole work ends.

        """
        loop, work = asyncio.get_running_loop(), asyncio.current_task()
        ended = False

        def interrupt() -> None:
            nonlocal ended
            if any(each.control.flying for each in self._aircraft):
                self._later(self.ask_on_interrupt())
            elif work is not None:
                ended = True
                work.cancel()

        loop.add_signal_handler(signal.SIGINT, interrupt)
        try:
            yield
        except asyncio.CancelledError:
            if ended:
                raise KeyboardInterrupt from None
            raise
        finally:
            loop.remove_signal_handler(signal.SIGINT)
            for task in tuple(self._background):
                task.cancel()

    async def ask_on_interrupt(self) -> None:
        """Ask what which aircraft should do and pass it on; those that do not fly yet stay on the ground."""
        if self._asking:
            return
        answer = "r all" if not self._interactive else await self._ask(_QUESTION)
        key, _, whom = answer.partition(" ")
        order = _ORDERS.get(key[:1].lower())
        chosen = [
            each for each in self._aircraft if whom.strip() in {each.vehicle_id, "all", ""} and each.control.flying
        ]
        if order is None or not chosen:
            self._console.print("nothing changed")
            return
        await asyncio.gather(*(self._give(each.vehicle_id, each.control, order()) for each in chosen))

    async def _give(self, vehicle_id: str, control: FlightControl, order: Order) -> None:
        try:
            await control.give(order)
        except FlightError as exc:
            self._console.print(f"[red]{escape(vehicle_id)}: {escape(str(exc))}[/red]")

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def state_of(each: FleetAircraft) -> str:
    """Return what an aircraft is at, in a word or two."""
    if each.waits:
        return "waits to take off"
    if each.held_by_us:
        return "keeps clear, higher" if each.climbed else "keeps clear"
    return each.doing().value


def nearest_line(nearest: NearestPass) -> str:
    """Return the nearest pass in a line."""
    return f"nearest so far: {' and '.join(nearest.vehicle_ids)}, {nearest.across_m:.0f} m"


def fleet_table(report: FleetReport) -> Table:
    """Return planned against flown, aircraft by aircraft."""
    table = Table("Aircraft", "Outcome", "Distance", "Time", "Largest cross-track", box=None, pad_edge=False)
    for each in report.aircraft:
        flown = each.report
        if flown is None:
            table.add_row(each.vehicle_id, "flown before" if each.flown_before else escape(each.failure), "", "", "")
            continue
        minutes, seconds = divmod(round(flown.flown_time_s), 60)
        cross = f"{flown.cross_track_max_m:.1f} m" if flown.cross_track_max_m is not None else "-"
        distance = f"{flown.flown_distance_m:.0f} of {flown.planned.distance_m:.0f} m"
        outcome = flown.outcome.value.replace("_", " ")
        table.add_row(each.vehicle_id, outcome, distance, f"{minutes}:{seconds:02d} min", cross)
    kept = f"{report.separation_m:g} m are kept"
    nearest = report.nearest
    table.caption = (
        f"{nearest_line(nearest)}; {kept}" if nearest is not None else f"no two at one height at once; {kept}"
    )
    return table
