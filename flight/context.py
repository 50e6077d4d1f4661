"""What every part of a running flight works with."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field

from flight.control import FlightControl
from flight.events import Check, EventKind, FlightEvent, FlightProgress, OnEvent
from flight.exchange import Exchange
from flight.parameters import Parameters
from flight.preflight_inputs import GroundSide
from flight.settings import FlySettings
from flight.vehicle_state import VehicleState
from missions import Plan


@dataclass(kw_only=True)
class Flight:
    """A vehicle on a link, the plan for it, and who listens."""

    link: Exchange
    state: VehicleState
    plan: Plan
    settings: FlySettings
    control: FlightControl
    on_event: OnEvent
    ground: GroundSide = field(default_factory=GroundSide)
    firmware: str = "unknown"
    parameters: Parameters = field(default_factory=lambda: Parameters({}))
    events: list[FlightEvent] = field(default_factory=list)
    sortie_id: str | None = None
    replaced: dict[str, float] = field(default_factory=dict)
    """Values of parameters before this flight, or one that was cut off before it, changed them."""
    keep_replaced: Callable[[Mapping[str, float]], None] = lambda _values: None
    """Keeps them for a later flight, should this one end without giving them back."""
    _beside: set[asyncio.Task[None]] = field(default_factory=set)

    def tell(self, kind: EventKind, text: str, *, checks: tuple[Check, ...] = ()) -> None:
        """Report something that happened."""
        event = FlightEvent(
            kind=kind, at_utc_s=self.link.clock.now_utc_s, text=text, sortie_id=self.sortie_id, checks=checks
        )
        self.events.append(event)
        self.on_event(event)

    def show(self, progress: FlightProgress) -> None:
        """Report where the sortie is; not kept."""
        self.on_event(progress)

    def beside(self, work: Coroutine[None, None, None]) -> None:
        """Let something run beside the flight until `stop_beside`."""
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def stop_beside(self) -> None:
        """End what still runs beside the flight."""
        tasks = tuple(self._beside)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
