"""Tours of the search to sorties: waypoints, and what they are expected to take."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from geo import LocalFrame
from missions import Altitude, AltitudeReference, Estimate, GeoPoint, LegKind, Sortie, Waypoint
from planner.energy import Floats, watt_hours
from planner.profile import fly_sortie, wanted_speeds_m_s, waypoints_enu_m
from planner.search import Tour
from planner.visits import TOUCHING_M, FlightRules, Visit
from planner.ways import WaysRound


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SortieBuilder:
    """Writes sorties for one dock, one way of flying and one set of visits."""

    origin: GeoPoint
    """Of the planning frame."""
    dock: GeoPoint
    rules: FlightRules
    visits: Sequence[Visit]
    stretch_ids: Sequence[str]
    ways: WaysRound | None
    gimbal_pitch_deg: float
    dock_number: int = 0
    docks: int = 1
    """Which of how many docks the ways round zones were sought for."""

    @property
    def dock_m(self) -> Floats:
        """(2,) in the planning frame."""
        frame = LocalFrame(lat_deg=self.origin.lat_deg, lon_deg=self.origin.lon_deg)
        place: Floats = frame.geodetic_to_enu([self.dock.lat_deg], [self.dock.lon_deg])[0, :2]
        return place

    def sortie(self, number: int, tour: Tour) -> Sortie:
        """Return the sortie of a tour; it ends above the dock, so that the return item only lands.

        ArduPilot's return to launch would otherwise go at a speed of its own and to the nearest rally point.
        """
        waypoints = tuple(self._waypoints(tour))
        return Sortie(
            sortie_id=f"sortie-{number}",
            takeoff_height_m=self.rules.height_m,
            waypoints=waypoints,
            stretch_ids=tuple(self.stretch_ids[self.visits[visit].stretch] for visit in tour.visits),
            estimate=estimate_sortie(self.dock, waypoints, self.rules),
        )

    def _waypoints(self, tour: Tour) -> list[Waypoint]:
        rows: list[Waypoint] = []
        here, node = self.dock_m, self.dock_number
        for visit in tour.visits:
            line = self.visits[visit].line_m
            rows += self._deadhead(node, visit + self.docks, here, line[0])
            stretch_id = self.stretch_ids[self.visits[visit].stretch]
            rows += [self._waypoint(place, LegKind.SERVICE, stretch_id) for place in line[1:]]
            here, node = line[-1], visit + self.docks
        return rows + self._deadhead(node, self.dock_number, here, self.dock_m)

    def _deadhead(self, node: int, next_node: int, here: Floats, there: Floats) -> list[Waypoint]:
        """Return the waypoints from where one visit ended to where the next begins, round zones; none if touching."""
        if np.linalg.norm(there - here) < TOUCHING_M:
            return []
        turns = self.ways.corners_on(node, next_node) if self.ways else np.zeros((0, 2))
        return [self._waypoint(place, LegKind.DEADHEAD) for place in (*turns, there)]

    def _waypoint(self, place_m: Floats, leg: LegKind, stretch_id: str | None = None) -> Waypoint:
        speed = self.rules.service_m_s if leg is LegKind.SERVICE else self.rules.deadhead_m_s
        return Waypoint(
            position=geo_points(self.origin, place_m[None])[0],
            altitude=Altitude(metres=self.rules.height_m, above=AltitudeReference.HOME),
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
    cost = fly_sortie(
        waypoints_enu_m(dock, waypoints),
        wanted_speeds_m_s(waypoints),
        rules.airframe,
        rules.wind,
        takeoff_height_m=rules.height_m,
    )
    serves = np.array([waypoint.leg is LegKind.SERVICE for waypoint in waypoints] + [False])
    energy_wh = watt_hours(cost.energy_j)
    return Estimate(
        distance_m=cost.distance_m,
        service_m=float(cost.legs.length_m[serves].sum()),
        time_s=cost.time_s,
        energy_wh=energy_wh,
        energy_share_pct=100.0 * energy_wh / rules.airframe.battery_wh,
    )


def one_after_another(sorties: Sequence[Sortie], *, swap_s: float) -> tuple[Sortie, ...]:
    """Return the sorties of one aircraft with their starts: each when the battery has been changed after the last."""
    starts_s, timed = 0.0, []
    for sortie in sorties:
        timed.append(replace(sortie, starts_s=round(starts_s, 1)))
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
