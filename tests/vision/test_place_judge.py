"""The judge of places: the numbers of a history, what the shipped weights make of it, and how it is taught."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from missions.detection import Box, Detection
from missions.errors import InputError
from missions.hardware import known
from patrol.place_judge_samples import judged
from patrol.smoke_fire_trials import Trial, TrialPicture
from vision.kept_network import built, write_weights
from vision.place_judge import NAMES, History, judge_file, judge_for, load_judge
from vision.place_judge.judge import FORM
from vision.place_judge.training import Judged, taught
from vision.rules.smoke_fire_settings import SmokeFireSettings, settings_for

SHIPPED = judge_file("nano")
STILL = np.eye(2, 3, dtype=np.float32)
WIDTH_PX = 1280


def square(middle: tuple[float, float], side: float) -> Box:
    u, v = middle
    return Box(u - side / 2, v - side / 2, u + side / 2, v + side / 2)


def history_of(
    sides: list[float], *, odds: float, detected: float, stirs: float = 0.0, hz: float = 5.0, pan_px: float = 0.0
) -> History:
    """A place in the middle of a picture that moves so far to the right in every picture, looked at each time."""
    history = History()
    motion = STILL.copy()
    motion[0, 2] = pan_px
    for number, side in enumerate(sides):
        history.carry(motion)
        history.look(odds)
        box = square((300.0 + number * pan_px, 360.0), side)
        history.add(number / hz, box=box, width_px=WIDTH_PX, detected=detected, flames=0.0, stirs=stirs)
    return history


def told(history: History) -> dict[str, float]:
    return dict(zip(NAMES, history.numbers().tolist(), strict=True))


def test_numbers_say_how_sure_how_large_and_how_old() -> None:
    said = told(history_of([40.0] * 15 + [80.0] * 6, odds=1.5, detected=0.5, stirs=0.7))
    assert said["look"] == said["look_mean"] == pytest.approx(1.5)
    assert said["look_spread"] == pytest.approx(0.0, abs=1e-6)
    assert said["looks"] == pytest.approx(math.log(22))
    assert said["detected_mean"] == said["detected_most"] == said["detected_late"] == pytest.approx(0.0)
    assert said["stirs_share"] == said["both_share"] == said["detected_share"] == 1.0
    assert said["began"] == pytest.approx(math.log(40.0 / WIDTH_PX))
    assert said["growth"] == pytest.approx(math.log(2.0))
    assert said["age"] == pytest.approx(math.log(4.3))


def test_a_look_that_wavers_has_the_spread_of_all_looks() -> None:
    history = History()
    odds = [0.5, -1.0, 2.5, 3.0, -0.5, 1.0]
    for number, one in enumerate(odds):
        history.look(one)
        box = square((300.0, 360.0), 40.0)
        history.add(number / 2.0, box=box, width_px=WIDTH_PX, detected=0.3, flames=0.0, stirs=0.0)
    said = told(history)
    assert said["look_mean"] == pytest.approx(np.mean(odds))
    assert said["look_spread"] == pytest.approx(np.std(odds))
    assert said["look"] == pytest.approx(np.median(odds[-4:]))


def test_what_goes_with_the_ground_does_not_drift_however_the_camera_turns() -> None:
    still = told(history_of([50.0] * 20, odds=1.0, detected=0.5))
    panned = told(history_of([50.0] * 20, odds=1.0, detected=0.5, pan_px=12.0))
    assert panned == pytest.approx(still, abs=1e-4)
    drifting = History()
    for number in range(20):
        drifting.carry(STILL)
        box = square((300.0 + 12.0 * number, 360.0), 50.0)
        drifting.add(number / 5.0, box=box, width_px=WIDTH_PX, detected=0.5, flames=0.0, stirs=0.0)
    assert told(drifting)["drift"] > 2.0
    assert told(drifting)["edges"] > 0.5


def test_ten_minutes_at_one_place_keeps_seconds_of_pictures_and_the_sums() -> None:
    history = history_of([50.0] * 3_000, odds=0.5, detected=0.2)
    assert len(history.recent) == len(history.boxes) <= 4 * 5 + 1
    assert told(history)["looks"] == pytest.approx(math.log(3_001))


@given(
    scores=st.lists(st.tuples(*[st.floats(0.0, 1.0)] * 3), min_size=1, max_size=12),
    odds=st.lists(st.floats(-30.0, 30.0), max_size=12),
    side=st.floats(0.0, 4000.0),
    step_s=st.floats(0.03, 30.0),
)
def test_whatever_was_seen_is_told_in_numbers(
    scores: list[tuple[float, float, float]], odds: list[float], side: float, step_s: float
) -> None:
    history = History()
    for one in odds:
        history.look(one)
    for number, (detected, flames, stirs) in enumerate(scores):
        history.carry(STILL)
        box = square((10.0, 10.0), side)
        history.add(step_s * number, box=box, width_px=WIDTH_PX, detected=detected, flames=flames, stirs=stirs)
    assert history.numbers().shape == (len(NAMES),)
    assert np.isfinite(history.numbers()).all()


@pytest.mark.parametrize("detector", known("detectors"))
def test_the_shipped_judges_believe_a_plume_that_grows_and_stirs_and_not_what_the_look_doubts(detector: str) -> None:
    judge, growing = judge_for(detector), [30.0 + 4.0 * number for number in range(20)]
    opened = settings_for(detector).open_odds
    assert judge is not None, "a detector that ships has a judge of its own"
    assert settings_for(detector) != SmokeFireSettings(), "and thresholds"
    assert judge.odds(history_of(growing, odds=3.0, detected=0.6, stirs=0.9)) > opened
    assert judge.odds(history_of(growing, odds=-2.0, detected=0.6, stirs=0.9)) < opened - 1.0
    assert judge.odds(history_of([160.0] * 100, odds=0.5, detected=0.2)) < opened - 1.0


def test_what_is_worked_out_here_is_what_the_network_that_was_taught_says() -> None:
    net = built(SHIPPED, FORM)
    for odds, detected, stirs in ((3.0, 0.6, 0.9), (-2.0, 0.1, 0.0), (9.0, 1.0, 1.0)):
        history = history_of([40.0] * 12, odds=odds, detected=detected, stirs=stirs)
        said = float(net(torch.from_numpy(history.numbers()[None])).detach())
        assert load_judge(SHIPPED).odds(history) == pytest.approx(said, abs=1e-4)


def test_tensors_that_do_not_fit_or_are_no_numbers_are_told(tmp_path: Path) -> None:
    file = tmp_path / "mine.judge.safetensors"
    net = built(SHIPPED, FORM)
    net.offset.data[1] = math.nan
    write_weights(net, file, FORM, trained={})
    with pytest.raises(InputError, match="holds what is no number"):
        load_judge(file)
    write_weights(nn.Linear(3, 1), tmp_path / "other.safetensors", FORM, trained={})
    with pytest.raises(InputError, match="holds other tensors"):
        load_judge(tmp_path / "other.safetensors")


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_a_judge_may_have_fewer_members_but_not_none(tmp_path: Path, kept: int) -> None:
    file, net = tmp_path / "mine.judge.safetensors", built(SHIPPED, FORM)
    history = history_of([40.0] * 12, odds=1.0, detected=0.4, stirs=0.6)
    said = net.of_members(net.known(torch.from_numpy(history.numbers()[None])))[0, :kept].detach()
    hidden = net.hidden.out_features // len(net.offset)
    for part, rows in ((net.hidden, kept * hidden), (net, kept)):
        for name, held in list(part.named_parameters(recurse=False)):
            setattr(part, name, nn.Parameter(held[:rows]))
    write_weights(net, file, FORM, trained={})
    if kept:
        assert load_judge(file).odds(history) == pytest.approx(float(said.mean()), abs=1e-4)
    else:
        with pytest.raises(InputError, match="holds other tensors"):
            load_judge(file)


def test_a_detector_has_a_judge_that_was_taught_by_it_or_none(tmp_path: Path) -> None:
    mine = tmp_path / "mine.safetensors"
    assert judge_for(str(mine)) is None, "another detector's scores are not its own"
    assert judge_for("nano") is load_judge(SHIPPED)
    write_weights(FORM.build(), judge_file(str(mine)), FORM, trained={})
    own = judge_for(str(mine))
    assert own is not None
    assert own.weights == tmp_path / "mine.judge.safetensors"


def test_weights_of_something_else_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such weights"):
        load_judge(tmp_path / "none.safetensors")
    with pytest.raises(InputError, match="not a judge of places"):
        load_judge(SHIPPED.with_name("stirring.safetensors"))


def test_it_learns_what_tells_places_apart_and_the_same_from_the_same_seed() -> None:
    rng = np.random.default_rng(5)
    samples = []
    for place in range(200):
        burns = place % 2 == 0
        numbers = rng.normal(0.0, 1.0, len(NAMES)).astype(np.float32)
        numbers[0] += 4.0 if burns else 0.0
        samples.append(Judged(place=(place, 0), numbers=numbers, burns=burns))
    net, again = (taught(samples, steps=60, seed=7) for _ in range(2))
    assert all(torch.equal(tensor, again.state_dict()[name]) for name, tensor in net.state_dict().items())
    said = net(torch.from_numpy(np.stack([sample.numbers for sample in samples]))).detach().numpy()
    assert np.mean((said > 0.0) == [sample.burns for sample in samples]) > 0.9


def test_places_are_taught_from_as_the_rule_would_ask_and_haze_beside_smoke_is_left_out() -> None:
    smoke, haze = square((300.0, 360.0), 60.0), square((900.0, 360.0), 60.0)
    pictures = [
        TrialPicture(
            t_s=number / 2.0,
            size_px=(1280, 720),
            motion=STILL,
            proposals=tuple(Detection(kind="smoke", score=0.5, box_px=box) for box in (smoke, haze)),
            stirs=(),
            changes={smoke: None, haze: None},
            odds={smoke: 2.0, haze: 1.0},
            truth=(("smoke", smoke),),
        )
        for number in range(20)
    ]
    burning = Trial(name="smoke", pictures=tuple(pictures))
    nothing = Trial(name="fog", pictures=tuple(picture._replace(truth=()) for picture in pictures))
    found = list(judged([burning, nothing], SmokeFireSettings()))
    assert {one.place for one in found if one.burns} == {(0, 0)}
    assert {one.place for one in found if not one.burns} == {(1, 0), (1, 1)}
    assert all(one.numbers[NAMES.index("look")] in (1.0, 2.0) for one in found)
