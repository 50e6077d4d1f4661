"""Tiles to train on: a piece of a picture, turned, scaled and weathered, with what is known about it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.detector.augment import weathered
from vision.detector.classes import AMORPHOUS, KINDS
from vision.detector.coco import Picture
from vision.detector.flames import FIRE, FlameCutouts
from vision.detector.labels import Labels
from vision.detector.letterbox import Letterbox
from vision.detector.pasting import BORDER, SmallObjects

TILE_PX: Final = (640, 384)
"""Half the width and height of the input: a plume and what is around it fit at full size, a whole picture at half."""

_INPUT_PX: Final = (1280, 736)
_LEAST_SIDE_PX: Final = 5.0
"""A smaller object is left out: nothing on the fine grid could tell it from noise."""
_BURNING: Final = 0.3
"""Share of the tiles without fire that get a real flame."""
_PASTED: Final = 0.1
"""Share of the tiles into which small objects are put: more, and anything small on any roof is taken for a person."""
_LEAST_SHARE: Final = 0.35
"""An object cut by the tile's edge below this share of its area is left out."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tile:
    """One training sample."""

    image: NDArray[np.uint8]
    """(H, W, 3) BGR."""
    labels: Labels


class Additions(NamedTuple):
    """What is put into pictures that do not have it."""

    flames: FlameCutouts
    objects: SmallObjects


def make_tile(
    image: NDArray[np.uint8],
    picture: Picture,
    rng: np.random.Generator,
    *,
    quarter: bool = False,
    additions: Additions | None = None,
    plain: bool = False,
) -> Tile:
    """Return a random tile around one of the picture's objects, or anywhere (one in five; always where none is).

    Args:
        image: the decoded picture, (H, W, 3) BGR.
        picture: what is known of it.
        rng: decides everything.
        quarter: half the width and height, for a mosaic.
        additions: flames for roads without fire, small objects for where there is room; None adds nothing.
        plain: in the size in which the network sees the picture when it flies, give or take 5 %, and in no weather.

    """
    size_px = (TILE_PX[0] // 2, TILE_PX[1] // 2) if quarter else TILE_PX
    as_flown = Letterbox.fitting((picture.width_px, picture.height_px), _INPUT_PX).scale
    shrunk = as_flown * (math.exp(rng.uniform(math.log(0.5), 0.0)) if quarter else 1.0)
    scale = shrunk * math.exp(rng.uniform(-0.05, 0.05)) if plain else _scale(picture, size_px, shrunk, rng)
    centre = _centre(picture.labels, np.array(image.shape[1::-1]), np.array(size_px, np.float64) / scale, rng)
    tile_from_picture = _affine(picture, scale, centre, size_px, rng)
    if scale < 0.75:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.35 / scale), np.uint8)
    warped = cv2.warpAffine(
        image,
        tile_from_picture,
        size_px,
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(BORDER,) * 3,
    )
    piece: NDArray[np.uint8] = np.asarray(warped, np.uint8)
    labels = _moved(picture.labels, tile_from_picture, size_px)
    if additions is not None:
        piece, labels = _with_additions(piece, labels, picture, rng, additions=additions, shrunk=shrunk)
    return Tile(image=piece if plain else weathered(piece, rng, modality=picture.modality), labels=labels)


def _with_additions(
    piece: NDArray[np.uint8],
    labels: Labels,
    picture: Picture,
    rng: np.random.Generator,
    *,
    additions: Additions,
    shrunk: float,
) -> tuple[NDArray[np.uint8], Labels]:
    if rng.random() < _PASTED:
        piece, labels = additions.objects.put_on(piece, labels, rng, modality=picture.modality, scale=shrunk)
    may_burn = picture.modality == "rgb" and labels.labelled[FIRE] and rng.random() < _BURNING
    if may_burn and not (picture.labels.kinds == FIRE).any():
        piece, labels = additions.flames.put_on(piece, labels, rng, scale=min(1.0, shrunk))
    return piece, labels


def mosaic(quarters: Sequence[Tile]) -> Tile:
    """Return four quarters as one tile (Bochkovskiy et al. 2020): as much to learn in a quarter of the work.

    They must come from pictures in which the same kinds were labelled.
    """
    a, b, c, d = quarters
    height_px, width_px = a.image.shape[:2]
    corners = [(0, 0), (width_px, 0), (0, height_px), (width_px, height_px)]
    shifts = [np.array([*corner, *corner], np.float32) for corner in corners]

    def shifted(of: Callable[[Labels], NDArray[np.float32]]) -> NDArray[np.float32]:
        return np.concatenate([of(q.labels) + shift for q, shift in zip(quarters, shifts, strict=True)])

    return Tile(
        image=np.vstack([np.hstack([a.image, b.image]), np.hstack([c.image, d.image])]),
        labels=Labels(
            boxes_px=shifted(lambda labels: labels.boxes_px),
            kinds=np.concatenate([q.labels.kinds for q in quarters]),
            ignored_px=shifted(lambda labels: labels.ignored_px),
            labelled=a.labels.labelled,
        ),
    )


def _scale(picture: Picture, size_px: tuple[int, int], shrunk: float, rng: np.random.Generator) -> float:
    scale = shrunk * math.exp(rng.uniform(math.log(0.65), math.log(1.5)))
    largest = float((picture.labels.boxes_px[:, 2:] - picture.labels.boxes_px[:, :2]).max(initial=0.0))
    if largest * scale > 0.8 * size_px[1] and rng.random() < 0.6:  # now and then a whole plume, seen smaller
        scale = min(scale, rng.uniform(0.5, 1.0) * size_px[1] / largest)
    filling = min(size_px[0] / picture.width_px, size_px[1] / picture.height_px)
    return max(scale, 0.85 * filling)  # smaller, and most of the tile would teach nothing


def _centre(
    labels: Labels, picture_px: NDArray[np.int64], seen_px: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return where the tile's middle looks, in the picture, so that little beyond the picture's edge is seen."""
    if len(labels.boxes_px) and rng.random() < 0.8:
        rarity = 1.0 / np.bincount(labels.kinds, minlength=len(KINDS))[labels.kinds]
        box = labels.boxes_px[rng.choice(len(rarity), p=rarity / rarity.sum())]
        wanted = (box[:2] + box[2:]) / 2 + rng.uniform(-0.4, 0.4, 2) * seen_px
    else:
        wanted = rng.uniform(0.0, 1.0, 2) * picture_px
    low, high = np.minimum(seen_px, picture_px) / 2, picture_px - np.minimum(seen_px, picture_px) / 2
    result: NDArray[np.float64] = np.clip(wanted, low, high)
    return result


def _affine(
    picture: Picture,
    scale: float,
    centre: NDArray[np.float64],
    size_px: tuple[int, int],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return the 2x3 matrix tile from picture; quarter turns only from above, where no way is up, and boxes fit."""
    turn = np.eye(2)
    if rng.random() < 0.5:
        turn = np.diag([-1.0, 1.0]) @ turn
    if picture.view == "nadir":
        quarter = np.array([[0.0, -1.0], [1.0, 0.0]])
        turn = np.linalg.matrix_power(quarter, int(rng.integers(4))) @ turn
    stretch = np.diag(np.exp(rng.normal(0.0, 0.06, 2)))
    linear = scale * stretch @ turn
    return np.column_stack([linear, np.array(size_px) / 2 - linear @ centre])


def _moved(labels: Labels, tile_from_picture: NDArray[np.float64], size_px: tuple[int, int]) -> Labels:
    boxes = _move_boxes(labels.boxes_px, tile_from_picture)
    limits = np.array([*size_px, *size_px], np.float32)
    visible = np.clip(boxes, 0.0, limits)
    sides = np.clip(visible[:, 2:] - visible[:, :2], 0.0, None)
    share = sides.prod(axis=1) / np.maximum((boxes[:, 2:] - boxes[:, :2]).prod(axis=1), 1e-6)
    amorphous = np.isin(labels.kinds, list(AMORPHOUS))
    whole = (share >= _LEAST_SHARE) | (amorphous & (sides.min(axis=1, initial=1e9) >= 24.0))
    seen = sides.min(axis=1, initial=1e9) > 0.0
    good = seen & whole & (sides.max(axis=1, initial=0.0) >= _LEAST_SIDE_PX)
    ignored = np.clip(_move_boxes(labels.ignored_px, tile_from_picture), 0.0, limits)
    return Labels(
        boxes_px=visible[good],
        kinds=labels.kinds[good],
        ignored_px=np.concatenate([ignored, visible[seen & ~good]]),
        labelled=labels.labelled,
    )


def _move_boxes(boxes_px: NDArray[np.float32], matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    one = boxes_px[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    other = boxes_px[:, 2:] @ matrix[:, :2].T + matrix[:, 2]
    return np.concatenate([np.minimum(one, other), np.maximum(one, other)], axis=1).astype(np.float32)
