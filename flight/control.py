"""What an operator, or another part of the patrol, may ask of a running flight."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum

from missions import FlightError


class Request(StrEnum):
    """A change of what the aircraft does."""

    HOLD = "hold"
    RESUME = "resume"
    RETURN_HOME = "return_home"
    LAND = "land"
    HAND_OVER = "hand_over"


@dataclass(eq=False, slots=True)
class Ask:
    """One request and its answer to come."""

    request: Request
    answer: asyncio.Future[str] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class FlightControl:
    """Requests to a flight. Every call returns once the vehicle does what was asked.

    Raises:
        FlightError: from every request, when the aircraft is not in the air or does not do it.

    """

    def __init__(self) -> None:
        self._flying = False
        self._asks: asyncio.Queue[Ask] = asyncio.Queue()
        self._battery = asyncio.Event()

    async def hold(self) -> str:
        """Stop and stay where the aircraft is."""
        return await self._ask(Request.HOLD)

    async def resume(self) -> str:
        """Go on with the mission after a hold."""
        return await self._ask(Request.RESUME)

    async def return_home(self) -> str:
        """Fly home and land; ends the patrol."""
        return await self._ask(Request.RETURN_HOME)

    async def land(self) -> str:
        """Land where the aircraft is; ends the patrol."""
        return await self._ask(Request.LAND)

    async def hand_over(self) -> str:
        """Let go of the aircraft, as it is; whoever has another link or the sticks flies it."""
        return await self._ask(Request.HAND_OVER)

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
        """Take requests from now on (the flight calls this when a sortie has started)."""
        self._flying = True

    def end(self) -> None:
        """Take no more, and refuse those that still wait (the flight calls this when a sortie is over)."""
        self._flying = False
        while (ask := self.next_ask()) is not None:
            if not ask.answer.done():
                ask.answer.set_exception(FlightError("the flight is over"))

    def next_ask(self) -> Ask | None:
        """Return the oldest request that waits (the flight calls this)."""
        return None if self._asks.empty() else self._asks.get_nowait()

    async def _ask(self, request: Request) -> str:
        if not self._flying:
            raise FlightError(f"cannot {request.value.replace('_', ' ')}: the aircraft is not flying")
        ask = Ask(request)
        await self._asks.put(ask)
        return await ask.answer
