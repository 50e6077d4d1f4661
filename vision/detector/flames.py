"""Real flames cut out of real pictures and put onto streets seen from above: there are no pictures of real ones."""

import math
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.detector.classes import KINDS
from vision.detector.coco import Picture
from vision.detector.labels import Labels

FIRE: Final = KINDS.index("fire")
_VEHICLE: Final = KINDS.index("vehicle")
_CUTOUT_PX: Final = (24.0, 320.0)
"""Sides of boxes that flames are cut from: smaller ones have no shape left, larger ones are walls of fire."""
_COVER: Final = (0.12, 0.8)
"""Least and most of a cutout that is flame; beyond it, the glow of everything around was taken for flames."""
_SIDE_PX: Final = (9.0, 72.0)
"""Longer side of a flame on a street seen from 30 to 120 m, pixels at full size."""


class _Cutout(NamedTuple):
    image: NDArray[np.float32]
    """(H, W, 3) BGR."""
    alpha: NDArray[np.float32]
    """(H, W) 0..1."""


class FlameCutouts:
    """Flames of the pictures that have labelled ones."""

    def __init__(self, pictures: Sequence[Picture], read: Callable[[int], NDArray[np.uint8]]) -> None:
        self._read = read
        self._places = [
            (number, tuple(int(v) for v in box))
            for number, picture in enumerate(pictures)
            if picture.modality == "rgb" and picture.source != "rendered"
            for box in picture.labels.boxes_px[picture.labels.kinds == FIRE]
            if _CUTOUT_PX[0] <= (box[2:] - box[:2]).min() and (box[2:] - box[:2]).max() <= _CUTOUT_PX[1]
        ]

    def put_on(
        self, image: NDArray[np.uint8], labels: Labels, rng: np.random.Generator, *, scale: float
    ) -> tuple[NDArray[np.uint8], Labels]:
        """Return the picture with one or two flames on it, most of them on vehicles, and its labels with theirs.

        Unchanged where there is nothing to cut from, or the cutout drawn is no clear flame.
        """
        burning = image
        boxes: list[list[float]] = []
        for _ in range(int(rng.integers(1, 3)) if self._places else 0):
            cutout = self._cutout(int(rng.integers(len(self._places))))
            side_px = math.exp(rng.uniform(math.log(_SIDE_PX[0]), math.log(_SIDE_PX[1]))) * scale
            middle = _middle(image, labels, rng)
            if cutout is not None:
                burning = burning.copy() if not boxes else burning
                boxes += _lay(burning, cutout, middle, max(side_px, 6.0), rng)
        if not boxes:
            return image, labels
        return burning, Labels(
            boxes_px=np.concatenate([labels.boxes_px, np.array(boxes, np.float32)]),
            kinds=np.concatenate([labels.kinds, np.full(len(boxes), FIRE)]),
            ignored_px=labels.ignored_px,
            labelled=labels.labelled,
        )

    def _cutout(self, index: int) -> _Cutout | None:
        number, (x1, y1, x2, y2) = self._places[index]
        image = self._read(number)[y1:y2, x1:x2].astype(np.float32)
        alpha = flame_alpha(image)
        return _Cutout(image, alpha) if _COVER[0] <= float(alpha.mean()) <= _COVER[1] else None


def flame_alpha(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how much of each pixel is flame, (H, W) 0..1: red far above blue, or glaring; fading to the edges."""
    blue, red, least = image[:, :, 0], image[:, :, 2], image.min(axis=2)
    warm = np.clip((red - blue - 50.0) / 80.0, 0, 1) * np.clip((red - 130.0) / 70.0, 0, 1)
    glaring = np.clip((least - 200.0) / 40.0, 0, 1) * np.clip((red - blue) / 12.0, 0, 1)
    down, across = (_faded(side) for side in red.shape)
    alpha: NDArray[np.float32] = (np.maximum(warm, glaring) * down[:, None] * across[None, :]).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(alpha, (0, 0), 0.8), np.float32)


def _faded(side_px: int) -> NDArray[np.float64]:
    """Return (side_px,) 1 in the middle, falling to 0 at both ends."""
    pixels = np.arange(side_px) + 0.5
    faded: NDArray[np.float64] = np.clip(np.minimum(pixels, side_px - pixels) / (0.12 * side_px), 0, 1)
    return faded


def _middle(image: NDArray[np.uint8], labels: Labels, rng: np.random.Generator) -> NDArray[np.float64]:
    vehicles = labels.boxes_px[labels.kinds == _VEHICLE]
    if len(vehicles) and rng.random() < 0.6:
        box = vehicles[rng.integers(len(vehicles))]
        place: NDArray[np.float64] = box[:2] + rng.uniform(0.1, 0.9, 2) * (box[2:] - box[:2])
        return place
    anywhere: NDArray[np.float64] = rng.uniform(0.05, 0.95, 2) * np.array(image.shape[1::-1])
    return anywhere


def _lay(
    image: NDArray[np.uint8], cutout: _Cutout, middle: NDArray[np.float64], side_px: float, rng: np.random.Generator
) -> list[list[float]]:
    """Blend a flame into the picture; return its box, or nothing where too little of it is left in the picture."""
    height, width = cutout.alpha.shape
    scale = side_px / max(height, width)
    size = (max(3, round(width * scale)), max(3, round(height * scale)))
    flame, alpha = (cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in (cutout.image, cutout.alpha))
    if rng.random() < 0.5:
        flame, alpha = flame[:, ::-1], alpha[:, ::-1]
    left, top = (round(float(m) - s / 2) for m, s in zip(middle, size, strict=True))
    a, b = max(0, left), max(0, top)
    c, d = min(image.shape[1], left + size[0]), min(image.shape[0], top + size[1])
    if c - a < 3 or d - b < 3:
        return []
    part = np.s_[b - top : d - top, a - left : c - left]
    cover = alpha[part] * float(rng.uniform(0.75, 1.0))
    solid = cover > 0.3
    if solid.mean() < 0.1:
        return []
    region = image[b:d, a:c]
    region[:] = (region + (flame[part] - region) * cover[:, :, None]).astype(np.uint8)
    columns, rows = np.flatnonzero(solid.any(axis=0)), np.flatnonzero(solid.any(axis=1))
    return [[float(a + columns[0]), float(b + rows[0]), float(a + columns[-1] + 1), float(b + rows[-1] + 1)]]
