"""A place in the last seconds: cut out, laid over each other, judged."""

from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from second_look_scenes import PLACE, SIZE, clip_of, puffs, street

from missions.detection import Box
from missions.errors import InputError
from vision.clip import KEPT_S, Clip
from vision.kept_network import write_weights
from vision.second_look import load_second_look, strip_of
from vision.second_look.drawn import drawn_samples
from vision.second_look.drift import DriftWind, drift_of
from vision.second_look.features import NAMES, features_of
from vision.second_look.look import FORM, inputs_of
from vision.second_look.network import LookNet
from vision.second_look.samples import Sample, label_of
from vision.second_look.strip import FRAMES, LEAST_FRAMES, SIDE_PX
from vision.second_look.training import calibrate, taught
from vision.stirring.network import StirringNet


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


@cache
def samples() -> list[Sample]:
    """Puffs, and the street without them, in eight lights each."""
    found = []
    for light in range(8):
        for label, pictures in ((1, [puffs(n, seed=light) for n in range(16)]), (0, [street(light)] * 16)):
            strip = strip_of(clip_of([picture + 3 * light for picture in pictures]), PLACE)
            assert strip is not None
            theme = "smoke" if label else "street"
            found.append(Sample(strip=strip, label=label, theme=theme, proposed=True, numbers=features_of(strip)))
    return found


def tensors_of(sample: Sample) -> tuple[torch.Tensor, ...]:
    return tuple(torch.from_numpy(part[None]) for part in (*inputs_of(sample.strip), sample.numbers))


@cache
def lessons() -> tuple[LookNet, list[float]]:
    """A network taught on the samples, and its losses."""
    losses: list[float] = []
    return taught(samples(), steps=30, seed=4, on_step=lambda _step, loss: losses.append(loss)), losses


def test_it_learns_what_sets_the_samples_apart_the_same_each_time() -> None:
    net, losses = lessons()
    again = taught(samples(), steps=30, seed=4)
    assert all((a == b).all() for a, b in zip(net.parameters(), again.parameters(), strict=True))
    assert np.mean(losses[-5:]) < 0.6 * np.mean(losses[:5])
    assert min(calibrate(again, samples())) > 0.8


def test_calibrated_odds_are_those_of_what_it_was_calibrated_by() -> None:
    net = deepcopy(lessons()[0])
    wrong = [replace(sample, label=1 - sample.label) for sample in samples()]
    calibrate(net, [*samples() * 8, *wrong])  # eight of nine are as they look
    with torch.inference_mode():
        odds = [float(net(*tensors_of(sample))) * (1 if sample.label else -1) for sample in samples()]
    assert np.mean(1.0 / (1.0 + np.exp(-np.array(odds)))) == pytest.approx(8 / 9, abs=0.02)


def test_what_is_written_says_the_same_when_read_again(tmp_path: Path) -> None:
    net, _ = lessons()
    file = tmp_path / "look.safetensors"
    write_weights(net, file, FORM, trained={"seed": 1})
    for sample in samples()[:2]:
        with torch.inference_mode():
            said = float(net(*tensors_of(sample)))
        assert load_second_look(file).odds_of(sample.strip) == pytest.approx(said, abs=0.05)


def test_drawn_samples_are_the_same_each_time_and_as_many_as_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vision.second_look.drawn.COUNTS", {"nothing": 24, "smoke": 12, "fire": 6})
    calm = [replace(sample, proposed=False) for sample in samples()]
    first, again = (list(drawn_samples(calm, seed=3)) for _ in range(2))
    assert [sample.label for sample in first] == [0] * 24 + [1] * 12 + [2] * 6
    assert all((a.strip.images == b.strip.images).all() for a, b in zip(first, again, strict=True))
    assert len({sample.strip.images.tobytes() for sample in first}) == len(first)
    for sample in first:
        assert sample.strip.images.shape == (len(sample.strip.times_s), SIDE_PX, SIDE_PX, 3)
        assert np.isfinite(sample.numbers).all()
        if sample.label:
            assert not any((sample.strip.images == other.strip.images).all() for other in calm)


def test_nothing_is_drawn_over_smoke_or_over_what_was_proposed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vision.second_look.drawn.COUNTS", {"nothing": 1, "smoke": 0, "fire": 0})
    with pytest.raises(ValueError, match="calm"):
        list(drawn_samples(samples(), seed=3))


def test_what_a_short_strip_lacks_is_its_first_picture_again() -> None:
    strip = strip_of(clip_of([street()] * 8), PLACE)
    assert strip is not None
    pictures, inside = inputs_of(strip)
    assert pictures.shape == (FRAMES, SIDE_PX, SIDE_PX, 3)
    assert inside.shape == (SIDE_PX, SIDE_PX)
    assert (pictures[: FRAMES - LEAST_FRAMES + 1] == strip.images[0]).all()


def test_files_that_are_none_of_ours_are_refused_in_one_line(tmp_path: Path) -> None:
    older, text, other = tmp_path / "older.safetensors", tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    save_file(LookNet().state_dict(), older, metadata={"format": "skypatrol-second-look", "version": "1"})
    text.write_text("smoke")
    write_weights(StirringNet(), other, replace(FORM, build=StirringNet), trained={})
    for path, said in (
        (tmp_path / "no.safetensors", "no such weights"),
        (older, "not a second look of version 2"),
        (text, "not a safetensors file"),
    ):
        with pytest.raises(InputError, match=said) as caught:
            load_second_look(path)
        assert "\n" not in str(caught.value)
        assert caught.value.file == path
    with pytest.raises(InputError, match="holds other tensors"):
        load_second_look(other).odds(clip_of([street()] * 8), PLACE)


def test_weights_with_what_is_no_number_are_refused_by_name(tmp_path: Path) -> None:
    net, file = LookNet(), tmp_path / "nan.safetensors"
    net.offset.fill_(float("nan"))
    write_weights(net, file, FORM, trained={})
    with pytest.raises(InputError, match="no number") as caught:
        load_second_look(file).odds(clip_of([street()] * 8), PLACE)
    assert (caught.value.file, caught.value.field) == (file, "offset")


def test_an_empty_clip_says_nothing() -> None:
    assert load_second_look().odds(Clip(), PLACE) is None
