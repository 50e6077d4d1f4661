"""Tours of the search to sorties: waypoints, and what they are expected to take."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from geo import LocalFrame
from missions import Airframe, Altitude, AltitudeReference, Estimate, GeoPoint, LegKind, Sortie, Waypoint
from planner.energy import Floats, Wind, watt_hours
from planner.field import Field
from planner.profile import climb_m, fly_sortie, holds_s, sortie_points_m, wanted_speeds_m_s, waypoints_enu_m
from planner.search import Tour
from planner.timetable import on_grid
from planner.visits import TOUCHING_M, FlightRules
from planner.ways import WaysRound


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SortieBuilder:
    """Writes sorties over a field."""

    dock: GeoPoint
    field: Field
    stretch_ids: Sequence[str]
    gimbal_pitch_deg: float

    @property
    def rules(self) -> FlightRules:
        """How the field is flown."""
        return self.field.rules

    def sortie(self, number: int, tour: Tour) -> Sortie:
        """Return the sortie of a tour; it ends above the dock, so that the return item only lands.

        ArduPilot's return to launch would otherwise go at a speed of its own and to the nearest rally point.
        """
        waypoints = tuple(self._waypoints(tour))
        return Sortie(
            sortie_id=f"sortie-{number}",
            takeoff_height_m=self.rules.heights.above_dock_m(),
            waypoints=waypoints,
            stretch_ids=tuple(self.stretch_ids[visit // 2] for visit in tour.visits),
            estimate=estimate_sortie(self.dock, waypoints, self.rules),
        )

    def _waypoints(self, tour: Tour) -> list[Waypoint]:
        rows: list[Waypoint] = []
        above_dock = np.array([0.0, 0.0, self.rules.heights.above_dock_m()])
        here, ways = above_dock, self.field.ways(tour.visits)
        for number, visit in enumerate(self.field.visits[visit] for visit in tour.visits):
            line = np.column_stack([visit.line_m, visit.heights_m])
            rows += self._deadhead(ways, (number, number + 1), here, line[0])
            rows += [self._waypoint(place, LegKind.SERVICE, self.stretch_ids[visit.stretch]) for place in line[1:]]
            here = line[-1]
        return rows + self._deadhead(ways, (len(tour.visits), 0), here, above_dock)

    def _deadhead(self, ways: WaysRound | None, ends: tuple[int, int], here: Floats, there: Floats) -> list[Waypoint]:
        """Return the waypoints from where one visit ended to where the next begins, round zones and over hills.

        There are none where the two touch.
        """
        if np.linalg.norm((there - here)[:2]) < TOUCHING_M:
            return []
        turns = ways.corners_on(*ends) if ways else np.zeros((0, 2))
        level = np.column_stack([turns, np.full(len(turns), self.rules.height_m)])
        points = self.rules.heights.between(np.vstack([here, level, there]))
        return [self._waypoint(place, LegKind.DEADHEAD) for place in points[1:]]

    def _waypoint(self, place_m: Floats, leg: LegKind, stretch_id: str | None = None) -> Waypoint:
        speed = self.rules.service_m_s if leg is LegKind.SERVICE else self.rules.deadhead_m_s
        return Waypoint(
            position=geo_points(self.dock, place_m[None, :2])[0],
            altitude=Altitude(metres=float(place_m[2]), above=AltitudeReference.HOME),
            speed_m_s=speed,
            gimbal_pitch_deg=self.gimbal_pitch_deg,
            leg=leg,
            stretch_id=stretch_id,
        )


def geo_points(dock: GeoPoint, places_m: Floats) -> tuple[GeoPoint, ...]:
    """Return (N, 2) ENU places at the dock as positions, in MAVLink's steps of 1e-7 degrees (1 cm)."""
    frame = LocalFrame(lat_deg=dock.lat_deg, lon_deg=dock.lon_deg)
    rows = frame.enu_to_geodetic(places_m)
    return tuple(GeoPoint(lat_deg=round(float(lat), 7), lon_deg=round(float(lon), 7)) for lat, lon, _ in rows)


def estimate_sortie(dock: GeoPoint, waypoints: Sequence[Waypoint], rules: FlightRules) -> Estimate:
    """Return what the waypoints take, from take-off to touch-down."""
    takeoff_height_m = rules.heights.above_dock_m()
    points_m = waypoints_enu_m(dock, waypoints, takeoff_height_m=takeoff_height_m)
    return _estimate(points_m, waypoints, rules.airframe, rules.wind, takeoff_height_m)


def estimated(dock: GeoPoint, sortie: Sortie, airframe: Airframe, wind: Wind) -> Sortie:
    """Return a sortie with the estimate of its waypoints in a wind, from where it begins to touch-down."""
    estimate = _estimate(sortie_points_m(dock, sortie), sortie.waypoints, airframe, wind, climb_m(sortie))
    return replace(sortie, estimate=estimate)


def _estimate(
    points_m: Floats, waypoints: Sequence[Waypoint], airframe: Airframe, wind: Wind, takeoff_height_m: float | None
) -> Estimate:
    cost = fly_sortie(
        points_m,
        wanted_speeds_m_s(waypoints),
        airframe,
        wind,
        takeoff_height_m=takeoff_height_m,
        holds_s=holds_s(waypoints),
    )
    serves = np.array([waypoint.leg is LegKind.SERVICE for waypoint in waypoints] + [False])
    energy_wh = watt_hours(cost.energy_j)
    return Estimate(
        distance_m=cost.distance_m,
        service_m=float(cost.legs.length_m[serves].sum()),
        time_s=cost.time_s,
        energy_wh=energy_wh,
        energy_share_pct=100.0 * energy_wh / airframe.battery_wh,
    )


def items_of(sortie: Sortie) -> int:
    """Return how many mission items a sortie takes: home, gimbal, take-off, return, legs and changes of speed."""
    speeds = [waypoint.speed_m_s for waypoint in sortie.waypoints]
    return 5 + len(speeds) + sum(a != b for a, b in itertools.pairwise(speeds))


def one_after_another(sorties: Sequence[Sortie], *, swap_s: float) -> tuple[Sortie, ...]:
    """Return the sorties of one aircraft with their starts: each when the battery has been changed after the last."""
    starts_s, timed = 0.0, []
    for sortie in sorties:
        timed.append(replace(sortie, starts_s=on_grid(starts_s)))
        starts_s = timed[-1].lands_s + swap_s
    return tuple(timed)


def total(sorties: Sequence[Sortie]) -> Estimate:
    """Return the estimate of a patrol: sums, and the largest share of a battery."""
    parts = [sortie.estimate for sortie in sorties]
    return Estimate(
        distance_m=sum(part.distance_m for part in parts),
        service_m=sum(part.service_m for part in parts),
        time_s=sum(part.time_s for part in parts),
        energy_wh=sum(part.energy_wh for part in parts),
        energy_share_pct=max((part.energy_share_pct for part in parts), default=0.0),
    )
