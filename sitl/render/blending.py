"""Laying colours and lights over parts of a picture."""

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]


def blended(
    image: Image, region: tuple[int, int, int, int], cover: NDArray[np.float32], colour: NDArray[np.floating]
) -> None:
    """Lay a colour over a region (x0, y0, x1, y1) by its cover, 0..1; both may be coarser than the region."""
    x0, y0, x1, y1 = region
    size = (x1 - x0, y1 - y0)
    part = image[y0:y1, x0:x1, :3]
    fine = cv2.resize(cover, size, interpolation=cv2.INTER_LINEAR)[:, :, None]
    tint = cv2.resize(colour.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    part[:] = np.clip(part + (tint - part) * fine, 0, 255).astype(np.uint8)


def shone(
    image: Image, middle_px: tuple[float, float], reach_px: tuple[float, float], light: NDArray[np.float64]
) -> None:
    """Add a soft light: brightest at its middle, e^-2 of that at its reach to the sides and up and down.

    Args:
        image: (H, W, 3 or 4), changed in place.
        middle_px: of the light.
        reach_px: half its width and half its height.
        light: (3,) grey levels added in the middle, BGR.

    """
    height, width = image.shape[:2]
    (u, v), (wide, high) = middle_px, (max(reach_px[0], 0.7), max(reach_px[1], 0.7))
    x0, x1 = max(0, int(u - 1.6 * wide)), min(width, int(u + 1.6 * wide) + 2)
    y0, y1 = max(0, int(v - 1.6 * high)), min(height, int(v + 1.6 * high) + 2)
    if x0 >= x1 or y0 >= y1:
        return
    across = np.exp(-2.0 * ((np.arange(x0, x1) - u) / wide) ** 2)
    down = np.exp(-2.0 * ((np.arange(y0, y1) - v) / high) ** 2)
    part = image[y0:y1, x0:x1, :3]
    part[:] = np.clip(part + (down[:, None] * across)[:, :, None] * light, 0, 255).astype(np.uint8)
