"""One place of suspected smoke or fire, and where it is on the map."""

import math
from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from missions.detection import Box
from vision.place_judge import History
from vision.positions import pixel_error_px
from vision.rules.scene import Sighting

_PIECE_M = 2.0
"""Farther up or down the wind than this is another piece of the same plume."""
_DOWNWIND_SHARE = 0.1
_STIRS_SHARE = 0.1
"""Weight of a place told by what stirs: its box is a plume's middle, the detector's also where it rises from."""
_TRUSTED = 0.25
"""Half the score of the best: what is weaker does not make a place more certain."""


@dataclass(slots=True, kw_only=True)
class Place:
    """One suspected happening."""

    number: int
    began_utc_s: float
    first_pts_s: float
    seen_utc_s: float
    uv_px: NDArray[np.float64]
    """In the current picture, carried along with the background."""
    box_px: Box
    size_px: float
    hits: deque[bool]
    """Whether it was detected, in the last pictures in which it was to be seen."""
    changes: deque[float]
    """`Clip.change` of the last pictures in which it could be told."""
    history: History = field(default_factory=History)
    """Its second looks and what else was seen of it, until it is opened."""
    evidence: dict[str, float] = field(default_factory=dict)
    """For smoke and for fire, nats."""
    asked: int = 0
    """How often a second look was wanted."""
    point_m: NDArray[np.float64] | None = None
    weight: float = 0.0
    error_m: float = 0.0
    size_m: float = 0.0
    score: float = 0.0
    detected: float = 0.0
    """Highest score by the detector; 0 where it only stirs."""
    kind: str = ""
    """Of the likeliest detection in the last picture with one."""
    track_ids: set[int] = field(default_factory=set)
    opened: tuple[float, float, Box] | None = None
    """Capture time, presentation time and box of the opening picture."""
    opened_kind: str = ""

    @property
    def likeliest(self) -> str:
        """What most of the evidence is for."""
        fire, smoke = (self.evidence.get(kind, 0.0) for kind in ("fire", "smoke"))
        return self.kind if fire == smoke else "fire" if fire > smoke else "smoke"

    def average_in(self, sighting: Sighting, upwind: NDArray[np.float64] | None) -> None:
        """Move the place towards this sighting by its weight: a small box says best where a plume rises from.

        A detection much weaker than the place's best is likely something else nearby, and has next to no weight. Where
        the wind is known, a plume that is seen in pieces comes from the one farthest upwind. What stirs says where the
        place is only until the detector sees it or it is opened.
        """
        located = sighting.located
        if located is None or (sighting.stirs and (self.detected > 0.0 or self.opened is not None)):
            return
        trust = _STIRS_SHARE if sighting.stirs else (sighting.detection.score / self.detected) ** 2
        weight = trust / max(located.jitter_m, 0.3) ** 2
        if self.point_m is None:
            self.point_m, self.error_m = located.point_m.copy(), located.error_m
        elif upwind is not None and sighting.detection.kind == "smoke":
            ahead_m = float((located.point_m - self.point_m) @ upwind)
            if ahead_m > _PIECE_M:
                weight += trust * self.weight
            elif ahead_m < -_PIECE_M:
                weight *= _DOWNWIND_SHARE
        total = self.weight + weight
        self.point_m = (self.weight * self.point_m + weight * located.point_m) / total
        self.weight = min(total, 1e6)
        if trust >= _TRUSTED:
            self.error_m = min(self.error_m, located.error_m)
        self.size_m = max(0.9 * self.size_m, size_m(sighting))


def size_m(sighting: Sighting) -> float:
    """Return about how large on the ground a sighting is."""
    if sighting.located is None:
        return 0.0
    metres_per_px = sighting.located.jitter_m / max(pixel_error_px(sighting.detection), 1e-6)
    return metres_per_px * sighting.detection.box_px.longer_side_px / math.sqrt(2.0)
