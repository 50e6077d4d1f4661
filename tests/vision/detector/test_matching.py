"""A true box makes one detection right; what lies on an ignored place is not asked about."""

import numpy as np

from missions import Box, Detection
from vision.detector.classes import KINDS
from vision.detector.labels import Labels
from vision.detector.matching import match

CAR = KINDS.index("vehicle")


def said(score: float, *edges: float) -> Detection:
    return Detection(kind="vehicle", score=score, box_px=Box(*edges))


def labels(*boxes: tuple[float, ...], ignored: tuple[tuple[float, ...], ...] = ()) -> Labels:
    return Labels(
        boxes_px=np.array(boxes, np.float32).reshape(-1, 4),
        kinds=np.full(len(boxes), CAR, np.int64),
        ignored_px=np.array(ignored, np.float32).reshape(-1, 4),
        labelled=np.ones(len(KINDS), bool),
    )


def test_the_best_scored_of_two_on_one_object_is_right_and_the_other_false() -> None:
    found = match(labels((0, 0, 10, 10)), [said(0.9, 0, 0, 10, 10), said(0.5, 0, 0, 10, 9)], CAR, least_overlap=0.5)
    assert found.right.tolist() == [True, False]
    assert found.found_by.tolist() == [0.9]


def test_two_objects_side_by_side_are_both_found() -> None:
    true = labels((0, 0, 10, 10), (3, 0, 13, 10))
    found = match(true, [said(0.9, 1, 0, 11, 10), said(0.8, 1, 0, 11, 10)], CAR, least_overlap=0.5)
    assert found.right.all()
    assert (found.found_by > 0).all()


def test_a_miss_knows_how_near_anything_came() -> None:
    found = match(labels((0, 0, 10, 10), (50, 50, 60, 60)), [said(0.4, 5, 0, 15, 10)], CAR, least_overlap=0.5)
    assert found.found_by.tolist() == [0.0, 0.0]
    assert found.nearest.tolist() == [0.4, 0.0]


def test_a_detection_on_an_ignored_place_does_not_count() -> None:
    found = match(labels(ignored=((0, 0, 20, 20),)), [said(0.9, 2, 2, 18, 18)], CAR, least_overlap=0.5)
    assert found.said == ()
