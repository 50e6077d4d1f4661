"""Flames on streets: cut out by their colour, laid under their box."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vision.detector.classes import KINDS
from vision.detector.coco import Picture, load_pictures, read_picture
from vision.detector.flames import FIRE, FlameCutouts, flame_alpha
from vision.detector.labels import Labels

STREET = np.full((200, 320, 3), 110, np.uint8)
CAR_PX = np.array([[100, 80, 150, 110]], np.float32)


@pytest.fixture
def burning(drawn_folder: Path) -> tuple[Picture, ...]:
    """Pictures with a red rectangle that is labelled fire."""
    return load_pictures(drawn_folder)


def street() -> Labels:
    return Labels(
        boxes_px=CAR_PX,
        kinds=np.array([KINDS.index("vehicle")]),
        ignored_px=np.zeros((0, 4), np.float32),
        labelled=np.ones(len(KINDS), bool),
    )


def test_only_what_is_red_or_glaring_is_flame() -> None:
    image = np.full((40, 40, 3), (90, 95, 100), np.float32)
    image[10:30, 10:20] = (20, 120, 240)
    image[10:30, 20:30] = (225, 245, 255)
    alpha = flame_alpha(image)
    assert alpha[20, 14] > 0.9
    assert alpha[20, 25] > 0.5
    assert alpha[3, 3] < 0.05


def test_a_flame_changes_the_street_inside_its_box_alone(burning: tuple[Picture, ...]) -> None:
    # The drawn fires are red all over; on a wider place they are flames in the middle of something else.
    wider = tuple(
        replace(p, labels=replace(p.labels, boxes_px=p.labels.boxes_px + np.float32([-9, -9, 9, 9]))) for p in burning
    )
    inside = tuple(p for p in wider if (p.labels.boxes_px[p.labels.kinds == FIRE] >= 0).all())
    cutouts = FlameCutouts(inside, lambda number: read_picture(inside[number]))
    laid = 0
    for seed in range(20):
        image, labels = cutouts.put_on(STREET, street(), np.random.default_rng(seed), scale=1.0)
        fires = labels.boxes_px[labels.kinds == FIRE]
        change = np.abs(image.astype(int) - STREET)
        elsewhere = change.copy()
        for x1, y1, x2, y2 in fires.astype(int):
            assert change[y1:y2, x1:x2].max() > 60
            elsewhere[max(0, y1 - 4) : y2 + 4, max(0, x1 - 4) : x2 + 4] = 0
        assert elsewhere.max() < 60
        assert (labels.boxes_px[0] == CAR_PX[0]).all()
        laid += len(fires)
    assert laid >= 15
    assert (STREET == 110).all()


def test_without_flames_to_cut_from_a_street_stays_as_it_is() -> None:
    image, labels = FlameCutouts((), lambda _: STREET).put_on(STREET, street(), np.random.default_rng(1), scale=1.0)
    assert image is STREET
    assert len(labels.boxes_px) == 1
