"""Large pictures in overlapping tiles, where an object would otherwise be too few pixels at the network's input.

A picture wider than the input is scaled down to fit, and with it everything in it. Looked at in N tiles across (and as
many down as that takes) it is scaled down less; what it costs is a run of the network for each tile and one for the
whole picture, in which the objects are found that are too large for the overlap.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from missions.camera import CameraPose
from missions.detection import MOST_TILES, TILE_OVERLAP_PX, Box, Detection, DetectorSpec, Tiles
from missions.hardware import load_camera
from missions.ports import BatchDetector, Detector
from vision.detector.decode import Boxes, strongest
from vision.positions import SIZES_M

EDGE_PX: Final = 4
"""At the network's input: a box that ends so near to where its tile was cut may be the rest of an object."""
_SAME: Final = 0.5
"""IoU from which boxes of two tiles are one object."""
_UNPOSED_SCALE: Final = 0.5
"""Where nobody knows from how far a picture was taken it is not scaled down further: 2560x1440 is looked at whole, 4K
in two tiles across."""


class Tile(NamedTuple):
    """A part of a picture, pixels; the right and lower edges are just outside."""

    x1: int
    y1: int
    x2: int
    y2: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TileGrid:
    """How a picture is cut."""

    tiles: tuple[Tile, ...]
    """Row by row."""
    scale: float
    """Pixels of the network's input for a pixel of the picture."""
    overlap_px: int
    """Of any two neighbours, at least, in the picture's pixels: an object smaller than that lies whole in one tile."""

    @property
    def runs(self) -> int:
        """How often the network runs for one picture."""
        return len(self.tiles) + 1


def scale_in_tiles(size: tuple[int, int], onto: tuple[int, int], across: int) -> float:
    """Return the scale of a picture of (width, height) in so many tiles on an input of (width, height); at most 1.

    `across` is the most tiles along either side; 1 is the whole picture.
    """
    return min(
        1.0,
        *(
            (across * (given - TILE_OVERLAP_PX) + TILE_OVERLAP_PX) / side
            for side, given in zip(size, onto, strict=True)
        ),
    )


def tile_grid(size: tuple[int, int], onto: tuple[int, int], across: int) -> TileGrid:
    """Return the tiles of a picture of (width, height) for an input of (width, height)."""
    scale = scale_in_tiles(size, onto, across)
    columns, rows = (_along(side, given, scale) for side, given in zip(size, onto, strict=True))
    overlaps = [before[1] - after[0] for parts in (columns, rows) for before, after in pairwise(parts)]
    return TileGrid(
        tiles=tuple(Tile(x1, y1, x2, y2) for y1, y2 in rows for x1, x2 in columns),
        scale=scale,
        overlap_px=min([*overlaps, *size]),
    )


def _along(side: int, given: int, scale: float) -> list[tuple[int, int]]:
    """Return where tiles begin and end along one side of a picture, the first at 0 and the last at its end."""
    length = min(side, math.ceil(given / scale))
    apart = (side * scale - TILE_OVERLAP_PX) / (given - TILE_OVERLAP_PX)  # in whole pixels it could be one more
    count = 1 if length == side else math.ceil(apart - 1e-9)
    starts = [round(number * (side - length) / max(1, count - 1)) for number in range(count)]
    return [(start, start + length) for start in starts]


def detect_in_tiles(detector: Detector, image: NDArray[np.uint8], grid: TileGrid) -> list[Detection]:
    """Return the detections of a (H, W, 3) picture looked at whole and in tiles, best first, each object once."""
    parts = [image, *(image[t.y1 : t.y2, t.x1 : t.x2] for t in grid.tiles)]
    whole, *in_tiles = (
        detector.detect_many(parts) if isinstance(detector, BatchDetector) else [detector.detect(p) for p in parts]
    )
    return merged(whole, in_tiles, grid, (image.shape[1], image.shape[0]))


def merged(
    whole: Sequence[Detection], in_tiles: Sequence[Sequence[Detection]], grid: TileGrid, size: tuple[int, int]
) -> list[Detection]:
    """Return the detections of the whole picture of (width, height) and of its tiles, in its pixels, each object once.

    A box at an edge where its tile was cut is left out: what is smaller than the overlap lies whole in another tile,
    and what is larger is found in the whole picture.
    """
    everything = list(whole)
    for tile, found in zip(grid.tiles, in_tiles, strict=True):
        placed = (_placed(one, tile) for one in found)
        everything += [one for one in placed if not _cut(one.box_px, tile, size, EDGE_PX / grid.scale)]
    if not everything:
        return []
    kinds = sorted({one.kind for one in everything})
    boxes = Boxes(
        np.array([one.box_px for one in everything], np.float32),
        np.array([one.score for one in everything], np.float32),
        np.array([kinds.index(one.kind) for one in everything], np.int64),
    )
    kept = strongest(boxes, overlap=_SAME)
    return [
        Detection(kind=kinds[kind], score=float(score), box_px=Box(*(float(edge) for edge in box)))
        for box, score, kind in zip(*kept, strict=True)
    ]


def _placed(found: Detection, tile: Tile) -> Detection:
    x1, y1, x2, y2 = found.box_px
    return replace(found, box_px=Box(x1 + tile.x1, y1 + tile.y1, x2 + tile.x1, y2 + tile.y1))


def _cut(box: Box, tile: Tile, size: tuple[int, int], margin_px: float) -> bool:
    """Return whether a box ends where its tile was cut; the picture's own edges cut nothing that could be seen."""
    return (
        (tile.x1 > 0 and box.x1 < tile.x1 + margin_px)
        or (tile.y1 > 0 and box.y1 < tile.y1 + margin_px)
        or (tile.x2 < size[0] and box.x2 > tile.x2 - margin_px)
        or (tile.y2 < size[1] and box.y2 > tile.y2 - margin_px)
    )


class Tiling:
    """Decides picture by picture how it is cut, from the setting, the object that has to be seen and the pose."""

    def __init__(self, setting: Tiles, *, smallest: str, camera: str | None = None) -> None:
        self._setting, self._smallest = setting, smallest
        self._hfov_deg = load_camera(camera).hfov_deg if camera is not None else None

    def grid(self, size: tuple[int, int], spec: DetectorSpec, pose: CameraPose | None) -> TileGrid | None:
        """Return the tiles of a picture of (width, height), None where it is looked at whole."""
        onto = (spec.input_width_px, spec.input_height_px)
        across = self._across(size, onto, spec, pose)
        return tile_grid(size, onto, across) if across > 1 and scale_in_tiles(size, onto, 1) < 1.0 else None

    def _across(self, size: tuple[int, int], onto: tuple[int, int], spec: DetectorSpec, pose: CameraPose | None) -> int:
        if self._setting != "auto":
            return 1 if self._setting == "off" else self._setting
        seen_px = self._seen_px(size, pose)
        needed = _UNPOSED_SCALE if seen_px is None else min(1.0, spec.smallest_px / seen_px)
        enough = (number for number in range(1, MOST_TILES) if scale_in_tiles(size, onto, number) >= needed - 1e-6)
        return next(enough, MOST_TILES)

    def _seen_px(self, size: tuple[int, int], pose: CameraPose | None) -> float | None:
        """Return the longer side of the smallest object in the middle of the picture, in its pixels, where known."""
        hfov_deg = self._hfov_deg if pose is None or pose.hfov_deg is None else pose.hfov_deg
        if pose is None or hfov_deg is None or pose.pitch_deg >= 0 or pose.amsl_m <= pose.ground_amsl_m:
            return None
        down = math.radians(-pose.pitch_deg)
        focal_px = size[0] / 2 / math.tan(math.radians(hfov_deg) / 2)
        return focal_px * seen_m(self._smallest, down) * math.sin(down) / (pose.amsl_m - pose.ground_amsl_m)


def seen_m(kind: str, depression_rad: float) -> float:
    """Return the longer side of an object as seen under an angle, metres: a person's own height, the others' length."""
    length_m, height_m = SIZES_M[kind]
    if kind == "person":
        return length_m * math.sin(depression_rad) + height_m * math.cos(depression_rad)
    return length_m
