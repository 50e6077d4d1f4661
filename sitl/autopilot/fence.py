"""The geofence: which of its parts are breached, and by how much."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sitl.autopilot.settings import Vec
from sitl.autopilot.stored_items import CIRCLE_INCLUSION, EXCLUSION, INCLUSION, RETURN_POINT, StoredItem

ALT_MAX, CIRCLE, POLYGON, ALT_MIN = 1, 2, 4, 8  # FENCE_TYPE bits
ALL_KINDS: Final = ALT_MAX | CIRCLE | POLYGON | ALT_MIN
NAMES: Final = {ALT_MAX: "Max Alt", CIRCLE: "Circle", POLYGON: "Polygon", ALT_MIN: "Min Alt"}
_UNION_OF_INCLUSIONS: Final = 2  # FENCE_OPTIONS
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Area:
    """A polygon or a circle; `inside` says on which side the vehicle has to be."""

    inside: bool
    corners: tuple[Point, ...] = ()
    centre: Point = (0.0, 0.0)
    radius_m: float = 0.0

    def depth_m(self, point: Point) -> float:
        """Return how far the point is within the allowed side; negative when it is not."""
        if not self.corners:
            depth = self.radius_m - math.dist(point, self.centre)
        else:
            edge = _distance_to_edge_m(point, self.corners)
            depth = edge if _contains(self.corners, point) else -edge
        return depth if self.inside else -depth


def _contains(corners: Sequence[Point], point: Point) -> bool:
    x, y = point
    inside = False
    previous = corners[-1]
    for corner in corners:
        (x1, y1), (x2, y2) = previous, corner
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
        previous = corner
    return inside


def _distance_to_edge_m(point: Point, corners: Sequence[Point]) -> float:
    best = math.inf
    previous = corners[-1]
    for corner in corners:
        dx, dy = corner[0] - previous[0], corner[1] - previous[1]
        length2 = dx * dx + dy * dy
        along = 0.0
        if length2 > 0:
            along = max(0.0, min(1.0, ((point[0] - previous[0]) * dx + (point[1] - previous[1]) * dy) / length2))
        best = min(best, math.dist(point, (previous[0] + along * dx, previous[1] + along * dy)))
        previous = corner
    return best


@dataclass(frozen=True, slots=True, kw_only=True)
class FenceLimits:
    """Today's FENCE_ parameters."""

    kinds: int
    alt_max_m: float
    alt_min_m: float
    radius_m: float
    options: int


class Fence:
    """Checks believed positions against the stored areas and the height and distance limits."""

    def __init__(self) -> None:
        self._areas: tuple[_Area, ...] = ()
        self.on = 0
        """Kinds of fence that were switched on, FENCE_TYPE bits."""
        self.breached = 0
        self.breach_count = 0
        self.breach_t_s = 0.0

    def load(self, items: Sequence[StoredItem], to_enu: Callable[[int, int], Point]) -> None:
        """Take over stored points."""
        areas: list[_Area] = []
        index = 0
        while index < len(items):
            item = items[index]
            if item.command in (INCLUSION, EXCLUSION):
                count = int(item.params[0])
                corners = tuple(to_enu(corner.x, corner.y) for corner in items[index : index + count])
                areas.append(_Area(item.command == INCLUSION, corners))
                index += count
                continue
            if item.command != RETURN_POINT:
                areas.append(_Area(item.command == CIRCLE_INCLUSION, (), to_enu(item.x, item.y), item.params[0]))
            index += 1
        self._areas = tuple(areas)

    @property
    def enabled(self) -> bool:
        """Whether any kind is switched on."""
        return self.on != 0

    def switch_off(self, kinds: int) -> None:
        """Switch kinds off, and forget their breaches."""
        self.on &= ~kinds
        self.breached &= ~kinds

    @property
    def empty(self) -> bool:
        """Whether no area is stored."""
        return not self._areas

    def depths_m(self, place: Vec, home: Vec, limits: FenceLimits) -> dict[int, float]:
        """Return, by kind of fence in force, how far inside it the place is; negative outside."""
        depths: dict[int, float] = {}
        height = place[2] - home[2]
        if limits.kinds & ALT_MAX:
            depths[ALT_MAX] = limits.alt_max_m - height
        if limits.kinds & ALT_MIN:
            depths[ALT_MIN] = height - limits.alt_min_m
        if limits.kinds & CIRCLE:
            depths[CIRCLE] = limits.radius_m - math.hypot(place[0] - home[0], place[1] - home[1])
        if limits.kinds & POLYGON and self._areas:
            point = (place[0], place[1])
            within = [area.depth_m(point) for area in self._areas if area.inside]
            without = [area.depth_m(point) for area in self._areas if not area.inside]
            if within and limits.options & _UNION_OF_INCLUSIONS:
                within = [max(within)]
            depths[POLYGON] = min(within + without)
        return depths
