"""The fleet's timetable in flight: when each sortie is prepared, and when it takes off.

The patrol begins when the aircraft whose sortie is the first stands ready; from then on each vehicle's own clock counts
its times. A sortie that is due still waits until the air about its dock is clear.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from missions import Sortie
from patrol.fleet.aircraft import FleetAircraft

_PREPARE_S: Final = 90.0
"""Upload and preflight begin so long before take-off."""
_LOOK_WALL_S: Final = 0.05


class Timetable:
    """The clock of one flown patrol; `of` gives each aircraft its own `Departures`."""

    def __init__(self, aircraft: Sequence[FleetAircraft]) -> None:
        self._aircraft = {each.vehicle_id: each for each in aircraft}
        self._wanted_s: dict[str, float] = {}
        """Start of the sortie that is next, of each aircraft that still flies."""
        for each in aircraft:
            self._wanted_s[each.vehicle_id] = min((sortie.starts_s for sortie in each.plan.sorties), default=0.0)
        self._ready: set[str] = set()
        self._zero_s: dict[str, float] | None = None
        self.begun = asyncio.Event()
        """Set once the patrol has begun."""

    def of(self, aircraft: FleetAircraft) -> "AircraftDepartures":
        """Return one aircraft's."""
        return AircraftDepartures(self, aircraft)

    def now_s(self, aircraft: FleetAircraft) -> float:
        """Return the time after the patrol's beginning by an aircraft's clock; before it, the first start's."""
        if self._zero_s is None:
            return min(self._wanted_s.values(), default=0.0)
        return aircraft.link.clock.elapsed_s - self._zero_s[aircraft.vehicle_id]

    def want(self, aircraft: FleetAircraft, starts_s: float) -> None:
        """Take which sortie is next."""
        self._wanted_s[aircraft.vehicle_id] = starts_s
        self._ready.discard(aircraft.vehicle_id)

    def ready(self, aircraft: FleetAircraft) -> None:
        """An aircraft could take off."""
        self._ready.add(aircraft.vehicle_id)
        self._begin_if_ready()

    def in_flight(self, aircraft: FleetAircraft, starts_s: float) -> None:
        """An aircraft was found flying: the patrol had begun before."""
        if self._zero_s is None:
            self._begin(starts_s)
        self._wanted_s.pop(aircraft.vehicle_id, None)

    def over(self, aircraft: FleetAircraft) -> None:
        """An aircraft flies no more, for whatever reason; nobody waits for it."""
        self._wanted_s.pop(aircraft.vehicle_id, None)
        self._ready.discard(aircraft.vehicle_id)
        self._begin_if_ready()

    def _begin_if_ready(self) -> None:
        if self._zero_s is None and self._wanted_s:
            first_s = min(self._wanted_s.values())
            if any(self._wanted_s.get(vehicle_id) == first_s for vehicle_id in self._ready):
                self._begin(first_s)

    def _begin(self, at_s: float) -> None:
        self.begun.set()
        self._zero_s = {name: each.link.clock.elapsed_s - at_s for name, each in self._aircraft.items()}


class AircraftDepartures:
    """When the sorties of one aircraft begin."""

    def __init__(self, timetable: Timetable, aircraft: FleetAircraft) -> None:
        self._timetable, self._aircraft = timetable, aircraft

    async def due(self, sortie: Sortie) -> None:
        """Return once it is time to prepare the sortie."""
        self._aircraft.begin(sortie)
        self._timetable.want(self._aircraft, sortie.starts_s)
        await self._until(sortie.starts_s - _PREPARE_S)

    async def cleared(self, sortie: Sortie) -> None:
        """Return once the sortie's time has come and nobody is in its way."""
        self._timetable.ready(self._aircraft)
        await self._timetable.begun.wait()
        await self._until(sortie.starts_s)
        await self._aircraft.wait_clearance()

    async def _until(self, at_s: float) -> None:
        # The vehicle's clock is a value, not an event.
        while self._timetable.now_s(self._aircraft) < at_s:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_WALL_S)
