"""Which metres of road a plan shows its detector, worked out from footprints alone. Imports nothing of the search.

A place of a required line counts as seen where a swept area with pixels enough holds it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from geo import LocalFrame, length_m, resample
from missions import FleetPlan, GeoPoint, Plan
from missions.fleet_plan import plans_of
from missions.terrain import Terrain
from planner.energy import Floats
from planner.pictures import Pictures, pictures_of

STEP_M: Final = 3.0
"""Between the places of a required line that are asked for."""
_ACROSS_M: Final = 5.0
"""Between the places across a carriageway, its edges among them."""
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


def coverage_of(plan: Plan | FleetPlan, terrain: Terrain | None = None) -> CoverageReport:
    """Return what a plan's pictures, or a whole fleet's, show of its stretches and of what it leaves out.

    With `terrain` footprints are of the ground below; a plan over terrain that is looked at without it counts heights
    above home.
    """
    pictures = pictures_of(plan, terrain)
    lines = tuple(required_lines(plan))
    seen = [_seen(line, pictures) for line in lines]
    per_stretch = [
        StretchSeen(
            stretch_id=stretch.stretch_id,
            name=stretch.name,
            seen=_sum([part for line, part in zip(lines, seen, strict=True) if line.owner == index]),
        )
        for index, stretch in enumerate(plan.stretches)
    ]
    counted = all(one.wanted is not None for one in plans_of(plan))
    return CoverageReport(total=_sum(seen), stretches=tuple(per_stretch), pixels_counted=counted)


def required_lines(plan: Plan | FleetPlan) -> Iterator[Required]:
    """Yield every centreline that the plan has to show, those left out with their reason; ENU at its (first) dock."""
    plans = plans_of(plan)
    frame = LocalFrame(lat_deg=plans[0].dock.lat_deg, lon_deg=plans[0].dock.lon_deg)

    def enu_m(points: Sequence[GeoPoint]) -> Floats:
        return frame.geodetic_to_enu([p.lat_deg for p in points], [p.lon_deg for p in points])[:, :2]

    for index, stretch in enumerate(plan.stretches):
        yield Required(owner=index, line_m=enu_m(stretch.centreline), width_m=stretch.width_m)
        for way in stretch.beside:
            yield Required(owner=index, line_m=enu_m(way.centreline), width_m=way.width_m, is_beside=True)
    for piece in dict.fromkeys(piece for one in plans for piece in one.left_out):
        line_m = enu_m(piece.centreline)
        yield Required(owner=-1, line_m=line_m, width_m=piece.width_m, unseen_because=piece.reason)


def stations_of(line: Required) -> tuple[Floats, Floats]:
    """Return (N, 2) places along a required line and (N, A, 2) places across its carriageway at each."""
    along = resample(line.line_m, STEP_M)
    steps = np.gradient(along, axis=0)
    steps /= np.maximum(np.linalg.norm(steps, axis=1, keepdims=True), 1e-9)
    aside = np.column_stack([steps[:, 1], -steps[:, 0]])
    offsets = np.linspace(-line.width_m / 2, line.width_m / 2, 1 + int(np.ceil(line.width_m / _ACROSS_M)))
    return along, along[:, None] + offsets[None, :, None] * aside[:, None]


def _seen(line: Required, pictures: Pictures) -> Seen:
    along, across = stations_of(line)
    metre = length_m(line.line_m) / len(along)
    shown = pictures.shown_by(along)
    seen = shown > 0
    edges = pictures.shown_by(across.reshape(-1, 2)).reshape(across.shape[:2]) > 0
    reasons = Counter[str]()
    if not seen.all():
        small = pictures.in_picture(along[~seen])
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
