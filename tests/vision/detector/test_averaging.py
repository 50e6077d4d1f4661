"""The mean of several trainings' weights."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from missions import InputError
from vision.detector.averaging import write_averaged
from vision.detector.network import DetectorNet
from vision.detector.weights import build_network, open_weights, save_weights


def written(path: Path, seed: int, *, size: str = "nano", **trained: object) -> Path:
    torch.manual_seed(seed)
    save_weights(path, DetectorNet(size).state_dict(), size=size, trained={"seed": seed, **trained}, name=size)
    return path


def test_every_weight_is_the_mean_and_the_file_tells_of_what(tmp_path: Path) -> None:
    parts = [written(tmp_path / f"{seed}.safetensors", seed) for seed in (1, 2, 3)]
    write_averaged([open_weights(part) for part in parts], tmp_path / "mean.safetensors")
    mean = open_weights(tmp_path / "mean.safetensors")
    build_network(mean)
    states, found = [load_file(part) for part in parts], load_file(mean.path)
    assert not torch.equal(states[0]["stem.0.weight"], states[1]["stem.0.weight"])
    for key in found:
        expected = torch.stack([state[key].float() for state in states]).mean(dim=0)
        torch.testing.assert_close(found[key].float(), expected)
    assert mean.trained == {"averaged": [{"seed": 1}, {"seed": 2}, {"seed": 3}]}


def test_what_makes_no_mean_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    nano, small = written(tmp_path / "nano.safetensors", 1), written(tmp_path / "small.safetensors", 1, size="small")
    corrected = written(tmp_path / "corrected.safetensors", 2, calibrated={"fire": "2.00x+0.10"})
    cases = (((nano,), "make no mean"), ((nano, small), "small"), ((nano, corrected), "corrected already"))
    for files, said in cases:
        with pytest.raises(InputError, match=said):
            write_averaged([open_weights(file) for file in files], tmp_path / "mean.safetensors")
    assert not (tmp_path / "mean.safetensors").exists()
