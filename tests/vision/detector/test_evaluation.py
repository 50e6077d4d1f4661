"""The evaluator counts right: perfect is 1, blind is 0, and what was not labelled is not asked."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from missions import Box, Detection
from vision.detector.classes import KINDS
from vision.detector.coco import Picture, load_pictures
from vision.detector.evaluation import Judged, evaluate


@pytest.fixture
def pictures(drawn_folder: Path) -> tuple[Picture, ...]:
    return load_pictures(drawn_folder)


def truth_of(picture: Picture) -> list[Detection]:
    labels = picture.labels
    return [
        Detection(kind=KINDS[kind], score=0.9, box_px=Box(*(float(v) for v in box)))
        for box, kind in zip(labels.boxes_px, labels.kinds, strict=True)
    ]


def judge(pictures: Sequence[Picture], said: Sequence[Sequence[Detection]]) -> list[Judged]:
    return [Judged(picture=p, detections=d) for p, d in zip(pictures, said, strict=True)]


def test_saying_the_truth_scores_one(pictures: tuple[Picture, ...]) -> None:
    result = evaluate(judge(pictures, [truth_of(p) for p in pictures]))
    assert result.ap == result.ap50 == 1.0
    assert {kind: score.boxes for kind, score in result.per_class.items()} == dict.fromkeys(KINDS, 4)
    assert result.per_class["person"].ap50_by_size == {"under_32_px": 1.0, "32_to_96_px": -1.0, "over_96_px": -1.0}


def test_saying_nothing_scores_zero(pictures: tuple[Picture, ...]) -> None:
    assert evaluate(judge(pictures, [[] for _ in pictures])).ap50 == 0.0


def test_half_of_the_boxes_found_is_half_the_precision(pictures: tuple[Picture, ...]) -> None:
    result = evaluate(judge(pictures, [truth_of(p) if i < 2 else [] for i, p in enumerate(pictures)]))
    assert result.ap50 == pytest.approx(0.5, abs=0.01)


def test_a_false_box_counts_only_where_its_kind_was_labelled(pictures: tuple[Picture, ...]) -> None:
    false = Detection(kind="smoke", score=0.95, box_px=Box(300, 5, 380, 60))
    blind = replace(pictures[0].labels, labelled=np.array([True, True, True, False, True]))
    unlabelled = (replace(pictures[0], labels=blind), *pictures[1:])
    said = [[*truth_of(pictures[0]), false], *(truth_of(p) for p in pictures[1:])]
    assert evaluate(judge(unlabelled, said)).per_class["smoke"].ap50 == 1.0
    assert evaluate(judge(pictures, said)).per_class["smoke"].ap50 < 0.9


def test_a_box_on_an_ignored_place_is_neither_found_nor_false(pictures: tuple[Picture, ...]) -> None:
    false = Detection(kind="vehicle", score=0.95, box_px=Box(300, 5, 380, 60))
    ignoring = replace(pictures[0].labels, ignored_px=np.array([[290, 0, 390, 70]], np.float32))
    said = [[*truth_of(pictures[0]), false], *(truth_of(p) for p in pictures[1:])]
    assert evaluate(judge((replace(pictures[0], labels=ignoring), *pictures[1:]), said)).ap50 == 1.0


def test_false_alarms_are_counted_on_pictures_without_the_kind(pictures: tuple[Picture, ...]) -> None:
    keep = pictures[0].labels.kinds != KINDS.index("smoke")
    clear = replace(
        pictures[0].labels, boxes_px=pictures[0].labels.boxes_px[keep], kinds=pictures[0].labels.kinds[keep]
    )
    false = Detection(kind="smoke", score=0.4, box_px=Box(300, 5, 380, 60))
    said = [[false], *(truth_of(p) for p in pictures[1:])]
    smoke = evaluate(judge((replace(pictures[0], labels=clear), *pictures[1:]), said)).per_class["smoke"]
    assert smoke.negatives == 1
    assert smoke.false_per_hundred == {"0.3": 100.0, "0.5": 0.0}
