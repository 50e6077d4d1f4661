"""Smoke by the way it stirs: what the network is shown, what it is taught, and what its map says."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from missions.detection import Box
from missions.errors import InputError
from sitl.confusing_scenes import SceneSettings, scenes
from vision.clip import Clip, with_picture
from vision.kept_network import write_weights
from vision.second_look.samples import with_scene_picture
from vision.stirring.layers import APART_S, STRIDE, layers_of
from vision.stirring.look import FORM, boxes_of, load_stirring
from vision.stirring.network import StirringNet
from vision.stirring.training import lessons_of, target, taught

STILL = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], np.float32)
NOTHING = np.zeros((0, 4))


def ground(shift_px: int = 0) -> NDArray[np.uint8]:
    """Return a street's worth of texture, seen so many pixels farther left."""
    rng = np.random.default_rng(4)
    wide = np.kron(rng.integers(60, 170, (24, 60)), np.ones((8, 8)))[:, 100 - shift_px : 420 - shift_px]
    return np.repeat(wide[:184, :, None], 3, axis=2).astype(np.uint8)


def clip_of(pictures: list[NDArray[np.uint8]], motion: NDArray[np.float32] = STILL) -> Clip:
    """Return a clip of pictures a fifth of a second apart, at half their size."""
    clip = Clip()
    for number, picture in enumerate(pictures):
        clip = with_picture(clip, picture, pts_s=0.2 * number, motion=motion, sure=True, things_px=NOTHING, scale=2.0)
    return clip


def test_one_picture_has_nothing_to_be_compared_with() -> None:
    assert layers_of(Clip()) is None
    assert layers_of(clip_of([ground()])) is None
    assert layers_of(clip_of([ground()] * 4)) is not None, "0.6 s"


def test_ground_under_a_moving_camera_keeps_still_and_what_grows_lighter_does_not() -> None:
    moved = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]], np.float32)
    pictures = [ground(2 * number) for number in range(16)]
    still = layers_of(clip_of(pictures, moved))
    assert still is not None
    assert still.shape == (2 + 2 * len(APART_S), 92, 160)
    assert np.abs(still[2::2])[:, 5:-5, 40:].max() < 0.5
    for number, picture in enumerate(pictures):
        picture[80:120, 160:200] = np.minimum(picture[80:120, 160:200] + np.uint8(2 * number), 255)
    stirs = layers_of(clip_of(pictures, moved))
    assert stirs is not None
    inside = stirs[2::2, 42:58, 82:98].mean(axis=(1, 2))
    assert (inside > 0.5).all()
    assert (np.diff(inside) > 0).all(), "the longer ago, the more"


def test_what_an_earlier_picture_does_not_show_is_marked_as_untold() -> None:
    moved = np.array([[1.0, 0.0, 20.0], [0.0, 1.0, 0.0]], np.float32)
    layers = layers_of(clip_of([ground(20 * number) for number in range(5)], moved))
    assert layers is not None
    shown = layers[3]
    assert shown[:, :25].max() == 0.0
    assert shown[:, 40:].min() == 1.0
    assert np.abs(layers[2][:, :25]).max() == 0.0


@given(
    st.integers(0, 30), st.integers(0, 15), st.integers(1, 9), st.integers(1, 7), st.sampled_from([1.0, 2.0, 3.0, 6.0])
)
def test_a_patch_of_the_map_is_one_box_around_it_within_the_picture(
    left: int, top: int, wide: int, high: int, scale: float
) -> None:
    scores = np.full((23, 40), 0.05, np.float32)
    scores[top : top + high, left : left + wide] = 0.6
    scores[top, left] = 0.8
    cell = STRIDE * scale
    size = (round(40 * cell), round(23 * cell))
    (one,) = boxes_of(scores, scale, size)
    assert one.kind == "smoke"
    assert one.score == pytest.approx(0.8)
    box = one.box_px
    assert 0 <= box.x1 <= left * cell
    assert 0 <= box.y1 <= top * cell
    assert min((left + wide) * cell, size[0]) <= box.x2 <= size[0]
    assert min((top + high) * cell, size[1]) <= box.y2 <= size[1]


def test_an_empty_map_proposes_nothing() -> None:
    assert boxes_of(np.full((23, 40), 0.05, np.float32), 2.0, (320, 184)) == []


def test_the_middle_of_a_plume_is_wanted_and_its_edge_says_nothing() -> None:
    wanted, counts = target((92, 160), [Box(100, 60, 180, 120)])
    assert wanted.shape == counts.shape == (23, 40)
    assert wanted[11, 17] == counts[11, 17] == 1.0
    assert (wanted[8, 13], counts[8, 13]) == (0.0, 0.0), "inside the box, beside its middle"
    assert (wanted[2, 35], counts[2, 35]) == (0.0, 1.0)
    assert 0 < wanted.sum() < 60


def test_the_same_seed_teaches_the_same_and_the_loss_falls(tmp_path: Path) -> None:
    lessons = [
        lesson
        for theme, _, pictures in scenes(31, ("smoke", "street"), SceneSettings(seconds=3.0))
        for lesson in lessons_of(theme, list(pictures), np.random.default_rng(1))
    ]
    losses: list[float] = []
    one = taught(lessons, steps=8, seed=5, on_step=lambda _step, loss: losses.append(loss))
    other = taught(lessons, steps=8, seed=5)
    assert all((a == b).all() for a, b in zip(one.parameters(), other.parameters(), strict=True))
    assert np.mean(losses[-3:]) < 0.8 * np.mean(losses[:3])
    path = tmp_path / "own.safetensors"
    write_weights(one, path, FORM, trained={"seed": 5})
    layers = lessons[0].layers.astype(np.float32)
    assert load_stirring(path).map_of(layers).shape == (23, 40)


def test_of_a_whole_picture_the_windows_with_most_to_learn_are_taken() -> None:
    ((theme, _, pictures),) = scenes(32, ("smoke",), SceneSettings(seconds=2.0, hz=5.0, window_px=(1280, 720)))
    lessons = list(lessons_of(theme, list(pictures), np.random.default_rng(1), every=4))
    assert all(lesson.layers.shape == (2 + 2 * len(APART_S), 92, 160) for lesson in lessons)
    assert all(lesson.wanted.shape == lesson.counts.shape == (23, 40) for lesson in lessons)
    assert 4 <= len(lessons) <= 5
    assert any(lesson.wanted.any() for lesson in lessons)
    assert all(lesson.layers.base is None for lesson in lessons), "a window must not keep its whole picture alive"


def test_files_that_are_none_of_ours_are_refused_in_one_line(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    nothing, foreign, text = tmp_path / "no.safetensors", tmp_path / "foreign.safetensors", tmp_path / "a.safetensors"
    save_file(StirringNet().state_dict(), foreign)
    text.write_text("smoke")
    for path, said in ((nothing, "no such weights"), (foreign, "version 1"), (text, "not a safetensors file")):
        with pytest.raises(InputError, match=said) as caught:
            load_stirring(path)
        assert "\n" not in str(caught.value)


def test_young_smoke_is_proposed_where_it_is_and_a_street_is_left_alone() -> None:
    stirring = load_stirring()
    hits, plumes, alarms, streets = 0, 0, 0, 0
    for theme, number, pictures in scenes(9091, ("smoke", "street") * 6, SceneSettings(seconds=5.0)):
        clip, rng = Clip(), np.random.default_rng(number)
        for picture in pictures:
            clip = with_scene_picture(clip, picture, rng)
            if picture.t_s < 2.5:
                continue
            found = [one.box_px for one in stirring.proposals(clip) if one.score > 0.5]
            plumes += bool(picture.truth)
            hits += any(
                box.x1 <= u <= box.x2 and box.y1 <= v <= box.y2
                for box in found
                for u, v in (true.centre for _, true in picture.truth)
            )
            streets += theme == "street"
            alarms += theme == "street" and bool(found)
    assert plumes >= 30
    assert hits > 0.6 * plumes
    assert alarms < 0.05 * streets
