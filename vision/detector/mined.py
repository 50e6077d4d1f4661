"""Pictures picked for labelling, as a COCO folder that labelling tools open and `patrol detector train` takes in."""

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from missions.detection import Detection
from missions.errors import InputError
from vision.detector.classes import CATEGORIES, CATEGORY_OF_KIND

SOURCE = "mined"
"""What the pictures call their source: a mixture that does not name it gives it the share of `other`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MinedPicture:
    """One picture to label, or one that a reviewer's word has labelled already."""

    name: str
    """Of the file, without suffix."""
    image: NDArray[np.uint8]
    """(H, W, 3) BGR."""
    labelled_classes: tuple[str, ...]
    """Of which it is known that the picture shows none: what a reviewer dismissed."""
    proposals: Sequence[Detection]
    """What the model says; nobody has looked at it."""
    view: str = "mixed"
    """nadir, oblique or mixed."""
    about: dict[str, object] = field(default_factory=dict)
    """Where it comes from and why it was picked."""


def write_mined(pictures: Iterable[MinedPicture], folder: Path) -> Iterator[int]:
    """Write the pictures, yielding how many there are; the folder appears whole or not at all.

    Proposals are annotations with `proposal: true`, which training leaves out until a tool or a person takes the mark
    away; a picture whose `labelled_classes` is empty teaches nothing until they are named.

    Raises:
        InputError: the folder holds something, or cannot be written.

    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("exists and is not empty", file=folder, remedy="a new folder")
    scratch = folder.resolve().with_name(f".{folder.resolve().name}.{os.getpid()}.part")
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    try:
        (scratch / "images").mkdir(parents=True)
        for number, picture in enumerate(pictures, 1):
            cv2.imwrite(str(scratch / "images" / f"{picture.name}.jpg"), picture.image, [cv2.IMWRITE_JPEG_QUALITY, 95])
            images.append(_image(number, picture))
            annotations += _proposed(picture.proposals, number, len(annotations) + 1)
            yield number
        categories = [{"id": number, "name": name} for number, name in CATEGORIES]
        document = {"images": images, "annotations": annotations, "categories": categories}
        (scratch / "annotations.json").write_text(json.dumps(document, indent=1), encoding="utf-8")
        scratch.replace(folder.resolve())
    except OSError as exc:
        raise InputError(f"cannot be written: {exc.strerror}", file=folder, remedy="a folder that can be made") from exc
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _image(number: int, picture: MinedPicture) -> dict[str, object]:
    return {
        "id": number,
        "file_name": f"{picture.name}.jpg",
        "width": picture.image.shape[1],
        "height": picture.image.shape[0],
        "source": SOURCE,
        "modality": "rgb",
        "view": picture.view,
        "labelled_classes": list(picture.labelled_classes),
        "ignore": [],
        **picture.about,
    }


def _proposed(proposals: Sequence[Detection], image: int, first: int) -> Iterator[dict[str, object]]:
    for number, found in enumerate(proposals, first):
        x1, y1, x2, y2 = found.box_px
        xywh = [round(value, 1) for value in (x1, y1, x2 - x1, y2 - y1)]
        yield {
            "id": number,
            "image_id": image,
            "category_id": CATEGORY_OF_KIND[found.kind],
            "bbox": xywh,
            "area": round(xywh[2] * xywh[3], 1),
            "iscrowd": 0,
            "proposal": True,
            "score": round(found.score, 3),
        }
