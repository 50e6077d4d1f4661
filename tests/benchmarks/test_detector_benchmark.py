"""The pieces of `benchmarks.detector` that a figure depends on."""

import json
from pathlib import Path

import numpy as np

from benchmarks.detector.kept import Kept
from benchmarks.detector.pictures import rendered
from vision.detector.coco import load_pictures, read_picture


def test_what_was_measured_is_not_measured_again_unless_of_something_else(tmp_path: Path) -> None:
    asked: list[str] = []

    def measure() -> dict[str, int]:
        asked.append("measured")
        return {"found": len(asked)}

    kept = Kept(folder=tmp_path)
    assert kept.get("a/b", ["weights 1", 3], measure) == {"found": 1}
    assert kept.get("a/b", ("weights 1", 3), measure) == {"found": 1}
    assert kept.get("a/b", ["weights 2", 3], measure) == {"found": 2}
    assert Kept(folder=tmp_path, again=True).get("a/b", ["weights 2", 3], measure) == {"found": 3}
    assert json.loads((tmp_path / "a" / "b.json").read_text())["result"] == {"found": 3}


def test_rendered_pictures_are_made_once(tmp_path: Path) -> None:
    folder = rendered(tmp_path / "rendered", 2)
    first = [read_picture(picture) for picture in load_pictures(folder)]
    written = (folder / "annotations.json").stat().st_mtime_ns
    assert rendered(folder, 2) == folder
    assert (folder / "annotations.json").stat().st_mtime_ns == written
    assert len(first) == 2
    assert not np.array_equal(first[0], first[1])
