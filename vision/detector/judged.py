"""Labelled pictures and what a detector says of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from missions.detection import Detection
from missions.ports import Detector
from vision.detector.augment import hazy
from vision.detector.coco import Picture, read_picture

EVALUATION_CONF: Final = 0.005
"""Least score that is counted: average precision needs the weak boxes too."""
_HAZE_SEED: Final = 20
Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged:
    """A picture and what the detector said of it."""

    picture: Picture
    detections: Sequence[Detection]
    """Best first."""


def detect_all(
    detector: Detector, pictures: Sequence[Picture], changed: Callable[[Image, int], Image] | None = None
) -> Iterator[Judged]:
    """Yield the pictures with their detections, one by one; `changed` has each picture and its number first."""
    for number, picture in enumerate(pictures):
        image = read_picture(picture)
        yield Judged(picture=picture, detections=detector.detect(image if changed is None else changed(image, number)))


def hazed(image: Image, number: int) -> Image:
    """Return picture `number` of a set in haze, as thick and as bright as its number says: the same every time."""
    return hazy(image, np.random.default_rng((_HAZE_SEED, number)))
