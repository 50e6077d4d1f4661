"""What is worth labelling: the undecided, not twenty neighbours of it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions import Box, Detection, InputError, Track
from vision.detector.classes import KINDS
from vision.detector.coco import load_pictures
from vision.detector.mined import MinedPicture, write_mined
from vision.detector.mining import (
    APART_S,
    OF_A_SCENE,
    SCENE_M,
    SCENE_S,
    Candidate,
    entropy_bits,
    flickers,
    spread_out,
    unsure,
)
from vision.detector.sampling import picture_weights

BOX = Box(10, 10, 30, 30)


def said(kind: str, score: float) -> Detection:
    return Detection(kind=kind, score=score, box_px=BOX)


@given(st.floats(0.02, 0.98), st.floats(0.05, 0.9))
def test_a_model_is_least_sure_at_its_threshold(score: float, threshold: float) -> None:
    assert 0.0 <= entropy_bits(score, threshold) <= entropy_bits(threshold, threshold) == pytest.approx(1.0)


def test_a_picture_of_sure_things_is_sure_and_a_crowd_no_less_than_its_three_least_sure() -> None:
    assert unsure([said("vehicle", 0.95)] * 20)[0] < 0.2
    assert unsure([])[0] == 0.0
    three, words = unsure([said("vehicle", 0.3), said("smoke", 0.1), said("person", 0.28)])
    assert three == pytest.approx(1.0, abs=0.01)
    assert words == "vehicle 0.30, smoke 0.10, person 0.28"
    assert unsure([said("vehicle", 0.3)] * 20)[0] == pytest.approx(three, abs=0.01)


def tracks(number: int, pictures: Sequence[int]) -> list[Track]:
    return [
        Track(
            patrol_id="p", vehicle_id="v", stream_id="main", track_id=number, kind="vehicle", score=0.5,
            pts_s=at / 5, captured_utc_s=at / 5, box_px=BOX,
        )
        for at in pictures
    ]  # fmt: skip


def test_tracks_with_gaps_and_those_of_a_moment_flicker_and_steady_ones_do_not() -> None:
    looked = [at / 5 for at in range(40)]
    steady, gap, moment = tracks(1, range(40)), tracks(2, [*range(10, 20), *range(22, 35)]), tracks(3, [30, 31])
    assert flickers(steady, looked) == {}
    assert flickers(steady + gap + moment, looked) == {4.0: 1, 6.2: 1}
    assert flickers(tracks(4, [0, 1]) + tracks(5, [38, 39]), looked) == {}  # cut by the ends of the record


@st.composite
def candidates(draw: st.DrawFn) -> list[Candidate]:
    placed = draw(st.booleans())
    metres = st.floats(-60, 60)
    return [
        Candidate(
            pts_s=draw(st.floats(0, 90)),
            place_m=(draw(metres), draw(metres)) if placed else None,
            value=draw(st.floats(0, 1)),
            why="",
        )
        for _ in range(draw(st.integers(0, 40)))
    ]


@given(candidates(), st.integers(1, 12))
def test_picked_pictures_are_apart_in_time_and_few_of_one_scene(found: list[Candidate], count: int) -> None:
    picked = spread_out(found, count)
    assert len(picked) <= count
    for one in picked:
        others = [other for other in picked if other is not one]
        assert all(abs(one.pts_s - other.pts_s) >= APART_S for other in others)
    for at, one in enumerate(picked):
        before = [
            other
            for other in picked[:at]
            if (np.hypot(*np.subtract(one.place_m, other.place_m)) < SCENE_M if one.place_m else
                abs(one.pts_s - other.pts_s) < SCENE_S)
        ]  # fmt: skip
        assert len(before) < OF_A_SCENE


def test_what_was_picked_before_counts_as_a_neighbour() -> None:
    taken = Candidate(pts_s=10.0, place_m=None, value=0.1, why="")
    near, far = (Candidate(pts_s=at, place_m=None, value=1.0, why="") for at in (11.0, 40.0))
    assert spread_out([near, far], 5, taken=[taken]) == [far]


def mined(name: str, **changes: object) -> MinedPicture:
    image = np.full((48, 64, 3), 90, np.uint8)
    usual: dict[str, object] = {"labelled_classes": (), "proposals": [said("vehicle", 0.4)], **changes}
    return MinedPicture(name=name, image=image, **usual)  # type: ignore[arg-type]  # fields of several types


def test_a_mined_folder_is_coco_whose_proposals_teach_nothing_yet(tmp_path: Path) -> None:
    folder = tmp_path / "mined"
    assert list(write_mined([mined("a", labelled_classes=("smoke",)), mined("b")], folder)) == [1, 2]
    negative, open_one = load_pictures(folder)
    assert [KINDS[index] for index in np.flatnonzero(negative.labels.labelled)] == ["smoke"]
    assert not open_one.labels.labelled.any()
    assert len(negative.labels.boxes_px) == len(open_one.labels.boxes_px) == 0
    assert picture_weights((negative, open_one)).tolist() == [1.0, 0.0]


def test_a_folder_in_use_is_refused_and_one_that_fails_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").touch()
    with pytest.raises(InputError, match="not empty"):
        list(write_mined([mined("a")], tmp_path / "full"))

    def broken() -> Sequence[MinedPicture]:
        raise InputError("cannot be decoded", file="x.mp4")

    with pytest.raises(InputError, match="decoded"):
        list(write_mined((broken() for _ in range(1)), tmp_path / "new"))  # type: ignore[misc]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["full"]
