"""A place in the last seconds: cut out, laid over each other, judged."""

import json
from pathlib import Path

import numpy as np
import pytest
from second_look_scenes import PLACE, SIZE, clip_of, puffs, street

from missions.detection import Box
from missions.errors import InputError
from vision.clip import KEPT_S, Clip
from vision.second_look import load_second_look, strip_of
from vision.second_look.drift import DriftWind, drift_of
from vision.second_look.features import NAMES, features_of
from vision.second_look.fitting import fitted_to
from vision.second_look.look import SHIPPED, write_second_look
from vision.second_look.samples import label_of
from vision.second_look.strip import FRAMES, LEAST_FRAMES, SIDE_PX


def test_a_strip_needs_more_than_a_second_and_has_at_most_eight_pictures() -> None:
    assert strip_of(clip_of([street()] * 6), PLACE) is None
    short, long = strip_of(clip_of([street()] * 8), PLACE), strip_of(clip_of([street()] * 25), PLACE)
    assert short is not None
    assert long is not None
    assert len(short.images) == LEAST_FRAMES
    assert len(long.images) == FRAMES
    assert long.times_s[-1] == 0.0
    assert np.diff(long.times_s) == pytest.approx(0.4)
    assert long.images.shape[1:] == (SIDE_PX, SIDE_PX, 3)


def test_under_a_moving_camera_the_pictures_lie_over_each_other() -> None:
    wide = np.tile(street(), (1, 2))
    pictures = [wide[:, 6 * n : 6 * n + SIZE[0]] for n in range(12)]
    told = np.array([[1, 0, -5.0], [0, 1, 0.6]], np.float32)  # a pixel off, as an estimate is
    strip = strip_of(clip_of(pictures, motion=told), PLACE)
    assert strip is not None
    left = strip.images.astype(float) - strip.images[-1].astype(float)
    assert np.abs(left).mean() < 4.0


def test_a_place_that_was_not_in_view_has_no_strip() -> None:
    pushed = np.array([[1, 0, 150.0], [0, 1, 0]], np.float32)
    assert strip_of(clip_of([street()] * 12, motion=pushed), PLACE) is None


def test_the_clip_forgets_and_thins() -> None:
    clip = clip_of([street()[:90, :160]] * 200, hz=30.0)
    assert clip.pictures[-1].pts_s - clip.pictures[0].pts_s <= KEPT_S
    assert len(clip.pictures) < 55


def odds(pictures: list[np.ndarray]) -> float:
    told = load_second_look().odds(clip_of(pictures), PLACE)
    assert told is not None
    return told


def test_puffs_that_drift_are_likelier_smoke_than_a_street_or_a_lamp_that_is_switched_on() -> None:
    lamp = street()
    lamp[170:190, 310:330] = 250
    smoke = odds([puffs(n) for n in range(16)])
    assert smoke > odds([street()] * 16) + 1.0
    assert smoke > odds([street()] * 8 + [lamp] * 8) + 1.0


def test_a_car_that_drives_through_is_no_fire() -> None:
    pictures = []
    for number in range(16):
        picture = np.repeat(street()[:, :, None], 3, axis=2)
        u = 40 * (number - 9) + 300
        picture[165:195, max(u, 0) : max(u + 60, 0)] = (40.0, 60.0, 220.0)
        pictures.append(picture)
    assert odds(pictures) < 0.0


def test_features_are_finite_whatever_is_seen() -> None:
    rng = np.random.default_rng(5)
    for pictures in ([np.zeros(SIZE[::-1])] * 9, [rng.uniform(0, 255, SIZE[::-1]) for _ in range(9)]):
        for box in (PLACE, Box(0.0, 0.0, 640.0, 360.0), Box(630.0, 350.0, 639.0, 359.0)):
            strip = strip_of(clip_of(pictures), box)
            if strip is not None:
                told = features_of(strip)
                assert told.shape == (len(NAMES),)
                assert np.isfinite(told).all()


def test_the_drift_of_puffs_is_found_and_a_still_street_has_none() -> None:
    strip = strip_of(clip_of([puffs(n, speed_px=3.0) for n in range(16)]), PLACE)
    assert strip is not None
    drift = drift_of(strip)
    assert drift is not None
    assert drift[0] == pytest.approx(15.0, abs=6.0)  # 3 px at 5 Hz
    assert abs(drift[1]) < 4.0
    still = strip_of(clip_of([street()] * 16), PLACE)
    assert still is not None
    assert drift_of(still) is None


def test_the_wind_of_drifts_is_told_once_they_accord() -> None:
    wind = DriftWind()
    for _ in range(2):
        wind.take(np.array([3.0, 0.2]))
    assert wind.upwind is None
    wind.take(np.array([1.0, -0.1]))
    assert wind.upwind == pytest.approx(np.array([-1.0, 0.0]), abs=0.05)
    for _ in range(4):
        wind.take(np.array([-2.0, 0.0]))
    assert wind.upwind is None


def test_a_box_is_named_by_the_smoke_or_fire_it_is_about() -> None:
    smoke, fire = ("smoke", Box(100, 50, 300, 170)), ("fire", Box(100, 140, 120, 170))
    assert label_of(Box(98, 138, 124, 172), (smoke, fire), burns=True) == 2
    assert label_of(Box(110, 60, 290, 160), (smoke, fire), burns=True) == 1
    assert label_of(Box(305, 100, 330, 130), (smoke,), burns=True) is None
    assert label_of(Box(10, 10, 30, 30), (), burns=True) is None
    assert label_of(Box(10, 10, 30, 30), (), burns=False) == 0


def test_it_learns_what_sets_the_samples_apart_the_same_each_time() -> None:
    rng = np.random.default_rng(2)
    labels = np.repeat([0, 1, 2], 60)
    features = rng.normal(0, 1, (180, len(NAMES)))
    features[labels == 1, 0] += 3.0
    features[labels == 2, 1] += 3.0
    first, again = (fitted_to(features, labels, np.ones(180), seed=4) for _ in range(2))
    assert (first.logits(features).argmax(axis=1) == labels).mean() > 0.9
    assert np.array_equal(first.weight, again.weight)
    assert np.array_equal(first.hidden_weight, again.hidden_weight)


def test_it_is_written_and_read_again(tmp_path: Path) -> None:
    file = tmp_path / "look.json"
    write_second_look(load_second_look(), file, trained={"seed": 1})
    assert np.allclose(load_second_look(file).weight, load_second_look().weight)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        pytest.param({"format": "other"}, "format", id="another format"),
        pytest.param({"version": 99}, "format", id="another version"),
        pytest.param({"features": ["one"]}, "features", id="other features"),
        pytest.param({"weight": [[1.0]]}, "weight", id="too few numbers"),
        pytest.param({"offset": [1.0, 2.0, float("nan")]}, "offset", id="no number"),
    ],
)
def test_a_file_that_is_not_ours_is_one_clear_error(tmp_path: Path, changed: dict[str, object], field: str) -> None:
    file = tmp_path / f"{field}.json"
    file.write_text(json.dumps(json.loads(SHIPPED.read_text()) | changed))
    with pytest.raises(InputError) as error:
        load_second_look(file)
    assert error.value.field == field
    assert error.value.file == file


def test_no_file_and_no_json_are_one_clear_error_each(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_second_look(tmp_path / "none.json")
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    with pytest.raises(InputError, match="not JSON"):
        load_second_look(broken)


def test_an_empty_clip_says_nothing() -> None:
    assert load_second_look().odds(Clip(), PLACE) is None
