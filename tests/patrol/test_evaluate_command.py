"""`patrol detector evaluate --json`: one object with the agreed keys, of any COCO folder and clip."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from missions import Box
from patrol import cli
from vision.detector.classes import KINDS
from vision.detector.coco import write_pictures

Patrol = Callable[..., tuple[int, str, str]]


@pytest.fixture
def patrol(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Patrol:
    """Runs the command line; gives its exit code, standard output and standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["patrol", *arguments])
        with pytest.raises(SystemExit) as left:
            cli.main()
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return run


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two grey pictures with a car drawn in one of them."""
    images = [np.full((360, 640, 3), 90, np.uint8) for _ in range(2)]
    cv2.rectangle(images[0], (100, 100), (140, 120), (230, 230, 230), -1)
    folder = tmp_path / "data"
    assert list(
        write_pictures(zip(images, ([("vehicle", Box(100, 100, 140, 120))], []), strict=True), folder, source="drawn")
    )
    return folder


def test_json_has_the_agreed_keys_and_standard_output_nothing_else(data: Path, tmp_path: Path, patrol: Patrol) -> None:
    page = tmp_path / "page.html"
    clip = data / "images" / "drawn"
    code, out, _ = patrol(
        "detector", "evaluate", "--data", str(data), "--clip", str(clip), "--report", str(page), "--json"
    )
    assert code == 0
    said = json.loads(out)
    assert {"ap", "ap50", "per_class", "per_size", "per_source", "false_per_minute"} <= set(said)
    assert set(said["per_class"]) == set(KINDS)
    assert set(said["per_source"]) == {"drawn"}
    assert set(said["false_per_minute"]) == {"smoke", "fire"}
    assert set(said["per_condition"]) == {"as_taken", "haze"}
    assert said["finer"]["car"]["rgb"]["boxes"] == 1
    assert "<title>data</title>" in page.read_text()


def test_without_clips_nothing_is_said_of_minutes(data: Path, patrol: Patrol) -> None:
    code, out, _ = patrol("detector", "evaluate", "--data", str(data), "--no-haze", "--json")
    assert code == 0
    assert json.loads(out)["false_per_minute"] is None
    code, out, _ = patrol("detector", "evaluate", "--data", str(data), "--no-haze")
    assert "| vehicle | 2 | 1 |" in out


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("picture", "000001.jpg: not a readable picture"),
        ("clip", "clip.mp4: not a video"),
        ("no clip", "nowhere.mp4: no such video"),
    ],
)
def test_wrong_input_is_one_line(data: Path, tmp_path: Path, patrol: Patrol, damage: str, said: str) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"words" * 100)
    arguments = ["--clip", str(tmp_path / "nowhere.mp4" if damage == "no clip" else clip)]
    if damage == "picture":
        picture = data / "images" / "drawn" / "000001.jpg"
        picture.write_bytes(picture.read_bytes()[:300])
        arguments = []
    code, out, told = patrol("detector", "evaluate", "--data", str(data), *arguments, "--no-haze")
    assert code == 2
    assert said in told
    assert told.count("\n") == 1
    assert out == ""
