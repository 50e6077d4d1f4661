"""A fleet on the terminal: one table of all aircraft, what they tell as lines, the operator's word, Ctrl-C."""

import asyncio
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from flight.control import FlightControl, HandOver, Hold, Land, Order, Resume, ReturnHome
from flight.events import EventKind, FlightEvent, FlightUpdate
from flight.meeting import Briefing
from missions import FlightError
from patrol.console import stderr
from patrol.fleet.aircraft import FleetAircraft
from patrol.fleet.report import FleetReport
from patrol.fleet.watch import NearestPass, SeparationWatch
from patrol.flight_console import briefing_table, describe, status_of
from patrol.operator_terminal import OperatorTerminal

_ORDERS: Final = {"r": ReturnHome, "h": Hold, "c": Resume, "l": Land, "o": HandOver}
_QUESTION: Final = "\n[r]eturn home, [h]old, [c]ontinue, [l]and here, hand [o]ver; then an aircraft, or all: "
_REFRESH_S: Final = 0.25


class FleetConsole(OperatorTerminal):
    """What an operator sees of a fleet and may say to it. Use as a context manager around the flight."""

    def __init__(self, *, assume_yes: bool = False, interactive: bool | None = None, console: Console = stderr) -> None:
        self._live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None
        super().__init__(self._live, assume_yes=assume_yes, interactive=interactive, console=console)
        self._aircraft: Sequence[FleetAircraft] = ()
        self._watch: SeparationWatch | None = None

    def begin(self, aircraft: Sequence[FleetAircraft], watch: SeparationWatch) -> None:
        """Take the aircraft; the table shows what they are at."""
        self._aircraft, self._watch = aircraft, watch
        if self._live is not None:
            self._later(self._refresh(self._live))

    async def _refresh(self, live: Live) -> None:
        while True:
            if live.is_started:
                live.update(self.table(), refresh=True)
            await asyncio.sleep(_REFRESH_S)

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
        self._tell(update, of=vehicle_id)
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
        several = any(briefing.sortie_count > 1 for briefing in real)
        if self._may_go_unasked(
            unattended=f"{', '.join(briefing.vehicle_id for briefing in real)}: no simulation, and nobody is here to "
            "confirm it",
            swaps="several sorties need battery swaps in between, confirmed on a terminal" if several else "",
        ):
            return True
        return await self._ask(f"type how many aircraft shall fly, to let them ({len(briefings)}): ") == str(
            len(briefings)
        )

    async def _ask_battery(self, vehicle_id: str) -> None:
        if self._interactive:
            await self._ask(f"press Enter once a charged battery is in {vehicle_id}: ")
        for each in self._aircraft:
            if each.vehicle_id == vehicle_id:
                each.control.battery_is_swapped()

    # -- Ctrl-C ----------------------------------------------------------------------------------------------------

    @property
    def _flying(self) -> bool:
        return any(each.control.flying for each in self._aircraft)

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
