"""Heights above home along straight legs: what is asked above ground, clear of the terrain and under the cap.

Without terrain every leg is flown at one height above home. With it the height asked for is above ground (AGL): a leg
gets waypoints where the ground under it rises or falls, so that at every place of it the highest ground near by is
cleared and the ground below is not farther than the cap.
"""

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np

from geo import cumulative_m
from missions import PlanningError
from planner.energy import Floats
from planner.ground import Ground

_TOLERANCE_SHARE: Final = 0.1
"""How far service may be from the height asked for: a tenth changes the pixels on an object by a tenth."""
_LEAST_TOLERANCE_M: Final = 3.0
_MARGIN_M: Final = 0.5
"""Kept from clearance and cap: heights and places are rounded, and touching stretches are a metre apart."""
_FINE: Final = 4
"""Places per half cell at which the lowest ground is sought, since it bends at the cells' centres."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Floor:
    """An obstacle that is flown over: how low a flight may be within its radius."""

    centre_m: Floats
    """(2,) ENU."""
    radius_m: float
    lowest_m: float
    """Above home, the clearance over its top included."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Heights:
    """How high a mission flies."""

    height_m: float
    """Above the ground below where terrain is known, else above home."""
    cap_m: float
    """As `height_m`."""
    ground: Ground | None = None
    clearance_m: float = 0.0
    floors: tuple[Floor, ...] = ()
    """Of terrain alone: without it every height is the one asked for, which clears them."""

    def service(self, line_m: Floats) -> Floats:
        """Return (M, 3) points to fly along an (N, 2) line, near the asked height; with terrain M >= N.

        Raises:
            PlanningError: somewhere clearance and cap leave no height, or the ground is not known; says where.

        """
        if self.ground is None:
            return np.column_stack([line_m, np.full(len(line_m), self.height_m)])
        return self._follow(line_m, tolerance_m=max(_TOLERANCE_SHARE * self.height_m, _LEAST_TOLERANCE_M), ends_m=None)

    def between(self, points_m: Floats) -> Floats:
        """Return the (M, 3) points of a dead leg; its ends keep their heights, its (K, 2) turns get some.

        Only clearance and cap count on the way: it rises no more than it has to.

        Raises:
            PlanningError: as `service`.

        """
        if self.ground is None:
            return points_m
        return self._follow(points_m[:, :2], tolerance_m=np.inf, ends_m=(float(points_m[0, 2]), float(points_m[-1, 2])))

    def above_dock_m(self) -> float:
        """Return the height above home to climb to over the dock."""
        return float(self.service(np.zeros((2, 2)))[0, 2])

    def _follow(self, line_m: Floats, *, tolerance_m: float, ends_m: tuple[float, float] | None) -> Floats:
        assert self.ground is not None
        places, corners = _sampled(line_m, self.ground)
        low, high = self._room(places)
        wanted = np.clip(self.ground.surface_m(places) + self.height_m, low, high)
        wanted = np.clip(np.round(wanted, 1), low, high)
        heights = wanted.copy()
        if ends_m is not None:
            heights[[0, -1]] = ends_m
        low, high = np.maximum(low, wanted - tolerance_m), np.minimum(high, wanted + tolerance_m)
        kept = _kept(cumulative_m(places), heights, low, high, corners)
        return np.column_stack([places[kept], heights[kept]])

    def _room(self, places_m: Floats) -> tuple[Floats, Floats]:
        """Return the (N,) lowest and highest heights above home that may be flown at places.

        The neighbourhood is a cell wider than the check's, so that its places, between these, see no higher ground.
        """
        assert self.ground is not None
        top, bottom = self.ground.highest_m(places_m, cells=2), self._lowest_near(places_m)
        low, high = top + self.clearance_m + _MARGIN_M, bottom + self.cap_m - _MARGIN_M
        for floor in self.floors:  # places are half a cell apart, so legs through it have places so near
            near = np.linalg.norm(places_m - floor.centre_m, axis=1) < floor.radius_m + self.ground.step_m
            low = np.where(near, np.maximum(low, floor.lowest_m + _MARGIN_M), low)
        unknown = np.isnan(low) | np.isnan(high)
        if unknown.any():
            where = _spot(self.ground, places_m[int(np.argmax(unknown))])
            raise PlanningError(
                f"{self.ground.terrain.file} knows no height at {where}, over which a leg leads: "
                "take a terrain file that holds it, or leave the roads beyond out"
            )
        if (low > high).any():
            worst = int(np.argmax(low - high))
            where, over = _spot(self.ground, places_m[worst]), ", over obstacles" if self.floors else ""
            raise PlanningError(
                f"no height at {where} is both {self.clearance_m:g} m clear of the terrain{over} and under "
                f"{self.cap_m:g} m above ground: near by it rises {top[worst] - bottom[worst]:.0f} m above the "
                "lowest place below: leave the road out, or lower terrain.clearance_m"
            )
        return low, high

    def _lowest_near(self, places_m: Floats) -> Floats:
        """Return the (N,) lowest ground between the places before and after each."""
        assert self.ground is not None
        if len(places_m) < 2:
            return self.ground.lowest_m(places_m)
        share = np.linspace(0.0, 1.0, _FINE + 1)[None, :, None]
        fine = places_m[:-1, None] * (1 - share) + places_m[1:, None] * share
        lows = self.ground.lowest_m(fine.reshape(-1, 2)).reshape(len(places_m) - 1, -1)
        legs = np.min(lows, axis=1)
        lowest: Floats = np.minimum(np.append(legs, np.inf), np.append(np.inf, legs))
        return lowest


def _spot(ground: Ground, place_m: Floats) -> str:
    lat, lon, _ = ground.frame.enu_to_geodetic(place_m[None])[0]
    return f"{lat:.6f}, {lon:.6f}"


def _sampled(line_m: Floats, ground: Ground) -> tuple[Floats, list[int]]:
    """Return the places along a line at most half a cell apart, and which of them are its points."""
    places, corners = [line_m[:1]], [0]
    for start, end in itertools.pairwise(line_m):
        places.append(ground.along(start, end)[1:])
        corners.append(corners[-1] + len(places[-1]))
    return np.vstack(places), corners


def _kept(stations: Floats, heights: Floats, low: Floats, high: Floats, corners: list[int]) -> list[int]:
    """Return the places to fly to: the corners, and as few others as keep straight lines between low and high.

    As Douglas and Peucker do for lines in the plane: where a straight line leaves its room the most, it is parted.
    """
    kept, open_spans = set(corners), list(itertools.pairwise(corners))
    while open_spans:
        first, last = open_spans.pop()
        if last - first < 2:
            continue
        inner = slice(first + 1, last)
        straight = np.interp(stations[inner], stations[[first, last]], heights[[first, last]])
        outside = np.maximum(low[inner] - straight, straight - high[inner])
        if outside.max() > 0:
            middle = first + 1 + int(np.argmax(outside))
            kept.add(middle)
            open_spans += [(first, middle), (middle, last)]
    return sorted(kept)
