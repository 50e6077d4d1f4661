"""The pieces of `benchmarks.detector` that a figure depends on."""

import json
from pathlib import Path

import numpy as np

from benchmarks.detector.curve import part_of
from benchmarks.detector.kept import Kept
from benchmarks.detector.pictures import rendered
from benchmarks.detector.smoke import judges
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


def test_what_a_rule_confirmed_is_told_apart_by_its_settings_and_survives_being_written(tmp_path: Path) -> None:
    (tmp_path / "smoke_fire.toml").write_text("[fitted]\nopen_at = 6.5\n")
    fitted, unfitted = (judges("hash", str(tmp_path / f"{name}.safetensors")) for name in ("fitted", "unfitted"))
    assert fitted == json.loads(json.dumps(fitted))
    assert fitted[:-1] == unfitted[:-1]
    assert (fitted[-1] | {"open_at": 0.0}) == (unfitted[-1] | {"open_at": 0.0})
    assert fitted[-1]["open_at"] == 6.5
    assert judges("another", "nano") != judges("hash", "nano")


def test_rendered_pictures_are_made_once(tmp_path: Path) -> None:
    folder = rendered(tmp_path / "rendered", 2)
    first = [read_picture(picture) for picture in load_pictures(folder)]
    written = (folder / "annotations.json").stat().st_mtime_ns
    assert rendered(folder, 2) == folder
    assert (folder / "annotations.json").stat().st_mtime_ns == written
    assert len(first) == 2
    assert not np.array_equal(first[0], first[1])


def test_shares_of_a_folder_are_nested_and_about_as_large_as_asked(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "images").mkdir(parents=True)
    images = [{"id": number, "file_name": f"{number}.jpg", "width": 64, "height": 48} for number in range(400)]
    boxes = [{"id": number, "image_id": number, "category_id": 4, "bbox": [1, 1, 9, 9]} for number in range(400)]
    document = {"images": images, "annotations": boxes, "categories": [{"id": 4, "name": "car"}]}
    (data / "annotations.json").write_text(json.dumps(document))
    counts = {share: part_of(data, share, tmp_path / f"{share}") for share in (0.25, 0.5, 1.0)}
    assert counts[1.0] == 400
    assert 80 < counts[0.25] < 120
    quarter, half = ({p.path.name for p in load_pictures(tmp_path / str(share))} for share in (0.25, 0.5))
    assert quarter < half
    assert part_of(data, 0.25, tmp_path / "0.25") == counts[0.25]


def test_a_share_of_places_keeps_some_of_every_source_with_all_their_pictures(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "images").mkdir(parents=True)
    places = [("square", f"place-{number % 8}") for number in range(80)] + [("beach", "one flight")] * 5
    images = [
        {"id": n, "file_name": f"{n}.jpg", "width": 64, "height": 48, "source": source, "sequence": sequence}
        for n, (source, sequence) in enumerate(places)
    ]
    document = {"images": images, "annotations": [], "categories": [{"id": 4, "name": "car"}]}
    (data / "annotations.json").write_text(json.dumps(document))
    assert part_of(data, 0.25, tmp_path / "quarter", places=True) == 2 * 10 + 5
    assert part_of(data, 0.5, tmp_path / "half", places=True) == 4 * 10 + 5
    quarter, half = (
        {(i["source"], i["sequence"]) for i in json.loads((tmp_path / name / "annotations.json").read_text())["images"]}
        for name in ("quarter", "half")
    )
    assert quarter < half
