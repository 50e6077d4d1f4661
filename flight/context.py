"""What every part of a running flight works with."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field

from flight.camera import AircraftCamera
from flight.control import FlightControl
from flight.events import Check, EventKind, FlightEvent, FlightProgress, OnEvent
from flight.exchange import Exchange
from flight.keeper import LedgerKeeper
from flight.own_faults import ended_told
from flight.parameters import Parameters
from flight.preflight_inputs import GroundSide
from flight.settings import FlySettings
from flight.vehicle_state import VehicleState
from missions import GeoPoint, Plan, Sortie, Waypoint

FindWay = Callable[[Sortie, GeoPoint, float, Waypoint], Sequence[Waypoint]]
"""From a place and a height above home to a waypoint of a sortie: what is flown in between, without the waypoint.

Raises a SkypatrolError where there is no way.
"""


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
    find_way: FindWay | None = None
    """Who knows a way round zones and over hills; None: only straight flights are flown that the plan lacks."""
    camera: AircraftCamera | None = None
    camera_on_place: bool = False
    """Whether the camera is kept on a place, by an order of ours."""
    again: int = 0
    """Flights of what was left, begun without anybody's word."""
    keeper: LedgerKeeper = field(default_factory=lambda: LedgerKeeper(None))
    _beside: set[asyncio.Task[None]] = field(default_factory=set)

    def tell(self, kind: EventKind, text: str, *, checks: tuple[Check, ...] = (), cause: str = "") -> None:
        """Report something that happened, and why where something else brought it about."""
        event = FlightEvent(
            kind=kind,
            at_utc_s=self.link.clock.now_utc_s,
            text=text,
            sortie_id=self.sortie_id,
            checks=checks,
            cause=cause,
        )
        self.events.append(event)
        self.on_event(event)

    def show(self, progress: FlightProgress) -> None:
        """Report where the sortie is; not kept."""
        self.on_event(progress)

    def beside(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Let something run beside the flight until `stop_beside`; a fault in it is told, and ends it alone."""
        task = asyncio.create_task(ended_told(work, lambda text: self.tell(EventKind.OWN_FAULT, text)))
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)
        return task

    async def stop_beside(self) -> None:
        """End what still runs beside the flight."""
        tasks = tuple(self._beside)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
