"""Whether scores mean what they say: of the boxes scored 0.3, are about three in ten right?"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from vision.detector.calibration import examples
from vision.detector.judged import Judged

LEAST_SCORE: Final = 0.05
"""Weaker boxes are not asked: thousands of them, all near 0 and nearly all false, would hide every error."""
_EDGES: Final = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreBin:
    """The boxes of a span of scores."""

    least: float
    most: float
    boxes: int
    mean_score: float
    right: float
    """Share that is right, with an IoU of 0.35 or more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """How far scores are from shares of right boxes, for one kind."""

    boxes: int
    expected_error: float
    """Expected calibration error (Naeini et al. 2015): the bins' distances, each weighted by its boxes."""
    bins: tuple[ScoreBin, ...]


def reliability(judged: Sequence[Judged], kind: int) -> Reliability | None:
    """Return the reliability of a kind's (index in KINDS) scores of `LEAST_SCORE` and more; None without any."""
    scores, right = examples(judged, kind)
    bins = []
    for least, most in pairwise(_EDGES):
        inside = (scores >= least) & ((scores < most) | (most == _EDGES[-1]))
        if inside.any():
            bins.append(
                ScoreBin(
                    least=least,
                    most=most,
                    boxes=int(inside.sum()),
                    mean_score=round(float(scores[inside].mean()), 4),
                    right=round(float(right[inside].mean()), 4),
                )
            )
    total = sum(each.boxes for each in bins)
    if not total:
        return None
    apart = sum(each.boxes * abs(each.mean_score - each.right) for each in bins)
    return Reliability(boxes=total, expected_error=round(apart / total, 4), bins=tuple(bins))
