"""Flying a polyline: per-leg time and energy with corners, wind and height changes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo import LocalFrame
from missions import Airframe, GeoPoint, Sortie, Waypoint
from planner.energy import (
    Climb,
    Floats,
    Wind,
    airspeed_m_s,
    ground_speed_m_s,
    landing,
    overlap_s,
    rest_to_rest_s,
    takeoff,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Legs:
    """Straight legs each flown from rest to rest; arrays of one shape."""

    ground_m_s: Floats
    """Held in the middle; NaN where the wind lets the aircraft make no headway (times too)."""
    level_s: Floats
    """Length over ground speed."""
    rest_s: Floats
    """From rest to rest."""
    ramp_s: Floats
    """Part of it: one change between rest and the top speed."""
    power_w: Floats
    """At the ground speed."""

    def energy_j(self, saved_s: Floats, airframe: Airframe) -> Floats:
        """Return the energy with some of the ramps' time saved at corners; ramps take hover power or more."""
        ramps_s = np.maximum(self.rest_s - self.level_s - saved_s, 0.0)
        energy: Floats = self.level_s * self.power_w + ramps_s * np.maximum(self.power_w, airframe.hover_w)
        return energy


def legs_of(steps_m: Floats, wanted_m_s: Floats | float, airframe: Airframe, wind: Wind) -> tuple[Legs, Floats]:
    """Return the legs along (..., 2) steps, and their (..., 2) directions."""
    length = np.linalg.norm(steps_m, axis=-1)
    directions = steps_m / np.maximum(length, 1e-9)[..., None]
    ground = ground_speed_m_s(directions, wind, airframe, wanted_m_s=wanted_m_s)
    rest_s, ramp_s = rest_to_rest_s(length, ground, airframe.acceleration_m_s2)
    legs = Legs(
        ground_m_s=ground,
        level_s=length / ground,
        rest_s=rest_s,
        ramp_s=ramp_s,
        power_w=airframe.level_power_w(airspeed_m_s(directions, ground, wind)),
    )
    return legs, directions


def turn_rad(before: Floats, after: Floats) -> Floats:
    """Return the angle between (..., 2) unit directions; 0 is straight on."""
    angle: Floats = np.arccos(np.clip((before * after).sum(axis=-1), -1.0, 1.0))
    return angle


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flown:
    """What the legs of a polyline take, from rest to rest; N points have N - 1 legs."""

    length_m: Floats
    time_s: Floats
    energy_j: Floats
    ground_speed_m_s: Floats
    """NaN where the wind lets the aircraft make no headway (time and energy too)."""


def fly_polyline(
    points_m: Floats, wanted_m_s: Floats, airframe: Airframe, wind: Wind, *, holds_s: Floats | None = None
) -> Flown:
    """Return the cost of each leg of an (N, 3) ENU polyline flown at (N - 1,) commanded ground speeds.

    Time saved at a corner counts half for each of its legs; climbing takes climb power; a leg of no length is free.
    `holds_s` are the (N - 1,) seconds of hover at the ends of the legs, which belong to them; no corner is cut there.
    """
    steps = np.diff(points_m, axis=0)
    real = np.linalg.norm(steps, axis=1) > 1e-6
    holds = np.zeros(len(steps)) if holds_s is None else holds_s
    length, time, energy = (np.zeros(len(steps)) for _ in range(3))
    ground = np.array(wanted_m_s, float)
    if real.any():
        length[real] = np.linalg.norm(steps[real], axis=1)
        time[real], energy[real], ground[real] = _fly(steps[real], ground[real], airframe, wind, stops=holds[real] > 0)
    return Flown(
        length_m=length, time_s=time + holds, energy_j=energy + holds * airframe.hover_w, ground_speed_m_s=ground
    )


def _fly(
    steps: Floats, wanted: Floats, airframe: Airframe, wind: Wind, *, stops: NDArray[np.bool_]
) -> tuple[Floats, Floats, Floats]:
    """Return time, energy and ground speed of legs that all have a length and may end with a stop."""
    legs, directions = legs_of(steps[:, :2], wanted, airframe, wind)
    turns = turn_rad(directions[:-1], directions[1:])
    saved_s = np.zeros(len(steps))
    overlap = overlap_s(turns, legs.ramp_s[:-1], legs.rest_s[1:], airframe.acceleration_m_s2)
    overlap = np.where(stops[:-1], 0.0, overlap)
    saved_s[:-1] += overlap / 2
    saved_s[1:] += overlap / 2
    time = legs.rest_s - saved_s
    rise_s = np.maximum(steps[:, 2], 0) / airframe.climb_m_s
    waits_s = np.maximum(rise_s + np.maximum(-steps[:, 2], 0) / airframe.descent_m_s - time, 0)
    energy = legs.energy_j(saved_s, airframe) + waits_s * airframe.hover_w
    energy = energy + rise_s * np.maximum(airframe.climb_w - legs.power_w, 0)
    return time + waits_s, energy, legs.ground_m_s


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SortieCost:
    """A whole flight: climb, legs, hover over the dock and landing."""

    legs: Flown
    distance_m: float
    """Legs, climb and descent."""
    time_s: float
    energy_j: float


def fly_sortie(
    points_m: Floats,
    wanted_m_s: Floats,
    airframe: Airframe,
    wind: Wind,
    *,
    takeoff_height_m: float | None,
    holds_s: Floats | None = None,
) -> SortieCost:
    """Return the cost of a flight whose (N, 3) points begin and end above the dock; without a take-off where None."""
    legs = fly_polyline(points_m, wanted_m_s, airframe, wind, holds_s=holds_s)
    climb_m = takeoff_height_m or 0.0
    up = Climb(time_s=0.0, energy_j=0.0) if takeoff_height_m is None else takeoff(airframe, climb_m)
    down = landing(airframe, max(float(points_m[-1, 2]), 0.0))
    return SortieCost(
        legs=legs,
        distance_m=float(legs.length_m.sum()) + climb_m + max(float(points_m[-1, 2]), 0.0),
        time_s=float(legs.time_s.sum()) + up.time_s + down.time_s,
        energy_j=float(legs.energy_j.sum()) + up.energy_j + down.energy_j,
    )


def waypoints_enu_m(dock: GeoPoint, waypoints: Sequence[Waypoint], *, takeoff_height_m: float) -> Floats:
    """Return the (N + 2, 3) ENU metres of a flight: above the dock, the waypoints, above the dock again.

    It begins at the take-off's height and ends at the last waypoint's; up is height above the dock's ground.
    """
    frame = LocalFrame(lat_deg=dock.lat_deg, lon_deg=dock.lon_deg)
    lat = [waypoint.position.lat_deg for waypoint in waypoints]
    lon = [waypoint.position.lon_deg for waypoint in waypoints]
    points = frame.geodetic_to_enu(lat, lon)
    points[:, 2] = [waypoint.altitude.metres for waypoint in waypoints]  # tangent plane's sag is not a height
    ends = np.zeros((2, 3))
    ends[:, 2] = takeoff_height_m, points[-1, 2]
    return np.vstack([ends[:1], points, ends[1:]])


def sortie_points_m(dock: GeoPoint, sortie: Sortie) -> Floats:
    """Return the (N + 2, 3) points of a sortie as `waypoints_enu_m`; one that begins in the air begins where it is."""
    points = waypoints_enu_m(dock, sortie.waypoints, takeoff_height_m=sortie.takeoff_height_m)
    if sortie.begins is not None:
        frame, (here, height_m) = LocalFrame(lat_deg=dock.lat_deg, lon_deg=dock.lon_deg), sortie.begin(dock)
        points[0] = *frame.geodetic_to_enu(here.lat_deg, here.lon_deg)[0, :2], height_m
    return points


def climb_m(sortie: Sortie) -> float | None:
    """Return the height of a sortie's take-off; None where it has none."""
    return None if sortie.begins is not None else sortie.takeoff_height_m


def wanted_speeds_m_s(waypoints: Sequence[Waypoint]) -> Floats:
    """Return the (N + 1,) commanded speeds of the legs of `waypoints_enu_m`; the return keeps the last one."""
    speeds = [waypoint.speed_m_s for waypoint in waypoints]
    return np.array([*speeds, speeds[-1]])


def holds_s(waypoints: Sequence[Waypoint]) -> Floats:
    """Return the (N + 1,) seconds of hover at the ends of the legs of `waypoints_enu_m`."""
    return np.array([*(waypoint.hold_s for waypoint in waypoints), 0.0])
