"""What the pictures of a plan show of the ground, as areas swept by footprints. Imports nothing of the search.

The camera looks along the course at the leg's gimbal pitch. While it flies a straight leg its footprint, a convex
area, sweeps the convex hull of where it begins and ends. All legs between take-off and landing count, since every
picture of them is looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from missions import Plan, Sortie
from missions.hardware import load_camera
from planner.energy import Floats
from planner.footprint import View, placed_m
from planner.ground import Ground
from planner.profile import sortie_points_m

_PIECE_M: Final = 25.0
"""Legs whose height above ground changes are swept in pieces of so much."""
_LEAST_LEG_M: Final = 0.5
"""Shorter legs have no course."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Swept:
    """What a plan's pictures show: areas and the pass each belongs to."""

    enough: STRtree
    enough_pass: NDArray[np.int64]
    whole: STRtree
    passes: int

    def shown_by(self, places_m: Floats) -> NDArray[np.int64]:
        """Return for (N, 2) places in how many passes each is seen with pixels enough."""
        place, area = self.enough.query(shapely.points(places_m), predicate="intersects")
        pairs = np.unique(place * self.passes + self.enough_pass[area])
        return np.bincount(pairs // self.passes, minlength=len(places_m))

    def in_picture(self, places_m: Floats) -> NDArray[np.bool_]:
        """Return for (N, 2) places whether they are in any picture, however small."""
        place, _ = self.whole.query(shapely.points(places_m), predicate="intersects")
        return np.bincount(place, minlength=len(places_m)) > 0


def swept_of(plan: Plan, ground: Ground | None) -> Swept:
    """Return the areas that the pictures of all legs show."""
    camera = load_camera(plan.camera)
    pitches = {w.gimbal_pitch_deg for sortie in plan.sorties for w in sortie.waypoints}
    views = {pitch: View.of(camera, plan.wanted, gimbal_pitch_deg=pitch) for pitch in pitches}
    enough: list[Floats] = []
    whole: list[Floats] = []
    numbers: list[NDArray[np.int64]] = []
    passes = 0
    for sortie in plan.sorties:
        if not sortie.waypoints:
            continue
        points = sortie_points_m(plan.dock, sortie)
        for number, index, pitch in _legs(sortie, first_pass=passes):
            passes = number + 1
            start, end = points[index], points[index + 1]
            if np.linalg.norm((end - start)[:2]) < _LEAST_LEG_M:
                continue
            areas = _sweep(start, end, views[pitch], ground)
            enough.append(areas[0])
            whole.append(areas[1])
            numbers.append(np.full(len(areas[0]), number))
    none = np.zeros((0, 8, 2))
    shown, number_of = np.concatenate([none, *enough]), np.concatenate([np.zeros(0, np.int64), *numbers])
    finite = np.isfinite(shown).all(axis=(1, 2))
    return Swept(
        enough=STRtree(_hulls(shown[finite])),
        enough_pass=number_of[finite],
        whole=STRtree(_hulls(np.concatenate([none, *whole]))),
        passes=max(passes, 1),
    )


def _legs(sortie: Sortie, *, first_pass: int) -> Iterator[tuple[int, int, float]]:
    """Yield the pass, index and gimbal pitch of each leg; a pass is a run of legs for one purpose.

    Legs on which the camera is kept on a place are left out: it does not look ahead there.
    """
    indexed = enumerate(sortie.waypoints)
    for number, (_, run) in enumerate(groupby(indexed, key=lambda row: (row[1].leg, row[1].stretch_id)), first_pass):
        for index, waypoint in ((index, one) for index, one in run if one.look_at is None):
            yield number, index, waypoint.gimbal_pitch_deg


def _sweep(start: Floats, end: Floats, view: View, ground: Ground | None) -> tuple[Floats, Floats]:
    """Return the (P, 8, 2) corners of what a leg's pieces show with pixels enough, and of all they show."""
    level = ground is None and abs(float(end[2] - start[2])) < 1.0
    stations = np.linspace(start, end, 2 if level else max(2, int(np.linalg.norm(end - start) / _PIECE_M) + 2))
    course = (end - start)[:2] / np.linalg.norm((end - start)[:2])
    courses = np.repeat(course[None], len(stations), axis=0)
    heights = np.maximum(_above_ground_m(stations, course, view, ground), 0.0)
    enough = placed_m(view.enough_m(heights), stations[:, :2], courses)
    whole = placed_m(view.whole_m(heights), stations[:, :2], courses)
    return (
        np.concatenate([enough[:-1], enough[1:]], axis=1),
        np.concatenate([whole[:-1], whole[1:]], axis=1),
    )


def _above_ground_m(stations: Floats, course: Floats, view: View, ground: Ground | None) -> Floats:
    """Return the heights above the ground that is looked at: where the middle of the picture meets it."""
    if ground is None:
        heights: Floats = stations[:, 2]
        return heights
    below_m = stations[:, 2] - ground.surface_m(stations[:, :2])
    ahead_m = below_m / np.tan(view.depression_rad)
    looked_at = stations[:, 2] - ground.surface_m(stations[:, :2] + ahead_m[:, None] * course)
    first_known = np.where(np.isnan(looked_at), below_m, looked_at)
    return np.where(np.isnan(first_known), stations[:, 2], first_known)


def _hulls(corners: Floats) -> NDArray[np.object_]:
    return (
        np.asarray(shapely.convex_hull(shapely.multipoints(np.asarray(shapely.points(corners)))))
        if len(corners)
        else np.array([])
    )
