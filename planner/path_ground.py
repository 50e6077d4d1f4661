"""Ways of a flight over the ground, where the terrain is known: how high they are, and what that breaks."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import shapely

from geo import resample
from missions import Altitude, AltitudeReference
from missions.flight_path import FlightPath
from missions.terrain import Terrain
from planner.check_ground import breaches
from planner.energy import Floats
from planner.ground import Ground
from planner.path_case import PathCase
from planner.violation import Violation
from planner.zone_heights import Highest


class Way(NamedTuple):
    """A line of a flight as places half a cell apart."""

    seq: int
    """Of the item it leads to."""
    places_m: Floats
    """(N, 2) east and north."""
    heights_m: Floats
    """(N,) above home; NaN where the file does not tell."""


def ground_of(path: FlightPath, terrain: Terrain | None) -> Ground | None:
    """Return the ground about the flight's home; None where either is unknown.

    Raises:
        PlanningError: the terrain knows no height at home.

    """
    return Ground.at_dock(terrain, path.home) if terrain is not None and path.home is not None else None


def ways_of(case: PathCase, ground: Ground) -> Iterator[Way]:
    """Yield the lines of a flight; between heights above the terrain it follows the ground, else it is straight."""
    for line, (first, last), seq in zip(case.track.lines, case.track.ends, case.track.seqs, strict=True):
        places = resample(shapely.get_coordinates(line), ground.step_m)
        below = ground.surface_m(places)
        start_m, end_m = _above_home_m(first or last, below[0], case), _above_home_m(last, below[-1], case)
        if last is not None and last.above is AltitudeReference.TERRAIN:
            heights = below + np.linspace(start_m - below[0], end_m - below[-1], len(places))
        else:
            heights = np.linspace(start_m, end_m, len(places))
        yield Way(seq, places, heights)


def _above_home_m(height: Altitude | None, below_m: float, case: PathCase) -> float:
    if height is None:
        return np.nan
    if height.above is AltitudeReference.TERRAIN:
        return height.metres + below_m
    if height.above is AltitudeReference.HOME:
        return height.metres
    return np.nan if case.home_amsl_m is None else height.metres - case.home_amsl_m


def over_ground(case: PathCase) -> Iterator[Violation]:
    """Yield where a way comes too near to the ground or too high above it."""
    if case.ground is None:
        return
    items = {item.seq: item for item in case.path.items}
    limits = case.limits
    for way in ways_of(case, case.ground):
        if np.isnan(way.heights_m[[0, -1]]).all():
            continue
        for found in breaches(
            way.places_m, way.heights_m, case.ground, clearance_m=limits.clearance_m, cap_m=limits.altitude_cap_m
        ):
            text = f"the way there {found.text}"
            yield case.broken(found.rule, text, item=items[way.seq], place=found.place, size=found.size_m, unit="m")


def highest_of(case: PathCase, ground: Ground) -> Highest:
    """Return how high the flight gets; endless where the heights of a way are unknown."""
    above_home_m, above_ground_m = -np.inf, -np.inf
    for way in ways_of(case, ground):
        over = way.heights_m - ground.lowest_m(way.places_m)
        if np.isnan(over).any():
            return Highest.over_level_ground(np.inf)
        above_home_m, above_ground_m = max(above_home_m, way.heights_m.max()), max(above_ground_m, over.max())
    return Highest(above_home_m=float(above_home_m), above_ground_m=float(above_ground_m))
