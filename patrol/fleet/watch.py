"""The separation watch: looks several times a second, and tells aircraft to wait, to climb, to go on, to take off."""

import asyncio
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from flight.control import Climb, Hold, Order, Resume
from flight.events import EventKind, FlightEvent
from missions import FlightError
from patrol.fleet.aircraft import FleetAircraft
from patrol.fleet.separation import Action, Choice, Rule, choose

_TICK_S: Final = 0.1
_FASTEST_TICK_S: Final = 0.03
_MARGIN_M: Final = 5.0
"""Beyond the plan's distance: reported positions err, and so do two clocks."""
_LAYER_NOISE_M: Final = 2.0
"""Aircraft that were planned one layer apart report a metre more or less."""
_LEAST_HOLD_S: Final = 3.0
_TRY_AGAIN_S: Final = 1.0

OnFleetEvent = Callable[[str, FlightEvent], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestPass:
    """The nearest that two aircraft came, by what they told of themselves."""

    vehicle_ids: tuple[str, str]
    across_m: float
    """Over the ground, while neither was a layer above the other."""
    height_m: float
    at_utc_s: float


class SeparationWatch:
    """Watches over all aircraft of a fleet; `aircraft` come in the order of their right of way."""

    def __init__(
        self, aircraft: Sequence[FleetAircraft], *, separation_m: float, layer_m: float, on_event: OnFleetEvent
    ) -> None:
        self._aircraft = aircraft
        self.separation_m, self.layer_m = separation_m, layer_m
        spared_m = min(_LAYER_NOISE_M, layer_m / 4)
        self._rule = Rule(separation_m=separation_m + _MARGIN_M, layer_m=layer_m - spared_m)
        self._kept = Rule(separation_m=separation_m, layer_m=layer_m - spared_m)
        self._on_event = on_event
        self._orders: dict[str, asyncio.Task[None]] = {}
        self._since_s: dict[str, float] = {}
        self._told: dict[str, str] = {}
        self._failure = ""
        self.nearest: NearestPass | None = None
        self.events: list[FlightEvent] = []

    async def run(self) -> None:
        """Watch until cancelled."""
        try:
            while True:
                self._look_safely()
                await asyncio.sleep(self._tick_s())
        finally:
            for task in self._orders.values():
                task.cancel()
            await asyncio.gather(*self._orders.values(), return_exceptions=True)

    def _tick_s(self) -> float:
        pace = max((each.link.clock.pace for each in self._aircraft), default=1.0)
        return max(_FASTEST_TICK_S, _TICK_S / max(1.0, pace))

    def _look_safely(self) -> None:
        """Look; a bug of ours is told, and must not end the flights that are under way."""
        try:
            self.look()
        except Exception as exc:  # noqa: BLE001 - whatever it is, the aircraft are in the air
            text = f"the separation watch failed: {type(exc).__name__}: {exc}"
            if text != self._failure:
                self._failure = text
                for each in self._aircraft:
                    self._emit(each, text, "a bug; the timetable alone keeps the aircraft apart until it is told again")

    def look(self) -> None:
        """Compare all flights once and give what orders follow."""
        self._measure()
        movers = {each.vehicle_id: mover for each in self._ranked() if (mover := each.mover(self.layer_m)) is not None}
        choices = choose(tuple(movers.values()), self._rule)
        for each in self._aircraft:
            choice = choices.get(each.vehicle_id)
            if choice is not None and movers[each.vehicle_id].is_free:
                self._act(each, choice)
            elif choice is not None and not choice.keeps and choice.because is not None:
                self._tell(each, "cannot be told to keep clear", choice)

    def _ranked(self) -> list[FleetAircraft]:
        """Return who is in the air before who is to take off."""
        return sorted(self._aircraft, key=lambda each: each.waits)

    # -- orders ----------------------------------------------------------------------------------------------------

    def _act(self, each: FleetAircraft, choice: Choice) -> None:
        match choice.action:
            case Action.GO if each.waits:
                each.clear()
            case Action.GO if each.held_by_us and self._may_go_on(each):
                self._give(each, Resume(), choice)
            case Action.WAIT:
                self._tell(each, "waits on the ground", choice)
            case Action.HOLD if not each.held or each.resuming:
                self._give(each, Hold(why=self._why(choice)), choice)
            case Action.CLIMB if not each.climbed and choice.to_m is not None:
                height_m = choice.to_m - each.plan.dock_amsl_m
                self._give(each, Climb(height_m=height_m, why=self._why(choice)), choice)
            case _:
                pass

    def _may_go_on(self, each: FleetAircraft) -> bool:
        held_s = each.link.clock.elapsed_s - self._since_s.get(each.vehicle_id, -math.inf)
        return held_s >= _LEAST_HOLD_S

    def _why(self, choice: Choice) -> str:
        if choice.because is None:
            return f"until {choice.makes_room_for or 'the other'} is out of the way"
        return f"{choice.because.told(self.separation_m)}, with {_MARGIN_M:g} m to spare"

    def _give(self, each: FleetAircraft, order: Order, choice: Choice) -> None:
        """Give an order beside the watch; a hold goes before a resume that is under way."""
        running = self._orders.get(each.vehicle_id)
        if running is not None and not running.done():
            if not (isinstance(order, Hold) and each.resuming):
                return
            running.cancel()
        if isinstance(order, Hold | Climb):
            self._tell(each, "holds" if isinstance(order, Hold) else f"climbs to {order.height_m:.0f} m", choice)
        else:
            self._told.pop(each.vehicle_id, None)
            self._emit(each, f"{each.vehicle_id} goes on", "the way ahead is clear")
        self._orders[each.vehicle_id] = asyncio.create_task(self._carry(each, order))

    async def _carry(self, each: FleetAircraft, order: Order) -> None:
        each.giving, each.resuming = True, isinstance(order, Resume)
        each.climbed = each.climbed or isinstance(order, Climb)
        try:
            await each.control.give(order)
        except FlightError as exc:
            each.climbed = each.climbed and not isinstance(order, Climb)
            self._emit(each, f"{each.vehicle_id} does not {order.words}", str(exc))
            await asyncio.sleep(_TRY_AGAIN_S)
        finally:
            each.giving = each.resuming = False
            self._since_s[each.vehicle_id] = each.link.clock.elapsed_s

    # -- told and measured -----------------------------------------------------------------------------------------

    def _tell(self, each: FleetAircraft, what: str, choice: Choice) -> None:
        """Tell what an aircraft does and why, once for each time and each other aircraft."""
        other = choice.because.other if choice.because is not None else choice.makes_room_for
        key = f"{what} {other}"
        if self._told.get(each.vehicle_id) == key:
            return
        self._told[each.vehicle_id] = key
        self._emit(each, f"{each.vehicle_id} {what}" + (f" for {other}" if other else ""), self._why(choice))

    def _emit(self, each: FleetAircraft, text: str, cause: str) -> None:
        event = FlightEvent(
            kind=EventKind.SEPARATION,
            at_utc_s=each.link.clock.now_utc_s,
            text=text,
            sortie_id=each.sortie.sortie_id if each.sortie is not None else None,
            cause=cause,
        )
        self.events.append(event)
        self._on_event(each.vehicle_id, event)

    def _measure(self) -> None:
        """Remember the nearest that two came."""
        flying = [each for each in self._aircraft if each.in_the_air]
        for one, other in itertools.combinations(flying, 2):
            here, there = one.place_m(), other.place_m()
            across_m, height_m = math.dist(here[:2], there[:2]), abs(here[2] - there[2])
            if height_m < self._kept.layer_m and (self.nearest is None or across_m < self.nearest.across_m):
                self.nearest = NearestPass(
                    vehicle_ids=(one.vehicle_id, other.vehicle_id),
                    across_m=across_m,
                    height_m=height_m,
                    at_utc_s=one.link.clock.now_utc_s,
                )
