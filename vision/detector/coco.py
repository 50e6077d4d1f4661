"""Reading and writing pictures with boxes: a folder of `annotations.json` and `images/`, COCO with federated labels."""

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

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
    categories: tuple[str, ...] = ()
    """The finer class of each of the labels' boxes, as the file names it; none where that is not known."""


@dataclass(frozen=True, slots=True)
class _Boxes:
    """The boxes of one picture as the file has them."""

    xywh: list[list[float]]
    categories: list[str]


def load_pictures(folder: Path) -> tuple[Picture, ...]:
    """Return the pictures of a COCO folder, in its order; finer classes are merged into KINDS.

    An annotation with a true `proposal` is what a model said and nobody has looked at: it is left out.

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
        names = _category_names(document["categories"], file)
        sizes = _sizes(document["images"], file)
        boxes = _boxes_by_picture(document["annotations"], names, sizes, file)
        known = {*names.values(), *KIND_OF_CATEGORY}
        return tuple(_picture(folder, image, boxes[image["id"]], known, file) for image in document["images"])
    except KeyError as exc:
        raise InputError(f"not COCO annotations: no {exc}", file=file, remedy=_REMEDY) from exc
    except (TypeError, ValueError, AttributeError) as exc:
        raise InputError(f"not COCO annotations: {exc}", file=file, remedy=_REMEDY) from exc


_REMEDY: Final = "images, annotations, categories"


def _category_names(categories: list[dict[str, Any]], file: Path) -> dict[Any, str]:
    names = {category["id"]: _plain(category["name"] or "") for category in categories}
    for number, name in names.items():
        if not name:
            raise InputError("is a class without a name", file=file, field=f"category {number}", remedy="car, smoke...")
    return names


def _plain(name: object) -> str:
    """Return a class's name as ours are written: `Two-Wheeler` is `two_wheeler`."""
    return str(name).strip().lower().replace("-", "_").replace(" ", "_")


def _sizes(images: list[dict[str, Any]], file: Path) -> dict[Any, tuple[int, int]]:
    """Return the pictures' width and height by id; each record is a whole one."""
    sizes: dict[Any, tuple[int, int]] = {}
    for number, image in enumerate(images, 1):
        where = f"image {image.get('file_name', number)}"
        for key in ("id", "file_name", "width", "height"):
            if key not in image:
                raise InputError(f"has no {key}", file=file, field=where, remedy="id, file_name, width, height")
        if image["id"] in sizes:
            raise InputError(f"id {image['id']} stands twice", file=file, field=where, remedy="an id of its own")
        sizes[image["id"]] = int(image["width"]), int(image["height"])
        if min(sizes[image["id"]]) < 1:
            raise InputError("has no size", file=file, field=where, remedy="width and height in pixels")
    return sizes


def _boxes_by_picture(
    annotations: list[dict[str, Any]], names: dict[Any, str], sizes: dict[Any, tuple[int, int]], file: Path
) -> dict[Any, _Boxes]:
    """Return the boxes of the classes that are known, by picture; every record is looked at."""
    boxes: dict[Any, _Boxes] = defaultdict(lambda: _Boxes([], []))
    for number, record in enumerate(annotations, 1):
        where = f"annotation {record.get('id', number)}"
        category = names.get(record["category_id"])
        if category is None:
            what = f"category_id {record['category_id']!r} is none of the file's categories"
            raise InputError(what, file=file, field=where, remedy=f"one of {sorted(names)}")
        size = sizes.get(record["image_id"])
        if size is None:
            raise InputError(f"belongs to no picture: image_id {record['image_id']!r}", file=file, field=where)
        xywh = _checked_box(record["bbox"], size, where, file)
        if category in KIND_OF_CATEGORY and not record.get("proposal", False) and min(xywh[2:]) > 0:
            boxes[record["image_id"]].xywh.append(xywh)
            boxes[record["image_id"]].categories.append(category)
    return boxes


def _checked_box(bbox: Any, size: tuple[int, int], where: str, file: Path) -> list[float]:  # noqa: ANN401 - JSON
    """Return x, y, width, height; a box may reach one pixel over the edge, as rounding does."""
    try:
        x, y, width, height = (float(value) for value in bbox)
    except (TypeError, ValueError) as exc:
        raise InputError(f"{bbox!r} is no box", file=file, field=where, remedy=_BOX) from exc
    if not math.isfinite(x + y + width + height) or min(width, height) < 0:
        raise InputError(f"{bbox!r} is no box", file=file, field=where, remedy=_BOX)
    if min(x, y) < -1 or x + width > size[0] + 1 or y + height > size[1] + 1:
        what = f"{bbox!r} reaches outside its picture of {size[0]}x{size[1]}"
        raise InputError(what, file=file, field=where, remedy=_BOX)
    return [x, y, width, height]


_BOX: Final = "x, y, width, height in pixels"


def _picture(folder: Path, image: dict[str, Any], boxes: _Boxes, known: set[str], file: Path) -> Picture:
    width, height, name = int(image["width"]), int(image["height"]), str(image["file_name"])
    corners = np.clip(_corners(boxes.xywh), 0, [width, height, width, height]).astype(np.float32)
    labelled = np.zeros(len(KINDS), bool)
    for said in image.get("labelled_classes", KIND_OF_CATEGORY):
        category = _plain(said)
        if category not in known:
            what = f"labelled_classes names {said!r}, which is no class"
            raise InputError(what, file=file, field=name, remedy=", ".join(KIND_OF_CATEGORY))
        if category in KIND_OF_CATEGORY:
            labelled[KIND_OF_CATEGORY[category]] = True
    solid = (corners[:, 2:] - corners[:, :2]).min(axis=1, initial=1e9) > 0
    kinds = np.array([KIND_OF_CATEGORY[category] for category in boxes.categories], np.int64)
    return Picture(
        path=folder / "images" / name,
        width_px=width,
        height_px=height,
        source=str(image.get("source", folder.name)),
        modality=str(image.get("modality", "rgb")),
        view=str(image.get("view", "mixed")),
        labels=Labels(
            boxes_px=corners[solid],
            kinds=kinds[solid],
            ignored_px=_corners(image.get("ignore", [])),
            labelled=labelled,
        ),
        categories=tuple(category for category, kept in zip(boxes.categories, solid, strict=True) if kept),
    )


def _corners(boxes_xywh: list[Any]) -> NDArray[np.float32]:
    array = np.array(boxes_xywh, np.float32).reshape(-1, 4)
    array[:, 2:] += array[:, :2]
    return array


def read_picture(picture: Picture) -> NDArray[np.uint8]:
    """Return the (H, W, 3) BGR picture.

    Raises:
        InputError: it cannot be decoded, was cut off, or is not of the size its annotations say.

    """
    try:
        data = picture.path.read_bytes()
    except OSError as exc:
        raise InputError(f"cannot be read: {exc.strerror}", file=picture.path, remedy="JPEG or PNG") from exc
    whole = not data.startswith(_JPEG_BEGINS) or _JPEG_ENDS in data[-_JPEG_TAIL:]
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data and whole else None
    if image is None:
        what = "not a readable picture" if whole else "not a readable picture: its end is missing"
        raise InputError(what, file=picture.path, remedy="JPEG or PNG")
    if image.shape[:2] != (picture.height_px, picture.width_px):
        said = f"{picture.width_px}x{picture.height_px}"
        raise InputError(f"is {image.shape[1]}x{image.shape[0]}, annotated as {said}", file=picture.path)
    return np.asarray(image, np.uint8)


_JPEG_BEGINS: Final = b"\xff\xd8"
_JPEG_ENDS: Final = b"\xff\xd9"
_JPEG_TAIL: Final = 4096
"""Bytes at the end among which a whole JPEG has its end mark; a decoder fills what was cut off with grey and says
nothing."""


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
