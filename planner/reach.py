"""How far from its dock an aircraft's radio reaches, and what that leaves of the roads."""

import math
from typing import Final

import numpy as np
import shapely
from shapely import MultiPoint, Point

from geo import cumulative_m, slice_along
from missions import InputError
from planner.energy import Floats
from planner.heights import Heights
from planner.stretches import Line

_MARGIN_M: Final = 1.0
"""Kept from the range: places and heights are rounded."""
_LEAST_PIECE_M: Final = 5.0
_TOUCHING_M: Final = 1e-6
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


def cut_at_reach(line_m: Line, reach_m: float | Floats, docks_m: Line | None = None) -> tuple[Line, ...]:
    """Return the parts of a line that some dock reaches, in its direction, each wholly within one dock's reach.

    `reach_m` is that of each of the (D, 2) docks; without them it is that of one in the origin. Tiny remains are left
    out. Where the reach of two docks overlaps, the line is cut in the middle of the overlap.
    """
    docks = np.zeros((1, 2)) if docks_m is None else docks_m
    reaches = np.broadcast_to(np.asarray(reach_m, float), len(docks))
    away_m = np.linalg.norm(line_m[None] - docks[:, None], axis=2).max(axis=1)
    if (away_m <= reaches).any():
        return (line_m,)
    within = sorted(span for dock, reach in zip(docks, reaches, strict=True) for span in _within(line_m, dock, reach))
    spans = [span for span in _one_after_another(within) if span[1] - span[0] >= _LEAST_PIECE_M]
    return tuple(slice_along(line_m, start, end) for start, end in spans)


def _within(line_m: Line, dock_m: Line, reach_m: float) -> list[tuple[float, float]]:
    """Return from where to where along a line it is within reach of a dock."""
    stations = cumulative_m(line_m)
    spans: list[tuple[float, float]] = []
    for start, end, first_m, last_m in zip(line_m[:-1], line_m[1:], stations[:-1], stations[1:], strict=True):
        length_m = float(last_m - first_m)
        if length_m == 0.0:
            continue
        along = (end - start) / length_m
        nearest_m = float((dock_m - start) @ along)
        under_root = (reach_m - _TOUCHING_M) ** 2 - float(np.sum((start + nearest_m * along - dock_m) ** 2))
        if under_root <= 0:
            continue
        half_m = math.sqrt(under_root)
        enter, leave = max(nearest_m - half_m, 0.0), min(nearest_m + half_m, length_m)
        if enter >= leave:
            continue
        span = (float(first_m) + enter, float(first_m) + leave)
        if spans and span[0] - spans[-1][1] < _TOUCHING_M:
            span = (spans.pop()[0], span[1])
        spans.append(span)
    return spans


def _one_after_another(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return spans that cover what sorted ones cover, as few as that takes, none over another."""
    chosen: list[tuple[float, float]] = []
    left = list(spans)
    while left:
        begun_m = chosen[-1][1] if chosen else -math.inf
        joining = [span for span in left if span[0] <= begun_m + _TOUCHING_M]
        best = max(joining or [span for span in left if span[0] == left[0][0]], key=lambda span: span[1])
        if joining:
            middle_m = max((best[0] + begun_m) / 2, chosen[-1][0])
            chosen[-1] = (chosen[-1][0], middle_m)
            chosen.append((middle_m, best[1]))
        else:
            chosen.append(best)
        left = [span for span in left if span[1] > best[1] + _TOUCHING_M]
    return chosen
