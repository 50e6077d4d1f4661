"""How far from the dock the radio reaches, and what it leaves of the roads."""

import math
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiPoint, Point
from shapely.geometry.base import BaseGeometry

from missions import InputError
from planner.energy import Floats
from planner.heights import Heights
from planner.stretches import ONE_DOCK_M, Line

RANGE_MARGIN_M: Final = 1.0
"""Kept from the range: places and heights are rounded."""
_LEAST_PIECE_M: Final = 5.0
_ROUNDING_M: Final = 0.01
_LATTICE: Final = 120
"""Places a side at which the ground is asked; what stands higher between two of them changes the reach by a metre."""


def reach_m(range_m: float | None, heights: Heights, places_m: Floats, *, docks_m: Line = ONE_DOCK_M) -> float:
    """Return how far over ground legs between (N, 2) places may be from a dock, whatever height they need.

    Raises:
        InputError: the height alone is out of range.

    """
    if range_m is None:
        return math.inf
    farthest_m = float(np.linalg.norm(docks_m, axis=1).max())
    above_m = greatest_height_m(heights, np.vstack([docks_m, places_m]), within_m=range_m + farthest_m)
    if heights.ground is not None and farthest_m > 0:  # heights are above the first dock, ranges from each
        above_m += float(np.nanmax(np.abs(heights.ground.surface_m(docks_m)), initial=0.0))
    if above_m >= range_m - RANGE_MARGIN_M:
        raise InputError(
            f"is {range_m:g} m, but the flight is up to {above_m:.0f} m above the dock",
            field="flight.radio_range_m",
            remedy="a longer range, or a lower flight.height_m",
        )
    return math.sqrt((range_m - RANGE_MARGIN_M) ** 2 - above_m**2)


def greatest_height_m(heights: Heights, places_m: Floats, *, within_m: float = math.inf) -> float:
    """Return how far from the dock's height, up or down, any leg between (N, 2) places may be; over terrain at most.

    `within_m` of the dock; places farther off are not looked at.
    """
    if heights.ground is None:
        return heights.height_m
    lattice = _lattice(places_m, within_m)
    asked = heights.ground.surface_m(lattice) + heights.height_m
    cleared = heights.ground.highest_m(lattice, cells=2) + heights.clearance_m
    floors_m = [floor.lowest_m for floor in heights.floors]
    most_m = float(np.nanmax(np.abs(np.fmax(asked, cleared)), initial=heights.height_m))
    return max([most_m, *floors_m]) + RANGE_MARGIN_M


def greatest_above_ground_m(heights: Heights, places_m: Floats) -> float:
    """Return how far above the ground below any leg between (N, 2) places may be: the cap at most."""
    if heights.ground is None:
        return heights.height_m
    lowest_m = float(np.nanmin(heights.ground.lowest_m(_lattice(places_m, math.inf)), initial=0.0))
    return min(greatest_height_m(heights, places_m) - lowest_m, heights.cap_m)


def _lattice(places_m: Floats, within_m: float) -> Floats:
    """Return (M, 2) places all over the area that straight legs between the dock and the places cross, so near."""
    area = MultiPoint(np.vstack([np.zeros((1, 2)), places_m])).convex_hull
    if math.isfinite(within_m):
        area = area.intersection(Point(0.0, 0.0).buffer(within_m))
    west, south, east, north = area.bounds
    east_m, north_m = np.meshgrid(np.linspace(west, east, _LATTICE), np.linspace(south, north, _LATTICE))
    lattice = np.column_stack([east_m.ravel(), north_m.ravel()])
    spacing_m = max(east - west, north - south) / (_LATTICE - 1)
    return lattice[shapely.distance(shapely.points(lattice), area) <= spacing_m]


def cut_at_reach(line_m: Line, reach_m: float, docks_m: Line = ONE_DOCK_M) -> tuple[Line, ...]:
    """Return the parts of a line that are each within reach of one dock, in its direction; tiny remains are left out.

    A line that a dock reaches whole is not cut for another's sake.
    """
    if within_reach(line_m, reach_m, docks_m).any():
        return (line_m,)
    parts: list[BaseGeometry] = []
    rest: BaseGeometry = LineString(line_m)
    for dock in docks_m:
        disc = Point(dock).buffer(reach_m, quad_segs=64)
        parts += shapely.get_parts(rest.intersection(disc)).tolist()
        rest = rest.difference(disc)
    lines = [part for part in parts if isinstance(part, LineString) and part.length >= _LEAST_PIECE_M]
    whole = LineString(line_m)
    lines.sort(key=lambda line: float(whole.project(Point(line.coords[0]))))
    return tuple(np.asarray(line.coords, float) for line in lines)


def within_reach(line_m: Line, reach_m: float, docks_m: Line) -> NDArray[np.bool_]:
    """Return for each of (D, 2) docks whether a whole line is within its reach."""
    away_m = np.linalg.norm(line_m[None] - docks_m[:, None], axis=2)
    return np.asarray(away_m.max(axis=1) <= reach_m + _ROUNDING_M)
