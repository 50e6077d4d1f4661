"""Pictures of any size onto the network's input and boxes back again."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

SMALL_PX: Final = 480
SMALL_ENLARGED: Final = 2.0
"""A picture less than `SMALL_PX` wide (QVGA, CIF, 426x240) shows things at half the size they were learned at, and is
enlarged: flames of 25 px scored 0.01 at their own size and 0.04 at twice that. Others are not: measured on the 640x512
thermal pictures of `val` and on the 640x360 road clip, nothing was found better at 1.4 to 3 times the size, and cars of
the clip outgrew the fine grid."""

_GREY: Final = 114


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterbox:
    """A scale about the top left corner; what the picture does not cover is grey, at the right and below."""

    scale: float
    width_px: int
    height_px: int

    @classmethod
    def fitting(cls, picture: tuple[int, int], onto: tuple[int, int]) -> "Letterbox":
        """Return the letterbox of a picture of (width, height) onto an input of (width, height)."""
        most = SMALL_ENLARGED if picture[0] < SMALL_PX else 1.0
        scale = min(onto[0] / picture[0], onto[1] / picture[1], most)
        return cls(scale=scale, width_px=onto[0], height_px=onto[1])

    def apply(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the (height, width, 3) input."""
        height, width = image.shape[:2]
        size = (min(self.width_px, round(width * self.scale)), min(self.height_px, round(height * self.scale)))
        canvas = np.empty((self.height_px, self.width_px, 3), np.uint8)
        canvas[size[1] :] = _GREY
        canvas[: size[1], size[0] :] = _GREY
        covered = canvas[: size[1], : size[0]]
        if size == (width, height):
            covered[:] = image
        else:  # straight onto the canvas: another copy of it would cost a third more
            way = cv2.INTER_AREA if self.scale < 1.0 else cv2.INTER_LINEAR
            cv2.resize(image, size, dst=covered, interpolation=way)
        return canvas

    def undo(self, boxes_px: NDArray[np.float32], picture: tuple[int, int]) -> NDArray[np.float32]:
        """Return (N, 4) boxes of the input as boxes of the picture of (width, height), cut at its edges."""
        limits = np.array([*picture, *picture], np.float32)
        back: NDArray[np.float32] = np.clip(boxes_px / np.float32(self.scale), 0.0, limits).astype(np.float32)
        return back


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A picture drawn over the whole input, whatever its shape: how the families around DETR are trained."""

    width_px: int
    height_px: int

    def apply(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the (height, width, 3) input."""
        size = (self.width_px, self.height_px)
        return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)

    def undo(self, boxes_px: NDArray[np.float32], picture: tuple[int, int]) -> NDArray[np.float32]:
        """Return (N, 4) boxes of the input as boxes of the picture of (width, height), cut at its edges."""
        limits = np.array([*picture, *picture], np.float32)
        scale = limits / np.array([self.width_px, self.height_px] * 2, np.float32)
        back: NDArray[np.float32] = np.clip(boxes_px * scale, 0.0, limits).astype(np.float32)
        return back
