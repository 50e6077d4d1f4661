"""Where an aircraft will be in the next seconds: if it goes on, if it stops now, if it climbs, if it flies home.

All in the fleet's frame: metres east and north of one dock, and above mean sea level. Vehicle seconds from now.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from planner.motion import Track

Place = tuple[float, float, float]

_BRAKES_M_S2: Final = 1.5
"""Gentler than any Copter's default: a stop is never reckoned too short."""
_CLIMB_M_S: Final = 2.0
_SINK_M_S: Final = 1.0
_LAST_SINK_M_S, _LAST_SINK_BELOW_M = 0.5, 10.0
_RETURN_M_S: Final = 6.0
"""At least so fast a Copter flies home, unless its wind is against it."""
_CREEP_M_S: Final = 1.0
_SAME_M: Final = 0.05


class Doing(StrEnum):
    """What an aircraft is at."""

    GROUND = "on the ground"
    ROUTE = "on its route"
    HELD = "held"
    RETURN = "on its way home"
    LANDING = "landing"
    FREE = "flown by somebody else"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An aircraft now, and what it means to fly."""

    place_m: Place
    velocity_m_s: Place
    doing: Doing
    dock_m: Place
    """On the ground."""
    return_m: float
    """Lowest height of its flight home, above mean sea level."""
    route: tuple[tuple[Place, float], ...] = ()
    """Places ahead, each with the speed over the ground of the leg that ends there; then it flies home."""
    comes_home: bool = True
    """Whether its flight home follows the route within sight."""
    latency_s: float = 1.0
    """From our decision until it does what we ask."""

    @property
    def speed_m_s(self) -> float:
        """Over the ground."""
        return math.hypot(*self.velocity_m_s[:2])


def goes_on(seen: Seen, horizon_s: float) -> Track:
    """Return its flight as it is meant, from where and as fast as it is."""
    match seen.doing:
        case Doing.HELD | Doing.GROUND:
            return _track([(0.0, seen.place_m), (horizon_s, seen.place_m)])
        case Doing.LANDING:
            return _track(_down(0.0, seen.place_m, seen.dock_m[2]))
        case Doing.RETURN:
            return _track(_home(0.0, seen.place_m, seen, horizon_s))
        case Doing.FREE:
            there = _moved(seen.place_m, seen.velocity_m_s, horizon_s)
            return _track([(0.0, seen.place_m), (horizon_s, there)])
        case Doing.ROUTE:
            return _track(_along(seen, horizon_s))


def flies_home(seen: Seen, horizon_s: float) -> Track:
    """Return its flight home from where it is, as a failsafe or an order would have it."""
    return _track(_home(0.0, seen.place_m, seen, horizon_s))


def stops(seen: Seen, horizon_s: float) -> Track:
    """Return its flight when it is told to stay where it is."""
    return _track([*_stop(seen), (horizon_s, _stop(seen)[-1][1])])


def climbs(seen: Seen, to_m: float, horizon_s: float) -> Track:
    """Return its flight when it is told to stop and to stay at a height above mean sea level."""
    knots = _stop(seen)
    at_s, (east, north, up) = knots[-1]
    top: Place = (east, north, to_m)
    there_s = at_s + seen.latency_s + abs(to_m - up) / _CLIMB_M_S
    rest = [(at_s + seen.latency_s, knots[-1][1]), (there_s, top), (max(there_s, horizon_s) + 1.0, top)]
    return _track([*knots, *rest])


def _stop(seen: Seen) -> list[tuple[float, Place]]:
    speed_m_s, on_s = seen.speed_m_s, seen.latency_s
    level: Place = (seen.velocity_m_s[0], seen.velocity_m_s[1], 0.0)
    begins = _moved(seen.place_m, level, on_s)
    brake_s = max(speed_m_s / _BRAKES_M_S2, 0.1)
    ends = _moved(begins, level, brake_s / 2)
    return [(0.0, seen.place_m), (on_s, begins), (on_s + brake_s, ends)]


def _along(seen: Seen, horizon_s: float) -> list[tuple[float, Place]]:
    """Follow the route; before its first leg an aircraft comes to the leg's beginning height over its place."""
    knots = [(0.0, seen.place_m)]
    for target, speed_m_s in seen.route:
        at_s, here = knots[-1]
        if at_s >= horizon_s:
            return knots
        across_m = math.dist(here[:2], target[:2])
        if across_m < _SAME_M and abs(here[2] - target[2]) < _SAME_M:
            continue
        vertical_s = abs(target[2] - here[2]) / (_CLIMB_M_S if target[2] > here[2] else _SINK_M_S)
        knots.append((at_s + max(across_m / max(speed_m_s, _CREEP_M_S), vertical_s, 0.01), target))
    at_s, here = knots[-1]
    if at_s < horizon_s and seen.comes_home:
        return [*knots[:-1], *_home(at_s, here, seen, horizon_s)]
    return [*knots, (max(at_s, horizon_s) + 0.01, here)]


def _home(at_s: float, here: Place, seen: Seen, horizon_s: float) -> list[tuple[float, Place]]:
    top_m = max(here[2], seen.return_m)
    high: Place = (here[0], here[1], top_m)
    over: Place = (seen.dock_m[0], seen.dock_m[1], top_m)
    climbed_s = at_s + (top_m - here[2]) / _CLIMB_M_S
    there_s = climbed_s + math.dist(high[:2], over[:2]) / max(seen.speed_m_s, _RETURN_M_S)
    knots = [(at_s, here), (climbed_s, high), (there_s, over)]
    return [*knots, *_down(there_s, over, seen.dock_m[2])[1:]] if there_s < horizon_s else knots


def _down(at_s: float, here: Place, ground_m: float) -> list[tuple[float, Place]]:
    slow_m = min(here[2], ground_m + _LAST_SINK_BELOW_M)
    slow: Place = (here[0], here[1], slow_m)
    slow_s = at_s + (here[2] - slow_m) / _SINK_M_S
    down: Place = (here[0], here[1], ground_m)
    return [(at_s, here), (slow_s, slow), (slow_s + max(slow_m - ground_m, 0.1) / _LAST_SINK_M_S, down)]


def _moved(place: Place, velocity_m_s: Place, seconds: float) -> Place:
    east, north, up = (here + seconds * speed for here, speed in zip(place, velocity_m_s, strict=True))
    return east, north, up


def _track(knots: Sequence[tuple[float, Place]]) -> Track:
    """Return knots as a track; of several at one time the last counts."""
    by_time: dict[float, Place] = dict(_rising(knots))
    return Track(
        times_s=np.array(list(by_time)),
        places_m=np.array(list(by_time.values())),
        leg_ends=np.zeros(0),
    )


def _rising(knots: Iterable[tuple[float, Place]]) -> Iterable[tuple[float, Place]]:
    last_s = -1.0
    for at_s, place in knots:
        last_s = max(last_s, at_s)
        yield last_s, place
