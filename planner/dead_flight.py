"""Flights added to a finished plan: from place to place round its zones and over its hills, at its speeds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo import LocalFrame
from missions import Altitude, AltitudeReference, GeoPoint, LegKind, Plan, PlanningError, Sortie, Waypoint
from missions.hardware import load_airframe
from missions.terrain import Terrain
from planner.energy import Floats, Wind, deadhead_speed_m_s
from planner.ground import Ground
from planner.heights import Heights
from planner.keep_out import KeepOut
from planner.reach import reach_m
from planner.sorties import geo_points
from planner.visits import FlightRules
from planner.ways import WaysRound


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DeadFlight:
    """How the aircraft of a plan flies where no stretch leads it; places are (3,) ENU metres at the dock."""

    dock: GeoPoint
    rules: FlightRules
    keep_out: KeepOut

    @classmethod
    def of(cls, plan: Plan, sortie: Sortie, terrain: Terrain | None) -> "DeadFlight":
        """Take speeds and heights from a sortie, zones and wind from its plan.

        Raises:
            PlanningError: the plan was made over terrain that is not given.

        """
        if plan.terrain is not None and terrain is None:
            raise PlanningError(f"the plan was made over {plan.terrain.file}, which is not here: heights are not known")
        airframe = load_airframe(plan.airframe)
        service, dead = (
            max((w.speed_m_s for w in sortie.waypoints if w.leg is leg), default=0.0)
            for leg in (LegKind.SERVICE, LegKind.DEADHEAD)
        )
        service = service or airframe.cruise_m_s
        heights = Heights(
            height_m=sortie.takeoff_height_m,
            cap_m=plan.altitude_cap_m,
            ground=Ground.at_dock(terrain, plan.dock) if terrain is not None else None,
            clearance_m=plan.terrain.clearance_m if plan.terrain is not None else 0.0,
        )
        rules = FlightRules(
            airframe=airframe,
            wind=Wind.blowing_from(plan.wind_from_deg, speed_m_s=plan.wind_m_s),
            heights=heights,
            service_m_s=service,
            deadhead_m_s=dead or deadhead_speed_m_s(airframe, service_m_s=service),
            limit_j=airframe.battery_wh * 3600.0 * (1 - plan.reserve_pct / 100),
        )
        frame = LocalFrame(lat_deg=plan.dock.lat_deg, lon_deg=plan.dock.lon_deg)
        flown = enu_m(frame, [waypoint.position for waypoint in sortie.waypoints])
        keep_out = KeepOut.of(
            [enu_m(frame, zone.corners) for zone in plan.keep_out],
            reach_m=reach_m(plan.radio_range_m, heights, flown),
        )
        return cls(dock=plan.dock, rules=rules, keep_out=keep_out)

    @property
    def frame(self) -> LocalFrame:
        """ENU at the dock."""
        return LocalFrame(lat_deg=self.dock.lat_deg, lon_deg=self.dock.lon_deg)

    @property
    def above_dock_m(self) -> Floats:
        """Where flights begin and end."""
        return np.array([0.0, 0.0, self.rules.heights.above_dock_m()])

    def place_of(self, waypoint: Waypoint) -> Floats:
        """Return where a waypoint is; its height is above home."""
        return np.append(enu_m(self.frame, [waypoint.position])[0], waypoint.altitude.metres)

    def between(self, here_m: Floats, there_m: Floats) -> Floats:
        """Return the (N, 3) places to fly to from one place to another, `there_m` last.

        Raises:
            PlanningError: there is no way round the zones, or none over the hills; says from where.

        """
        turns = np.zeros((0, 2))
        if self.keep_out.zones:
            ways = WaysRound.between(
                here_m[None, :2],
                there_m[None, :2],
                keep_out=self.keep_out,
                airframe=self.rules.airframe,
                wind=self.rules.wind,
                speed_m_s=self.rules.deadhead_m_s,
            )
            if ways.crossed[0, 0] and not np.isfinite(ways.time_s[0, 0]):
                here = geo_points(self.dock, here_m[None, :2])[0]
                raise PlanningError(f"no way from {here.lat_deg:.6f}, {here.lon_deg:.6f} round the no-fly zones")
            turns = ways.corners_on(0, 0)
        level = np.column_stack([turns, np.full(len(turns), max(here_m[2], there_m[2]))])
        return self.rules.heights.between(np.vstack([here_m, level, there_m]))[1:]

    def waypoint(self, place_m: Floats, *, gimbal_pitch_deg: float) -> Waypoint:
        """Return a place as a waypoint between stretches."""
        return Waypoint(
            position=geo_points(self.dock, place_m[None, :2])[0],
            altitude=Altitude(metres=float(place_m[2]), above=AltitudeReference.HOME),
            speed_m_s=self.rules.deadhead_m_s,
            gimbal_pitch_deg=gimbal_pitch_deg,
            leg=LegKind.DEADHEAD,
        )

    def way(self, here_m: Floats, there_m: Floats, *, like: Waypoint) -> list[Waypoint]:
        """Return the places of `between` as waypoints, the camera as at another."""
        places = self.between(here_m, there_m)
        return [self.waypoint(place, gimbal_pitch_deg=like.gimbal_pitch_deg) for place in places]

    def ground_m(self, place_m: Floats) -> float:
        """Return the ground at a place above home; level with the dock where there is no terrain."""
        ground = self.rules.heights.ground
        return float(ground.surface_m(place_m[None, :2])[0]) if ground is not None else 0.0


def enu_m(frame: LocalFrame, points: Sequence[GeoPoint]) -> Floats:
    """Return the (N, 2) places of positions."""
    places: Floats = frame.geodetic_to_enu([p.lat_deg for p in points], [p.lon_deg for p in points])[:, :2]
    return places
