"""What one place was like in its pictures, and that in numbers."""

import math
from collections import deque
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from missions.detection import Box

Floats = NDArray[np.float32]

NAMES: Final = (
    "look",  # median odds of the last four second looks, nats
    "look_mean",  # of all of them
    "look_spread",  # their deviation
    "looks",  # how many there were, log
    "detected_mean",  # log-odds of the detector's score, over the last seconds
    "detected_most",  # the highest ever
    "detected_late",  # the highest in about the last second
    "detected_share",  # of the last seconds' pictures, with any score that counts
    "flames_most",  # log-odds of the detector's score for fire there, the highest ever
    "flames_mean",  # over the last seconds
    "stirs_mean",  # log-odds of how it stirs, over the last seconds
    "stirs_most",  # the highest ever
    "stirs_share",  # of the last seconds' pictures in which it rather stirs
    "both_share",  # and of those in which the detector sees it as well
    "began",  # largest side of the first three boxes, share of the picture's width, log
    "growth",  # of the last three boxes against the first three, log
    "edges",  # how much the box's edges move over the ground, in its own sizes
    "drift",  # of its middle over the ground, in its own sizes
    "age",  # seconds, log
)
_RECENT_S: Final = 4.0
_LATE_S: Final = 1.2
_LOOKS: Final = 4
_ENDS: Final = 3
"""Pictures that say how large and where it was first and last."""
_LEAST_SCORE: Final = 3e-3
_NO_STIR: Final = -1.5
"""Log-odds, nats, of what does not stir."""
_COUNTS, _SEEN, _STIRS = 0.02, 0.1, 0.5
"""Scores from which the detector counts as having said anything, as seeing it, and it as stirring."""
_LEAST_SIDE_PX: Final = 2.0
_UNKNOWN_LOOK, _UNKNOWN_SPREAD = -1.0, 1.0


class _Picture(NamedTuple):
    t_s: float
    detected: float
    """Score."""
    stirs: float
    """Score; 0 where it does not."""
    flames: float
    """Score of fire."""
    size: float
    """Longer side, share of the picture's width."""


@dataclass(slots=True, eq=False)
class History:
    """One place's pictures with a detection; what is older than a few seconds is kept in sums only."""

    recent: deque[_Picture] = field(default_factory=deque)
    boxes: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 4)))
    """(N, 4) of the same pictures, in the newest one's pixels: carried along with the background."""
    began_s: float | None = None
    first: list[float] = field(default_factory=list)
    """Sizes of the first pictures."""
    detected_most: float = 0.0
    stirs_most: float = 0.0
    flames_most: float = 0.0
    last_looks: deque[float] = field(default_factory=lambda: deque(maxlen=_LOOKS))
    looks: int = 0
    look_mean: float = 0.0
    look_squares: float = 0.0
    """Sum of squared deviations from the mean."""

    @property
    def box(self) -> Box:
        """The newest box."""
        return Box(*(float(side) for side in self.boxes[-1]))

    def carry(self, motion: NDArray[np.float32]) -> None:
        """Move the boxes with the background: (2, 3) since the picture before."""
        corners = self.boxes.reshape(-1, 2, 2) @ motion[:, :2].T + motion[:, 2]
        self.boxes = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)

    def look(self, odds: float) -> None:
        """Take in a second look, nats."""
        self.last_looks.append(odds)
        self.looks += 1
        off = odds - self.look_mean
        self.look_mean += off / self.looks
        self.look_squares += off * (odds - self.look_mean)

    def add(self, t_s: float, *, box: Box, width_px: int, detected: float, flames: float, stirs: float) -> None:
        """Take in a picture: the likeliest box and best scores, the detector's (of anything, of fire) and what stirs's.

        A score is 0 where there is none.
        """
        size = max(box.longer_side_px, _LEAST_SIDE_PX) / width_px
        self.began_s = t_s if self.began_s is None else self.began_s
        if len(self.first) < _ENDS:
            self.first.append(size)
        self.recent.append(_Picture(t_s, detected, stirs, flames, size))
        while self.recent[0].t_s < t_s - _RECENT_S and len(self.recent) > _ENDS:
            self.recent.popleft()
        self.boxes = np.vstack([self.boxes, box])[-len(self.recent) :]
        self.detected_most = max(self.detected_most, detected)
        self.stirs_most = max(self.stirs_most, stirs)
        self.flames_most = max(self.flames_most, flames)

    def numbers(self) -> Floats:
        """Return the (19,) numbers, in the order of `NAMES`."""
        now_s, recent = self.recent[-1].t_s, self.recent
        edges, drift = self._movement()
        told = (
            median(self.last_looks) if self.last_looks else _UNKNOWN_LOOK,
            self.look_mean if self.looks else _UNKNOWN_LOOK,
            math.sqrt(self.look_squares / self.looks) if self.looks > 1 else _UNKNOWN_SPREAD,
            math.log1p(self.looks),
            fmean(_log_odds(one.detected) for one in recent),
            _log_odds(self.detected_most),
            max(_log_odds(one.detected) for one in recent if one.t_s >= now_s - _LATE_S),
            fmean(one.detected > _COUNTS for one in recent),
            _log_odds(self.flames_most),
            fmean(_log_odds(one.flames) for one in recent),
            fmean(_stirring(one.stirs) for one in recent),
            _stirring(self.stirs_most),
            fmean(one.stirs > _STIRS for one in recent),
            fmean(one.stirs > _STIRS and one.detected > _SEEN for one in recent),
            math.log(max(self.first)),
            math.log(median(one.size for one in list(recent)[-_ENDS:]) / median(self.first)),
            edges,
            drift,
            math.log(now_s - (self.began_s or 0.0) + 0.3),
        )
        return np.array(told, np.float32)

    def _movement(self) -> tuple[float, float]:
        boxes = self.boxes
        sides = np.maximum(boxes[:, 2:] - boxes[:, :2], _LEAST_SIDE_PX).max(axis=1)
        size = float(np.median(sides)) + 1.0
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2.0
        edges = float(np.median(np.abs(boxes - np.median(boxes, axis=0)), axis=0).mean())
        drift = np.median(middles[-_ENDS:], axis=0) - np.median(middles[:_ENDS], axis=0)
        return edges / size, float(np.hypot(*drift)) / size


def _log_odds(score: float) -> float:
    kept = min(max(score, _LEAST_SCORE), 1.0 - _LEAST_SCORE)
    return math.log(kept / (1.0 - kept))


def _stirring(score: float) -> float:
    return _log_odds(score) if score > 0.0 else _NO_STIR
