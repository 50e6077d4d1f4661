"""Heights of a fleet: aircraft whose ways cross fly one above the other, as far as cap and camera allow."""

from collections.abc import Sequence
from typing import Final

import shapely
from shapely import LineString

from planner.stretches import Line

_SPARE_M: Final = 0.01
"""More than the layer, so that rounding never makes it less."""


def heights_of(
    ways_m: Sequence[Sequence[Line]],
    docks_amsl_m: Sequence[float],
    *,
    lowest_m: float,
    highest_m: Sequence[float],
    separation_m: float,
    layer_m: float,
) -> tuple[float, ...]:
    """Return the height above its own home of each aircraft: the lowest one free of those before it.

    `ways_m` holds the (N, 2) lines each flies, dock to dock. Heights of different docks are compared above mean sea
    level. Where nothing is free up to its `highest_m` it is the lowest, and only the timetable keeps them apart.
    """
    routes = [shapely.MultiLineString([LineString(line) for line in lines]) for lines in ways_m]
    heights: list[float] = []
    for number, (route, amsl_m) in enumerate(zip(routes, docks_amsl_m, strict=True)):
        taken = [
            docks_amsl_m[other] + heights[other] - amsl_m
            for other in range(number)
            if shapely.dwithin(route, routes[other], separation_m)
        ]
        free = [
            height
            for height in (lowest_m, *(round(other + layer_m + _SPARE_M, 2) for other in taken))
            if lowest_m <= height <= highest_m[number] and all(abs(height - other) >= layer_m for other in taken)
        ]
        heights.append(min(free, default=lowest_m))
    return tuple(heights)
