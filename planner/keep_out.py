"""Keep-out zones: what they cut from the roads, and the way round them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from geo import length_m
from planner.stretches import Line

CLEARANCE_M = 10.0
"""Kept from a zone's border: position error, cut corners and ArduPilot's own 2 m fence margin."""
_CORNER_M = 11.0
"""Where ways round a zone turn: just outside the clearance, so that they never touch it."""
_TEST_M = 9.5
"""Clearance a leg is tested with: just inside, so that a piece cut at the clearance passes."""
_ROUNDING_M = 0.01
_LEAST_PIECE_M = 5.0
"""Shorter remains of a cut stretch are dropped (and said)."""


@dataclass(frozen=True, eq=False)
class KeepOut:
    """The union of the zones of a mission in the planning frame."""

    zones: tuple[Line, ...]
    """Corners of each zone, ENU metres."""
    reach_m: float = math.inf
    """Ways round the zones turn no farther than this from the dock."""
    dock_m: tuple[float, float] = (0.0, 0.0)
    """Where that dock is, ENU."""

    @classmethod
    def of(cls, zones: Sequence[NDArray[np.float64]], *, reach_m: float = math.inf) -> "KeepOut":
        """Build from the corners of the zones."""
        return cls(tuple(np.asarray(zone, float)[:, :2] for zone in zones), reach_m)

    def reaches(self, places_m: Line) -> bool:
        """Whether all of (N, 2) places are within reach of the dock."""
        away_m = np.linalg.norm(places_m - np.array(self.dock_m), axis=1)
        return bool((away_m <= self.reach_m + _ROUNDING_M).all())

    def _grown(self, by_m: float) -> BaseGeometry:
        whole = shapely.union_all([Polygon(zone).buffer(0) for zone in self.zones])
        grown = whole.buffer(by_m, join_style="mitre", mitre_limit=2.0)
        shapely.prepare(grown)
        return grown

    @cached_property
    def _closed(self) -> BaseGeometry:
        return self._grown(CLEARANCE_M)

    @cached_property
    def _tested(self) -> BaseGeometry:
        return self._grown(_TEST_M)

    @cached_property
    def corners_m(self) -> Line:
        """(K, 2) places where a way round may turn."""
        grown = self._grown(_CORNER_M)
        parts = list(grown.geoms) if isinstance(grown, MultiPolygon) else [grown]
        rings = [ring for part in parts if isinstance(part, Polygon) for ring in (part.exterior, *part.interiors)]
        corners = [np.asarray(ring.coords)[:-1] for ring in rings]
        places = np.vstack(corners) if corners else np.zeros((0, 2))
        near: Line = places[np.linalg.norm(places - np.array(self.dock_m), axis=1) <= self.reach_m]
        return near

    def contains(self, place_m: Line) -> bool:
        """Whether a place lies in a zone or nearer to one than the clearance."""
        return bool(self.zones) and bool(self._closed.intersects(Point(place_m[:2])))

    def crossed_by(self, starts_m: Line, ends_m: Line) -> NDArray[np.bool_]:
        """Return for (N, 2) starts and ends whether the straight leg crosses a zone or its clearance."""
        crossed = np.zeros(len(starts_m), bool)
        if not self.zones or not len(starts_m):
            return crossed
        near = self._passing(starts_m, ends_m)
        crossed[near] = shapely.intersects(
            self._tested, shapely.linestrings(np.stack([starts_m[near], ends_m[near]], axis=1))
        )
        return crossed

    def _passing(self, starts_m: Line, ends_m: Line) -> NDArray[np.bool_]:
        """Return which of N legs may cross a zone at all: their boxes meet the box of one. Most legs are short."""
        low, high = np.minimum(starts_m, ends_m), np.maximum(starts_m, ends_m)
        near = np.zeros(len(low), bool)
        for west, south, east, north in shapely.bounds(shapely.get_parts(self._tested)):
            apart = (high[:, 0] < west) | (low[:, 0] > east) | (high[:, 1] < south) | (low[:, 1] > north)
            near |= ~apart
        return near

    def cut(self, line_m: Line) -> tuple[Line, ...]:
        """Return the parts of a line outside the clearance, in its direction; tiny remains are left out."""
        if not self.zones or not self._closed.intersects(LineString(line_m)):
            return (line_m,)
        rest = LineString(line_m).difference(self._closed)
        lines = [rest] if isinstance(rest, LineString) else list(getattr(rest, "geoms", ()))
        pieces = [np.asarray(line.coords, float) for line in lines if line.length >= _LEAST_PIECE_M]
        return tuple(piece for piece in pieces if length_m(piece) > 0)
