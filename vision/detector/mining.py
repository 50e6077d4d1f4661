"""Which pictures of a patrol are worth labelling: where the model is least sure, far apart in time and place.

Lewis and Gale 1994 (uncertainty sampling); what a reviewer dismissed needs no choosing.
"""

import bisect
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from missions.detection import Detection
from missions.track import Track

APART_S: Final = 2.0
"""Two picked pictures are never nearer in time."""
SCENE_M: Final = 20.0
"""Cameras nearer than this see one scene; where no place is known, `SCENE_S` of video are one."""
SCENE_S: Final = 20.0
OF_A_SCENE: Final = 3
"""Pictures of one scene at most, whenever it is flown over."""
_THRESHOLDS: Final = {"smoke": 0.1, "fire": 0.1}
_THRESHOLD: Final = 0.3
"""Scores at which the watch begins to believe a detection: the tracker's, and lower ones for what adds up in time."""
_MOST_UNSURE: Final = 3
"""Detections of a picture that count: a crowd is not less sure than its three least sure."""
_SHORT_LIFE: Final = 3
"""A track of so few looked-at pictures flickers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A picture that may be picked."""

    pts_s: float
    place_m: tuple[float, float] | None
    """East and north of the camera in any one frame, where that is known."""
    value: float
    """The higher, the more there is to learn."""
    why: str


def entropy_bits(score: float, threshold: float) -> float:
    """Return how undecided a score is: 1 at the threshold, towards 0 on both sides of it.

    The binary entropy of the score, with its log-odds shifted so that the threshold is one half.
    """
    clipped = min(max(score, 1e-4), 1.0 - 1e-4)
    logit = math.log(clipped / (1.0 - clipped)) - math.log(threshold / (1.0 - threshold))
    p = 1.0 / (1.0 + math.exp(-logit))
    return -sum(share * math.log2(share) for share in (p, 1.0 - p) if share > 0.0)


def unsure(detections: Sequence[Detection]) -> tuple[float, str]:
    """Return how unsure a model is of a picture, 0..1, and what it is least sure of, in words."""
    rated = sorted(
        ((entropy_bits(d.score, _THRESHOLDS.get(d.kind, _THRESHOLD)), d) for d in detections),
        key=lambda pair: -pair[0],
    )[:_MOST_UNSURE]
    value = sum(bits for bits, _ in rated) / _MOST_UNSURE
    return value, ", ".join(f"{found.kind} {found.score:.2f}" for bits, found in rated if bits > 0.5)


def flickers(tracks: Iterable[Track], looked_pts_s: Sequence[float]) -> Counter[float]:
    """Return, by looked-at picture, how many tracks begin or end a gap there, or live there for a moment only.

    Args:
        tracks: of all pictures; those between two looked-at ones are left out.
        looked_pts_s: presentation times of the looked-at pictures, ascending.

    """
    seen: defaultdict[int, list[int]] = defaultdict(list)
    for track in tracks:
        at = _index(looked_pts_s, track.pts_s)
        if not track.interpolated and at is not None:
            seen[track.track_id].append(at)
    counted: Counter[float] = Counter()
    for pictures in seen.values():
        pictures.sort()
        last = len(looked_pts_s) - 1
        if len(pictures) <= _SHORT_LIFE and pictures[0] > 0 and pictures[-1] < last:
            counted[looked_pts_s[pictures[len(pictures) // 2]]] += 1
        for before, after in pairwise(pictures):
            if after - before > 1:
                counted[looked_pts_s[before + 1]] += 1
    return counted


def _index(looked_pts_s: Sequence[float], pts_s: float) -> int | None:
    at = bisect.bisect_left(looked_pts_s, pts_s - 1e-3)
    return at if at < len(looked_pts_s) and abs(looked_pts_s[at] - pts_s) <= 1e-3 else None


def spread_out(candidates: Iterable[Candidate], count: int, taken: Iterable[Candidate] = ()) -> list[Candidate]:
    """Return the most valuable candidates, at most `count`, no two near in time and few of one scene.

    Args:
        candidates: in any order.
        count: how many at most.
        taken: picked before; they count as neighbours and are not returned.

    """
    picked = list(taken)
    before = len(picked)
    for candidate in sorted(candidates, key=lambda each: (-each.value, each.pts_s)):
        if len(picked) - before >= count:
            break
        if all(abs(candidate.pts_s - other.pts_s) >= APART_S for other in picked) and (
            sum(_one_scene(candidate, other) for other in picked) < OF_A_SCENE
        ):
            picked.append(candidate)
    return picked[before:]


def _one_scene(one: Candidate, other: Candidate) -> bool:
    if one.place_m is None or other.place_m is None:
        return abs(one.pts_s - other.pts_s) < SCENE_S
    return math.dist(one.place_m, other.place_m) < SCENE_M
