"""Where an aircraft is at which time of a sortie, and how near two of them come. Pure physics, for planner and check.

An aircraft moves evenly along each leg in the leg's time (`planner.profile`), so that the closest approach of two is
exact for that motion.
"""

from dataclasses import dataclass

import numpy as np

from geo import LocalFrame
from missions import Airframe, GeoPoint, Sortie
from planner.energy import (
    LAND_SLOW_BELOW_M,
    LAND_SLOW_M_S,
    RTL_LOITER_S,
    SPOOL_UP_S,
    Floats,
    Wind,
    landing,
    takeoff,
)
from planner.profile import climb_m, fly_sortie, holds_s, sortie_points_m, wanted_speeds_m_s


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Track:
    """A flight from leaving the ground to touching it again; it is where lines between the knots say."""

    times_s: Floats
    """(N,) after the sortie's start, rising."""
    places_m: Floats
    """(N, 3) east and north in the common frame, and height above mean sea level."""
    leg_ends: Floats
    """(W,) times at which the waypoints are reached."""
    begins_s: float = 0.0
    """Time at which the first leg begins: the end of the climb, 0 where there is none."""

    @property
    def knots_s(self) -> Floats:
        """(W + 1,) times at which the legs to the waypoints begin and end."""
        knots: Floats = np.concatenate([[self.begins_s], self.leg_ends])
        return knots

    def at(self, times_s: Floats) -> Floats:
        """Return the (T, 3) places at times after the sortie's start."""
        return np.column_stack([np.interp(times_s, self.times_s, self.places_m[:, axis]) for axis in range(3)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """The worst moment of two flights that are too near each other."""

    at_s: float
    """After the patrol's beginning."""
    across_m: float
    """Distance over the ground."""
    height_m: float
    """Difference of the heights above mean sea level."""
    place_m: tuple[float, float]
    """Of the first aircraft, common frame."""


def track_of(
    sortie: Sortie, airframe: Airframe, wind: Wind, *, dock: GeoPoint, dock_amsl_m: float, frame: LocalFrame
) -> Track:
    """Return the flight of a sortie in the common frame."""
    cost = fly_sortie(
        sortie_points_m(dock, sortie),
        wanted_speeds_m_s(sortie.waypoints),
        airframe,
        wind,
        takeoff_height_m=climb_m(sortie),
        holds_s=holds_s(sortie.waypoints),
    )
    up_s = takeoff(airframe, sortie.takeoff_height_m).time_s if sortie.begins is None else 0.0
    leg_ends = up_s + np.cumsum(cost.legs.time_s)
    last_m = max(sortie.waypoints[-1].altitude.metres, 0.0)
    slow_m = min(last_m, LAND_SLOW_BELOW_M)
    down_s = leg_ends[-1] + landing(airframe, last_m).time_s
    slow_s = slow_m / min(LAND_SLOW_M_S, airframe.descent_m_s)
    begin, first_m = sortie.begin(dock)
    points = (begin, *(waypoint.position for waypoint in sortie.waypoints), dock)
    flat = frame.geodetic_to_enu([p.lat_deg for p in points], [p.lon_deg for p in points])[:, :2]
    heights = [first_m, *(waypoint.altitude.metres for waypoint in sortie.waypoints), last_m]
    home = flat[[-1]]
    ends_s = [leg_ends[-1] + RTL_LOITER_S, max(down_s - slow_s, leg_ends[-1]), down_s]
    ground = 1 if sortie.begins is None else 0  # before its take-off it stands at the dock
    return Track(
        times_s=np.array([*[SPOOL_UP_S][:ground], up_s, *leg_ends, *ends_s]),
        places_m=np.column_stack(
            [
                np.vstack([home[:ground], flat, home, home, home]),
                np.array([*[0.0][:ground], *heights, last_m, slow_m, 0.0]) + dock_amsl_m,
            ]
        ),
        leg_ends=leg_ends[:-1],
        begins_s=up_s,
    )


def nearest(
    a: Track, a_start_s: float, b: Track, b_start_s: float, *, separation_m: float, layer_m: float
) -> Gap | None:
    """Return the worst moment at which two flights are nearer than both distances, None if they never are.

    Over the ground they have to be `separation_m` apart, or one `layer_m` above the other; being on the ground does
    not count. Between two knots the offset of one from the other is linear in time: the times at which it is within
    the circle are the roots of a quadratic, those at which it is within the layer of a linear equation.
    """
    begin_s = max(a_start_s + a.times_s[0], b_start_s + b.times_s[0])
    end_s = min(a_start_s + a.times_s[-1], b_start_s + b.times_s[-1])
    if begin_s >= end_s:
        return None
    knots = np.concatenate([a_start_s + a.times_s, b_start_s + b.times_s, [begin_s, end_s]])
    knots = np.unique(knots[(knots >= begin_s) & (knots <= end_s)])
    here, there = a.at(knots - a_start_s), b.at(knots - b_start_s)
    offset = there - here
    low, high = _within(offset, separation_m, layer_m)
    near = np.flatnonzero(high > low)
    if not len(near):
        return None
    first, step = offset[near, :2], np.diff(offset[:, :2], axis=0)[near]
    closest = -(first * step).sum(axis=1) / np.maximum((step**2).sum(axis=1), 1e-12)
    share = np.clip(closest, low[near], high[near])
    across = np.linalg.norm(first + share[:, None] * step, axis=1)
    worst = int(np.argmin(across))
    index, part = near[worst], float(share[worst])
    place = here[index] + part * (here[index + 1] - here[index])
    height = offset[index, 2] + part * (offset[index + 1, 2] - offset[index, 2])
    return Gap(
        at_s=float(knots[index] + part * (knots[index + 1] - knots[index])),
        across_m=float(across[worst]),
        height_m=abs(float(height)),
        place_m=(float(place[0]), float(place[1])),
    )


def _within(offset: Floats, separation_m: float, layer_m: float) -> tuple[Floats, Floats]:
    """Return for each of N - 1 steps of (N, 3) offsets the shares between which both distances are too short.

    Where they never are, the first is not below the second.
    """
    first, step = offset[:-1], np.diff(offset, axis=0)
    a = (step[:, :2] ** 2).sum(axis=1)
    half_b = (first[:, :2] * step[:, :2]).sum(axis=1)
    c = (first[:, :2] ** 2).sum(axis=1) - separation_m**2
    inside = half_b**2 - a * c
    root = np.sqrt(np.maximum(inside, 0.0))
    moving = a > 1e-12
    safe_a = np.where(moving, a, 1.0)
    low = np.where(moving, (-half_b - root) / safe_a, np.where(c < 0, 0.0, 1.0))
    high = np.where(moving, np.where(inside > 0, (-half_b + root) / safe_a, low), np.where(c < 0, 1.0, 0.0))
    rising = np.abs(step[:, 2]) > 1e-12
    safe_rise = np.where(rising, step[:, 2], 1.0)
    ends = np.stack([(-layer_m - first[:, 2]) / safe_rise, (layer_m - first[:, 2]) / safe_rise])
    level = np.abs(first[:, 2]) < layer_m
    layer_low = np.where(rising, ends.min(axis=0), np.where(level, 0.0, 1.0))
    layer_high = np.where(rising, ends.max(axis=0), np.where(level, 1.0, 0.0))
    low = np.maximum(np.maximum(low, layer_low), 0.0)
    high = np.minimum(np.minimum(high, layer_high), 1.0)
    return low, high
