"""A fleet whose ways cross at one height, and one who watches it fly on where its aircraft truly are."""

import asyncio
import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from flight.events import EventKind, FlightEvent, FlightUpdate
from flight.meeting import Briefing
from flight.settings import BatterySwap, FlySettings
from missions import (
    Altitude,
    AltitudeReference,
    DockSite,
    FleetPlan,
    GeoPoint,
    LegKind,
    Plan,
    Sortie,
    Waypoint,
    Zone,
    ZoneRule,
)
from missions.formats.plan_file import with_hash
from patrol.fleet.aircraft import FleetAircraft
from patrol.fleet.fly_fleet import FleetSettings, fly_fleet
from patrol.fleet.report import FleetReport
from patrol.fleet.watch import SeparationWatch
from sitl.simulated_copter import SimulatedCopter
from tests.flight.flight_fakes import place
from tests.samples import plan_with

SEPARATION_M, LAYER_M, HEIGHT_M, SPEED_M_S = 40.0, 10.0, 25.0, 8.0
GROUND_M = 32.0
"""Above mean sea level, as in `plan_with`."""


def drawn(number: int, dock_m: tuple[float, float], *corners_m: tuple[float, float], starts_s: float) -> Plan:
    """Return the plan of one aircraft that flies from its dock along corners, and over its dock again."""
    height = Altitude(metres=HEIGHT_M, above=AltitudeReference.HOME)
    corners = (*corners_m, dock_m)
    waypoints = tuple(
        Waypoint(
            position=place(*corner),
            altitude=height,
            speed_m_s=SPEED_M_S,
            gimbal_pitch_deg=-60.0,
            leg=LegKind.SERVICE if index in range(1, len(corners_m)) else LegKind.DEADHEAD,
        )
        for index, corner in enumerate(corners)
    )
    square = ((-200, -350), (650, -350), (650, 650), (-200, 650))
    plan = plan_with(
        vehicle_id=f"uav-{number}",
        system_id=number,
        dock=place(*dock_m),
        fence=Zone(zone_id="fence", rule=ZoneRule.STAY_IN, corners=tuple(place(*corner) for corner in square)),
        rally=(place(*dock_m),),
    )
    stops = [dock_m, *corners]
    length_m = sum(math.dist(a, b) for a, b in itertools.pairwise(stops))
    estimate = replace(
        plan.estimate, distance_m=length_m, time_s=length_m / SPEED_M_S + 70.0, energy_wh=20.0, energy_share_pct=10.0
    )
    sortie = Sortie(
        sortie_id=f"sortie-{number}",
        takeoff_height_m=HEIGHT_M,
        waypoints=waypoints,
        stretch_ids=(),
        estimate=estimate,
        starts_s=starts_s,
    )
    return with_hash(replace(plan, sorties=(sortie,), estimate=estimate))


def crossing_fleet() -> FleetPlan:
    """Return three aircraft whose ways cross at one height; only their times keep them apart."""
    plans = (
        drawn(1, (0, 0), (0, 60), (420, 60), starts_s=0.0),
        drawn(2, (200, -240), (200, -200), (200, 300), starts_s=42.0),
        drawn(3, (300, 400), (300, 360), (300, -60), starts_s=70.0),
    )
    docks = tuple(
        DockSite(dock_id=f"d{plan.system_id}", position=plan.dock, amsl_m=plan.dock_amsl_m, swap_s=60.0)
        for plan in plans
    )
    return with_hash(
        FleetPlan(
            mission_name="crossing",
            mission_hash="",
            goal="makespan",
            plans=plans,
            docks=docks,
            dock_ids=tuple(dock.dock_id for dock in docks),
            stretches=(),
            separation_m=SEPARATION_M,
            layer_m=LAYER_M,
            makespan_s=max(sortie.lands_s for plan in plans for sortie in plan.sorties),
            estimate=plans[0].estimate,
        )
    )


class Watcher:
    """Sees the fleet, holds one aircraft for a minute, and measures all on where they truly are."""

    def __init__(self, copters: Sequence[SimulatedCopter], *, hold: str, past_m: float) -> None:
        self._copters, self._hold, self._past_m = copters, hold, past_m
        self.updates: list[tuple[str, FlightUpdate]] = []
        self.aircraft: dict[str, FleetAircraft] = {}
        self.least_m = math.inf
        self.held_s = 0.0
        self.together = 0

    def begin(self, aircraft: Sequence[FleetAircraft], _watch: SeparationWatch) -> None:
        """Take the aircraft."""
        self.aircraft = {each.vehicle_id: each for each in aircraft}

    def on_update(self, vehicle_id: str, update: FlightUpdate) -> None:
        """Keep what is told."""
        self.updates.append((vehicle_id, update))

    async def approve(self, briefings: Sequence[Briefing]) -> bool:
        """Answer for simulations."""
        return all(briefing.is_simulation for briefing in briefings)

    def events(self, vehicle_id: str, kind: EventKind) -> list[FlightEvent]:
        """Return what one aircraft told of one kind."""
        return [
            update
            for name, update in self.updates
            if name == vehicle_id and isinstance(update, FlightEvent) and update.kind is kind
        ]

    async def measure(self) -> None:
        """Look at the truth of all at once, again and again."""
        while True:
            now = [truth[-1] for copter in self._copters if (truth := copter.truth())]
            flying = [state for state in now if state.armed and state.amsl_m - GROUND_M > 1.0]
            self.together = max(self.together, len(flying))
            for one, other in itertools.combinations(flying, 2):
                if abs(one.amsl_m - other.amsl_m) < LAYER_M - 1.0:
                    places = [GeoPoint(lat_deg=state.lat_deg, lon_deg=state.lon_deg) for state in (one, other)]
                    self.least_m = min(self.least_m, places[0].distance_m(places[1]))
            await asyncio.sleep(0.04)

    async def hold_for_a_minute(self) -> None:
        """Hold the aircraft, as an operator would, once it is so far east."""
        while not (self._hold in self.aircraft and self._is_there(self.aircraft[self._hold])):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        each = self.aircraft[self._hold]
        await each.control.hold()
        began_s = each.link.clock.elapsed_s
        while each.link.clock.elapsed_s - began_s < 60.0:  # noqa: ASYNC110 - of its time
            await asyncio.sleep(0.02)
        self.held_s = each.link.clock.elapsed_s - began_s
        await each.control.resume()

    def _is_there(self, each: FleetAircraft) -> bool:
        at = each.control.place()
        return each.control.flying and at is not None and each.place_m()[0] > self._past_m


async def flown(link: str, watcher: Watcher, folder: Path) -> FleetReport:
    """Fly the fleet on copters whose links come together at one address, with `watcher` beside them."""
    settings = FleetSettings(fly=FlySettings(battery_swap=BatterySwap.SIMULATED), ledger=folder)
    beside = [asyncio.create_task(each) for each in (watcher.measure(), watcher.hold_for_a_minute())]
    try:
        return await fly_fleet([link], crossing_fleet(), settings, watcher)
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
