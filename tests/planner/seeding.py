"""Damage for good plans: what the tests of seeded violations share."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from shapely import Polygon

from geo import LocalFrame
from missions import AltitudeReference, GeoPoint, Plan, Zone, ZoneRule
from missions.hardware import load_airframe
from planner.energy import Wind, watt_hours
from planner.path_case import PathLimits
from planner.profile import fly_sortie, wanted_speeds_m_s, waypoints_enu_m
from tests.planner.sound import enu

HOME = AltitudeReference.HOME


@dataclass(frozen=True)
class Seed:
    """A damaged plan, the rule it breaks and where."""

    plan: Any
    rule: str
    place: GeoPoint | None = None
    within_m: float = 0.5
    limits: PathLimits | None = None


def frame(plan: Plan) -> LocalFrame:
    return LocalFrame(lat_deg=plan.dock.lat_deg, lon_deg=plan.dock.lon_deg)


def geo(plan: Plan, places: Any) -> tuple[GeoPoint, ...]:
    rows = frame(plan).enu_to_geodetic(np.atleast_2d(np.asarray(places, float)))
    return tuple(GeoPoint(lat_deg=float(lat), lon_deg=float(lon)) for lat, lon, _ in rows)


def moved(plan: Plan, point: GeoPoint, east_m: float, north_m: float) -> GeoPoint:
    return geo(plan, enu(plan, [point])[0] + [east_m, north_m])[0]


def legs_of(plan: Plan) -> Any:
    """The (N, 2, 2) legs of the first sortie that end at its waypoints."""
    places = np.vstack([[[0.0, 0.0]], enu(plan, [w.position for w in plan.sorties[0].waypoints])])
    return np.stack([places[:-1], places[1:]], axis=1)


def longest(plan: Plan) -> tuple[int, Any]:
    """The longest leg and its middle."""
    legs = legs_of(plan)
    index = int(np.argmax(np.linalg.norm(legs[:, 1] - legs[:, 0], axis=1)))
    return index, legs[index].mean(axis=0)


def slot_across(plan: Plan) -> tuple[Any, Polygon]:
    """The middle of a leg at the patrol's edge, and a slot 4 m wide from 1 m inside it outwards over no other leg."""
    legs = legs_of(plan)
    lines = shapely.linestrings(legs)
    for (start, end), line in zip(legs, lines, strict=True):
        middle, along = (start + end) / 2, (end - start) / max(np.linalg.norm(end - start), 1e-9)
        others = shapely.multilinestrings([other for other in lines if other.hausdorff_distance(line) > 1e-6])
        for side in (1.0, -1.0):
            out = np.array([-along[1], along[0]]) * side
            corners = [middle - out - 2 * along, middle - out + 2 * along, middle + 5000 * out + 2 * along]
            slot = Polygon([*corners, middle + 5000 * out - 2 * along])
            if line.length > 30 and not slot.intersects(others):
                return middle, slot
    raise AssertionError("no leg lies at the edge")


def notched_fence(plan: Plan, slot: Polygon) -> Zone:
    """The fence with a slot cut into it."""
    cut = Polygon(enu(plan, plan.fence.corners)).difference(slot)
    whole = max(shapely.get_parts(cut), key=lambda part: part.area)
    return replace(plan.fence, corners=geo(plan, whole.exterior.coords[:-1]))


def square(plan: Plan, place: Any, half_m: float, zone_id: str = "new") -> Zone:
    east, north = place
    corners = [(east - half_m, north - half_m), (east + half_m, north - half_m), (east + half_m, north + half_m),
               (east - half_m, north + half_m)]  # fmt: skip
    return Zone(zone_id=zone_id, rule=ZoneRule.KEEP_OUT, corners=geo(plan, corners))


def bow_tie(plan: Plan) -> Zone:
    zone = square(plan, (4000.0, 4000.0), 30.0)
    return replace(zone, corners=tuple(zone.corners[k] for k in (0, 2, 1, 3)))


def with_sortie(plan: Plan, **changes: Any) -> Plan:
    return replace(plan, sorties=(replace(plan.sorties[0], **changes), *plan.sorties[1:]))


def with_waypoint(plan: Plan, index: int, **changes: Any) -> Plan:
    waypoints = list(plan.sorties[0].waypoints)
    waypoints[index] = replace(waypoints[index], **changes)
    return with_sortie(plan, waypoints=tuple(waypoints))


def honest(plan: Plan) -> Plan:
    """The plan with the estimates its waypoints now take, so that nothing but the seed is wrong."""
    sortie, airframe = plan.sorties[0], load_airframe(plan.airframe)
    cost = fly_sortie(
        waypoints_enu_m(plan.dock, sortie.waypoints, takeoff_height_m=sortie.takeoff_height_m),
        wanted_speeds_m_s(sortie.waypoints),
        airframe,
        Wind.blowing_from(plan.wind_from_deg, speed_m_s=plan.wind_m_s),
        takeoff_height_m=sortie.takeoff_height_m,
    )
    said = replace(sortie.estimate, distance_m=cost.distance_m, time_s=cost.time_s, energy_wh=watt_hours(cost.energy_j))
    return with_sortie(plan, estimate=said)


# Plans of ours


def assert_named(violations: Any, case: Seed) -> None:
    assert {violation.rule for violation in violations} == {case.rule}, violations
    assert all(violation.text for violation in violations)
    if case.place is not None:
        near = [v for v in violations if v.place and v.place.distance_m(case.place) <= case.within_m]
        assert near, (case.place, violations)


# Flights of other programs
