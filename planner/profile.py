"""Flying a polyline: per-leg time and energy with corners, wind and height changes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo import LocalFrame
from missions import Airframe, GeoPoint, Waypoint
from planner.energy import (
    Floats,
    Wind,
    airspeed_m_s,
    corner_speed_m_s,
    ground_speed_m_s,
    landing,
    leg_time_s,
    power_w,
    takeoff,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flown:
    """What the legs of a polyline take; N points have N - 1 legs."""

    length_m: Floats
    time_s: Floats
    energy_j: Floats
    ground_speed_m_s: Floats
    """Held on the straight part; NaN where the wind lets the aircraft make no headway (time and energy too)."""


def fly_polyline(
    points_m: Floats,
    wanted_m_s: Floats,
    airframe: Airframe,
    wind: Wind,
    *,
    in_m_s: float = 0.0,
    out_m_s: float = 0.0,
) -> Flown:
    """Return the cost of each leg of an (N, 3) ENU polyline flown at (N - 1,) commanded ground speeds.

    `in_m_s` and `out_m_s` are the speeds at both ends (rest by default). Legs of no length cost nothing. Straight
    parts take the power of their airspeed, the time lost in speeding up and braking takes hover power, or the leg's
    own where that is more; climbing takes climb power.
    """
    steps = np.diff(points_m, axis=0)
    level_m = np.linalg.norm(steps[:, :2], axis=1)
    real = np.linalg.norm(steps, axis=1) > 1e-6
    length, time, energy = (np.zeros(len(steps)) for _ in range(3))
    ground = np.array(wanted_m_s, float)
    if real.any():
        used = _level_legs(steps[real], level_m[real], ground[real], airframe, wind, ends=(in_m_s, out_m_s))
        length[real], time[real], energy[real], ground[real] = used
    return Flown(length_m=length, time_s=time, energy_j=energy, ground_speed_m_s=ground)


def _level_legs(
    steps: Floats, level_m: Floats, wanted: Floats, airframe: Airframe, wind: Wind, *, ends: tuple[float, float]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return length, time, energy and ground speed of legs that all have a length."""
    directions = steps[:, :2] / np.maximum(level_m, 1e-9)[:, None]
    ground = ground_speed_m_s(directions, wind, airframe, wanted_m_s=wanted)
    entry, leave = _node_speeds(directions, level_m, ground, airframe.acceleration_m_s2, ends)
    time = leg_time_s(level_m, ground, entry, leave, acceleration_m_s2=airframe.acceleration_m_s2)
    hold_s = np.minimum(level_m / ground, time)
    power = power_w(airframe, airspeed_m_s(directions, ground, wind))
    energy = hold_s * power + (time - hold_s) * np.maximum(power, airframe.hover_w)
    rise_s = np.maximum(steps[:, 2], 0) / airframe.climb_m_s
    sink_s = np.maximum(-steps[:, 2], 0) / airframe.descent_m_s
    energy = energy + rise_s * np.maximum(airframe.climb_w - power, 0)
    waits_s = np.maximum(rise_s + sink_s - time, 0)
    return np.linalg.norm(steps, axis=1), time + waits_s, energy + waits_s * airframe.hover_w, ground


def _node_speeds(
    directions: Floats, level_m: Floats, ground: Floats, acceleration: float, ends: tuple[float, float]
) -> tuple[Floats, Floats]:
    """Return the speeds at both ends of each leg: corners, then what accelerating and braking allow."""
    cosines = np.clip((directions[:-1] * directions[1:]).sum(axis=1), -1.0, 1.0)
    corners = np.minimum(corner_speed_m_s(np.arccos(cosines), acceleration), np.minimum(ground[:-1], ground[1:]))
    nodes = np.concatenate([[min(ends[0], ground[0])], corners, [min(ends[1], ground[-1])]])
    gain = 2 * acceleration * level_m
    for leg in range(len(level_m)):
        nodes[leg + 1] = min(nodes[leg + 1], float(np.sqrt(nodes[leg] ** 2 + gain[leg])))
    for leg in reversed(range(len(level_m))):
        nodes[leg] = min(nodes[leg], float(np.sqrt(nodes[leg + 1] ** 2 + gain[leg])))
    return nodes[:-1], nodes[1:]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SortieCost:
    """A whole flight: climb, legs, hover over the dock and landing."""

    legs: Flown
    distance_m: float
    """Legs, climb and descent."""
    time_s: float
    energy_j: float


def fly_sortie(
    points_m: Floats, wanted_m_s: Floats, airframe: Airframe, wind: Wind, *, takeoff_height_m: float
) -> SortieCost:
    """Return the cost of a flight whose (N, 3) points begin and end above the dock."""
    legs = fly_polyline(points_m, wanted_m_s, airframe, wind)
    up = takeoff(airframe, takeoff_height_m)
    down = landing(airframe, max(float(points_m[-1, 2]), 0.0))
    return SortieCost(
        legs=legs,
        distance_m=float(legs.length_m.sum()) + takeoff_height_m + max(float(points_m[-1, 2]), 0.0),
        time_s=float(legs.time_s.sum()) + up.time_s + down.time_s,
        energy_j=float(legs.energy_j.sum()) + up.energy_j + down.energy_j,
    )


def waypoints_enu_m(dock: GeoPoint, waypoints: Sequence[Waypoint]) -> Floats:
    """Return the (N + 2, 3) ENU metres of a flight: above the dock, the waypoints, above the dock again.

    Both ends are at the height of the first and last waypoint; up is height above the dock's ground.
    """
    frame = LocalFrame(lat_deg=dock.lat_deg, lon_deg=dock.lon_deg)
    lat = [waypoint.position.lat_deg for waypoint in waypoints]
    lon = [waypoint.position.lon_deg for waypoint in waypoints]
    points = frame.geodetic_to_enu(lat, lon)
    points[:, 2] = [waypoint.altitude.metres for waypoint in waypoints]  # tangent plane's sag is not a height
    ends = np.zeros((2, 3))
    ends[:, 2] = points[[0, -1], 2]
    return np.vstack([ends[:1], points, ends[1:]])


def wanted_speeds_m_s(waypoints: Sequence[Waypoint]) -> Floats:
    """Return the (N + 1,) commanded speeds of the legs of `waypoints_enu_m`; the return keeps the last one."""
    speeds = [waypoint.speed_m_s for waypoint in waypoints]
    return np.array([*speeds, speeds[-1]])
