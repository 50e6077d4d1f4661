"""Why a plan takes what it takes: a lower bound, the share of dead flight, and what keeps each sortie from more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from shapely import LineString

from geo import LocalFrame
from missions import LegKind, Plan, Sortie, Stretch
from missions.formats.mav_commands import COPTER_MAX_MISSION_ITEMS
from missions.hardware import load_airframe
from missions.items import mission_items
from planner.dead_flight import enu_m
from planner.energy import Floats, Wind
from planner.least import LeastFlight, least_time_s
from planner.stretches import FLIGHT_TOLERANCE_M

_NEARLY: Final = 0.9
"""A limit used to so much is what binds a sortie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SortieExplained:
    """What one sortie is made of."""

    sortie_id: str
    """Of several aircraft with the vehicle before it."""
    dead_share: float
    """Of its distance, flown between stretches and to and from the dock."""
    battery_used: float
    """Of what the reserve leaves, 0 to 1."""
    items_used: float
    """Of what an autopilot keeps."""
    binds: str
    """`battery`, `items`, or `nothing` where it could serve more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a plan takes what it takes."""

    lower_bound_s: float | None
    """Time in the air that no plan over the same stretches can be below; None where there are too many of them.

    It counts no time for turns between stretches, so even the best plan is some per cent above it.
    """
    gap: float | None
    """(time in the air - bound) / bound."""
    dead_share: float
    sorties: tuple[SortieExplained, ...]


def explain(plans: Sequence[Plan], *, seconds: float = 10.0) -> Explanation:
    """Return why the plans of one patrol take what they take; `seconds` of CPU time go into the bound at most."""
    total_s = sum(plan.estimate.time_s for plan in plans)
    distance_m = sum(plan.estimate.distance_m for plan in plans)
    service_m = sum(plan.estimate.service_m for plan in plans)
    bound_s = _bound_s(plans, seconds)
    return Explanation(
        lower_bound_s=bound_s,
        gap=None if bound_s is None else total_s / bound_s - 1,
        dead_share=1 - service_m / distance_m,
        sorties=tuple(
            _explained(plan, sortie, of=f"{plan.vehicle_id} " if len(plans) > 1 else "")
            for plan in plans
            for sortie in plan.sorties
        ),
    )


def _explained(plan: Plan, sortie: Sortie, *, of: str) -> SortieExplained:
    battery = sortie.estimate.energy_share_pct / (100.0 - plan.reserve_pct)
    items = len(mission_items(plan, sortie)) / COPTER_MAX_MISSION_ITEMS
    binds = "battery" if battery >= max(_NEARLY, items) else "items" if items >= _NEARLY else "nothing"
    return SortieExplained(
        sortie_id=f"{of}{sortie.sortie_id}",
        dead_share=1 - sortie.estimate.service_m / sortie.estimate.distance_m,
        battery_used=battery,
        items_used=items,
        binds=binds,
    )


def _bound_s(plans: Sequence[Plan], seconds: float) -> float | None:
    """Return the bound for the quickest aircraft of the plans, from whichever dock is nearest, least cost each time."""
    stretches = {stretch.stretch_id: stretch for plan in plans for stretch in plan.stretches}
    frame = LocalFrame(lat_deg=plans[0].dock.lat_deg, lon_deg=plans[0].dock.lon_deg)
    docks_m = enu_m(frame, [plan.dock for plan in plans])
    wind = Wind.blowing_from(plans[0].wind_from_deg, speed_m_s=plans[0].wind_m_s)
    return least_time_s(
        [_flown_m(stretch, frame) for stretch in stretches.values()],
        docks_m,
        [_least_flight(plan, wind) for plan in plans],
        seconds=seconds,
    )


def _flown_m(stretch: Stretch, frame: LocalFrame) -> Floats:
    """Return the (N, 2) line that a stretch is flown along."""
    return np.asarray(LineString(enu_m(frame, stretch.centreline)).simplify(FLIGHT_TOLERANCE_M).coords, float)


def _least_flight(plan: Plan, wind: Wind) -> LeastFlight:
    airframe = load_airframe(plan.airframe)
    speeds: dict[LegKind, float] = {}
    for sortie in plan.sorties:
        for waypoint in sortie.waypoints:
            speeds[waypoint.leg] = max(speeds.get(waypoint.leg, 0.0), waypoint.speed_m_s)
    return LeastFlight(
        airframe=airframe,
        wind=wind,
        service_m_s=speeds.get(LegKind.SERVICE, airframe.cruise_m_s),
        fastest_m_s=max(speeds.values(), default=airframe.cruise_m_s),
        lowest_m=min((sortie.takeoff_height_m for sortie in plan.sorties), default=0.0),
        limit_j=airframe.battery_wh * 3600.0 * (1 - plan.reserve_pct / 100),
    )
