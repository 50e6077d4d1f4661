"""The worst misses and the worst false alarms of an evaluation, cut from their pictures with the boxes drawn in."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from missions.detection import Box
from vision.annotate import COLOURS
from vision.detector.classes import KINDS
from vision.detector.coco import Picture, read_picture
from vision.detector.judged import Judged
from vision.detector.matching import match

_OVERLAP: Final = 0.5
_OF_A_PICTURE: Final = 2
"""Cases from one picture at most: a picture that fails all over is shown, not repeated."""
_SHOWN_SCORE: Final = 0.1
"""Boxes of the detector that are drawn beside a miss."""
_CUT_PX: Final = (320, 240)
_AROUND: Final = 3.0
"""Sides of the object that a cut shows."""
_LEAST_CUT_PX: Final = 96.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """One miss or one false alarm."""

    kind: str
    picture: Picture
    box_px: Box
    """Of the object that was missed, or of the false detection."""
    score: float
    """Of the false detection; of a miss, the best of any detection that touches it, 0 where none does."""


def worst_misses(judged: Sequence[Judged], kind: int, count: int) -> list[Case]:
    """Return the objects that the detector came least near to, the larger first: what is large and unseen is worst."""
    cases = []
    for one in judged:
        if not one.picture.labels.labelled[kind]:
            continue
        matched = match(one.picture.labels, one.detections, kind, least_overlap=_OVERLAP)
        for corners, found, nearest in zip(matched.true_px, matched.found_by, matched.nearest, strict=True):
            if found < _SHOWN_SCORE:
                box = Box(*(float(edge) for edge in corners))
                cases.append(Case(kind=KINDS[kind], picture=one.picture, box_px=box, score=float(nearest)))
    cases.sort(key=lambda case: (round(case.score, 1), -_area(case.box_px)))
    return _spread(cases, count)


def worst_false_alarms(judged: Sequence[Judged], kind: int, count: int) -> list[Case]:
    """Return the false detections the detector is surest of."""
    cases = []
    for one in judged:
        if not one.picture.labels.labelled[kind]:
            continue
        matched = match(one.picture.labels, one.detections, kind, least_overlap=_OVERLAP)
        for found, right in zip(matched.said, matched.right, strict=True):
            if not right and found.score >= _SHOWN_SCORE:
                cases.append(Case(kind=KINDS[kind], picture=one.picture, box_px=found.box_px, score=found.score))
    cases.sort(key=lambda case: -case.score)
    return _spread(cases, count)


def _area(box: Box) -> float:
    return (box.x2 - box.x1) * (box.y2 - box.y1)


def _spread(cases: list[Case], count: int) -> list[Case]:
    taken: Counter[object] = Counter()
    kept: list[Case] = []
    for case in cases:
        if taken[case.picture.path] < _OF_A_PICTURE and len(kept) < count:
            taken[case.picture.path] += 1
            kept.append(case)
    return kept


def cut_jpeg(case: Case, judged: Judged) -> bytes:
    """Return a JPEG of 320x240 px around the case: true boxes of its kind in white, detections in the kind's colour.

    The box of the case itself is drawn thick.
    """
    image = read_picture(case.picture)
    left, top, scale = _window(case.box_px, image.shape[1], image.shape[0])
    moving = np.array([[scale, 0.0, -left * scale], [0.0, scale, -top * scale]])
    way = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_CUBIC
    shown: NDArray[np.uint8] = np.asarray(cv2.warpAffine(image, moving, _CUT_PX, flags=way), np.uint8)
    kind = KINDS.index(case.kind)
    labels = case.picture.labels
    for corners in labels.boxes_px[labels.kinds == kind]:
        _draw(shown, corners, moving, (255, 255, 255), case)
    for found in judged.detections:
        if found.kind == case.kind and found.score >= _SHOWN_SCORE:
            _draw(shown, np.array(found.box_px), moving, COLOURS[case.kind], case)
    return bytes(cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, 78])[1])


def _window(box: Box, width_px: int, height_px: int) -> tuple[float, float, float]:
    """Return left and top of the cut in the picture, and its scale."""
    wide = max(_LEAST_CUT_PX, _AROUND * (box.x2 - box.x1), _AROUND * (box.y2 - box.y1) * _CUT_PX[0] / _CUT_PX[1])
    wide = min(wide, width_px, height_px * _CUT_PX[0] / _CUT_PX[1])
    high = wide * _CUT_PX[1] / _CUT_PX[0]
    left = min(max(box.centre[0] - wide / 2, 0.0), width_px - wide)
    top = min(max(box.centre[1] - high / 2, 0.0), height_px - high)
    return left, top, _CUT_PX[0] / wide


def _draw(
    shown: NDArray[np.uint8],
    corners: NDArray[np.float32],
    moving: NDArray[np.float64],
    colour: tuple[int, int, int],
    case: Case,
) -> None:
    x1, y1, x2, y2 = (round(float(edge)) for edge in _moved(corners, moving))
    thick = 3 if np.allclose(corners, case.box_px, atol=0.01) else 1
    cv2.rectangle(shown, (x1, y1), (x2, y2), (0, 0, 0), thick + 1, cv2.LINE_AA)
    cv2.rectangle(shown, (x1, y1), (x2, y2), colour, thick, cv2.LINE_AA)


def _moved(corners: NDArray[np.float32], moving: NDArray[np.float64]) -> NDArray[np.float64]:
    points = np.asarray(corners, np.float64).reshape(2, 2) @ moving[:, :2].T + moving[:, 2]
    return points.reshape(4)
