"""What drawn strips are made of: pixels, boxes, cloudy textures, and laying one over the other."""

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.registration import Floats
from vision.second_look.strip import SIDE_PX, SPACING_S, Strip

Y, X = np.mgrid[0:SIDE_PX, 0:SIDE_PX].astype(np.float32)
"""(32, 32) row and column of each pixel."""
MIDDLE_PX = SIDE_PX / 2
TILE_PX = 2 * SIDE_PX
"""Side of a texture that is moved about; it repeats."""
_WHOLE_BOX = (6.0, 6.0, 26.0, 26.0)
_OCTAVES = ((1, 1.0), (2, 0.6), (4, 0.35))
"""How much finer, and how strong."""


def box_of(strip: Strip) -> tuple[float, float, float, float]:
    """Return (x1, y1, x2, y2) of the strip's box; of its middle where the box covers no pixel."""
    rows, columns = np.flatnonzero(strip.inside.any(1)), np.flatnonzero(strip.inside.any(0))
    if not len(rows) or not len(columns):
        return _WHOLE_BOX
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def steps_of(strip: Strip) -> NDArray[np.float64]:
    """Return the (N,) times of the pictures in steps of 0.4 s, 0 at the newest."""
    return strip.times_s / SPACING_S


def cloudy(rng: np.random.Generator, side_px: int, cells: int) -> Floats:
    """Return a (side, side) texture of deviation about 0.6, whose largest shapes are a side over `cells`."""
    layers = [strength * _noise(rng, side_px, max(cells * finer, 3)) for finer, strength in _OCTAVES]
    return np.asarray(sum(layers) / 1.2, np.float32)


def _noise(rng: np.random.Generator, side_px: int, cells: int) -> Floats:
    coarse = rng.normal(0.0, 1.0, (cells, cells)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (side_px, side_px), interpolation=cv2.INTER_CUBIC), np.float32)


def shifted(texture: Floats, x: float, y: float) -> Floats:
    """Return the (32, 32) part of a texture that begins at (x, y); the texture repeats."""
    return np.asarray(
        cv2.warpAffine(
            texture,
            np.array([[1.0, 0.0, x], [0.0, 1.0, y]], np.float32),
            (SIDE_PX, SIDE_PX),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_WRAP,
        ),
        np.float32,
    )


def bent(image: Floats, right: Floats | float, down: Floats | float, *, from_px: float = 0.0) -> Floats:
    """Return what (32, 32) pixels see of an image that far right of and below themselves."""
    return np.asarray(
        cv2.remap(
            np.asarray(image, np.float32),
            np.asarray(X + from_px + right, np.float32),
            np.asarray(Y + from_px + down, np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.float32,
    )


def laid_over(image: NDArray[np.floating] | NDArray[np.uint8], cover: NDArray[np.floating], colour: object) -> Floats:
    """Return the (32, 32, 3) image under a colour, or an image, that covers this (32, 32) share of each pixel."""
    share = cover[..., None]
    return np.asarray(image * (1.0 - share) + np.asarray(colour) * share, np.float32)


def within_box(strip: Strip, soft_px: float, *, margin: float = 0.0) -> Floats:
    """Return (32, 32): 1 inside the box, less within so many pixels of its border, 0 outside."""
    x1, y1, x2, y2 = box_of(strip)
    inward = np.minimum(np.minimum(X - x1, x2 - X), np.minimum(Y - y1, y2 - Y))
    return np.asarray(np.clip(inward / soft_px + margin, 0.0, 1.0), np.float32)
