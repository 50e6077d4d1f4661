"""Small objects cut out of real pictures and put into others (Kisantal et al. 2019): rare kinds are seen more often."""

import math
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.detector.classes import KINDS
from vision.detector.coco import Picture
from vision.detector.labels import Labels

_PASTED: Final = (KINDS.index("person"), KINDS.index("two_wheeler"))
_SIDE_PX: Final = (7.0, 80.0)
"""Shorter and longer side of what is cut out, pixels of its picture."""
_MARGIN: Final = 0.25
"""Of the box's sides: what is around an object goes with it and fades out."""
BORDER: Final = 114
"""Grey beyond a picture's edge; nothing is put there."""
_MOST: Final = 2
_TRIES: Final = 6


class _Place(NamedTuple):
    picture: int
    kind: int
    box_px: NDArray[np.float32]


class SmallObjects:
    """People and two-wheelers of the pictures that are shown at all, by modality; rendered ones are there anyhow."""

    def __init__(
        self,
        pictures: Sequence[Picture],
        weights: NDArray[np.float64],
        read: Callable[[int], NDArray[np.uint8]],
    ) -> None:
        self._read = read
        self._places: dict[tuple[str, int], list[_Place]] = {}
        for number, (picture, weight) in enumerate(zip(pictures, weights, strict=True)):
            if weight == 0.0 or picture.source == "rendered":
                continue
            sides = picture.labels.boxes_px[:, 2:] - picture.labels.boxes_px[:, :2]
            for box, side, kind in zip(picture.labels.boxes_px, sides, picture.labels.kinds, strict=True):
                if kind in _PASTED and side.min() >= _SIDE_PX[0] and side.max() <= _SIDE_PX[1]:
                    self._places.setdefault((picture.modality, int(kind)), []).append(_Place(number, int(kind), box))

    def put_on(
        self, image: NDArray[np.uint8], labels: Labels, rng: np.random.Generator, *, modality: str, scale: float
    ) -> tuple[NDArray[np.uint8], Labels]:
        """Return the picture with one or two objects more, where none is yet, and its labels with theirs.

        Only kinds that were labelled in the picture are added. `scale` is the picture's own against the one it was
        taken at.
        """
        kinds = [kind for kind in _PASTED if labels.labelled[kind] and (modality, kind) in self._places]
        if not kinds:
            return image, labels
        filled = image.copy()
        taken = [*labels.boxes_px, *labels.ignored_px]
        boxes: list[NDArray[np.float32]] = []
        added: list[int] = []
        for _ in range(int(rng.integers(1, _MOST + 1))):
            places = self._places[modality, kinds[int(rng.integers(len(kinds)))]]
            place = places[int(rng.integers(len(places)))]
            size = scale * math.exp(rng.uniform(-0.35, 0.35))
            box = _free_box((place.box_px[2:] - place.box_px[:2]) * size, filled, [*taken, *boxes], rng)
            if box is not None:
                _lay(filled, self._read(place.picture), place.box_px, box, rng)
                boxes.append(box)
                added.append(place.kind)
        if not boxes:
            return image, labels
        return filled, Labels(
            boxes_px=np.concatenate([labels.boxes_px, np.array(boxes, np.float32)]),
            kinds=np.concatenate([labels.kinds, np.array(added)]),
            ignored_px=labels.ignored_px,
            labelled=labels.labelled,
        )


def _free_box(
    sides_px: NDArray[np.float32], image: NDArray[np.uint8], taken: list[NDArray[np.float32]], rng: np.random.Generator
) -> NDArray[np.float32] | None:
    """Return a box of these sides in the picture that touches none of those taken; None: no room was found."""
    room = np.array(image.shape[1::-1]) - sides_px
    if sides_px.min() < 5.0 or room.min() <= 0:
        return None
    others = np.array(taken, np.float32).reshape(-1, 4)
    for _ in range(_TRIES):
        corner = rng.uniform(0.0, room)
        box = np.concatenate([corner, corner + sides_px]).astype(np.float32)
        beyond = any(
            (image[int(v), int(u)] == BORDER).all() for u, v in (box[:2], box[2:] - 1, (box[:2] + box[2:]) / 2)
        )
        if not beyond and not ((box[:2] < others[:, 2:]) & (others[:, :2] < box[2:])).all(axis=1).any():
            return box
    return None


def _lay(
    image: NDArray[np.uint8],
    source: NDArray[np.uint8],
    source_px: NDArray[np.float32],
    target_px: NDArray[np.float32],
    rng: np.random.Generator,
) -> None:
    """Blend what is in one picture's box into another's, in place: full inside, fading over the margin."""
    margin = (target_px[2:] - target_px[:2]) * _MARGIN
    low = np.maximum(np.floor(target_px[:2] - margin), 0).astype(int)
    high = np.minimum(np.ceil(target_px[2:] + margin), image.shape[1::-1]).astype(int)
    scale = (target_px[2:] - target_px[:2]) / (source_px[2:] - source_px[:2])
    mirrored = rng.random() < 0.5
    along = np.array([-1.0 if mirrored else 1.0, 1.0])
    linear = np.diag(scale * along)
    shift = (target_px[:2] + target_px[2:]) / 2 - linear @ ((source_px[:2] + source_px[2:]) / 2) - low
    size = (int(high[0] - low[0]), int(high[1] - low[1]))
    piece = cv2.warpAffine(
        source, np.column_stack([linear, shift]), size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT
    ).astype(np.float32)
    across, down = (
        _cover(np.arange(low[i], high[i]) + 0.5, float(target_px[i]), float(target_px[i + 2]), float(margin[i]))
        for i in (0, 1)
    )
    cover = (down[:, None] * across[None, :])[:, :, None]
    region = image[low[1] : high[1], low[0] : high[0]]
    edge = 1.0 - cover
    light = ((region - piece) * edge).sum(axis=(0, 1)) / max(float(edge.sum()), 1.0)
    region[:] = np.clip(region + (piece + 0.7 * light - region) * cover, 0, 255).astype(np.uint8)


def _cover(pixels: NDArray[np.float64], first: float, last: float, margin: float) -> NDArray[np.float32]:
    """Return 1 between first and last, falling to 0 a margin further out."""
    outside = np.maximum(np.maximum(first - pixels, pixels - last), 0.0)
    return np.clip(1.0 - outside / max(margin, 1.0), 0.0, 1.0).astype(np.float32)
