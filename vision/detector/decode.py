"""Grids to boxes: peaks of the score maps, their edges, and one box per object. NumPy only, 1 to 2 ms."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vision.detector.classes import KINDS
from vision.detector.levels import LEVELS, LOG_DISTANCE_LIMIT, Level

_MOST: Final = 400
"""Boxes of one picture before overlapping ones are dropped; a crowded junction has 150."""

Grid = NDArray[np.float32]


class Boxes(NamedTuple):
    """Boxes of one picture, best first."""

    boxes_px: NDArray[np.float32]
    """(N, 4) x1, y1, x2, y2."""
    scores: NDArray[np.float32]
    kinds: NDArray[np.int64]


def decode(grids: tuple[Grid, ...], *, conf: float | NDArray[np.float32], overlap: float = 0.5) -> Boxes:
    """Return the objects of one picture.

    Args:
        grids: per level (kinds + 4, h, w): scores 0..1, then log distances.
        conf: least score, one for all or (kinds,) one each.
        overlap: IoU above which the weaker of two boxes of a kind is dropped.

    """
    least = np.broadcast_to(np.asarray(conf, np.float32), len(KINDS))
    found = [_peaks(grid, level, least) for grid, level in zip(grids, LEVELS, strict=True)]
    boxes, scores, kinds = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return strongest(Boxes(boxes, scores, kinds), overlap=overlap)


def strongest(found: Boxes, *, overlap: float) -> Boxes:
    """Return the boxes, best first, without those that a better one of their kind covers by more than this IoU."""
    order = np.argsort(-found.scores, kind="stable")[:_MOST]
    everything = Boxes(found.boxes_px[order], found.scores[order], found.kinds[order])
    kept = _suppress(everything, overlap)
    return Boxes(everything.boxes_px[kept], everything.scores[kept], everything.kinds[kept])


def _peaks(grid: Grid, level: Level, conf: NDArray[np.float32]) -> Boxes:
    count = len(KINDS)
    heat = grid[:count]
    kind, row, column = np.nonzero(heat >= conf[:, None, None])
    score = heat[kind, row, column]
    rows, columns = heat.shape[1:]
    highest = np.ones(len(score), bool)
    for down, across in ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)):
        r, c = np.clip(row + down, 0, rows - 1), np.clip(column + across, 0, columns - 1)
        highest &= heat[kind, r, c] <= score
    kind, row, column, score = kind[highest], row[highest], column[highest], score[highest]
    distances = np.exp(np.clip(grid[count:, row, column], -LOG_DISTANCE_LIMIT, LOG_DISTANCE_LIMIT)) * level.unit_px
    u, v = (column + 0.5) * level.stride_px, (row + 0.5) * level.stride_px
    boxes = np.stack([u - distances[0], v - distances[1], u + distances[2], v + distances[3]], axis=1)
    return Boxes(boxes.astype(np.float32), score.astype(np.float32), kind.astype(np.int64))


def _suppress(found: Boxes, overlap: float) -> NDArray[np.int64]:
    shifted = found.boxes_px + found.kinds[:, None].astype(np.float32) * 1e5  # kinds never overlap
    areas = (shifted[:, 2:] - shifted[:, :2]).prod(axis=1)
    left = np.arange(len(shifted))
    kept: list[int] = []
    while len(left):
        best, rest = left[0], left[1:]
        kept.append(int(best))
        low = np.maximum(shifted[best, :2], shifted[rest, :2])
        high = np.minimum(shifted[best, 2:], shifted[rest, 2:])
        both = np.clip(high - low, 0.0, None).prod(axis=1)
        left = rest[both <= overlap * (areas[best] + areas[rest] - both)]
    return np.array(kept, np.int64)
