"""A place in the last seconds: small pictures of it, laid over each other, as a strip of film."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from missions.detection import Box
from vision.clip import Clip, SmallPicture
from vision.registration import Floats, Matrix, registered, scaled, slopes, softened

FRAMES: Final = 8
SIDE_PX: Final = 32
SPACING_S: Final = 0.4
"""Between the pictures of a strip; at two looked-at pictures a second they are 0.5 s apart."""
LEAST_FRAMES: Final = 4
"""With fewer nothing is said: 1.2 s at the least."""
_AROUND: Final = 1.6
"""Side of the strip's pictures, in longer sides of the box."""
_LEAST_SIDE_PX: Final = 22.0
"""In pixels of the clip's finest level: a smaller box is seen with more of what lies around it."""
_MOST_GROWN: Final = 2.5
_LEAST_VALID: Final = 0.6
"""Share of the strip's picture that the earlier picture must show."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Strip:
    """Pictures of one place, oldest first, all laid over the newest."""

    images: NDArray[np.uint8]
    """(N, 32, 32, 3) BGR, N from 4 to 8."""
    times_s: NDArray[np.float64]
    """(N,) before the newest: 0 at the end, the others negative."""
    inside: NDArray[np.bool_]
    """(32, 32): the box."""
    px_per_px: float
    """Full-size pixels per pixel of the strip."""


def strip_of(clip: Clip, box: Box) -> Strip | None:
    """Return the strip of a box of the newest picture; None where too little of the past can be laid over it."""
    chosen = _chosen(clip)
    if len(chosen) < LEAST_FRAMES:
        return None
    newest = chosen[0]
    side_px = max(_AROUND * box.longer_side_px, _LEAST_SIDE_PX * clip.scale)
    step_px = side_px / SIDE_PX
    left, top = (middle - side_px / 2 for middle in box.centre)
    full_from_strip = np.array(
        [[step_px, 0.0, left + 0.5 * step_px - 0.5], [0.0, step_px, top + 0.5 * step_px - 0.5], [0, 0, 1]]
    )
    level = min(max(int(np.log2(max(step_px / clip.scale, 1.0))), 0), len(newest.colours) - 1)
    small_from_full = scaled(1.0 / (clip.scale * 2**level))
    laid = small_from_full @ full_from_strip
    columns = np.arange(SIDE_PX) * step_px + left + 0.5 * step_px
    rows = np.arange(SIDE_PX) * step_px + top + 0.5 * step_px
    inside = ((rows >= box.y1) & (rows < box.y2))[:, None] & ((columns >= box.x1) & (columns < box.x2))
    first = _laid(newest, level, laid)
    images, times = [first], [0.0]
    later = softened(np.asarray(cv2.cvtColor(first, cv2.COLOR_BGR2GRAY), np.uint8))
    around = np.flatnonzero(~inside) if (~inside).sum() > SIDE_PX else np.arange(SIDE_PX**2)
    slope = slopes(later)
    before, refined = laid, laid
    for picture in chosen[1:]:
        motion = clip.motion_since(picture)
        if not 1 / _MOST_GROWN < np.linalg.det(motion) < _MOST_GROWN:
            break
        plain = small_from_full @ np.linalg.inv(motion) @ full_from_strip
        begin = plain @ np.linalg.inv(before) @ refined
        if _shown(begin, picture.levels[level]) < _LEAST_VALID:
            break
        refined = _refined(later, slope, picture.levels[level], begin, around)
        before = plain
        images.append(_laid(picture, level, refined))
        times.append(picture.pts_s - newest.pts_s)
    if len(images) < LEAST_FRAMES:
        return None
    return Strip(
        images=np.stack(images[::-1]), times_s=np.array(times[::-1]), inside=np.asarray(inside), px_per_px=step_px
    )


def _chosen(clip: Clip) -> list[SmallPicture]:
    """Return the pictures to use, newest first, about `SPACING_S` apart, as far back as the motion is sure."""
    found: list[SmallPicture] = []
    sure = True
    for picture in clip.pictures[::-1]:
        if not sure or len(found) == FRAMES:
            break
        if not found or found[-1].pts_s - picture.pts_s > SPACING_S - 0.06:
            found.append(picture)
        sure = picture.sure
    return found


def _refined(
    later: Floats, slope: tuple[Floats, Floats], earlier: NDArray[np.uint8], begin: Matrix, around: NDArray[np.intp]
) -> Matrix:
    matrix, _ = registered(later, slope, earlier, begin, around)
    return matrix


def _laid(picture: SmallPicture, level: int, matrix: Matrix) -> NDArray[np.uint8]:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = cv2.warpAffine(
        picture.colours[level], matrix[:2], (SIDE_PX, SIDE_PX), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(laid, np.uint8)


def _shown(matrix: Matrix, earlier: NDArray[np.uint8]) -> float:
    """Return the share of the strip's picture that lies in an earlier one."""
    grid = np.linspace(0.0, SIDE_PX - 1.0, 9)
    x, y = np.meshgrid(grid, grid)
    u, v = matrix[:2] @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    return float(((u >= 0) & (u <= earlier.shape[1] - 1) & (v >= 0) & (v <= earlier.shape[0] - 1)).mean())
