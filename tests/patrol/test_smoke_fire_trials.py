"""The smoke and fire rule on trials: what counts as found, in time and false, and which settings are chosen."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from missions.detection import Box, Detection
from missions.errors import InputError
from patrol.commands.smoke_fire_training import detector_train_judge
from patrol.kept_scenes import keep, kept
from patrol.smoke_fire_score import fitted_names, fitted_settings, poisson_bound, score
from patrol.smoke_fire_trials import Trial, TrialPicture, outcome
from sitl.confusing_scenes import SceneSettings, scenes
from vision.place_judge import judge_file
from vision.rules.smoke_fire_settings import SmokeFireSettings, fitted_file, settings_for, write_fitted

DEFAULTS = SmokeFireSettings()


def trial(
    proposed: float, odds: float | None, *, burns_from_s: float | None = None, seconds: float = 12.0, name: str = "t"
) -> Trial:
    """One proposal in every picture at 2 Hz, which grows as a plume does, with what the second look says of it."""
    pictures = []
    half_px = 25.0
    for number in range(round(seconds * 2)):
        t_s = number / 2.0
        burns = burns_from_s is not None and t_s >= burns_from_s
        there = burns or burns_from_s is None
        half_px += 4.0 if there else 0.0
        box = Box(640.0 - half_px, 360.0 - half_px, 640.0 + half_px, 360.0 + half_px)
        seen = (Detection(kind="smoke", score=proposed, box_px=box),) if there else ()
        pictures.append(
            TrialPicture(
                t_s=t_s,
                size_px=(1280, 720),
                motion=np.eye(2, 3, dtype=np.float32),
                proposals=seen,
                stirs=(),
                changes={box: None},
                odds={box: odds},
                truth=(("smoke", box),) if burns else (),
            )
        )
    return Trial(name=name, pictures=tuple(pictures))


def test_smoke_is_found_from_the_picture_that_shows_it_first() -> None:
    said = outcome(trial(0.6, 4.0, burns_from_s=3.0), DEFAULTS)
    assert said.shown_s == 3.0
    assert said.opened_s is not None
    assert 1.0 <= said.opened_s - said.shown_s <= 5.0
    assert said.kind == "smoke"
    assert said.false == 0


def test_what_the_second_look_doubts_is_not_opened_and_without_it_would_be() -> None:
    assert outcome(trial(0.1, -3.0), DEFAULTS).false == 0
    assert outcome(trial(0.1, 3.0), DEFAULTS).false == 1


def test_where_the_second_look_cannot_tell_the_detections_decide_after_a_while() -> None:
    said = outcome(trial(0.6, None, burns_from_s=1.0), DEFAULTS)
    assert said.opened_s is not None


def test_a_score_counts_hours_without_smoke_and_delays_with() -> None:
    said = score([trial(0.6, 4.0, burns_from_s=3.0), trial(0.4, 3.0, seconds=36.0)], DEFAULTS)
    assert (said.burning, said.found, said.in_time, said.false) == (1, 1, 1, 1)
    assert said.hours == pytest.approx((3.0 + 36.0) / 3600.0)
    assert said.most_per_hour > said.per_hour


def test_the_bound_of_a_count_is_that_of_the_tables() -> None:
    """Garwood's one-sided 95 % limits, as printed in tables of the Poisson distribution."""
    for count, bound in ((0, 2.996), (1, 4.744), (3, 7.754), (10, 16.962)):
        assert poisson_bound(count) == pytest.approx(bound, abs=0.001)


def test_fitting_finds_settings_that_open_the_smoke_and_leave_the_steam() -> None:
    # Steam of even odds and weak smoke: with the defaults the smoke is missed.
    trials = [trial(0.05, 3.5, burns_from_s=2.0, name="smoke"), trial(0.05, -0.5, seconds=60.0, name="steam")]
    heard: list[float] = []
    best = fitted_settings(trials, DEFAULTS, most_false_per_hour=0.0, on_trial=heard.append)
    assert heard == sorted(heard), "the best so far never gets worse"
    assert heard[0] < heard[-1]
    said = score(trials, best)
    assert (said.found, said.false) == (1, 0)
    assert set(fitted_names()) <= set(SmokeFireSettings.__dataclass_fields__)


def test_of_settings_that_all_find_it_too_late_the_soonest_are_fitted() -> None:
    late = replace(DEFAULTS, least_s=6.0)  # nothing can open in the 5 s that count as in time
    trials = [trial(0.07, 2.5, burns_from_s=2.0, seconds=30.0)]
    assert score(trials, late).delays_s == (9.5,)
    assert score(trials, fitted_settings(trials, late, most_false_per_hour=0.0)).delays_s == (6.0,)


def test_fitted_settings_are_kept_beside_those_of_other_detectors(tmp_path: Path) -> None:
    file = tmp_path / "fitted.toml"
    write_fitted("nano", {"open_at": 4.0}, file)
    write_fitted("small", {"open_at": 6.0}, file)
    write_fitted("nano", {"open_at": 3.0}, file)
    text = file.read_text()
    assert text.count("[nano]") == text.count("[small]") == 1
    assert "open_at = 3.0" in text
    assert "open_at = 4.0" not in text


def test_a_detector_of_ones_own_has_the_defaults_until_its_rule_is_fitted(tmp_path: Path) -> None:
    mine = str(tmp_path / "my nano.safetensors")
    assert settings_for(mine) == DEFAULTS
    write_fitted("my nano", {"open_at": 3.0}, fitted_file(mine))
    assert settings_for(mine).open_at == 3.0
    assert (tmp_path / "smoke_fire.toml").is_file()


def test_a_judge_is_not_taught_by_a_handful_of_places_and_the_one_that_is_there_stays(tmp_path: Path) -> None:
    before = judge_file("nano").read_bytes()
    assert list(keep(scenes(8, ("smoke", "lamp"), SceneSettings(seconds=2.0, hz=5.0)), tmp_path)) == [1, 2]
    with pytest.raises(InputError, match=r"too few places: \d+ of \d+ burn"):
        detector_train_judge([tmp_path], whole=0)
    assert judge_file("nano").read_bytes() == before


def test_scenes_that_were_kept_are_the_same_but_for_the_codec(tmp_path: Path) -> None:
    settings = SceneSettings(seconds=1.0, hz=4.0)
    drawn = {number: list(frames) for _, number, frames in scenes(8, ("smoke", "lamp"), settings)}
    assert list(keep(scenes(8, ("smoke", "lamp"), settings), tmp_path)) == [1, 2]
    for (name, number, frames), theme in zip(kept(tmp_path), ("smoke", "lamp"), strict=True):
        assert name == theme
        for one, other in zip(frames, drawn[number], strict=True):
            assert one.truth == other.truth
            assert one.things == other.things
            assert np.array_equal(one.motion, other.motion)
            assert np.abs(one.image.astype(int) - other.image.astype(int)).mean() < 4.0


def test_an_empty_folder_of_scenes_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no scenes"):
        next(kept(tmp_path))
