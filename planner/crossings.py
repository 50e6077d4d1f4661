"""Straight legs against areas: which part of which leg is where it may not be."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from planner.energy import Floats

ROUNDING_M: Final = 0.05
"""Positions are kept in steps of a centimetre."""

Lines = NDArray[np.object_]  # (N,) shapely lines, ENU metres


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """The offending part of a leg."""

    index: int
    size_m: float
    middle_m: tuple[float, float]
    """East and north."""


def straight_legs(points_m: Floats) -> Lines:
    """Return the (N - 1,) legs between (N, 2) or (N, 3) points."""
    return np.asarray(shapely.linestrings(np.stack([points_m[:-1, :2], points_m[1:, :2]], axis=1)))


def parts_outside(area: BaseGeometry, legs: Lines) -> Iterator[Crossing]:
    """Yield what of each leg an area does not cover; its size is the length out there, or how far it goes out."""
    shapely.prepare(area)
    for index in np.flatnonzero(~shapely.covers(area, legs)):
        part = _or_whole(legs[index].difference(area), legs[index])
        far_m = float(np.max(shapely.distance(shapely.points(shapely.get_coordinates(part)), area)))
        yield _crossing(int(index), part, max(float(part.length), far_m))


def parts_inside(area: BaseGeometry, legs: Lines) -> Iterator[Crossing]:
    """Yield what of each leg lies in an area or on its border."""
    shapely.prepare(area)
    for index in np.flatnonzero(shapely.intersects(area, legs)):
        part = _or_whole(legs[index].intersection(area), legs[index])
        yield _crossing(int(index), part, float(part.length))


def _or_whole(part: BaseGeometry, leg: BaseGeometry) -> BaseGeometry:
    """Return the offending part of a leg; a leg of no length has no part, so it is the leg."""
    return leg if part.is_empty else part


def _crossing(index: int, part: BaseGeometry, size_m: float) -> Crossing:
    east_m, north_m = shapely.get_coordinates(part).mean(axis=0)
    return Crossing(index=index, size_m=size_m, middle_m=(float(east_m), float(north_m)))
