"""A detour of a sortie: off the route, to look at a place, and back to where it left."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from shapely import Point, Polygon

from geo import LocalFrame
from missions import Altitude, AltitudeReference, Breakpoint, GeoPoint, InputError, Plan, PlanningError, Sortie
from missions.formats.plan_file import with_hash
from missions.hardware import load_airframe
from missions.place import place_of
from missions.terrain import Terrain
from missions.waypoint import LookAt, Waypoint
from planner.check import check_plan
from planner.dead_flight import DeadFlight, enu_m
from planner.energy import Floats
from planner.sorties import estimate_sortie, geo_points, total
from planner.timetable import on_grid

_BEARINGS: Final = 16
"""From how many sides a place is tried to be looked at, the nearest first."""
_LEAST_CORNERS: Final = 12
_MOST_CHORD_M: Final = 25.0
_SHALLOWEST_DEG: Final = -15.0
"""Of the camera while it hovers: a level one would stand off for ever."""
_TOUCHING_M: Final = 0.5
"""So near to the waypoint behind it, a detour begins and ends at that waypoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loiter:
    """Hover off the place, so far that the camera as it is tilted has it in the middle."""

    hold_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Orbit:
    """Fly once round the place, the camera on it."""

    radius_m: float


def with_detour(
    plan: Plan, at: Breakpoint, look_at: GeoPoint, how: Loiter | Orbit, *, terrain: Terrain | None = None
) -> Plan:
    """Return the plan, checked, with a detour in the sortie that is flown, from the place where it is to there again.

    `at` is the item flown to and the share of its leg that is done. Speed and gimbal of the route are as before.

    Raises:
        InputError: the plan has no such place to leave from, or the place to look at is in a zone or outside the fence.
        PlanningError: the battery, a zone, the fence or the cap does not allow it; with numbers.

    """
    where = place_of(plan, at)
    sortie = plan.sorties[where.sortie]
    changed = detour(plan, at, look_at, how, terrain=terrain)
    more_s = changed.estimate.time_s - sortie.estimate.time_s if any(one.starts_s for one in plan.sorties) else 0.0
    later = (replace(one, starts_s=on_grid(one.starts_s + more_s)) for one in plan.sorties[where.sortie + 1 :])
    sorties = (*plan.sorties[: where.sortie], changed, *later)
    what = f"{how.hold_s:g} s of hover" if isinstance(how, Loiter) else f"an orbit of {how.radius_m:g} m"
    note = (
        f"{sortie.sortie_id} leaves its route at item {at.item_seq} for {what} at {_spot(look_at)}: "
        f"{changed.estimate.time_s - sortie.estimate.time_s:.0f} s and "
        f"{changed.estimate.energy_wh - sortie.estimate.energy_wh:.1f} Wh more"
    )
    made = replace(plan, sorties=sorties, estimate=total(sorties), notes=(*plan.notes, note), plan_hash="")
    violations = check_plan(made, terrain)
    if violations:
        raise PlanningError(f"the detour breaks a rule: {violations[0].rule}, {violations[0].text}")
    return with_hash(made)


def detour(
    plan: Plan, at: Breakpoint, look_at: GeoPoint, how: Loiter | Orbit, *, terrain: Terrain | None = None
) -> Sortie:
    """Return the sortie with the detour; as `with_detour`, but only its way and its battery are looked at."""
    where = place_of(plan, at)
    sortie = plan.sorties[where.sortie]
    if where.waypoint == len(sortie.waypoints):
        what = f"{sortie.sortie_id} only lands after item {at.item_seq}"
        raise InputError(what, field="item", remedy="an earlier item")
    flight = DeadFlight.of(plan, sortie, terrain)
    frame = LocalFrame(lat_deg=plan.dock.lat_deg, lon_deg=plan.dock.lon_deg)
    target = enu_m(frame, [look_at])[0]
    fence = Polygon(enu_m(frame, plan.fence.corners))
    _refuse_place(flight, fence, target, look_at)
    to = sortie.waypoints[where.waypoint]
    before = flight.place_of(sortie.waypoints[where.waypoint - 1]) if where.waypoint else flight.above_dock_m
    left_at = before + where.fraction * (flight.place_of(to) - before)
    from_waypoint = bool(np.linalg.norm(left_at - before) < _TOUCHING_M)
    if from_waypoint:
        left_at = before  # also where it comes back to: what lies between would be flown, but not seen
    look = LookAt(position=look_at, altitude=Altitude(metres=flight.ground_m(target), above=AltitudeReference.HOME))
    visit = _Visit(flight=flight, fence=fence, target_m=target, look=look, gimbal_pitch_deg=to.gimbal_pitch_deg)
    away = visit.loiter(left_at, how) if isinstance(how, Loiter) else visit.orbit(left_at, how)
    back = [visit.waypoint(place) for place in flight.between(flight.place_of(away[-1]), left_at)]
    leaving = [] if from_waypoint else [_at(flight, to, left_at)]
    waypoints = (*sortie.waypoints[: where.waypoint], *leaving, *away, *back, *sortie.waypoints[where.waypoint :])
    made = replace(sortie, waypoints=waypoints, estimate=estimate_sortie(plan.dock, waypoints, flight.rules))
    _refuse_empty(plan, sortie, made)
    return made


def _at(flight: DeadFlight, to: Waypoint, place_m: Floats) -> Waypoint:
    """Return a place on the leg to a waypoint as one of its own."""
    altitude = Altitude(metres=float(place_m[2]), above=AltitudeReference.HOME)
    position = geo_points(flight.dock, place_m[None, :2])[0]
    return replace(to, position=position, altitude=altitude, hold_s=0.0)


def _spot(point: GeoPoint) -> str:
    return f"{point.lat_deg:.6f}, {point.lon_deg:.6f}"


def _refuse_place(flight: DeadFlight, fence: Polygon, target_m: Floats, place: GeoPoint) -> None:
    if flight.keep_out.contains(target_m):
        raise InputError(f"{_spot(place)} is in a no-fly zone", field="--look", remedy="a place outside")
    if not fence.covers(Point(target_m)):
        away_m = fence.distance(Point(target_m))
        what = f"{_spot(place)} is {away_m:.0f} m outside the plan's geofence"
        raise InputError(what, field="--look", remedy="a place inside")


def _refuse_empty(plan: Plan, before: Sortie, after: Sortie) -> None:
    airframe = load_airframe(plan.airframe)
    limit_wh = airframe.battery_wh * (before.battery_pct - plan.reserve_pct) / 100
    needed_wh = after.estimate.energy_wh
    if not needed_wh <= limit_wh:  # nor where the wind lets it make no headway
        if math.isnan(needed_wh):
            raise PlanningError(f"the detour makes no headway against the wind of {plan.wind_m_s:g} m/s")
        raise PlanningError(
            f"the battery does not allow the detour: it takes {needed_wh - before.estimate.energy_wh:.1f} Wh, "
            f"{before.sortie_id} then {needed_wh:.1f} Wh of {limit_wh:.1f} Wh "
            f"({before.battery_pct:g} % of {airframe.battery_wh:g} Wh less {plan.reserve_pct:g} %)"
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Visit:
    """How a place is looked at."""

    flight: DeadFlight
    fence: Polygon
    target_m: Floats
    """(2,) ENU."""
    look: LookAt
    gimbal_pitch_deg: float

    def waypoint(self, place_m: Floats, **settings: object) -> Waypoint:
        return replace(self.flight.waypoint(place_m, gimbal_pitch_deg=self.gimbal_pitch_deg), **settings)  # type: ignore[arg-type]

    def loiter(self, from_m: Floats, how: Loiter) -> list[Waypoint]:
        """Return the way to the first place to look from that may be flown to."""
        if not 0 < how.hold_s <= 3600:
            raise InputError(f"is {how.hold_s:g} s", field="--loiter", remedy="more than 0 and at most 3600")
        pitch_deg = min(self.gimbal_pitch_deg, _SHALLOWEST_DEG)
        off_m = self._over_m(from_m) / math.tan(math.radians(-pitch_deg)) if pitch_deg > -90 else 0.0
        for place in self._round(from_m, off_m):
            if self._may_be_at(place):
                there = self._high(place, like=from_m)
                way = self.flight.between(from_m, there)
                rows = [self.waypoint(turn) for turn in way[:-1]]
                hold_s = float(math.ceil(how.hold_s))
                return [*rows, self.waypoint(there, hold_s=hold_s, look_at=self.look, gimbal_pitch_deg=pitch_deg)]
        raise PlanningError(
            f"{_spot(self.look.position)} cannot be looked at from {off_m:.0f} m off: "
            "zones or the fence are on all sides"
        )

    def orbit(self, from_m: Floats, how: Orbit) -> list[Waypoint]:
        """Return the way to the nearest place of the circle and once round, clockwise."""
        if not 5 <= how.radius_m <= 500:
            raise InputError(f"is {how.radius_m:g} m", field="--orbit", remedy="5 to 500")
        corners = max(_LEAST_CORNERS, math.ceil(2 * math.pi * how.radius_m / _MOST_CHORD_M))
        away = from_m[:2] - self.target_m
        start = math.atan2(away[1], away[0])
        angles = start - np.linspace(0.0, 2 * math.pi, corners + 1)
        circle = self.target_m + how.radius_m * np.column_stack([np.cos(angles), np.sin(angles)])
        self._refuse_circle(circle, how)
        flown = self.flight.rules.heights.service(circle)
        if self.flight.rules.heights.ground is None:
            flown[:, 2] = from_m[2]
        down_deg = -math.degrees(math.atan2(self._over_m(from_m), how.radius_m))
        rows = [self.waypoint(turn) for turn in self.flight.between(from_m, flown[0])]
        rows[-1] = replace(rows[-1], gimbal_pitch_deg=down_deg, look_at=self.look)
        speed_m_s = self.flight.rules.service_m_s
        rows += [
            self.waypoint(place, speed_m_s=speed_m_s, gimbal_pitch_deg=down_deg, look_at=self.look)
            for place in flown[1:]
        ]
        return rows

    def _refuse_circle(self, circle_m: Floats, how: Orbit) -> None:
        if self.flight.keep_out.crossed_by(circle_m[:-1], circle_m[1:]).any():
            raise PlanningError(f"the orbit of {how.radius_m:g} m crosses a no-fly zone: a smaller one, or a loiter")
        outside_m = max(self.fence.distance(Point(place)) for place in circle_m)
        if outside_m > 0:
            raise PlanningError(f"the orbit of {how.radius_m:g} m leaves the geofence by {outside_m:.0f} m")

    def _over_m(self, from_m: Floats) -> float:
        """Return the height over the place that is looked at."""
        return max(float(self._high(self.target_m, like=from_m)[2]) - self.look.altitude.metres, 1.0)

    def _high(self, place_m: Floats, *, like: Floats) -> Floats:
        """Return a place at the height to fly there: over level ground that of where the aircraft comes from."""
        heights = self.flight.rules.heights
        if heights.ground is None:
            level: Floats = np.append(place_m, like[2])
            return level
        above: Floats = heights.service(np.vstack([place_m, place_m]))[0]
        return above

    def _round(self, from_m: Floats, off_m: float) -> Iterator[Floats]:
        """Yield places off the target, beginning on the side the aircraft comes from."""
        away = from_m[:2] - self.target_m
        start = math.atan2(away[1], away[0])
        for step in range(_BEARINGS if off_m > 0 else 1):
            turn = (step + 1) // 2 * (1 if step % 2 else -1) * 2 * math.pi / _BEARINGS
            yield self.target_m + off_m * np.array([math.cos(start + turn), math.sin(start + turn)])

    def _may_be_at(self, place_m: Floats) -> bool:
        return bool(self.fence.covers(Point(place_m))) and not self.flight.keep_out.contains(place_m)
