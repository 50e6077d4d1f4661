"""What the network sees: the newest picture, small and grey, and how it differs from what was there before."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.clip import Clip, SmallPicture
from vision.registration import Floats, Matrix, scaled, slopes, softened

APART_S: Final = (0.6, 1.4, 2.4)
"""How far back the picture is compared; the time between looks need not divide them."""
CHANNELS: Final = 2 + 2 * len(APART_S)
STRIDE: Final = 4
"""Pixels of a layer, each way, for one cell of the map that is made of them."""
_OFF_SHARE: Final = 0.4
"""An earlier picture may be so much nearer or farther, as a share of the time wanted."""
_MIDDLE, _SPREAD = 110.0, 60.0
_SLOPE: Final = 10.0
_CHANGE: Final = 8.0
_MOST: Final = 4.0
_OUTSIDE: Final = -1e3
"""Grey of what an earlier picture does not show."""
_MOST_GROWN: Final = 2.0
"""Times in area since an earlier picture: more is a motion gone wrong, or nothing to compare."""


class Before(NamedTuple):
    """An earlier picture."""

    grey: NDArray[np.uint8]
    """(H, W), as small as the newest."""
    motion: Matrix
    """(3, 3) the newest from it, full-size pixels."""


def layers_of(clip: Clip) -> Floats | None:
    """Return the (8, H, W) layers of a clip's newest picture, at its finest level; None without a past to compare."""
    if not clip.pictures:
        return None
    earlier = [_before(clip, apart_s) for apart_s in APART_S]
    if all(one is None for one in earlier):
        return None
    return layered(clip.pictures[-1].levels[0], earlier, clip.scale)


def layered(newest: NDArray[np.uint8], earlier: Sequence[Before | None], scale: float) -> Floats:
    """Return the (8, H, W) layers: grey, slope, and for each earlier picture the change and where it can be told.

    Args:
        newest: (H, W) grey.
        earlier: one for each of `APART_S`; None where there is none.
        scale: full-size pixels per pixel.

    """
    grey = softened(newest)
    found = [(grey - _MIDDLE) / _SPREAD, np.hypot(*slopes(grey)) / _SLOPE]
    nothing = np.zeros_like(grey)
    for before in earlier:
        found += [nothing, nothing] if before is None else _change(grey, before, scale)
    return np.stack(found).astype(np.float32)


def _change(grey: Floats, before: Before, scale: float) -> list[Floats]:
    """Return how much lighter it is than before, and 1 where the earlier picture shows the place."""
    height, width = grey.shape
    small = scaled(1.0 / scale)
    laid = small @ before.motion @ np.linalg.inv(small)
    moved = cv2.warpAffine(
        before.grey.astype(np.float32),
        laid[:2],
        (width, height),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=_OUTSIDE,
    )
    shown = moved >= 0.0
    change = np.where(shown, grey - softened(np.where(shown, moved, grey).astype(np.float32)), 0.0)
    return [np.clip(change / _CHANGE, -_MOST, _MOST).astype(np.float32), shown.astype(np.float32)]


def _before(clip: Clip, apart_s: float) -> Before | None:
    """Return the picture nearest to so long ago, where the motion is sure all the way and the place still in view."""
    newest = clip.pictures[-1]
    best: SmallPicture | None = None
    for before, after in zip(clip.pictures[-2::-1], clip.pictures[:0:-1], strict=True):
        if not after.sure:
            break
        off_s = abs(newest.pts_s - before.pts_s - apart_s)
        if off_s <= _OFF_SHARE * apart_s and (best is None or off_s < abs(newest.pts_s - best.pts_s - apart_s)):
            best = before
    if best is None:
        return None
    motion = clip.motion_since(best)
    return Before(best.levels[0], motion) if 1 / _MOST_GROWN < np.linalg.det(motion) < _MOST_GROWN else None
