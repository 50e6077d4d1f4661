"""What weather, lens, sensor and link do to a picture; places of objects stay as they are."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

_NOISE: Final = np.random.default_rng(20).normal(0.0, 1.0, 1 << 21).astype(np.float32)
"""Drawn once: drawing a million numbers for every tile costs as much as training on it."""


def weathered(image: Image, rng: np.random.Generator, *, modality: str = "rgb") -> Image:
    """Return the picture in other light, haze, focus, noise and compression."""
    image = _toned(image, rng, colour=modality == "rgb")
    if rng.random() < 0.15:
        image = hazy(image, rng)
    if rng.random() < 0.15:
        image = _u8(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 1.4)))
    if rng.random() < 0.35:
        image = _noisy(image, rng)
    if rng.random() < 0.25:
        image = _compressed(image, rng)
    return image


def _u8(image: object) -> Image:
    return np.asarray(image, np.uint8)


def _toned(image: Image, rng: np.random.Generator, *, colour: bool) -> Image:
    if colour and rng.random() < 0.5:
        grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
        kept = 0.0 if rng.random() < 0.12 else rng.uniform(0.4, 1.5)
        image = _u8(cv2.addWeighted(image, kept, grey, 1.0 - kept, 0.0))
    gamma, contrast, shift = np.exp(rng.normal(0, 0.2)), rng.uniform(0.75, 1.25), rng.normal(0, 0.06)
    cast = rng.normal(1.0, 0.05, 3) if colour else np.ones(3)
    ramp = np.linspace(0.0, 1.0, 256)[:, None] ** gamma
    table = np.clip(((ramp - 0.5) * contrast + 0.5 + shift) * cast * 255.0, 0, 255).astype(np.uint8)
    return _u8(cv2.LUT(image, table.reshape(1, 256, 3)))


def hazy(image: Image, rng: np.random.Generator) -> Image:
    """Return the picture with 10 to 50 % of even, bright haze before it."""
    thickness, light = rng.uniform(0.1, 0.5), rng.uniform(150, 230)
    return _u8(cv2.addWeighted(image, 1.0 - thickness, image, 0.0, thickness * light))


def _noisy(image: Image, rng: np.random.Generator) -> Image:
    sigma = rng.uniform(1.5, 9.0)
    start = int(rng.integers(0, len(_NOISE) - image.size)) if image.size < len(_NOISE) else 0
    noise = np.resize(_NOISE[start : start + image.size], image.shape)
    return _u8(np.clip(image + noise * np.float32(sigma), 0, 255))


def _compressed(image: Image, rng: np.random.Generator) -> Image:
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 85))])
    return _u8(cv2.imdecode(data, cv2.IMREAD_COLOR))
