"""Boxes survive being drawn on the grids and read from them again."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.detector.assignment import Targets, assign
from vision.detector.classes import KINDS
from vision.detector.decode import decode
from vision.detector.labels import Labels
from vision.detector.levels import LEVELS

WIDTH_PX, HEIGHT_PX = 640, 384


def labels_of(boxes: list[tuple[float, float, float, float]], kinds: list[int]) -> Labels:
    return Labels(
        boxes_px=np.array(boxes, np.float32).reshape(-1, 4),
        kinds=np.array(kinds, np.int64),
        ignored_px=np.zeros((0, 4), np.float32),
        labelled=np.ones(len(KINDS), bool),
    )


def as_if_said(targets: tuple[Targets, ...]) -> tuple[np.ndarray, ...]:
    """The output of a network that has learned its targets by heart."""
    grids = []
    for target, level in zip(targets, LEVELS, strict=True):
        logs = np.log(np.maximum(target.distances_px, 1e-3) / level.unit_px)
        grids.append(np.concatenate([target.heat, logs]).astype(np.float32))
    return tuple(grids)


@st.composite
def one_box_per_cell_of_a_3x2_grid(draw: st.DrawFn) -> tuple[list[tuple[float, float, float, float]], list[int]]:
    boxes, kinds = [], []
    for column in range(3):
        for row in range(2):
            if not draw(st.booleans()):
                continue
            width = draw(st.floats(6, 200))
            height = min(185.0, max(6.0, width * draw(st.floats(0.4, 2.5))))
            x, y = (
                column * 213 + draw(st.floats(0, 1)) * (210 - width),
                row * 192 + draw(st.floats(0, 1)) * (190 - height),
            )
            boxes.append((x, y, x + width, y + height))
            kinds.append(draw(st.integers(0, len(KINDS) - 1)))
    return boxes, kinds


@settings(max_examples=60, deadline=None)
@given(one_box_per_cell_of_a_3x2_grid())
def test_decoding_what_was_assigned_gives_the_boxes_back(case: tuple[list[tuple[float, ...]], list[int]]) -> None:
    boxes, kinds = case
    # 0.49 is what the cell of a small middle holds at least, in one of its corners
    found = decode(as_if_said(assign(labels_of(boxes, kinds), width_px=WIDTH_PX, height_px=HEIGHT_PX)), conf=0.49)
    expected = sorted(((kind, *box) for box, kind in zip(boxes, kinds, strict=True)), key=_cell)
    got = sorted(((kind, *box) for box, kind in zip(found.boxes_px, found.kinds, strict=True)), key=_cell)
    assert len(got) == len(expected)
    for (kind, *box), (true_kind, *true_box) in zip(got, expected, strict=True):
        assert kind == true_kind
        np.testing.assert_allclose(box, true_box, atol=0.2)


def _cell(found: tuple[float, ...]) -> tuple[int, int]:
    """In which row and column of the grid a box lies: what its edges' rounding cannot change."""
    _, left, top, right, bottom = found
    return int((top + bottom) / 2 // 192), int((left + right) / 2 // 213)


def test_nothing_on_the_grids_is_nothing_found() -> None:
    found = decode(as_if_said(assign(labels_of([], []), width_px=64, height_px=64)), conf=0.01)
    assert found.boxes_px.shape == (0, 4)
    assert len(found.scores) == len(found.kinds) == 0


def test_two_boxes_of_one_object_become_the_better_one_and_other_kinds_stay() -> None:
    grids = as_if_said(assign(labels_of([(100, 100, 140, 140)], [2]), width_px=WIDTH_PX, height_px=HEIGHT_PX))
    fine = grids[0]
    fine[2, 30, 31], fine[2, 30, 29] = 0.9, 0.3  # a second peak two cells beside the first
    fine[2, 30, 30] = 0.2
    fine[3, 30, 31] = 0.8  # and another kind at the same place
    fine[5:, 30, 29:32] = np.log(20 / LEVELS[0].unit_px)
    found = decode(grids, conf=0.25)
    assert found.kinds.tolist() == [2, 3]
    np.testing.assert_allclose(found.scores, [0.9, 0.8])
