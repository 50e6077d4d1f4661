"""Pictures for tests of the second look: drawn by hand, or rendered from a seed."""

import cv2
import numpy as np

from missions.detection import Box
from vision.clip import Clip, with_picture

HZ = 5.0
PLACE = Box(280.0, 150.0, 360.0, 210.0)
SIZE = (640, 360)


def street(seed: int = 3) -> np.ndarray:
    """A grey, grainy street, (H, W) float."""
    coarse = np.random.default_rng(seed).normal(0, 20, (90, 160)).astype(np.float32)
    return cv2.resize(coarse, SIZE, interpolation=cv2.INTER_CUBIC) + 110


def clip_of(pictures: list[np.ndarray], *, motion: np.ndarray | None = None, hz: float = HZ) -> Clip:
    """The clip of (H, W) or (H, W, 3) pictures; `motion` is that of the background from each to the next."""
    clip = Clip()
    for number, picture in enumerate(pictures):
        noise = np.random.default_rng(number).normal(0, 2, picture.shape)
        grey = np.clip(picture + noise, 0, 255).astype(np.uint8)
        clip = with_picture(
            clip,
            cv2.merge([grey] * 3) if grey.ndim == 2 else grey,
            pts_s=number / hz,
            motion=np.eye(2, 3, dtype=np.float32) if motion is None or number == 0 else motion,
            sure=True,
            things_px=np.zeros((0, 4)),
        )
    return clip


def puffs(number: int, *, speed_px: float = 5.0, seed: int = 9) -> np.ndarray:
    """The street with white puffs over the place that leave its left side and drift to the right."""
    picture = street()
    rng = np.random.default_rng(seed)
    for born in range(-12, number + 1):
        aside, wide = rng.uniform(-12, 12), rng.uniform(5, 9)
        u, v = 285.0 + speed_px * (number - born), 180.0 + aside
        if u > 360:
            continue
        y, x = np.mgrid[120:240, 250:400]
        part = picture[120:240, 250:400]
        part += (235 - part) * 0.7 * np.exp(-(((x - u) ** 2 + (y - v) ** 2) / wide**2)).astype(np.float32)
    return picture
