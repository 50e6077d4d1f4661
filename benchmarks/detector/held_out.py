"""Real pictures that neither `train/` nor `val/` has, as COCO folders for `--held-out`.

    python -m benchmarks.detector.held_out OUT --hit-uav CLONE --aerial-cars CLONE --ignision CLONE --data FOLDER

CLONE is a checkout of suojiashun/HIT-UAV-Infrared-Thermal-Dataset (CC BY 4.0) and of jekhor/aerial-cars-dataset, of
which only the KIT AIS crossroad (CC BY 3.0, (c) DLR/KIT) is taken. From HIT-UAV come the flights over a running track
and over roads (picture numbers 0 to 599 and 4850 to 5699) that neither folder has, every fourth picture. A person on a
bicycle is a bicycle there; other vehicles and what its authors say not to care about are ignored. From Aqua-16/Ignision
come D-Fire files that look like none of those in FOLDER's train/ and val/.
"""

import argparse
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import cv2

from benchmarks.detector.held_out_fire import Record, unseen_fires
from missions.errors import InputError
from missions.formats.atomic import write_atomically
from vision.detector.classes import CATEGORIES

_NUMBER: Final = {name: number for number, name in CATEGORIES}
_HIT_SPANS: Final = (range(600), range(4850, 5700))
_HIT_EVERY: Final = 4
_HIT_CATEGORIES: Final = {"Person": "pedestrian", "Car": "car", "Bicycle": "bicycle"}
_HIT_LABELLED: Final = ("pedestrian", "bicycle", "motorcycle", "car", "van", "truck", "bus")
_KIT_CLASSES: Final = ("car", "truck", "bus", "van", "bicycle")
_KIT_LABELLED: Final = ("car", "van", "truck", "bus")


def main() -> None:
    """Write the folders."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--hit-uav", type=Path)
    parser.add_argument("--aerial-cars", type=Path)
    parser.add_argument("--ignision", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/vision"))
    options = parser.parse_args()
    for name, clone, records in (
        ("hit_uav_unseen", options.hit_uav, hit_uav),
        ("kit_crossroad", options.aerial_cars, kit_crossroad),
        ("dfire_unseen", options.ignision, lambda clone: unseen_fires(clone, options.data)),
    ):
        if clone is not None:
            count = write(options.out / name, list(records(clone)))
            print(f"{count} pictures -> {options.out / name}")


def hit_uav(clone: Path) -> Iterator[Record]:
    """Yield file, image record and boxes by class of the flights nobody trained on."""
    for part in ("train", "val", "test"):
        file = clone / "normal_json" / "annotations" / f"{part}.json"
        if not file.is_file():
            raise InputError("no such file", file=file, remedy="a checkout of HIT-UAV-Infrared-Thermal-Dataset")
        document = json.loads(file.read_text(encoding="utf-8"))
        names = {category["id"]: category["name"] for category in document["categories"]}
        boxes: dict[int, list[tuple[str, list[float]]]] = {}
        for record in document["annotation"]:
            boxes.setdefault(record["image_id"], []).append((names[record["category_id"]], record["bbox"]))
        for image in document["images"]:
            number = int(Path(image["filename"]).stem.rpartition("_")[2])
            if number % _HIT_EVERY or not any(number in span for span in _HIT_SPANS):
                continue
            mine = boxes.get(image["id"], [])
            _, altitude_m, pitch_deg, *_ = (int(word) for word in Path(image["filename"]).stem.split("_"))
            about = {
                "source": "hit_uav",
                "modality": "thermal",
                "view": "nadir" if pitch_deg >= 80 else "oblique",
                "altitude_m": altitude_m,
                "labelled_classes": _HIT_LABELLED,
                "ignore": [box for name, box in mine if name not in _HIT_CATEGORIES],
            }
            known = [(_HIT_CATEGORIES[name], box) for name, box in mine if name in _HIT_CATEGORIES]
            yield clone / "normal_json" / part / image["filename"], about, known


def kit_crossroad(clone: Path) -> Iterator[Record]:
    """Yield file, image record and boxes by class of the crossroad seen by an aeroplane."""
    files = sorted(clone.glob("MOS[789]?.png"))
    if not files:
        raise InputError("no MOS74.png and the like", file=clone, remedy="a checkout of aerial-cars-dataset")
    for file in files:
        picture = cv2.imread(str(file))
        if picture is None:
            raise InputError("not a readable picture", file=file, remedy="a whole checkout")
        height, width = picture.shape[:2]
        boxes = []
        for line in file.with_suffix(".txt").read_text(encoding="utf-8").splitlines():
            index, x, y, w, h = (float(word) for word in line.split())
            wide, high = w * width, h * height
            boxes.append((_KIT_CLASSES[int(index)], [x * width - wide / 2, y * height - high / 2, wide, high]))
        about = {
            "source": "kit_ais",
            "modality": "rgb",
            "view": "nadir",
            "labelled_classes": _KIT_LABELLED,
            "ignore": [],
        }
        yield file, about, boxes


def write(folder: Path, records: list[Record]) -> int:
    """Copy the pictures and write their annotations; return how many there are."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, (file, about, boxes) in enumerate(records, 1):
        picture = cv2.imread(str(file)) if file.is_file() else None
        if picture is None:
            raise InputError("not a readable picture", file=file, remedy="a whole checkout")
        height, width = picture.shape[:2]
        shutil.copyfile(file, folder / "images" / file.name)
        images.append({"id": number, "file_name": file.name, "width": width, "height": height, **about})
        for name, (x, y, w, h) in boxes:
            left, top = max(x, 0.0), max(y, 0.0)
            inside = [left, top, min(x + w, width) - left, min(y + h, height) - top]
            row = {"id": len(annotations) + 1, "image_id": number, "category_id": _NUMBER[name], "bbox": inside}
            annotations.append({**row, "iscrowd": 0})
    categories = [{"id": number, "name": name} for number, name in CATEGORIES]
    document = {"images": images, "annotations": annotations, "categories": categories}
    write_atomically(folder / "annotations.json", json.dumps(document))
    return len(images)


if __name__ == "__main__":
    main()
