"""The evaluator counts right: perfect is 1, blind is 0, and what was not labelled is not asked."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from missions import Box, Detection, InputError
from vision.detector.classes import KINDS
from vision.detector.coco import Picture, load_pictures
from vision.detector.evaluation import evaluate
from vision.detector.judged import Judged, hazed
from vision.detector.report import report_html


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
    assert result.per_class["person"].ap50_by_size == {
        "under_16_px": -1.0,
        "16_to_32_px": 1.0,
        "32_to_96_px": -1.0,
        "over_96_px": -1.0,
    }


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
    smoke = evaluate(judge((replace(pictures[0], labels=clear, categories=()), *pictures[1:]), said)).per_class["smoke"]
    assert smoke.negatives == 1
    assert smoke.false_per_hundred == {"0.3": 100.0, "0.5": 0.0}


def test_finer_classes_are_counted_by_modality_and_never_averaged_in(pictures: tuple[Picture, ...]) -> None:
    thermal = replace(pictures[0], modality="thermal", categories=("pedestrian", "motorcycle", "van", "smoke", "fire"))
    result = evaluate(judge((thermal, *pictures[1:]), [[], *(truth_of(p) for p in pictures[1:])]))
    assert (result.finer["car"]["rgb"].boxes, result.finer["car"]["rgb"].recall) == (3, 1.0)
    assert (result.finer["van"]["thermal"].boxes, result.finer["van"]["thermal"].found) == (1, 0)
    assert set(result.per_class) == set(KINDS)


def test_scores_by_size_name_the_kinds_that_have_such_boxes(pictures: tuple[Picture, ...]) -> None:
    result = evaluate(judge(pictures, [truth_of(p) for p in pictures]))
    assert result.per_size["under_16_px"].boxes == 0
    assert result.per_size["under_16_px"].ap50 is None
    assert set(result.per_size["over_96_px"].per_class) == {"smoke"}
    assert sum(size.boxes for size in result.per_size.values()) == 20


def test_calibration_says_how_far_scores_are_from_shares_of_right_boxes(pictures: tuple[Picture, ...]) -> None:
    found = evaluate(judge(pictures, [truth_of(p) for p in pictures])).calibration["vehicle"]
    assert found.expected_error == pytest.approx(0.1)
    assert [(each.least, each.boxes, each.right) for each in found.bins] == [(0.9, 4, 1.0)]


def test_pictures_without_boxes_have_no_mean_but_their_false_alarms(pictures: tuple[Picture, ...]) -> None:
    none = replace(pictures[0].labels, boxes_px=np.zeros((0, 4), np.float32), kinds=np.zeros(0, np.int64))
    bare = replace(pictures[0], labels=none, categories=())
    result = evaluate(judge([bare], [[Detection(kind="fire", score=0.6, box_px=Box(1, 1, 9, 9))]]))
    assert result.ap50 is None
    assert result.per_class["fire"].false_per_hundred == {"0.3": 100.0, "0.5": 100.0}


def test_pictures_without_any_labelled_class_are_wrong_input(pictures: tuple[Picture, ...]) -> None:
    unknown = replace(pictures[0].labels, labelled=np.zeros(len(KINDS), bool))
    with pytest.raises(InputError, match="no picture has a labelled class"):
        evaluate(judge([replace(pictures[0], labels=unknown)], [[]]))


def test_haze_is_the_same_every_time_and_hides_contrast() -> None:
    image = np.random.default_rng(1).integers(0, 255, (48, 64, 3)).astype(np.uint8)
    np.testing.assert_array_equal(hazed(image, 3), hazed(image, 3))
    assert hazed(image, 3).std() < 0.95 * image.std()
    assert not np.array_equal(hazed(image, 3), hazed(image, 4))


def test_the_report_shows_what_was_missed_and_what_was_not_there(pictures: tuple[Picture, ...]) -> None:
    false = Detection(kind="fire", score=0.8, box_px=Box(300, 5, 380, 60))
    judged = judge(pictures, [[false], *(truth_of(p) for p in pictures[1:])])
    page = report_html("<drawn>", "weights x", evaluate(judged), judged)
    assert page.count("data:image/jpeg;base64,") == 6  # five kinds missed in one picture, one false fire
    assert "&lt;drawn&gt;" in page
    assert "<drawn>" not in page
    assert not re.search(r"https?://|<script|<link", page)
