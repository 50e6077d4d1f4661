"""The last seconds of looked-at pictures, and whether a place in them changes: smoke boils, asphalt does not.

A box is compared with the same place about 0.6 s earlier. First its surroundings are laid over each other, which takes
out what the camera's motion estimate leaves, then its inside on its own, which takes out the parallax of what stands
above the ground. What is left inside is measured against what noise, codec and registration leave around it.
"""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from missions.detection import Box
from vision.registration import Floats, Matrix, registered, slopes, softened

WORK_WIDTH_PX: Final = 640
_LEVELS: Final = 4
_SIDE_PX: Final = 40
"""Longer side of a box at the level it is measured at, at most."""
_APART_S: Final = 0.6
"""Long enough for smoke to change, short enough to keep a place in view; measured best of 0.4, 0.6, 0.8 and 1."""
_LEAST_APART_S, _MOST_APART_S = 0.35, 1.05
KEPT_S: Final = 3.6
"""How far back the second look (`vision/second_look`) wants to see."""
_THINNED_S: Final = 0.19
"""Pictures older than `_MOST_APART_S` are kept at least so far apart."""
_NOISE: Final = 0.7
"""Grey levels that noise and codec leave at least, after softening."""
_SHIFT_PX: Final = 0.3
"""Registration error: where the picture is steep it explains a difference of slope times this."""
_BLOCK_PX: Final = 5
_CHANGED_SHARE: Final = 0.2
"""A plume fills part of its box: told is the least of the most changed fifth of its blocks."""
_MOST_RATIO: Final = 100.0
_LEAST_FREE: Final = 0.4
"""Share of the box that is not covered by things that move and was in view before."""
_LEAST_INSIDE, _LEAST_AROUND = 150, 40
"""Pixels at the measured level. Inside fewer, the registration explains away a third of all plumes just begun."""
_MOST_GROWN: Final = 2.0
"""Times in area between the pictures that are compared: more is a motion gone wrong, or too coarse to compare."""
_SAME_THING: Final = 0.5
"""Overlap (IoU) from which a thing is at its earlier place, so that it changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SmallPicture:
    """A looked-at picture, small, and how it is laid to the one before it."""

    pts_s: float
    levels: tuple[NDArray[np.uint8], ...]
    """Grey; each half as wide as the one before."""
    colours: tuple[NDArray[np.uint8], ...]
    """The same, (H, W, 3) BGR."""
    motion: Matrix
    """(3, 3) of the background since the previous picture, full-size pixels."""
    sure: bool
    things_px: NDArray[np.float64]
    """(N, 4) boxes of vehicles and people, full-size pixels."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clip:
    """The newest looked-at pictures, oldest first."""

    scale: float = 1.0
    """Full-size pixels per pixel of the finest level."""
    size_px: tuple[int, int] = (0, 0)
    """Width and height of a full-size picture."""
    pictures: tuple[SmallPicture, ...] = ()

    def change(self, box: Box) -> float | None:
        """Return how much more a box of the newest picture has changed than a still thing there would, in nats.

        It is the logarithm of a ratio of squared differences: 0, give or take 1, is a still thing, smoke and flames
        have 1.5 to 3.5. None where it cannot be told: the place was not in view, the background's motion is unsure, the
        box is too small or hidden by traffic.
        """
        earlier = self._compared()
        if earlier is None:
            return None
        later = self.pictures[-1]
        motion = self.motion_since(earlier)
        if not 1 / _MOST_GROWN < np.linalg.det(motion) < _MOST_GROWN:
            return None
        earlier_from_later = _inverse(motion)
        part = _Part.of(box, self.scale, self.size_px)
        width, height = part.size_px
        small = part.small_from_full
        begin = small @ earlier_from_later @ _inverse(part.part_from_full)
        free = self._free(part, earlier, earlier_from_later) & _in_view(begin, part.size_px, earlier.levels[part.level])
        inside = np.zeros((height, width), bool)
        x1, y1, x2, y2 = part.inside
        inside[y1:y2, x1:x2] = True
        whole = int(inside.sum())
        inside &= free
        around = free.copy()
        around[max(y1 - 2, 0) : y2 + 2, max(x1 - 2, 0) : x2 + 2] = False
        if inside.sum() < max(_LEAST_INSIDE, _LEAST_FREE * whole) or around.sum() < _LEAST_AROUND:
            return None
        return _excess(softened(part.cut(later.levels)), earlier.levels[part.level], begin, inside, around)

    def _compared(self) -> SmallPicture | None:
        """Return the picture to compare the newest with: about `_APART_S` earlier, sure motion all the way."""
        best: SmallPicture | None = None
        for before, after in zip(self.pictures[-2::-1], self.pictures[:0:-1], strict=True):
            apart_s = self.pictures[-1].pts_s - before.pts_s
            if not after.sure or apart_s > _MOST_APART_S:
                break
            if apart_s >= _LEAST_APART_S and (
                best is None or _off(apart_s) < _off(self.pictures[-1].pts_s - best.pts_s)
            ):
                best = before
        return best

    def motion_since(self, earlier: SmallPicture) -> Matrix:
        """Return the (3, 3) newest picture from the earlier one."""
        motion = np.eye(3)
        for picture in self.pictures[self.pictures.index(earlier) + 1 :]:
            motion = picture.motion @ motion
        return motion

    def _free(self, part: "_Part", earlier: SmallPicture, earlier_from_later: Matrix) -> NDArray[np.bool_]:
        """Return which pixels of the part no thing covers, now or then, that has moved meanwhile."""
        now_px = self.pictures[-1].things_px
        then_px = _carried(earlier.things_px, _inverse(earlier_from_later))
        same = _overlaps(now_px, then_px) >= _SAME_THING
        moved_px = np.vstack([now_px[~same.any(axis=1)], then_px[~same.any(axis=0)]])
        free = np.ones(part.size_px[::-1], bool)
        boxes = _carried(moved_px, part.part_from_full)
        margin = 0.15 * (boxes[:, 2:] - boxes[:, :2]) + 1.5
        for x1, y1, x2, y2 in np.round(boxes + np.hstack([-margin, margin])).astype(int).tolist():
            free[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)] = False
        return free


def with_picture(
    clip: Clip,
    image: NDArray[np.uint8],
    *,
    pts_s: float,
    motion: NDArray[np.float32],
    sure: bool,
    things_px: NDArray[np.float64],
    scale: float | None = None,
) -> Clip:
    """Return the clip with one more picture, and without those too old to be looked at.

    Args:
        clip: what was looked at before.
        image: (H, W, 3) BGR.
        pts_s: when it is shown.
        motion: (2, 3) of the background since the previous looked-at picture, full-size pixels.
        sure: whether `motion` is known.
        things_px: (N, 4) boxes of vehicles and people in it.
        scale: how many times smaller the picture is kept; None: as it takes to be `WORK_WIDTH_PX` wide.

    """
    height, width = image.shape[:2]
    scale = max(1.0, width / WORK_WIDTH_PX) if scale is None else scale
    finest = (round(width / scale), round(height / scale))
    reduced = cv2.resize(image, finest, interpolation=cv2.INTER_AREA) if scale > 1.0 else image.copy()
    colours = [np.asarray(reduced, np.uint8)]
    while len(colours) < _LEVELS:
        half = (max(colours[-1].shape[1] // 2, 1), max(colours[-1].shape[0] // 2, 1))
        colours.append(np.asarray(cv2.resize(colours[-1], half, interpolation=cv2.INTER_AREA), np.uint8))
    picture = SmallPicture(
        pts_s=pts_s,
        levels=tuple(np.asarray(cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY), np.uint8) for colour in colours),
        colours=tuple(colours),
        motion=np.vstack([motion, [0.0, 0.0, 1.0]]).astype(np.float64),
        sure=sure,
        things_px=np.asarray(things_px, float).reshape(-1, 4),
    )
    kept = clip.pictures if clip.size_px == (width, height) else ()
    kept = _thinned(tuple(p for p in kept if 0.0 < pts_s - p.pts_s <= KEPT_S), pts_s)
    return replace(clip, scale=scale, size_px=(width, height), pictures=(*kept, picture))


def _thinned(pictures: tuple[SmallPicture, ...], now_s: float) -> tuple[SmallPicture, ...]:
    """Return the pictures without those that follow another too closely, where they are no more compared one by one."""
    kept: list[SmallPicture] = []
    carried: tuple[Matrix, bool] | None = None
    for picture in pictures:
        if carried is not None:
            motion, sure = carried
            picture = replace(picture, motion=picture.motion @ motion, sure=picture.sure and sure)  # noqa: PLW2901
            carried = None
        close = bool(kept) and picture.pts_s - kept[-1].pts_s < _THINNED_S
        if close and now_s - picture.pts_s > _MOST_APART_S:
            carried = (picture.motion, picture.sure)
        else:
            kept.append(picture)
    return tuple(kept)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Part:
    """A box with its surroundings, at the level it is measured at."""

    level: int
    small_from_full: Matrix
    corner_px: tuple[int, int]
    """Left and top, in pixels of the level."""
    size_px: tuple[int, int]
    """Width and height."""
    inside: tuple[int, int, int, int]
    """Columns and rows of the box: x1, y1, x2, y2."""

    @classmethod
    def of(cls, box: Box, scale: float, size_px: tuple[int, int]) -> "_Part":
        """Return the part of a picture: as much around the box as half its side, at least 10 pixels."""
        level = 0
        while level < _LEVELS - 1 and box.longer_side_px / scale / 2**level > _SIDE_PX:
            level += 1
        per_px = 1.0 / (scale * 2**level)
        margin = max(0.5 * box.longer_side_px, 10.0 / per_px)
        limits = np.array([*size_px, *size_px], float)
        around = np.clip(np.array(box) + margin * np.array([-1, -1, 1, 1]), 0.0, limits) * per_px
        left, top, right, bottom = (int(side) for side in around)
        x1, y1, x2, y2 = np.round(np.array(box) * per_px - [left, top, left, top]).astype(int).tolist()
        x1, y1 = max(x1, 0), max(y1, 0)
        offset = 0.5 * (per_px - 1.0)  # whole numbers are pixel centres
        return cls(
            level=level,
            small_from_full=np.array([[per_px, 0.0, offset], [0.0, per_px, offset], [0.0, 0.0, 1.0]]),
            corner_px=(left, top),
            size_px=(max(right - left, 1), max(bottom - top, 1)),
            inside=(x1, y1, max(x2, x1 + 2), max(y2, y1 + 2)),
        )

    @property
    def part_from_full(self) -> Matrix:
        """(3, 3), pixels of the part."""
        left, top = self.corner_px
        return np.array([[1.0, 0.0, -left], [0.0, 1.0, -top], [0.0, 0.0, 1.0]]) @ self.small_from_full

    def cut(self, levels: tuple[NDArray[np.uint8], ...]) -> NDArray[np.uint8]:
        """Return the part of a picture."""
        (left, top), (width, height) = self.corner_px, self.size_px
        return levels[self.level][top : top + height, left : left + width]


def _excess(
    later: Floats,
    earlier: NDArray[np.uint8],
    begin: Matrix,
    inside: NDArray[np.bool_],
    around: NDArray[np.bool_],
) -> float:
    """Return the logarithm of how much more the inside differs than its surroundings do."""
    slope = slopes(later)
    expected = _NOISE**2 + _SHIFT_PX**2 * (slope[0] ** 2 + slope[1] ** 2)
    matrix, left = registered(later, slope, earlier, begin, np.flatnonzero(around))
    usual = max(float(np.median(left**2 / expected[around])) / 0.455, 1.0)  # 0.455: median of chi-squared, one degree
    _, left = registered(later, slope, earlier, matrix, np.flatnonzero(inside))
    ratios = np.zeros(later.shape, np.float32)
    ratios[inside] = np.minimum(left**2 / expected[inside] / usual, _MOST_RATIO)
    block = (_BLOCK_PX, _BLOCK_PX)
    count = cv2.blur(inside.astype(np.float32), block, borderType=cv2.BORDER_CONSTANT)
    means = cv2.blur(ratios, block, borderType=cv2.BORDER_CONSTANT)[inside] / np.maximum(count[inside], 0.3)
    return float(np.log(max(float(np.quantile(means, 1.0 - _CHANGED_SHARE)), 1e-3)))


def _inverse(matrix: Matrix) -> Matrix:
    return np.asarray(np.linalg.inv(matrix), np.float64)


def _off(apart_s: float) -> float:
    return abs(apart_s - _APART_S)


def _in_view(matrix: Matrix, size_px: tuple[int, int], earlier: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which pixels of a part the earlier picture shows."""
    height, width = earlier.shape
    x, y = np.meshgrid(np.arange(size_px[0]), np.arange(size_px[1]))
    u = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]
    v = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]
    shown: NDArray[np.bool_] = (u >= 0) & (v >= 0) & (u <= width - 1) & (v <= height - 1)
    return shown


def _carried(boxes_px: NDArray[np.float64], matrix: Matrix) -> NDArray[np.float64]:
    """Return the (N, 4) boxes with both corners moved."""
    corners = boxes_px.reshape(-1, 2) @ matrix[:2, :2].T + matrix[:2, 2]
    return np.asarray(corners.reshape(-1, 4))


def _overlaps(a_px: NDArray[np.float64], b_px: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the (N, M) intersections over unions."""
    low = np.maximum(a_px[:, None, :2], b_px[None, :, :2])
    high = np.minimum(a_px[:, None, 2:], b_px[None, :, 2:])
    both = np.clip(high - low, 0.0, None).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (a_px, b_px)]
    return np.asarray(both / np.maximum(areas[0][:, None] + areas[1][None] - both, 1e-9))
