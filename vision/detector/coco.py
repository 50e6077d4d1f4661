"""Reading and writing pictures with boxes: a folder of `annotations.json` and `images/`, COCO with federated labels."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from missions.detection import Box
from missions.errors import InputError
from vision.detector.classes import CATEGORIES, CATEGORY_OF_KIND, KIND_OF_CATEGORY, KINDS
from vision.detector.labels import Labels


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """A labelled picture on disk."""

    path: Path
    width_px: int
    height_px: int
    source: str
    modality: str
    """rgb or thermal."""
    view: str
    """nadir, oblique or mixed."""
    labels: Labels


def load_pictures(folder: Path) -> tuple[Picture, ...]:
    """Return the pictures of a COCO folder, in its order; finer classes are merged into KINDS.

    Raises:
        InputError: naming the file and the record that is wrong.

    """
    file = folder / "annotations.json"
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        raise InputError("no such file", file=file, remedy="a folder with annotations.json and images/") from exc
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as exc:
        raise InputError(f"not readable as JSON: {exc}", file=file, remedy="COCO annotations") from exc
    try:
        kinds = {c["id"]: KIND_OF_CATEGORY.get(c["name"]) for c in document["categories"]}
        boxes: dict[Any, list[tuple[Any, int]]] = defaultdict(list)
        for record in document["annotations"]:
            kind = kinds[record["category_id"]]
            if kind is not None:
                boxes[record["image_id"]].append((record["bbox"], kind))
        return tuple(_picture(folder, image, boxes[image["id"]], file) for image in document["images"])
    except (KeyError, TypeError, ValueError) as exc:
        raise InputError(f"not COCO annotations: {exc!r}", file=file, remedy="images, annotations, categories") from exc


def _picture(folder: Path, image: dict[str, Any], boxes: list[tuple[Any, int]], file: Path) -> Picture:
    width, height, name = int(image["width"]), int(image["height"]), str(image["file_name"])
    corners = _corners([box for box, _ in boxes])
    outside = (corners[:, 2:] > np.array([width, height]) + 1.0) | (corners[:, :2] < -1.0)
    if outside.any():
        raise InputError(
            "a box reaches outside its picture", file=file, field=name, remedy="x, y, width, height in pixels"
        )
    corners = np.clip(corners, 0, [width, height, width, height]).astype(np.float32)
    labelled = np.zeros(len(KINDS), bool)
    for category in image.get("labelled_classes", KIND_OF_CATEGORY):
        if category in KIND_OF_CATEGORY:
            labelled[KIND_OF_CATEGORY[category]] = True
    solid = (corners[:, 2:] - corners[:, :2]).min(axis=1, initial=1e9) > 0
    labels = Labels(
        boxes_px=corners[solid],
        kinds=np.array([kind for _, kind in boxes], np.int64)[solid],
        ignored_px=_corners(image.get("ignore", [])),
        labelled=labelled,
    )
    return Picture(
        path=folder / "images" / name,
        width_px=width,
        height_px=height,
        source=str(image.get("source", folder.name)),
        modality=str(image.get("modality", "rgb")),
        view=str(image.get("view", "mixed")),
        labels=labels,
    )


def _corners(boxes_xywh: list[Any]) -> NDArray[np.float32]:
    array = np.array(boxes_xywh, np.float32).reshape(-1, 4)
    array[:, 2:] += array[:, :2]
    return array


def read_picture(picture: Picture) -> NDArray[np.uint8]:
    """Return the (H, W, 3) BGR picture.

    Raises:
        InputError: it cannot be decoded, or is not of the size its annotations say.

    """
    image = cv2.imread(str(picture.path), cv2.IMREAD_COLOR)
    if image is None:
        raise InputError("not a readable picture", file=picture.path, remedy="JPEG or PNG")
    if image.shape[:2] != (picture.height_px, picture.width_px):
        said = f"{picture.width_px}x{picture.height_px}"
        raise InputError(f"is {image.shape[1]}x{image.shape[0]}, annotated as {said}", file=picture.path)
    return np.asarray(image, np.uint8)


LabelledFrame = tuple[NDArray[np.uint8], Iterable[tuple[str, Box]]]
"""A (H, W, 3) BGR picture and its boxes by kind; whatever is visible has a box."""


def write_pictures(frames: Iterable[LabelledFrame], folder: Path, *, source: str) -> Iterator[int]:
    """Write exhaustively labelled frames as a COCO folder, yielding how many there are; annotations.json comes last."""
    (folder / "images" / source).mkdir(parents=True, exist_ok=True)
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    for number, (image, boxes) in enumerate(frames, 1):
        name = f"{source}/{number:06d}.jpg"
        cv2.imwrite(str(folder / "images" / name), image, [cv2.IMWRITE_JPEG_QUALITY, 92])
        images.append(
            {
                "id": number,
                "file_name": name,
                "width": image.shape[1],
                "height": image.shape[0],
                "source": source,
                "modality": "rgb",
                "view": "mixed",
                "labelled_classes": [category for _, category in CATEGORIES],
                "ignore": [],
            }
        )
        for kind, box in boxes:
            xywh = [round(float(v), 1) for v in (box[0], box[1], box[2] - box[0], box[3] - box[1])]
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": CATEGORY_OF_KIND[kind],
                    "bbox": xywh,
                    "area": round(xywh[2] * xywh[3], 1),
                    "iscrowd": 0,
                }
            )
        yield number
    categories = [{"id": number, "name": name} for number, name in CATEGORIES]
    document = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "annotations.json").write_text(json.dumps(document), encoding="utf-8")
