"""The geofence round a patrol, and rally points inside it."""

import math
from typing import Final

import numpy as np
import shapely

from planner.energy import Floats
from planner.keep_out import KeepOut

FENCE_CORNERS: Final = 16
_RALLY_MOST: Final = 4
_RALLY_APART_M: Final = 150.0
"""Nearer to the dock or to each other, a rally point saves nothing."""


def circumscribed_m(points_m: Floats, *, margin_m: float, corners: int = FENCE_CORNERS) -> Floats:
    """Return the (corners, 2) convex polygon that holds (N, 2) points with at least the margin everywhere.

    Its sides are support lines in evenly spaced directions, the first along the longest extent of the points; being
    convex, it also holds every straight leg, also an unplanned return from anywhere.
    """
    turn = _longest_direction(points_m)
    angles = turn + 2 * math.pi * np.arange(corners) / corners
    normals = np.column_stack([np.cos(angles), np.sin(angles)])
    reach = (points_m @ normals.T).max(axis=0) + margin_m
    after_normals, after_reach = np.roll(normals, -1, axis=0), np.roll(reach, -1)
    pairs = np.stack([normals, after_normals], axis=1)
    meeting: Floats = np.linalg.solve(pairs, np.stack([reach, after_reach], axis=1)[..., None])[..., 0]
    return meeting


def _longest_direction(points_m: Floats) -> float:
    box = shapely.minimum_rotated_rectangle(shapely.MultiPoint(np.round(points_m, 3)))  # nearer is the same place
    outline = box.exterior if isinstance(box, shapely.Polygon) else box  # of places in a row it is a line
    sides = np.diff(shapely.get_coordinates(outline), axis=0)
    if not len(sides):
        return 0.0
    east, north = sides[np.argmax(np.linalg.norm(sides, axis=1))]
    return math.atan2(north, east)


def rally_m(places_m: Floats, keep_out: KeepOut) -> Floats:
    """Return one to four of the (N, 2) flown places, each as far as can be from the dock and the others.

    The dock, at the origin, is home already. Places in or near a zone are left out. A patrol that stays near its dock
    gets its farthest place alone.
    """
    free = np.array([place for place in np.unique(np.round(places_m, 2), axis=0) if not keep_out.contains(place)])
    if not len(free):
        return np.zeros((1, 2))
    chosen: list[Floats] = []
    gaps = np.linalg.norm(free, axis=1)
    while len(chosen) < _RALLY_MOST:
        farthest = int(np.argmax(gaps))
        if chosen and gaps[farthest] < _RALLY_APART_M:
            break
        chosen.append(free[farthest])
        gaps = np.minimum(gaps, np.linalg.norm(free - free[farthest], axis=1))
    return np.array(chosen)
