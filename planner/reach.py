"""How far from the dock the radio reaches, and what it leaves of the roads."""

import math
from typing import Final

import numpy as np
import shapely
from shapely import LineString, MultiPoint, Point

from missions import InputError
from planner.energy import Floats
from planner.heights import Heights
from planner.stretches import Line

_MARGIN_M: Final = 1.0
"""Kept from the range: places and heights are rounded."""
_LEAST_PIECE_M: Final = 5.0
_LATTICE: Final = 120
"""Places a side at which the ground is asked; what stands higher between two of them changes the reach by a metre."""


def reach_m(range_m: float | None, heights: Heights, places_m: Floats) -> float:
    """Return how far over ground legs between (N, 2) places may be from the dock, whatever height they need.

    Raises:
        InputError: the height alone is out of range.

    """
    if range_m is None:
        return math.inf
    above_m = greatest_height_m(heights, places_m, within_m=range_m)
    if above_m >= range_m - _MARGIN_M:
        raise InputError(
            f"is {range_m:g} m, but the flight is up to {above_m:.0f} m above the dock",
            field="flight.radio_range_m",
            remedy="a longer range, or a lower flight.height_m",
        )
    return math.sqrt((range_m - _MARGIN_M) ** 2 - above_m**2)


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
    return max([most_m, *floors_m]) + _MARGIN_M


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


def cut_at_reach(line_m: Line, reach_m: float) -> tuple[Line, ...]:
    """Return the parts of a line within reach of the dock, in its direction; tiny remains are left out."""
    if not math.isfinite(reach_m) or np.linalg.norm(line_m, axis=1).max() <= reach_m:
        return (line_m,)
    near = LineString(line_m).intersection(Point(0.0, 0.0).buffer(reach_m, quad_segs=64))
    parts = [near] if isinstance(near, LineString) else list(getattr(near, "geoms", ()))
    lines = [part for part in parts if isinstance(part, LineString) and part.length >= _LEAST_PIECE_M]
    return tuple(np.asarray(line.coords, float) for line in lines)
