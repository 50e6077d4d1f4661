"""Areas made simpler by making them larger, until an autopilot can keep all their corners.

Nothing of an area is ever given up. What may be added is chosen by its cost: its size, and much more the roads in it,
which could not be flown any more; the place of the dock is never added.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import numpy as np
import shapely
from shapely import MultiLineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from missions import PlanningError
from planner.energy import Floats
from planner.keep_out import CLEARANCE_M

_FEWEST: Final = 3
_ROAD_M: Final = 200.0
"""A metre of road that can no longer be flown costs as much as so many square metres."""
_MANY: Final = 120
"""Corners above which an outline is first drawn coarser as a whole."""
_COARSER_M: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0)
_DOCK: Final = Point(0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Area:
    """A simple polygon in the planning frame, metres, whose origin is the dock."""

    area_id: str
    shape: Polygon

    @property
    def corners(self) -> int:
        """How many it has."""
        return len(self.shape.exterior.coords) - 1


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """A way to spare a corner of an area, or to put two areas into one."""

    cost: float
    result: Area
    instead_of: tuple[Area, ...]


class _Cost:
    """What shapes that are added cost: their size, and the roads in them."""

    def __init__(self, roads: MultiLineString) -> None:
        self._roads = shapely.get_parts(roads)
        self._tree = shapely.STRtree(self._roads)

    def of(self, shapes: Sequence[BaseGeometry]) -> Floats:
        """Return the cost of each of N shapes."""
        added = np.asarray(shapes, object)
        cost: Floats = np.asarray(shapely.area(added), float)
        which, roads = self._tree.query(added, predicate="intersects")
        lengths_m = shapely.length(shapely.intersection(added[which], self._roads[roads]))
        np.add.at(cost, which, _ROAD_M * lengths_m)
        return cost


def fitted(areas: Sequence[Area], *, room: int, roads: MultiLineString) -> tuple[tuple[Area, ...], tuple[str, ...]]:
    """Return areas with at most `room` corners in all that hold the given ones, and what was done, a sentence each.

    Raises:
        PlanningError: it cannot be done without shutting in the dock.

    """
    if _corners(areas) <= room:
        return tuple(areas), ()
    given = {area.area_id: area for area in areas}
    cost = _Cost(roads)
    few = [_coarser(area) for area in _united(list(areas))]
    steps: dict[Area, _Step | None] = {}
    while _corners(few) > room:
        steps = {area: steps[area] if area in steps else _smoothed(area, cost) for area in few}
        best = _cheapest(steps.values()) or _cheapest(_joined(few, cost))
        if best is None:
            raise PlanningError(f"{len(areas)} no-fly zones and obstacles need more than the {room} corners there are")
        gone = [area for area in few if area in best.instead_of or best.result.shape.covers(area.shape)]
        few = [area for area in few if area not in gone] + [best.result]
    return tuple(few), tuple(_said(few, given))


def _corners(areas: Sequence[Area]) -> int:
    return sum(area.corners for area in areas)


def _said(few: Sequence[Area], given: dict[str, Area]) -> Iterator[str]:
    for area in few:
        before = given.get(area.area_id)
        if before is None:
            yield f"keep-out zones {area.area_id} were joined to one of {area.corners} corners to fit the autopilot"
        elif before.corners > area.corners:
            more_pct = 100 * (area.shape.area / before.shape.area - 1)
            yield (
                f"keep-out zone {area.area_id} was enlarged by {more_pct:.1f} % to {area.corners} corners "
                "to fit the autopilot"
            )


def _cheapest(steps: Iterable[_Step | None]) -> _Step | None:
    return min((step for step in steps if step), key=lambda step: step.cost, default=None)


def _united(areas: list[Area]) -> list[Area]:
    """Return the areas with those that overlap put together where that spares corners and leaves no hole."""
    while True:
        shapes = np.asarray([area.shape for area in areas], object)
        pairs = shapely.STRtree(shapes).query(shapes, predicate="intersects").T
        for one, other in ((areas[first], areas[second]) for first, second in pairs if first < second):
            both = _together(one, other)
            if both is not None:
                areas = [area for area in areas if area not in (one, other)] + [both]
                break
        else:
            return areas


def _together(one: Area, other: Area) -> Area | None:
    """Return two areas as one, if that has fewer corners; one that holds the other stays as it is."""
    for area, inside in ((one, other), (other, one)):
        if area.shape.covers(inside.shape):
            return area
    union = one.shape.union(other.shape)
    if not isinstance(union, Polygon) or union.interiors:
        return None
    both = Area(area_id=f"{one.area_id} + {other.area_id}", shape=_plain(union))
    return both if both.corners < one.corners + other.corners else None


def _plain(shape: Polygon) -> Polygon:
    """Return a polygon without corners on straight sides."""
    simple = shape.simplify(0.0)
    return simple if isinstance(simple, Polygon) and simple.is_valid else shape


def _shuts_in_dock(shape: BaseGeometry) -> bool:
    return bool(shape.distance(_DOCK) <= CLEARANCE_M + 1.0)


def _coarser(area: Area) -> Area:
    """Return an area of a great many corners as one of fewer round it, as close as can be."""
    if area.corners <= _MANY:
        return area
    for by_m in _COARSER_M:
        shape = area.shape.buffer(by_m, join_style="mitre", mitre_limit=2.0).simplify(by_m)
        if not isinstance(shape, Polygon) or len(shape.exterior.coords) - 1 > _MANY:
            continue
        whole = Polygon(shape.exterior)
        if whole.is_valid and whole.covers(area.shape) and not _shuts_in_dock(whole):
            return replace(area, shape=whole)
    return area


def _smoothed(area: Area, cost: _Cost) -> _Step | None:
    """Return the cheapest way to spare a corner of an area: fill a dent, or draw two sides on until they meet."""
    if area.corners <= _FEWEST:
        return None
    ring = shapely.get_coordinates(shapely.orient_polygons(area.shape).exterior)[:-1]  # counter-clockwise
    ways = list(_one_fewer(ring))
    costs = cost.of([Polygon(added) for added, _ in ways])
    for index in np.argsort(costs, kind="stable"):
        shape = Polygon(ways[index][1])
        if shape.is_valid and shape.buffer(1e-6).covers(area.shape) and not _shuts_in_dock(shape):
            return _Step(float(costs[index]), replace(area, shape=shape), (area,))
    return None


def _one_fewer(ring: Floats) -> Iterator[tuple[Floats, Floats]]:
    """Return the (3, 2) triangles that may be added to an (N, 2) counter-clockwise ring, and the rings then."""
    count = len(ring)
    for index in range(count):
        before, here, after, beyond = (ring[(index + step) % count] for step in (-1, 0, 1, 2))
        if _turn(here - before, after - here) <= 0:
            yield np.array([before, here, after]), np.delete(ring, index, axis=0)
        elif _turn(after - here, beyond - after) > 0:
            tip = _meeting(before, here, beyond, after)
            if tip is not None:
                cut = ring.copy()
                cut[index] = tip
                yield np.array([here, tip, after]), np.delete(cut, (index + 1) % count, axis=0)


def _turn(first: Floats, second: Floats) -> float:
    return float(first[0] * second[1] - first[1] * second[0])


def _meeting(before: Floats, here: Floats, beyond: Floats, after: Floats) -> Floats | None:
    """Return where two sides meet that are drawn on, from `before` past `here` and from `beyond` past `after`."""
    one, other = here - before, after - beyond
    turn = _turn(one, other)
    if abs(turn) <= 1e-9 * float(np.linalg.norm(one) * np.linalg.norm(other)):
        return None
    along, back = _turn(after - here, other) / turn, _turn(after - here, one) / turn
    return np.asarray(here + along * one) if along > 0 and back > 0 else None


def _joined(areas: Sequence[Area], cost: _Cost) -> Iterator[_Step]:
    """Return the ways to put two areas into one round both."""
    pairs = list(combinations(areas, 2))
    hulls = [shapely.union(one.shape, other.shape).convex_hull for one, other in pairs]
    added = [hull.difference(one.shape).difference(two.shape) for hull, (one, two) in zip(hulls, pairs, strict=True)]
    for (one, other), hull, price in zip(pairs, hulls, cost.of(added), strict=True):
        if isinstance(hull, Polygon) and not _shuts_in_dock(hull):
            yield _Step(float(price), Area(area_id=f"{one.area_id} + {other.area_id}", shape=hull), (one, other))
