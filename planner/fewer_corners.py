"""Areas made simpler by making them larger, until an autopilot can keep all their corners.

Nothing of an area is ever given up. What may be added is chosen by its cost: its size, and much more the roads in it,
which could not be flown any more; what has to stay free, the dock or what is flown, is never covered.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely
from shapely import MultiLineString, Polygon
from shapely.geometry.base import BaseGeometry

from missions import PlanningError
from planner.energy import Floats
from planner.outer_ring import one_fewer

_AND: Final = " + "
_PART: Final = re.compile(r"/\d+$")
"""What readers add to the id of a zone that became several."""
_FEWEST: Final = 3
_ROAD_M: Final = 200.0
"""A metre of road that can no longer be flown costs as much as so many square metres."""
_SIMPLE: Final = 12
"""Corners up to which areas are worth being put together."""
_NEIGHBOURS: Final = 5
_MANY: Final = 24
"""Corners from which an outline may first be drawn coarser as a whole, where there are many areas for the room."""
_COARSER_M: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0)


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
    """A way to spare corners of an area, or of two by putting them into one."""

    cost: float
    """Per corner spared; infinite for two that are put together without sparing one."""
    added: float
    """The cost of all that is added."""
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


class NoRoomError(PlanningError):
    """Areas cannot be made to fit without covering what has to stay free."""


def fitted(
    areas: Sequence[Area], *, room: int, free: BaseGeometry, free_m: float, roads: MultiLineString | None = None
) -> tuple[tuple[Area, ...], tuple[str, ...]]:
    """Return areas with at most `room` corners in all that hold the given ones, and what was done, a sentence each.

    What is added stays more than `free_m` from `free`, and away from `roads` where it can.

    Raises:
        NoRoomError: it cannot be done.

    """
    if _corners(areas) <= room:
        return tuple(areas), ()
    given = {area.area_id: area for area in areas}
    fitting = _Fitting(free, free_m, roads)
    united = _united(list(areas))
    few = [fitting.coarser(area, max(_MANY, 4 * room // len(united))) for area in united]
    while _corners(few) > room:
        best = fitting.best_step(few)
        if best is None:
            raise NoRoomError(f"{len(areas)} no-fly zones and obstacles need more than the {room} corners there are")
        gone = [area for area in few if area in best.instead_of or best.result.shape.covers(area.shape)]
        few = [area for area in few if area not in gone] + [best.result]
    named = _named(few, given)
    return named, tuple(_said(named, given))


def _corners(areas: Sequence[Area]) -> int:
    return sum(area.corners for area in areas)


def _named(few: Sequence[Area], given: dict[str, Area]) -> tuple[Area, ...]:
    """Return the areas with those that were joined named shortly: parts of one zone once, of many names three."""
    taken = {area.area_id for area in few if area.area_id in given}
    named = []
    for area in few:
        if area.area_id not in given:
            names = list(dict.fromkeys(_PART.sub("", name) for name in area.area_id.split(_AND)))
            more = [f"{len(names) - 3} more"] if len(names) > 3 else []
            label = short = _AND.join(names[:3] + more)
            number = 1
            while label in taken:
                number += 1
                label = f"{short} ({number})"
            taken.add(label)
            area = replace(area, area_id=label)  # noqa: PLW2901 - the same area, named
        named.append(area)
    return tuple(named)


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
    both = Area(area_id=f"{one.area_id}{_AND}{other.area_id}", shape=_plain(union))
    return both if both.corners < one.corners + other.corners else None


def _plain(shape: Polygon) -> Polygon:
    """Return a polygon without corners on straight sides."""
    simple = shape.simplify(0.0)
    return simple if isinstance(simple, Polygon) and simple.is_valid else shape


class _Fitting:
    """The steps there are, remembered while their areas stay."""

    def __init__(self, free: BaseGeometry, free_m: float, roads: MultiLineString | None) -> None:
        self._free, self._free_m = free, free_m
        self._cost = _Cost(roads or MultiLineString())
        self._alone: dict[Area, _Step | None] = {}
        self._pairs: dict[tuple[Area, Area], _Step | None] = {}
        shapely.prepare(free)

    def best_step(self, areas: Sequence[Area]) -> _Step | None:
        """Return the cheapest step; None where there is none."""
        self._alone = {area: self._alone[area] if area in self._alone else self._smoothed(area) for area in areas}
        pairs = _neighbours([area for area in areas if area.corners <= _SIMPLE])
        new = [pair for pair in pairs if pair not in self._pairs]
        self._pairs = {pair: self._pairs[pair] for pair in pairs if pair in self._pairs} | self._joined(new)
        steps = [step for step in (*self._alone.values(), *self._pairs.values()) if step]
        return min(steps, key=lambda step: (step.cost, step.added), default=None)

    def _covers_free(self, shape: BaseGeometry) -> bool:
        return bool(shapely.dwithin(self._free, shape, self._free_m))

    def coarser(self, area: Area, most: int) -> Area:
        """Return an area of more than so many corners as one of fewer round it, as close as can be."""
        if area.corners <= most:
            return area
        for by_m in _COARSER_M:
            shape = area.shape.buffer(by_m, join_style="mitre", mitre_limit=2.0).simplify(by_m)
            if not isinstance(shape, Polygon) or len(shape.exterior.coords) - 1 > most:
                continue
            whole = Polygon(shape.exterior)
            if whole.is_valid and whole.covers(area.shape) and not self._covers_free(whole):
                return replace(area, shape=whole)
        return area

    def _smoothed(self, area: Area) -> _Step | None:
        """Return the cheapest way to spare a corner: fill a dent, or draw two sides on until they meet."""
        if area.corners <= _FEWEST:
            return None
        ring = shapely.get_coordinates(shapely.orient_polygons(area.shape).exterior)[:-1]  # counter-clockwise
        ways = list(one_fewer(ring))
        costs = self._cost.of([Polygon(added) for added, _ in ways])
        for index in np.argsort(costs, kind="stable"):
            shape = Polygon(ways[index][1])
            if shape.is_valid and shape.buffer(1e-6).covers(area.shape) and not self._covers_free(shape):
                price = float(costs[index])
                return _Step(price, price, replace(area, shape=shape), (area,))
        return None

    def _joined(self, pairs: Sequence[tuple[Area, Area]]) -> dict[tuple[Area, Area], _Step | None]:
        """Return for each pair the way to put it into one area round both; None where there is none."""
        hulls = [shapely.union(one.shape, other.shape).convex_hull for one, other in pairs]
        added = [
            hull.difference(one.shape).difference(two.shape) for hull, (one, two) in zip(hulls, pairs, strict=True)
        ]
        steps: dict[tuple[Area, Area], _Step | None] = {}
        for pair, hull, price in zip(pairs, hulls, self._cost.of(added), strict=True):
            steps[pair] = None
            if isinstance(hull, Polygon) and not self._covers_free(hull):
                both = Area(area_id=f"{pair[0].area_id}{_AND}{pair[1].area_id}", shape=hull)
                spared = _corners(pair) - both.corners
                steps[pair] = _Step(float(price) / spared if spared > 0 else np.inf, float(price), both, pair)
        return steps


def _neighbours(areas: Sequence[Area]) -> list[tuple[Area, Area]]:
    """Return each area with those whose middles are nearest, a pair once, in the order of their ids."""
    middles = shapely.get_coordinates([area.shape.centroid for area in areas])
    gaps = np.linalg.norm(middles[:, None] - middles[None], axis=2)
    nearest = np.argsort(gaps, axis=1, kind="stable")[:, 1 : _NEIGHBOURS + 1]
    pairs = {tuple(sorted((first, int(other)))) for first, row in enumerate(nearest) for other in row if other != first}
    return [
        (areas[a], areas[b]) if areas[a].area_id < areas[b].area_id else (areas[b], areas[a]) for a, b in sorted(pairs)
    ]
