"""Training learns, and a killed one goes on as if nothing had happened."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from missions import InputError, VisionError
from vision.detector import load_detector
from vision.detector.coco import load_pictures
from vision.detector.evaluation import evaluate
from vision.detector.judged import detect_all
from vision.detector.sampling import DEFAULT_MIXTURE
from vision.detector.training import TrainSettings, train

ROOT = Path(__file__).resolve().parents[3]
MIXTURE = "other = 1.0\n[sources]\n"


def settings(data: Path, checkpoints: Path, **changes: object) -> TrainSettings:
    usual: dict[str, object] = {"batch": 2, "threads": 1, "seed": 4, "steps": 8, **changes}
    return TrainSettings(data=(data,), checkpoints=checkpoints, **usual)  # type: ignore[arg-type]


def test_a_short_training_lowers_the_loss_and_finds_what_it_was_shown(drawn_folder: Path, tmp_path: Path) -> None:
    losses = [now.loss for now in train(settings(drawn_folder, tmp_path, steps=45))]
    assert np.mean(losses[-10:]) < 0.5 * np.mean(losses[:10])
    detector = load_detector(tmp_path / "weights.safetensors", runtime="torch", conf=0.02)
    result = evaluate(list(detect_all(detector, load_pictures(drawn_folder))))
    assert result.ap50 > 0.3


def test_a_killed_training_resumes_to_the_same_weights(drawn_folder: Path, tmp_path: Path) -> None:
    unbroken = list(train(settings(drawn_folder, tmp_path / "unbroken")))
    script = f"""
import time
from pathlib import Path
from vision.detector.sampling import DEFAULT_MIXTURE
from vision.detector.training import TrainSettings, train
data, out = Path({str(drawn_folder)!r}), Path({str(tmp_path / "killed")!r})
settings = TrainSettings(data=(data,), checkpoints=out, batch=2, threads=1, seed=4, steps=8, checkpoint_every_s=0)
for now in train(settings):
    print(now.step, flush=True)
    if now.step == 5:
        time.sleep(60)
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert [child.stdout.readline().strip() for _ in range(5)] == ["1", "2", "3", "4", "5"]
        time.sleep(0.1)
        child.send_signal(signal.SIGKILL)
    resumed = list(train(settings(drawn_folder, tmp_path / "killed")))
    assert [now.step for now in resumed] == [6, 7, 8]
    assert [now.loss for now in resumed] == pytest.approx([now.loss for now in unbroken[5:]], rel=1e-5)
    ours, theirs = (load_file(tmp_path / name / "weights.safetensors") for name in ("killed", "unbroken"))
    for key, value in theirs.items():
        np.testing.assert_allclose(ours[key], value, rtol=1e-4, atol=1e-6, err_msg=key)


def test_the_same_seed_gives_the_same_losses(drawn_folder: Path, tmp_path: Path) -> None:
    runs = [[now.loss for now in train(settings(drawn_folder, tmp_path / str(i), steps=3))] for i in range(2)]
    assert runs[0] == pytest.approx(runs[1], rel=1e-3)


def test_workers_change_nothing_in_the_result(drawn_folder: Path, tmp_path: Path) -> None:
    list(train(settings(drawn_folder, tmp_path / "here", steps=3, mixture=DEFAULT_MIXTURE)))
    words = ["--data", drawn_folder, "--checkpoints", tmp_path / "theirs", "--steps", 3, "--workers", 2]
    words += ["--batch", 2, "--threads", 1, "--seed", 4]
    command = [sys.executable, "-m", "patrol", "detector", "train", *map(str, words)]
    subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True, timeout=120)
    here, theirs = (load_file(tmp_path / name / "weights.safetensors") for name in ("here", "theirs"))
    for key, value in here.items():
        np.testing.assert_allclose(theirs[key], value, rtol=1e-4, atol=1e-6, err_msg=key)


def test_a_budget_of_cpu_minutes_is_kept(drawn_folder: Path, tmp_path: Path) -> None:
    *_, last = train(settings(drawn_folder, tmp_path, steps=None, cpu_minutes=0.03))
    assert last.share >= 1.0
    assert last.cpu_s < 0.03 * 60 + 1.5  # the last step may reach over
    assert list(train(settings(drawn_folder, tmp_path, steps=None, cpu_minutes=0.03))) == []  # spent is spent


def test_a_checkpoint_of_another_training_is_refused(drawn_folder: Path, tmp_path: Path) -> None:
    list(train(settings(drawn_folder, tmp_path, steps=1)))
    with pytest.raises(InputError, match="other settings"):
        next(train(settings(drawn_folder, tmp_path, steps=2)))
    (tmp_path / "checkpoint.safetensors").write_bytes(b"not one")
    with pytest.raises(InputError, match="not a checkpoint"):
        next(train(settings(drawn_folder, tmp_path, steps=1)))


def test_a_training_wants_one_length(drawn_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="one length"):
        next(train(settings(drawn_folder, tmp_path, steps=3, cpu_minutes=1.0)))
    with pytest.raises(InputError, match="one length"):
        next(train(settings(drawn_folder, tmp_path, steps=None)))


def test_training_can_start_from_weights(drawn_folder: Path, tmp_path: Path, plain_weights: Path) -> None:
    first = next(train(settings(drawn_folder, tmp_path / "a", steps=1)))
    started = next(train(settings(drawn_folder, tmp_path / "b", steps=1, init=str(plain_weights))))
    assert first.loss != started.loss


def test_a_loss_that_is_no_number_ends_the_training_in_one_line(
    drawn_folder: Path, tmp_path: Path, plain_weights: Path
) -> None:
    with safe_open(str(plain_weights), framework="numpy") as opened:
        described: dict[str, str] = opened.metadata()
    poisoned = {
        key: np.asarray(value * np.float32("nan"), np.float32) for key, value in load_file(plain_weights).items()
    }
    save_file(poisoned, tmp_path / "poisoned.safetensors", metadata=described)
    with pytest.raises(VisionError, match="the loss is nan at step 1") as caught:
        next(train(settings(drawn_folder, tmp_path / "run", init=str(tmp_path / "poisoned.safetensors"))))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run" / "weights.safetensors").exists()
