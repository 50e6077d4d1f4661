"""An independent look at a finished plan: every segment against every rule. Imports nothing of the search."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import shapely
from shapely import LineString, MultiLineString, Point, Polygon

from geo import LocalFrame, resample
from missions import Airframe, AltitudeReference, GeoPoint, LegKind, Plan, PlanningError, Sortie, Stretch, Zone
from missions.formats.mav_commands import COPTER_MAX_FENCE_POINTS, COPTER_MAX_MISSION_ITEMS, COPTER_MAX_RALLY_POINTS
from missions.hardware import load_airframe
from missions.items import mission_items
from missions.terrain import Terrain
from planner.check_coverage import carriageways_seen
from planner.check_ground import above_ground, within_radio
from planner.crossings import ROUNDING_M, Crossing, parts_inside, parts_outside, straight_legs
from planner.energy import Floats, Wind, watt_hours
from planner.ground import Ground
from planner.obstructed import obstructions, standing_at
from planner.profile import SortieCost, climb_m, fly_sortie, holds_s, sortie_points_m, wanted_speeds_m_s
from planner.violation import Violation, at_waypoint

COVERED_WITHIN_M: Final = 5.0
"""How far a service leg may be from the centreline it serves."""
_SAMPLE_M: Final = 2.0
_LOWEST_M: Final = 2.0
"""A waypoint lower than this above home is a mistake."""
_CLOCK_S: Final = 0.2
"""Starts are kept in steps of a tenth of a second."""
_PROMISE_PCT: Final = 2.0
"""How far an estimate may be from what the energy model says now."""


def check_plan(plan: Plan, terrain: Terrain | None = None) -> tuple[Violation, ...]:
    """Return everything a plan breaks; none is a plan that may be flown.

    Every segment is tested, from the dock to the first waypoint, between waypoints and back: fence, keep-out zones,
    obstacles, altitude cap, radio range, speeds and headway in the planned wind, energy with its reserve; further
    coverage of every stretch, the autopilot's capacity, rally points, finite numbers, whether the estimates still hold
    and, where sorties have starts, that none begins before the last one has landed.

    Carriageways beside a stretch, along which no leg flies, must be seen: footprints tell. With `terrain` clearance,
    cap and obstacles are tested above ground. A plan that was made over terrain and is checked without it has none of
    them tested; `untested` says so.
    """
    broken = tuple(_not_finite(plan))
    if broken:
        return broken
    airframe = load_airframe(plan.airframe)
    try:
        ground = Ground.at_dock(terrain, plan.dock) if terrain is not None else None
    except PlanningError as exc:
        return (Violation(rule="terrain", text=str(exc), place=plan.dock),)
    return tuple(
        violation
        for rule in (
            _areas(plan),
            _capacity(plan),
            _rally(plan),
            _landing_places(plan),
            *(_sortie(plan, sortie, airframe, ground) for sortie in plan.sorties),
            _coverage(plan),
            carriageways_seen(plan, ground),
            timetable_violations(plan, swap_s=0.0) if any(sortie.starts_s for sortie in plan.sorties) else (),
        )
        for violation in rule
    )


def _numbers(plan: Plan) -> Iterator[tuple[str, Sortie | None, int | None, float]]:
    for name in ("dock_amsl_m", "altitude_cap_m", "wind_m_s", "wind_from_deg", "reserve_pct"):
        yield name, None, None, getattr(plan, name)
    yield "obstacle_clearance_m", None, None, plan.obstacle_clearance_m
    for obstacle in plan.obstacles:
        yield f"obstacle {obstacle.obstacle_id}: radius_m", None, None, obstacle.radius_m
        yield f"obstacle {obstacle.obstacle_id}: top", None, None, obstacle.top.metres
    for sortie in plan.sorties:
        if sortie.begins is not None:
            yield "begins.altitude", sortie, None, sortie.begins.altitude.metres
        yield "takeoff_height_m", sortie, None, sortie.takeoff_height_m
        yield "battery_pct", sortie, None, sortie.battery_pct
        yield "starts_s", sortie, None, sortie.starts_s
        for name in ("distance_m", "service_m", "time_s", "energy_wh", "energy_share_pct"):
            yield f"estimate.{name}", sortie, None, getattr(sortie.estimate, name)
        for index, waypoint in enumerate(sortie.waypoints):
            yield "altitude", sortie, index, waypoint.altitude.metres
            yield "speed_m_s", sortie, index, waypoint.speed_m_s
            yield "gimbal_pitch_deg", sortie, index, waypoint.gimbal_pitch_deg
            yield "hold_s", sortie, index, waypoint.hold_s


def _not_finite(plan: Plan) -> Iterator[Violation]:
    for name, sortie, index, value in _numbers(plan):
        if not math.isfinite(value):
            yield Violation(
                rule="finite",
                text=f"{name} is {value}",
                sortie_id=sortie.sortie_id if sortie else None,
                waypoint_index=index,
            )


def _frame(plan: Plan) -> LocalFrame:
    return LocalFrame(lat_deg=plan.dock.lat_deg, lon_deg=plan.dock.lon_deg)


def _enu(plan: Plan, points: Sequence[GeoPoint]) -> Floats:
    lat, lon = [point.lat_deg for point in points], [point.lon_deg for point in points]
    return _frame(plan).geodetic_to_enu(lat, lon)[:, :2]


def _geo(plan: Plan, place_m: Sequence[float]) -> GeoPoint:
    lat, lon, _ = _frame(plan).enu_to_geodetic([[place_m[0], place_m[1]]])[0]
    return GeoPoint(lat_deg=round(float(lat), 7), lon_deg=round(float(lon), 7))


def _polygon(plan: Plan, zone: Zone) -> Polygon:
    return Polygon(_enu(plan, zone.corners))


def _areas(plan: Plan) -> Iterator[Violation]:
    """Fence and zones are simple polygons, and the dock is where it may be."""
    for zone in (plan.fence, *plan.keep_out):
        if not _polygon(plan, zone).is_valid:
            yield Violation(rule="zone", text=f"zone {zone.zone_id} crosses itself", place=zone.corners[0])
    home = Point(0.0, 0.0)
    if not plan.sorties:
        yield Violation(rule="sorties", text="the plan has no sortie", place=plan.dock)
    if not shapely.make_valid(_polygon(plan, plan.fence)).covers(home):
        yield Violation(rule="fence", text="the dock is outside the geofence", place=plan.dock)
    for zone in plan.keep_out:
        if shapely.make_valid(_polygon(plan, zone)).covers(home):
            yield Violation(rule="keep_out", text=f"the dock is inside keep-out zone {zone.zone_id}", place=plan.dock)


def _capacity(plan: Plan) -> Iterator[Violation]:
    counts = [("items", len(mission_items(plan, s)), COPTER_MAX_MISSION_ITEMS, s) for s in plan.sorties if s.waypoints]
    corners = len(plan.fence.corners) + sum(len(zone.corners) for zone in plan.keep_out)
    for rule, count, most, sortie in (
        *counts,
        ("fence_points", corners, COPTER_MAX_FENCE_POINTS, None),
        ("rally_points", len(plan.rally), COPTER_MAX_RALLY_POINTS, None),
    ):
        if count > most:
            yield Violation(
                rule=rule,
                text=f"{count} {rule.replace('_', ' ')}, an autopilot keeps {most}",
                sortie_id=sortie.sortie_id if sortie else None,
                size=float(count - most),
                unit=rule.split("_")[-1],
            )


def _rally(plan: Plan) -> Iterator[Violation]:
    if not plan.rally:
        return
    fence = shapely.make_valid(_polygon(plan, plan.fence))
    zones = [(zone, shapely.make_valid(_polygon(plan, zone))) for zone in plan.keep_out]
    for number, (point, place) in enumerate(zip(plan.rally, _enu(plan, plan.rally), strict=True), start=1):
        spot = Point(place)
        if not fence.covers(spot):
            size = float(fence.distance(spot))
            text = f"rally point {number} is {size:.0f} m outside the geofence"
            yield Violation(rule="rally", text=text, place=point, size=size, unit="m")
        for zone, area in zones:
            if area.covers(spot):
                text = f"rally point {number} is inside keep-out zone {zone.zone_id}"
                yield Violation(rule="rally", text=text, place=point)


def _sortie(plan: Plan, sortie: Sortie, airframe: Airframe, ground: Ground | None) -> Iterator[Violation]:
    if not sortie.waypoints:
        yield Violation(rule="items", text="the sortie has no waypoint", sortie_id=sortie.sortie_id)
        return
    datums = list(_datums(sortie))
    yield from datums
    if datums:
        return  # heights of two datums cannot be compared, nor flown
    points = sortie_points_m(plan.dock, sortie)
    yield from _segments(plan, sortie, points)
    if ground is not None:
        yield from above_ground(plan, sortie, points, ground)
    elif plan.terrain is None:
        yield from _heights(plan, sortie)
    if ground is not None or plan.terrain is None:
        yield from _obstacles(plan, sortie, points, ground)
    yield from within_radio(plan, sortie, points)
    yield from _speeds(sortie, airframe)
    yield from _energy(plan, sortie, points, airframe)


def _datums(sortie: Sortie) -> Iterator[Violation]:
    if sortie.begins is not None and sortie.begins.altitude.above is not AltitudeReference.HOME:
        yield Violation(
            rule="datum",
            text=f"it begins at a height above {sortie.begins.altitude.above}, not above home",
            sortie_id=sortie.sortie_id,
            place=sortie.begins.position,
        )
    for index, waypoint in enumerate(sortie.waypoints):
        if waypoint.altitude.above is not AltitudeReference.HOME:
            yield at_waypoint(sortie, index, "datum", f"height is above {waypoint.altitude.above}, not above home")


def _segments(plan: Plan, sortie: Sortie, points: Floats) -> Iterator[Violation]:
    """Every straight leg, the first from the dock and the last back to it, against fence and zones."""
    legs = straight_legs(points)
    fence = shapely.make_valid(_polygon(plan, plan.fence)).buffer(ROUNDING_M)
    for found in parts_outside(fence, legs):
        text = f"the leg is outside the geofence for {found.size_m:.0f} m"
        yield _placed(plan, at_waypoint(sortie, found.index, "fence", text, size=found.size_m, unit="m"), found)
    for zone in plan.keep_out:
        for found in parts_inside(shapely.make_valid(_polygon(plan, zone)), legs):
            text = f"the leg crosses keep-out zone {zone.zone_id} for {found.size_m:.0f} m"
            yield _placed(plan, at_waypoint(sortie, found.index, "keep_out", text, size=found.size_m, unit="m"), found)


def _landing_places(plan: Plan) -> Iterator[Violation]:
    """Where an aircraft comes down, the dock and rally points, no obstacle stands, however low."""
    places = {"the dock": plan.dock} | {f"rally point {n}": point for n, point in enumerate(plan.rally, start=1)}
    for name, place in places.items():
        for cylinder, away_m in standing_at(plan, place):
            text = f"{name} is within obstacle {cylinder.obstacle_id}, {away_m:.0f} m from its middle"
            yield Violation(rule="obstacle", text=text, place=place, size=cylinder.radius_m - away_m, unit="m")


def _obstacles(plan: Plan, sortie: Sortie, points: Floats, ground: Ground | None) -> Iterator[Violation]:
    """Every leg against every obstacle: within its radius only with the clearance above its top."""
    for found in obstructions(plan, points, ground):
        violation = at_waypoint(sortie, found.leg, "obstacle", found.text, size=found.too_near_m, unit="m")
        yield replace(violation, place=_geo(plan, found.place_m.tolist()))


def _placed(plan: Plan, violation: Violation, found: Crossing) -> Violation:
    """Return the violation at the middle of the offending part of a leg."""
    return replace(violation, place=_geo(plan, found.middle_m))


def _heights(plan: Plan, sortie: Sortie) -> Iterator[Violation]:
    """Straight legs are never higher than their ends, so the ends are enough."""
    over_m = sortie.takeoff_height_m - plan.altitude_cap_m
    if over_m > 1e-6 or sortie.takeoff_height_m < _LOWEST_M:
        text = f"take-off to {sortie.takeoff_height_m:g} m, cap {plan.altitude_cap_m:g} m"
        yield Violation(
            rule="altitude", text=text, sortie_id=sortie.sortie_id, place=plan.dock, size=max(over_m, 0.0), unit="m"
        )
    for index, waypoint in enumerate(sortie.waypoints):
        over_m = waypoint.altitude.metres - plan.altitude_cap_m
        if over_m > 1e-6:
            text = f"{waypoint.altitude.metres:g} m is above the altitude cap of {plan.altitude_cap_m:g} m"
            yield at_waypoint(sortie, index, "altitude", text, size=over_m, unit="m")
        elif waypoint.altitude.metres < _LOWEST_M:
            under_m = _LOWEST_M - waypoint.altitude.metres
            yield at_waypoint(
                sortie,
                index,
                "altitude",
                f"{waypoint.altitude.metres:g} m above home is too low",
                size=under_m,
                unit="m",
            )


def _speeds(sortie: Sortie, airframe: Airframe) -> Iterator[Violation]:
    for index, waypoint in enumerate(sortie.waypoints):
        over = waypoint.speed_m_s - airframe.max_airspeed_m_s
        if over > 1e-6 or waypoint.speed_m_s <= 0:
            text = f"{waypoint.speed_m_s:g} m/s, {airframe.name} flies up to {airframe.max_airspeed_m_s:g} m/s"
            yield at_waypoint(sortie, index, "speed", text, size=max(over, 0.0), unit="m/s")
        if not -90 <= waypoint.gimbal_pitch_deg <= 30:
            yield at_waypoint(
                sortie, index, "gimbal", f"gimbal pitch {waypoint.gimbal_pitch_deg:g} degrees is not -90 to 30"
            )


def _energy(plan: Plan, sortie: Sortie, points: Floats, airframe: Airframe) -> Iterator[Violation]:
    if plan.wind_m_s > airframe.max_wind_m_s:
        text = f"wind {plan.wind_m_s:g} m/s, {airframe.name} flies in up to {airframe.max_wind_m_s:g} m/s"
        size = plan.wind_m_s - airframe.max_wind_m_s
        yield Violation(rule="wind", text=text, sortie_id=sortie.sortie_id, place=plan.dock, size=size, unit="m/s")
        return
    if min(waypoint.speed_m_s for waypoint in sortie.waypoints) <= 0:
        return  # reported by its own rule
    wind = Wind.blowing_from(plan.wind_from_deg, speed_m_s=plan.wind_m_s)
    wanted = wanted_speeds_m_s(sortie.waypoints)
    cost = fly_sortie(
        points, wanted, airframe, wind, takeoff_height_m=climb_m(sortie), holds_s=holds_s(sortie.waypoints)
    )
    stuck = np.flatnonzero(np.isnan(cost.legs.ground_speed_m_s))
    for index in stuck:
        yield at_waypoint(sortie, int(index), "wind", f"no headway against the wind of {plan.wind_m_s:g} m/s")
    if len(stuck):
        return
    energy_wh = watt_hours(cost.energy_j)
    limit_wh = airframe.battery_wh * (sortie.battery_pct - plan.reserve_pct) / 100
    if energy_wh > limit_wh * (1 + 1e-6):
        text = (
            f"takes {energy_wh:.1f} Wh of {limit_wh:.1f} Wh ({_charge(sortie, airframe)} less {plan.reserve_pct:g} %)"
        )
        over_wh = energy_wh - limit_wh
        yield Violation(rule="energy", text=text, sortie_id=sortie.sortie_id, place=plan.dock, size=over_wh, unit="Wh")
    yield from _promises(plan, sortie, cost)


def _charge(sortie: Sortie, airframe: Airframe) -> str:
    charged = f"{sortie.battery_pct:g} % of " if sortie.battery_pct != 100 else ""
    return f"{charged}{airframe.battery_wh:g} Wh"


def _promises(plan: Plan, sortie: Sortie, cost: SortieCost) -> Iterator[Violation]:
    for name, now, unit in (
        ("distance_m", cost.distance_m, "m"),
        ("time_s", cost.time_s, "s"),
        ("energy_wh", watt_hours(cost.energy_j), "Wh"),
    ):
        said = getattr(sortie.estimate, name)
        if abs(said - now) > _PROMISE_PCT / 100 * now:
            text = f"estimate.{name} says {said:.1f}, the waypoints take {now:.1f}"
            yield Violation(
                rule="estimate", text=text, sortie_id=sortie.sortie_id, place=plan.dock, size=abs(said - now), unit=unit
            )


def _coverage(plan: Plan) -> Iterator[Violation]:
    """Every stretch is flown from end to end by service legs that name it."""
    flown: dict[str, list[Floats]] = {}
    for sortie in plan.sorties:
        places = _enu(plan, [sortie.begin(plan.dock)[0], *(waypoint.position for waypoint in sortie.waypoints)])
        for index, waypoint in enumerate(sortie.waypoints):
            if waypoint.leg is LegKind.SERVICE and waypoint.stretch_id is not None:
                flown.setdefault(waypoint.stretch_id, []).append(places[index : index + 2])
    known = {stretch.stretch_id for stretch in plan.stretches}
    for stretch_id in flown.keys() - known:
        yield Violation(rule="coverage", text=f"service legs name stretch {stretch_id}, which the plan does not have")
    for stretch in plan.stretches:
        yield from _stretch_covered(plan, stretch, flown.get(stretch.stretch_id, []))


def _stretch_covered(plan: Plan, stretch: Stretch, legs: list[Floats]) -> Iterator[Violation]:
    line = _enu(plan, stretch.centreline)
    name = f"stretch {stretch.stretch_id}" + (f" ({stretch.name})" if stretch.name else "")
    if not legs:
        text = f"{name} is not flown"
        size = float(LineString(line).length)
        yield Violation(rule="coverage", text=text, place=stretch.centreline[0], size=size, unit="m")
        return
    places = resample(line, _SAMPLE_M)
    gaps = np.asarray(shapely.distance(shapely.points(places), MultiLineString(legs)))
    missed = gaps > COVERED_WITHIN_M
    if missed.any():
        size = float(missed.mean() * LineString(line).length)
        worst = int(np.argmax(gaps))
        text = f"{name}: {size:.0f} m are farther than {COVERED_WITHIN_M:g} m from its legs, up to {gaps[worst]:.0f} m"
        yield Violation(rule="coverage", text=text, place=_geo(plan, places[worst]), size=size, unit="m")


def timetable_violations(plan: Plan, *, swap_s: float) -> Iterator[Violation]:
    """Yield the sorties of one aircraft that begin before it has landed and its battery was changed."""
    ordered = sorted(plan.sorties, key=lambda sortie: sortie.starts_s)
    for sortie in ordered:
        if sortie.starts_s < 0:
            text = f"{sortie.sortie_id} starts {-sortie.starts_s:.0f} s before the patrol begins"
            yield _late(plan, sortie, text, -sortie.starts_s)
    for before, after in itertools.pairwise(ordered):
        pause_s = after.starts_s - before.lands_s
        if pause_s < -_CLOCK_S:
            text = f"{after.sortie_id} starts {-pause_s:.0f} s before {before.sortie_id} has landed"
            yield _late(plan, after, text, -pause_s)
        elif pause_s < swap_s - _CLOCK_S:
            text = f"{pause_s:.0f} s between {before.sortie_id} and {after.sortie_id}, a swap takes {swap_s:g} s"
            yield _late(plan, after, text, swap_s - pause_s)


def _late(plan: Plan, sortie: Sortie, text: str, size_s: float) -> Violation:
    return Violation(rule="timetable", text=text, sortie_id=sortie.sortie_id, place=plan.dock, size=size_s, unit="s")
