"""Which cells learn what."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.detector.assignment import LEAST_SIGMA_CELLS, assign
from vision.detector.classes import KINDS
from vision.detector.labels import Labels

NONE = np.zeros((0, 4), np.float32)


def labels(boxes: list[list[float]], kinds: list[int], *, ignored: list[list[float]] | None = None) -> Labels:
    labelled = np.array([True, True, True, False, True])
    return Labels(
        boxes_px=np.array(boxes, np.float32).reshape(-1, 4),
        kinds=np.array(kinds, np.int64),
        ignored_px=np.array(ignored, np.float32) if ignored else NONE,
        labelled=labelled,
    )


def test_a_small_object_belongs_to_the_fine_grid_and_a_large_one_to_the_coarse() -> None:
    fine, coarse = assign(labels([[100, 100, 112, 112], [210, 100, 510, 300]], [0, 4]), width_px=640, height_px=384)
    assert fine.heat[0].max() == 1.0  # both have their middles in the middle of a cell
    assert fine.heat[4].max() == 0.0
    assert coarse.heat[0].max() == 0.0
    assert coarse.heat[4, 200 // 16, 360 // 16] == 1.0


def test_a_kind_that_was_not_labelled_counts_nowhere_except_at_its_own_boxes() -> None:
    fine, _ = assign(labels([[100, 100, 120, 120]], [3]), width_px=640, height_px=384)
    assert fine.counted[3].sum() == 1.0
    assert fine.counted[3, 27, 27] == 1.0
    assert fine.counted[0].min() == 1.0


def test_an_ignored_place_counts_for_no_kind() -> None:
    fine, _ = assign(labels([], [], ignored=[[40, 40, 80, 60]]), width_px=640, height_px=384)
    assert fine.counted[:, 10:15, 10:20].max() == 0.0
    assert fine.counted[0].sum() == 96 * 160 - 5 * 10


def test_distances_reach_from_the_cells_middle_to_the_boxs_edges() -> None:
    fine, _ = assign(labels([[100, 100, 140, 120]], [2]), width_px=640, height_px=384)
    np.testing.assert_allclose(fine.distances_px[:, 27, 30], [22, 10, 18, 10])


def test_the_smaller_of_two_objects_owns_a_shared_cell_without_erasing_the_larger() -> None:
    fine, _ = assign(labels([[82, 82, 162, 162], [116, 116, 126, 126]], [2, 0]), width_px=640, height_px=384)
    assert fine.distances_px[:, 30, 30].sum() == 20.0
    assert (fine.weight > 0).sum() > 30
    assert fine.heat[2, 30, 30] == 1.0


def test_an_object_between_two_cells_is_as_much_in_one_as_in_the_other() -> None:
    fine, _ = assign(labels([[95, 98, 105, 106]], [0]), width_px=640, height_px=384)
    np.testing.assert_allclose(fine.heat[0, 25, [24, 25]], fine.heat[0, 25, 25])
    assert fine.heat[0, 25, 25] > 2 * fine.heat[0, 25, 26]


@given(st.floats(20, 600), st.floats(20, 360), st.floats(5, 14), st.floats(5, 14))
def test_a_small_object_gives_the_same_heat_wherever_its_middle_is_in_a_cell(
    x: float, y: float, width: float, height: float
) -> None:
    box = [x - width / 2, y - height / 2, x + width / 2, y + height / 2]
    fine, _ = assign(labels([box], [0]), width_px=640, height_px=384)
    assert fine.heat[0].sum() == pytest.approx(2 * math.pi * LEAST_SIGMA_CELLS**2, rel=0.12)
    own = fine.heat[0, int((box[1] + box[3]) / 8), int((box[0] + box[2]) / 8)]
    assert own == pytest.approx(fine.heat[0].max(), abs=0.01)
    assert own > 0.49


def test_every_kind_has_a_map() -> None:
    for target in assign(labels([], []), width_px=64, height_px=64):
        assert len(target.heat) == len(KINDS)
        assert target.weight.sum() == 0.0


def test_a_flame_teaches_with_all_its_cells_and_counts_no_more_than_a_car() -> None:
    fine, _ = assign(labels([[100, 100, 180, 160], [300, 100, 380, 160]], [4, 2]), width_px=640, height_px=384)
    assert fine.heat[4, 27, 35] > 1.5 * fine.heat[2, 27, 85]  # as far from the middle of each
    assert (fine.heat[4] > 0.2).sum() > 3 * (fine.heat[2] > 0.2).sum()
    fire, car = ((fine.counted[kind] * fine.heat[kind]).sum() for kind in (4, 2))
    assert 0.5 * car < fire < 2 * car
    assert fine.counted[4, 32, 35] == 1.0  # the middle itself
