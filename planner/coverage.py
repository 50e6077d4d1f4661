"""Which metres of road a plan shows its detector, worked out from footprints alone. Imports nothing of the search.

The camera looks along the course at the leg's gimbal pitch. While it flies a straight leg its footprint, a convex
area, sweeps the convex hull of where it begins and ends. A place of a required line counts as seen where a swept part
with pixels enough holds it. All legs between take-off and landing count, since every picture of them is looked at.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from geo import LocalFrame, length_m, resample
from missions import GeoPoint, Plan, Sortie
from missions.hardware import load_camera
from missions.terrain import Terrain
from planner.energy import Floats
from planner.footprint import View, placed_m
from planner.ground import Ground
from planner.profile import waypoints_enu_m

STEP_M: Final = 3.0
"""Between the places of a required line that are asked for."""
_ACROSS_M: Final = 5.0
"""Between the places across a carriageway, its edges among them."""
_PIECE_M: Final = 25.0
"""Legs whose height above ground changes are swept in pieces of so much."""
_LEAST_LEG_M: Final = 0.5
"""Shorter legs have no course."""

TOO_FEW_PIXELS: Final = "too_few_pixels"
OUTSIDE: Final = "outside_footprint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Metres of required centreline, and what became of them."""

    required_m: float = 0.0
    seen_m: float = 0.0
    seen_twice_m: float = 0.0
    """Part of `seen_m` that two or more passes show: runs along different stretches or between them."""
    full_width_m: float = 0.0
    """Part of `seen_m` where the carriageway is seen from edge to edge."""
    unseen_m: float = 0.0
    reasons: Mapping[str, float] = field(default_factory=dict)
    """Of the unseen metres: too_few_pixels, outside_footprint, no_fly, radio_range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StretchSeen:
    """One stretch's part."""

    stretch_id: str
    name: str
    seen: Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageReport:
    """What a plan shows of the roads it has to."""

    total: Seen
    """Stretches and what was left out."""
    stretches: tuple[StretchSeen, ...]
    pixels_counted: bool
    """False where nothing is known of the detector: then all of a footprint counts."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Required:
    """A line that has to be seen."""

    owner: int
    """Index of its stretch; -1 for what was left out."""
    line_m: Floats
    width_m: float
    is_beside: bool = False
    """No leg flies along it."""
    unseen_because: str | None = None
    """The rule that keeps the aircraft from flying it."""


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


def coverage_of(plan: Plan, terrain: Terrain | None = None) -> CoverageReport:
    """Return what the plan's pictures show of its stretches and of what it leaves out.

    With `terrain` footprints are of the ground below; a plan over terrain that is looked at without it counts heights
    above home.
    """
    ground = Ground.at_dock(terrain, plan.dock) if terrain is not None else None
    swept = swept_of(plan, ground)
    lines = tuple(required_lines(plan))
    seen = [_seen(line, swept) for line in lines]
    per_stretch = [
        StretchSeen(
            stretch_id=stretch.stretch_id,
            name=stretch.name,
            seen=_sum([part for line, part in zip(lines, seen, strict=True) if line.owner == index]),
        )
        for index, stretch in enumerate(plan.stretches)
    ]
    return CoverageReport(total=_sum(seen), stretches=tuple(per_stretch), pixels_counted=plan.wanted is not None)


def required_lines(plan: Plan) -> Iterator[Required]:
    """Yield every centreline that the plan has to show, those left out with their reason."""
    frame = LocalFrame(lat_deg=plan.dock.lat_deg, lon_deg=plan.dock.lon_deg)

    def enu_m(points: Sequence[GeoPoint]) -> Floats:
        return frame.geodetic_to_enu([p.lat_deg for p in points], [p.lon_deg for p in points])[:, :2]

    for index, stretch in enumerate(plan.stretches):
        yield Required(owner=index, line_m=enu_m(stretch.centreline), width_m=stretch.width_m)
        for way in stretch.beside:
            yield Required(owner=index, line_m=enu_m(way.centreline), width_m=way.width_m, is_beside=True)
    for piece in plan.left_out:
        line_m = enu_m(piece.centreline)
        yield Required(owner=-1, line_m=line_m, width_m=piece.width_m, unseen_because=piece.reason)


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
        points = waypoints_enu_m(plan.dock, sortie.waypoints, takeoff_height_m=sortie.takeoff_height_m)
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
    """Yield the pass, index and gimbal pitch of each leg; a pass is a run of legs for one purpose."""
    indexed = enumerate(sortie.waypoints)
    for number, (_, run) in enumerate(groupby(indexed, key=lambda row: (row[1].leg, row[1].stretch_id)), first_pass):
        for index, waypoint in run:
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


def stations_of(line: Required) -> tuple[Floats, Floats]:
    """Return (N, 2) places along a required line and (N, A, 2) places across its carriageway at each."""
    along = resample(line.line_m, STEP_M)
    steps = np.gradient(along, axis=0)
    steps /= np.maximum(np.linalg.norm(steps, axis=1, keepdims=True), 1e-9)
    aside = np.column_stack([steps[:, 1], -steps[:, 0]])
    offsets = np.linspace(-line.width_m / 2, line.width_m / 2, 1 + int(np.ceil(line.width_m / _ACROSS_M)))
    return along, along[:, None] + offsets[None, :, None] * aside[:, None]


def _seen(line: Required, swept: Swept) -> Seen:
    along, across = stations_of(line)
    metre = length_m(line.line_m) / len(along)
    shown = swept.shown_by(along)
    seen = shown > 0
    edges = swept.shown_by(across.reshape(-1, 2)).reshape(across.shape[:2]) > 0
    reasons = Counter[str]()
    if not seen.all():
        small = swept.in_picture(along[~seen])
        if line.unseen_because is not None:
            reasons[line.unseen_because] = (~seen).sum() * metre
        else:
            reasons[TOO_FEW_PIXELS], reasons[OUTSIDE] = small.sum() * metre, (~small).sum() * metre
    return Seen(
        required_m=metre * len(along),
        seen_m=float(seen.sum() * metre),
        seen_twice_m=float((shown > 1).sum() * metre),
        full_width_m=float((seen & edges.all(axis=1)).sum() * metre),
        unseen_m=float((~seen).sum() * metre),
        reasons={reason: float(metres) for reason, metres in reasons.items() if metres},
    )


def _sum(parts: Sequence[Seen]) -> Seen:
    reasons = Counter[str]()
    for part in parts:
        reasons.update(part.reasons)
    return Seen(
        required_m=sum(part.required_m for part in parts),
        seen_m=sum(part.seen_m for part in parts),
        seen_twice_m=sum(part.seen_twice_m for part in parts),
        full_width_m=sum(part.full_width_m for part in parts),
        unseen_m=sum(part.unseen_m for part in parts),
        reasons=dict(reasons),
    )
