"""Laying a part of an earlier picture over a part of a later one, finer than the camera's motion alone can."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Matrix = NDArray[np.float64]  # (3, 3), pixels of the earlier picture from pixels of the later part

_ROUNDS: Final = 2
_OUTLIER: Final = 6.0
"""Grey levels of difference from which a pixel hardly counts."""
_STEP_PX: Final = 3.0
"""Of one round, at most."""
_STIFF_SHIFT, _STIFF_BEND = 0.02, 0.2
"""Squared grey levels per pixel that hold the shift and the stretch where there is no texture to tell them."""
_BLUR_PX: Final = 1.0


def softened(part: NDArray[np.uint8] | Floats) -> Floats:
    """Return a part with its noise reduced; both parts have to be, or their difference is the blur."""
    return np.asarray(cv2.GaussianBlur(np.asarray(part, np.float32), (5, 5), _BLUR_PX), np.float32)


def slopes(part: Floats) -> tuple[Floats, Floats]:
    """Return the (H, W) grey levels per pixel, across and down."""
    across = cv2.Sobel(part, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    down = cv2.Sobel(part, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    return np.asarray(across, np.float32), np.asarray(down, np.float32)


def scaled(share: float) -> Matrix:
    """Return the matrix to a smaller picture; whole numbers are pixel centres on both sides."""
    offset = 0.5 * (share - 1.0)
    return np.array([[share, 0.0, offset], [0.0, share, offset], [0.0, 0.0, 1.0]])


def registered(
    later: Floats,
    slope: tuple[Floats, Floats],
    earlier: NDArray[np.uint8],
    earlier_from_later: Matrix,
    chosen: NDArray[np.intp],
) -> tuple[Matrix, Floats]:
    """Return the (3, 3) refined matrix and what is left of the difference at the chosen pixels, of mean 0.

    Gauss-Newton steps for shift, stretch and brightness on the later part's own slopes, pixels that differ much
    counting little: Baker and Matthews, "Lucas-Kanade 20 Years On", IJCV 56 (2004), with a robust weight.

    Args:
        later: (H, W) softened grey levels.
        slope: of `later`, see `slopes`.
        earlier: the whole earlier picture, at the same scale.
        earlier_from_later: where to begin.
        chosen: (N,) flat indices into `later`.

    """
    height, width = later.shape
    rows, columns = np.divmod(chosen, width)
    x, y = (columns / width - 0.5).astype(np.float32), (rows / height - 0.5).astype(np.float32)
    gx, gy = slope[0].ravel()[chosen], slope[1].ravel()[chosen]
    model = np.stack([gx, gy, gx * x, gx * y, gy * x, gy * y, np.ones_like(gx)], axis=1)  # (N, 7)
    stiff = len(chosen) * np.diag([*[_STIFF_SHIFT] * 2, *[_STIFF_BEND] * 4, 1e-6])
    wanted = later.ravel()[chosen]
    matrix = earlier_from_later
    for _ in range(_ROUNDS):
        left = wanted - _laid_over(earlier, matrix, width, height).ravel()[chosen]
        weighted = model / (1.0 + ((left - np.median(left)) / _OUTLIER) ** 2)[:, None]
        step = np.linalg.solve(weighted.T @ model + stiff, weighted.T @ left)
        matrix = matrix @ _moved(np.clip(step[:6], -_STEP_PX, _STEP_PX), width, height)
    left = wanted - _laid_over(earlier, matrix, width, height).ravel()[chosen]
    return matrix, np.asarray(left - left.mean(), np.float32)


def _laid_over(earlier: NDArray[np.uint8], matrix: Matrix, width: int, height: int) -> Floats:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(earlier, matrix[:2], (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return softened(np.asarray(warped, np.uint8))


def _moved(step: NDArray[np.float64], width: int, height: int) -> Matrix:
    """Return the step as a matrix: shift of the part's middle, and stretch in pixels per width and height."""
    dx, dy, xx, xy, yx, yy = step
    return np.array(
        [
            [1.0 + xx / width, xy / height, dx - (xx + xy) / 2],
            [yx / width, 1.0 + yy / height, dy - (yx + yy) / 2],
            [0.0, 0.0, 1.0],
        ]
    )
