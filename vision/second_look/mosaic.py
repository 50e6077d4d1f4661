"""Many small windows looked at by the detector in one go, laid out in a picture of its own size."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from missions.detection import Box, Detection
from missions.ports import Detector

_GREY = 114


def detect_windows(detector: Detector, windows: Sequence[NDArray[np.uint8]]) -> list[list[Detection]]:
    """Return the detections of every (h, w, 3) window, all of one size, in its own pixels.

    A window is seen at the scale it has, without what lies beyond its edge; a box belongs to the window that its middle
    lies in.
    """
    if not windows:
        return []
    high, wide = windows[0].shape[:2]
    size = (detector.spec.input_height_px, detector.spec.input_width_px)
    rows, columns = size[0] // high, size[1] // wide
    found: list[list[Detection]] = []
    for start in range(0, len(windows), rows * columns):
        part = windows[start : start + rows * columns]
        sheet = np.full((*size, 3), _GREY, np.uint8)
        for number, window in enumerate(part):
            row, column = divmod(number, columns)
            sheet[row * high : (row + 1) * high, column * wide : (column + 1) * wide] = window
        tiles: list[list[Detection]] = [[] for _ in part]
        for one in detector.detect(sheet):
            u, v = one.box_px.centre
            row, column = int(v // high), int(u // wide)
            number = row * columns + column
            if row < rows and column < columns and number < len(part):
                box = _cut(one.box_px, column * wide, row * high, (wide, high))
                tiles[number].append(Detection(kind=one.kind, score=one.score, box_px=box))
        found += tiles
    return found


def _cut(box: Box, left: float, top: float, size: tuple[int, int]) -> Box:
    wide, high = size
    return Box(
        max(box.x1 - left, 0.0), max(box.y1 - top, 0.0), min(box.x2 - left, float(wide)), min(box.y2 - top, float(high))
    )
