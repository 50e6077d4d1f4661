"""Which boxes of a detector are right: each true box makes one right, the best scored that covers it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from missions.detection import Box, Detection
from vision.detector.classes import KINDS
from vision.detector.labels import Labels

_IGNORED_SHARE = 0.1
"""A box of which more than this (IoU) lies on an ignored place is neither right nor false."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matches:
    """What became of the detections and the true boxes of one kind in one picture."""

    said: tuple[Detection, ...]
    """The detections that count, best first: those on ignored places do not."""
    right: NDArray[np.bool_]
    """(len(said),) whether each is right."""
    true_px: NDArray[np.float32]
    """(M, 4) x1, y1, x2, y2."""
    found_by: NDArray[np.float64]
    """(M,) score of the detection that found each true box; 0 where none did."""
    nearest: NDArray[np.float64]
    """(M,) best score of any detection of the kind that touches it with IoU 0.1 or more; 0 where none does."""


def match(labels: Labels, detections: Sequence[Detection], kind: int, *, least_overlap: float) -> Matches:
    """Return which detections of a kind (index in KINDS) are right: an IoU of `least_overlap` with a box not yet taken.

    Detections must come best first.
    """
    true = labels.boxes_px[labels.kinds == kind]
    said: list[Detection] = []
    right: list[bool] = []
    found_by, nearest = np.zeros(len(true)), np.zeros(len(true))
    for found in detections:
        if found.kind != KINDS[kind]:
            continue
        covered = overlaps(found.box_px, true)
        best = _best_free(covered, found_by, least_overlap)
        if best is None and overlaps(found.box_px, labels.ignored_px).max(initial=0.0) > _IGNORED_SHARE:
            continue
        touched = covered >= _TOUCHES
        nearest[touched] = np.maximum(nearest[touched], found.score)
        if best is not None:
            found_by[best] = found.score
        said.append(found)
        right.append(best is not None)
    return Matches(said=tuple(said), right=np.array(right, bool), true_px=true, found_by=found_by, nearest=nearest)


_TOUCHES = 0.1


def _best_free(covered: NDArray[np.float32], found_by: NDArray[np.float64], least_overlap: float) -> int | None:
    free = np.where(found_by > 0.0, -1.0, covered)
    best = int(free.argmax()) if len(free) else -1
    return best if best >= 0 and free[best] >= least_overlap else None


def overlaps(box: Box, others_px: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the (N,) IoU of a box with each of (N, 4)."""
    one = np.array(box, np.float32)
    sides = np.minimum(one[2:], others_px[:, 2:]) - np.maximum(one[:2], others_px[:, :2])
    both = np.clip(sides, 0.0, None).prod(axis=1)
    union = (one[2:] - one[:2]).prod() + (others_px[:, 2:] - others_px[:, :2]).prod(axis=1) - both
    result: NDArray[np.float32] = both / np.maximum(union, 1e-6)
    return result
