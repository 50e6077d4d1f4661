"""What is taken for smoke and is none: fog, dust, steam-like veils, white sheets, glare. For training."""

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.render.look import fractal_noise

Image = NDArray[np.uint8]
Floats = NDArray[np.float32]

_VEIL_PX = 256
_VEILS: list[Floats] = []


def add_distractors(image: Image, rng: np.random.Generator) -> Image:
    """Return the picture with none, one or a few hard negatives."""
    height, width = image.shape[:2]
    if rng.random() < 0.25:
        _veil(
            image,
            rng,
            size_px=float(rng.uniform(0.8, 2.0)) * width,
            cover=float(rng.uniform(0.1, 0.4)),
            tone=(226.0, 222.0, 218.0),
        )
    if rng.random() < 0.2:
        _veil(
            image,
            rng,
            size_px=float(rng.uniform(60, 220)),
            cover=float(rng.uniform(0.15, 0.45)),
            tone=(120.0, 165.0, 190.0),
        )
    for _ in range(int(rng.integers(0, 3)) if rng.random() < 0.4 else 0):
        middle = rng.uniform((0, 0), (width, height))
        turned = (
            tuple(float(v) for v in middle),
            tuple(float(v) for v in rng.uniform(8, 60, 2)),
            float(rng.uniform(0, 90)),
        )
        corners = np.round(cv2.boxPoints(turned)).astype(np.int32)
        cv2.fillConvexPoly(
            image, corners, [float(v) for v in rng.uniform(200, 255) - rng.uniform(0, 12, 3)], cv2.LINE_AA
        )
    return image


def _veil(
    image: Image, rng: np.random.Generator, *, size_px: float, cover: float, tone: tuple[float, float, float]
) -> None:
    """Lay a flat, soft-edged patch over the picture."""
    height, width = image.shape[:2]
    side = int(size_px)
    left, top = int(rng.uniform(-0.3, 0.9) * width), int(rng.uniform(-0.3, 0.9) * height)
    a, b, c, d = max(0, left), max(0, top), min(width, left + side), min(height, top + side)
    if c - a < 4 or d - b < 4:
        return
    veils = _veils()
    whole = veils[int(rng.integers(0, len(veils)))]
    scale = _VEIL_PX / side
    part = whole[
        int((b - top) * scale) : int((d - top) * scale) + 1, int((a - left) * scale) : int((c - left) * scale) + 1
    ]
    mask = cv2.resize(part, (c - a, d - b), interpolation=cv2.INTER_LINEAR)[:, :, None] * cover
    region = image[b:d, a:c]
    region[:] = (region + (np.array(tone, np.float32) - region) * mask).astype(np.uint8)


def _veils() -> list[Floats]:
    if not _VEILS:
        y, x = np.mgrid[-1 : 1 : _VEIL_PX * 1j, -1 : 1 : _VEIL_PX * 1j]
        for number in range(4):
            noise = fractal_noise(_VEIL_PX, np.random.default_rng([number, 0x33]), octaves=3)
            soft = np.clip(1.1 - np.hypot(x, y) + 0.12 * noise, 0, 1)
            _VEILS.append((soft * soft * (3 - 2 * soft)).astype(np.float32))
    return _VEILS
