"""Finer classes (car, van, truck, bus...): how many there are and how many are found; nothing is averaged."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from vision.detector.classes import KIND_OF_CATEGORY, KINDS
from vision.detector.judged import Judged
from vision.detector.matching import match

LEAST_SCORE: Final = 0.25
"""Of a detection that finds: what `load_detector` shows when nothing else is asked."""
LEAST_OVERLAP: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class FinerScore:
    """Boxes of a finer class; a detection of its merged kind finds one."""

    kind: str
    boxes: int
    found: int
    """By a detection of score 0.25 or more with an IoU of 0.5 or more."""
    recall: float


def finer_scores(judged: Sequence[Judged]) -> dict[str, dict[str, FinerScore]]:
    """Return the scores of the classes as the files name them, by class and modality, commonest classes first."""
    boxes: Counter[tuple[str, str]] = Counter()
    found: Counter[tuple[str, str]] = Counter()
    for one in judged:
        labels = one.picture.labels
        if not one.picture.categories:
            continue
        for index in np.flatnonzero(labels.labelled).tolist():
            matched = match(labels, one.detections, index, least_overlap=LEAST_OVERLAP)
            names = [
                name for name, kind in zip(one.picture.categories, labels.kinds, strict=True) if int(kind) == index
            ]
            for name, score in zip(names, matched.found_by, strict=True):
                boxes[name, one.picture.modality] += 1
                found[name, one.picture.modality] += bool(score >= LEAST_SCORE)
    scores: dict[str, dict[str, FinerScore]] = {}
    for (name, modality), count in boxes.most_common():
        hits = found[name, modality]
        scores.setdefault(name, {})[modality] = FinerScore(
            kind=KINDS[KIND_OF_CATEGORY[name]], boxes=count, found=hits, recall=round(hits / count, 4)
        )
    return scores
