"""What an operator, or another part of the patrol, may ask of a running flight: orders, and where to give them."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import ClassVar

from missions import Breakpoint, FlightError, Waypoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Stop and stay where the aircraft is."""

    words: ClassVar[str] = "hold"
    why: str = ""
    """Told with it, where somebody else than the operator asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """Stop, and stay over the place where the aircraft is, at another height."""

    words: ClassVar[str] = "climb"
    height_m: float
    """Above home."""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Go on with the mission after a hold."""

    words: ClassVar[str] = "resume"


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipTo:
    """Leave out what lies before a waypoint and fly on from it."""

    words: ClassVar[str] = "skip"
    waypoint: int | None = None
    """Index into the sortie's waypoints; None is the one after that being flown to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSpeed:
    """Fly the rest of the leg at another speed over the ground."""

    words: ClassVar[str] = "change speed"
    speed_m_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnHome:
    """Fly home and land; ends the patrol."""

    words: ClassVar[str] = "return home"
    why: str = "as asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Land:
    """Land where the aircraft is; ends the patrol."""

    words: ClassVar[str] = "land"
    why: str = "as asked"
    where_it_must: bool = False
    """Whether nobody chose the place: it can do nothing else any more."""
    stands: bool = False
    """Whether it is on the ground already, and only does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disarm:
    """Stop the motors of an aircraft that stands on the ground in LAND and gives no thrust; refused in any other."""

    words: ClassVar[str] = "disarm"
    force: bool = False
    """Whether the vehicle may not refuse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """Let go of the aircraft, as it is; whoever has another link or the sticks flies it."""

    words: ClassVar[str] = "hand over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Fly aside and look at a place, for an incident's sake."""

    words: ClassVar[str] = "look"
    incident_id: str
    view: Waypoint
    """Where from and how long (`hold_s`), and what the camera is kept on (`look_at`)."""
    back: bool = True
    """Whether the patrol goes on afterwards from the very point that was left; else the aircraft stays there."""
    there: tuple[Waypoint, ...] = ()
    """Flown on the way to the view, round zones and over hills."""
    back_by: tuple[Waypoint, ...] = ()
    """Flown on the way back to the point that was left."""


URGENT = (Hold, Climb, ReturnHome, Land, HandOver)
"""What ends a look, or another order that takes its time."""
Order = Hold | Climb | Resume | SkipTo | ChangeSpeed | ReturnHome | Land | Disarm | HandOver | Look


@dataclass(eq=False, slots=True)
class Ask:
    """One order and its answer to come."""

    order: Order
    answer: asyncio.Future[str] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class FlightControl:
    """Orders to a flight. Every call returns once the vehicle does what was asked.

    Raises:
        FlightError: from every order, when the aircraft is not in the air or does not do it.

    """

    def __init__(self) -> None:
        self._flying = False
        self._asks: deque[Ask] = deque()
        self._battery = asyncio.Event()
        self._place: Breakpoint | None = None
        self.last_order: Order | None = None
        """The newest that was given in this sortie."""

    async def give(self, order: Order) -> str:
        """Give an order and return what was done."""
        if not self._flying:
            raise FlightError(f"cannot {order.words}: the aircraft is not flying")
        self.last_order = order
        ask = Ask(order)
        self._asks.append(ask)
        return await ask.answer

    async def hold(self) -> str:
        """Stop and stay where the aircraft is."""
        return await self.give(Hold())

    async def resume(self) -> str:
        """Go on with the mission after a hold."""
        return await self.give(Resume())

    async def return_home(self) -> str:
        """Fly home and land; ends the patrol."""
        return await self.give(ReturnHome())

    async def land(self) -> str:
        """Land where the aircraft is; ends the patrol."""
        return await self.give(Land())

    async def skip(self, waypoint: int | None = None) -> str:
        """Leave out what lies before a waypoint, by its index; None leaves out the leg that is flown."""
        return await self.give(SkipTo(waypoint=waypoint))

    async def change_speed(self, speed_m_s: float) -> str:
        """Fly the rest of the leg at another speed over the ground."""
        return await self.give(ChangeSpeed(speed_m_s=speed_m_s))

    async def hand_over(self) -> str:
        """Let go of the aircraft, as it is; whoever has another link or the sticks flies it."""
        return await self.give(HandOver())

    def battery_is_swapped(self) -> None:
        """Say that a charged battery is in the aircraft."""
        self._battery.set()

    async def wait_battery(self) -> None:
        """Wait for `battery_is_swapped`."""
        self._battery.clear()
        await self._battery.wait()

    @property
    def flying(self) -> bool:
        """Whether there is a flight that can be asked."""
        return self._flying

    def begin(self) -> None:
        """Take orders from now on (the flight calls this when a sortie has started)."""
        self._flying, self.last_order, self._place = True, None, None

    def end(self) -> None:
        """Take no more, and refuse those that still wait (the flight calls this when a sortie is over)."""
        self._flying = False
        while (ask := self.next_ask()) is not None:
            if not ask.answer.done():
                ask.answer.set_exception(FlightError("the flight is over"))

    def next_ask(self, *, urgent: bool = False) -> Ask | None:
        """Return the oldest order that waits, or of the urgent ones (the flight calls this)."""
        found = next((ask for ask in self._asks if not urgent or isinstance(ask.order, URGENT)), None)
        if found is not None:
            self._asks.remove(found)
        return found

    def place(self) -> Breakpoint | None:
        """Return how far the sortie was flown, or the last one where none is; None before its first leg."""
        return self._place

    def at(self, place: Breakpoint | None) -> None:
        """Take how far it was flown (the flight calls this)."""
        self._place = place
