"""Boxes to targets on the grids: which cell answers for which object (after TTFNet, Liu et al. 2020)."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.detector.classes import AMORPHOUS, KINDS
from vision.detector.labels import Labels
from vision.detector.levels import LEVELS, Level

_CORE: Final = 0.54
"""Share of a box's sides within which cells learn its edges (TTFNet's alpha)."""
_AMORPHOUS_CORE: Final = 1.2
"""The same for smoke and fire: any piece of a flame is flame, and to call all but its middle "nothing" would teach
the network that flames are nothing. The bell then falls to 0.04 at the box's edge."""
_AMORPHOUS_CELLS: Final = 14.0
"""A plume's many cells together count as much as so many: about what a car has."""
LEAST_SIGMA_CELLS: Final = 0.6
"""A tiny object is seen by the cells next to its middle too, and they are not to be taught that it is nothing."""
_LEAST_REACH_CELLS: Final = 1.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Targets:
    """What the network should say on one grid."""

    heat: NDArray[np.float32]
    """(kinds, h, w): 1 at the true middle of an object, falling off around it, taken at the middles of cells.

    An object between two cells is as much in one as in the other. A bell about the cell's middle instead would have
    the network tell which cell a middle is in to a fraction of a pixel, which it cannot, and spend itself on that.
    """
    counted: NDArray[np.float32]
    """(kinds, h, w): 0 where the kind was not labelled or the place is to be ignored."""
    distances_px: NDArray[np.float32]
    """(4, h, w) from the cell's centre left, up, right, down to the box's edges."""
    weight: NDArray[np.float32]
    """(h, w): how much the cell's distances count; 0 where no box is."""


def assign(labels: Labels, *, width_px: int, height_px: int) -> tuple[Targets, ...]:
    """Return the targets of a picture for each level."""
    return tuple(
        _assign_level(labels, level, width_px // level.stride_px, height_px // level.stride_px) for level in LEVELS
    )


def _assign_level(labels: Labels, level: Level, columns: int, rows: int) -> Targets:
    targets = Targets(
        heat=np.zeros((len(KINDS), rows, columns), np.float32),
        counted=np.repeat(labels.labelled.astype(np.float32), rows * columns).reshape(len(KINDS), rows, columns),
        distances_px=np.ones((4, rows, columns), np.float32),
        weight=np.zeros((rows, columns), np.float32),
    )
    for x1, y1, x2, y2 in labels.ignored_px / level.stride_px:
        targets.counted[:, max(0, math.floor(y1)) : math.ceil(y2), max(0, math.floor(x1)) : math.ceil(x2)] = 0.0
    sides_px = labels.boxes_px[:, 2:] - labels.boxes_px[:, :2]
    for index in np.argsort(-sides_px.prod(axis=1)):  # the smaller object owns a shared cell
        if level.takes(*sides_px[index]):
            _draw(targets, level, labels.boxes_px[index], int(labels.kinds[index]))
    return targets


def _draw(targets: Targets, level: Level, box_px: NDArray[np.float32], kind: int) -> None:
    rows, columns = targets.weight.shape
    x1, y1, x2, y2 = (float(edge) for edge in box_px)
    across_cells = min(columns - 1e-3, max(0.0, (x1 + x2) / 2 / level.stride_px))
    down_cells = min(rows - 1e-3, max(0.0, (y1 + y2) / 2 / level.stride_px))
    core = _AMORPHOUS_CORE if kind in AMORPHOUS else _CORE
    left, right, across = _bell((x2 - x1) / level.stride_px * core, across_cells, columns)
    top, bottom, down = _bell((y2 - y1) / level.stride_px * core, down_cells, rows)
    bell = down[:, None] * across[None, :]
    here = np.s_[top:bottom, left:right]
    np.maximum(targets.heat[kind][here], bell, out=targets.heat[kind][here])
    if kind in AMORPHOUS:
        targets.counted[kind][here] *= min(1.0, _AMORPHOUS_CELLS / float(bell.sum()))
    # An object is an object, also where the rest is left out.
    targets.counted[kind, int(down_cells), int(across_cells)] = 1.0
    u_px = (np.arange(left, right, dtype=np.float32) + 0.5) * level.stride_px
    v_px = (np.arange(top, bottom, dtype=np.float32) + 0.5) * level.stride_px
    u, v = np.broadcast_arrays(u_px[None, :], v_px[:, None])
    distances_px = np.stack([u - x1, v - y1, x2 - u, y2 - v])
    inside = distances_px.min(axis=0) > 0.0
    weight = np.where(inside, bell, 0.0)
    importance = math.log(max(math.e, (x2 - x1) * (y2 - y1)))
    targets.distances_px[:, top:bottom, left:right][:, inside] = distances_px[:, inside]
    targets.weight[here][inside] = weight[inside] * (importance / max(float(weight.sum()), 1e-6))


def _bell(core_cells: float, centre: float, cells: int) -> tuple[int, int, NDArray[np.float32]]:
    sigma = max(LEAST_SIGMA_CELLS, core_cells / 6)
    reach = max(_LEAST_REACH_CELLS, core_cells / 2)
    first, last = max(0, math.floor(centre - reach)), min(cells, math.ceil(centre + reach))
    offsets = np.arange(first, last, dtype=np.float32) + 0.5 - centre
    return first, last, np.exp(-(offsets**2) / (2 * sigma**2)).astype(np.float32)
