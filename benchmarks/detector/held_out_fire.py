"""Real fires of the D-Fire files that neither train nor val has, nor anything that looks like one of theirs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import cv2
import numpy as np
from numpy.typing import NDArray

from missions.errors import InputError
from vision.detector.coco import load_pictures, read_picture

_ALIKE: Final = 0.75
"""Correlation of two pictures at 24x24, or of one with the other's mirror image, from which they may show one fire."""
_SIDE: Final = 24
Record = tuple[Path, dict[str, Any], list[tuple[str, list[float]]]]


def unseen_fires(clone: Path, data: Path) -> Iterator[Record]:
    """Yield file, image record and boxes of fire; smoke was not labelled.

    Args:
        clone: a checkout of Aqua-16/Ignision, which holds the D-Fire files (CC0 1.0).
        data: the folder with `train/` and `val/`.

    """
    files = sorted(file for file in clone.glob("dataset/*/*WEB*.jpg") if file.with_suffix(".xml").is_file())
    if not files:
        raise InputError("no dataset/*/*.jpg with .xml beside", file=clone, remedy="a checkout of Ignision")
    known = [
        _look(read_picture(picture))
        for part in ("train", "val")
        for picture in load_pictures(data / part)
        if picture.source == "dfire"
    ]
    for file in files:
        image = cv2.imread(str(file))
        if image is None:
            continue
        looks = [_look(image), _look(image[:, ::-1])]
        if max(float(one @ other) for one in looks for other in known) < _ALIKE:
            known.append(looks[0])
            about = {"source": "dfire", "modality": "rgb", "view": "mixed", "labelled_classes": ["fire"], "ignore": []}
            yield file, about, [("fire", box) for box in _boxes(file.with_suffix(".xml"))]


def _look(image: NDArray[Any]) -> NDArray[np.float32]:
    """Return the picture at 24x24, grey, with mean 0 and length 1."""
    small = cv2.resize(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    flat = small.astype(np.float32).ravel()
    flat -= flat.mean()
    result: NDArray[np.float32] = flat / max(float(np.linalg.norm(flat)), 1e-6)
    return result


def _boxes(file: Path) -> Iterator[list[float]]:
    for found in ET.parse(file).getroot().iter("bndbox"):
        x1, y1, x2, y2 = (float(found.findtext(edge) or 0) for edge in ("xmin", "ymin", "xmax", "ymax"))
        yield [x1, y1, x2 - x1, y2 - y1]
