"""Weights that are not ours are refused in one line, before anything is built from them."""

import hashlib
import pickle
import tomllib
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from missions import InputError
from missions.hardware import load_detector_spec
from vision.detector import load_detector
from vision.detector.weights import SHIPPED_FOLDER, open_weights, shipped_names


def described(path: Path) -> dict[str, str]:
    with safe_open(str(path), framework="numpy") as opened:
        said: dict[str, str] = opened.metadata()
    return said


def refusal(path: Path | str) -> str:
    with pytest.raises(InputError) as caught:
        load_detector(path, runtime="torch")
    assert caught.value.exit_code == 2
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_a_name_nobody_shipped_is_refused() -> None:
    assert "no such weights 'yolo'" in refusal("yolo")


@pytest.mark.parametrize("content", [pickle.dumps({"weights": [1.0]}), b"", b"\x00" * 64, b"PK\x03\x04 a torch file"])
def test_a_file_that_is_not_safetensors_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(content)
    assert "not a safetensors file" in refusal(path)


def test_somebody_elses_safetensors_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bert.safetensors"
    save_file({"a": np.zeros(3, np.float32)}, path)
    assert "not a skypatrol detector" in refusal(path)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("kinds", "cat,dog", "made for cat,dog"),
        ("architecture", "99", "version 99"),
        ("size", "huge", "huge"),
        ("input_width_px", "wide", "description is broken"),
        ("trained", "{", "description is broken"),
        ("input_width_px", "1290", "made for an input of 1290x736 (sides that are multiples of 32)"),
        ("input_height_px", "0", "made for an input of 1280x0"),
    ],
)
def test_a_wrong_description_is_refused(plain_weights: Path, tmp_path: Path, key: str, value: str, said: str) -> None:
    path = tmp_path / "changed.safetensors"
    save_file(load_file(plain_weights), path, metadata={**described(plain_weights), key: value})
    assert said in refusal(path)


@pytest.mark.parametrize("damage", ["missing", "extra", "shape"])
def test_wrong_tensors_are_refused(plain_weights: Path, tmp_path: Path, damage: str) -> None:
    tensors = load_file(plain_weights)
    if damage == "missing":
        del tensors["fine.weight"]
    elif damage == "extra":
        tensors["more"] = np.zeros(2, np.float32)
    else:
        tensors["fine.weight"] = np.zeros((9, 16, 1, 1), np.float32)
    path = tmp_path / "changed.safetensors"
    save_file(tensors, path, metadata=described(plain_weights))
    assert "tensors do not fit" in refusal(path)


def test_shipped_weights_are_listed_with_their_hash_and_fit_the_spec() -> None:
    assert "nano" in shipped_names()
    listed = tomllib.loads((SHIPPED_FOLDER / "weights.toml").read_text())
    for name, entry in listed.items():
        path = SHIPPED_FOLDER / entry["file"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"]
        assert path.stat().st_size <= 10_000_000
        assert open_weights(name).spec == load_detector_spec(name)


def test_shipped_weights_that_were_changed_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("nano.safetensors", "weights.toml"):
        (tmp_path / name).write_bytes((SHIPPED_FOLDER / name).read_bytes())
    changed = bytearray((tmp_path / "nano.safetensors").read_bytes())
    changed[-1] ^= 1
    (tmp_path / "nano.safetensors").write_bytes(changed)
    monkeypatch.setattr("vision.detector.weights.SHIPPED_FOLDER", tmp_path)
    assert "SHA-256 differs" in refusal("nano")
