"""What is known to be in a clip: boxes by frame, from a `gt.txt` (MOT) or `gt.csv` beside it, and its `meta.json`.

A clip with none of them is taken for one without smoke and fire, about whose other contents nothing is known.
"""

import csv
import json
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from missions.errors import InputError
from vision.detector.classes import CATEGORIES, KIND_OF_CATEGORY, KINDS
from vision.detector.labels import Labels

_CATEGORY: Final = dict(CATEGORIES)
_FIRE, _SMOKE, _VEHICLE = (KINDS.index(kind) for kind in ("fire", "smoke", "vehicle"))
_MOT: Final = "frame,id,x,y,width,height,confidence,category_id,visibility"
_CSV: Final = "frame0,x,y,w,h,class"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClipTruth:
    """The boxes of a clip by frame, counted from 0."""

    boxes: dict[int, list[tuple[int, NDArray[np.float32]]]] = field(default_factory=dict)
    """Kind (index in KINDS) and x1, y1, x2, y2."""
    labelled: NDArray[np.bool_]
    """(kinds,) whether every object of the kind has its box, in every frame."""
    ignored_px: NDArray[np.float32]
    """(M, 4) places about which nothing is said."""
    vehicle_frames: tuple[tuple[int, int], ...] | None = None
    """Spans of frames with a vehicle in view, where that is all that is known of vehicles."""

    def labels(self, frame: int) -> Labels:
        """Return what is known of one frame."""
        boxes, labelled = self.boxes.get(frame, []), self.labelled.copy()
        if self.vehicle_frames is not None:
            labelled[_VEHICLE] = not any(first <= frame <= last for first, last in self.vehicle_frames)
        return Labels(
            boxes_px=np.array([box for _, box in boxes], np.float32).reshape(-1, 4),
            kinds=np.array([kind for kind, _ in boxes], np.int64),
            ignored_px=self.ignored_px,
            labelled=labelled,
        )


def load_clip_truth(clip: Path) -> ClipTruth:
    """Return what is known of a video file or a folder of pictures.

    Smoke and fire count everywhere, except that smoke is not known where the truth holds fire and no smoke.

    Raises:
        InputError: a file beside the clip is not what it should be; its line is named.

    """
    beside = clip.parent
    boxes: dict[int, list[tuple[int, NDArray[np.float32]]]] = defaultdict(list)
    for name, read in (("gt.txt", _mot_rows), ("gt.csv", _csv_rows)):
        if (beside / name).is_file():
            for frame, kind, box in read(beside / name):
                boxes[frame].append((kind, box))
            break
    kinds = {kind for found in boxes.values() for kind, _ in found}
    labelled = np.array([index in {*kinds, _SMOKE, _FIRE} for index in range(len(KINDS))])
    labelled[_SMOKE] &= not (_FIRE in kinds and _SMOKE not in kinds)
    meta = _meta(beside / "meta.json")
    ignored = [meta["ignore_region"]] if "ignore_region" in meta else []
    spans = meta.get("vehicle_in_view_frames")
    return ClipTruth(
        boxes=dict(boxes),
        labelled=labelled,
        ignored_px=np.array(ignored, np.float32).reshape(-1, 4),
        vehicle_frames=None if spans is None else tuple((int(first), int(last)) for first, last in spans),
    )


def _mot_rows(file: Path) -> Iterator[tuple[int, int, NDArray[np.float32]]]:
    for line, cells in enumerate(_rows(file), 1):
        try:
            numbers = [float(cell) for cell in cells]
            category = _CATEGORY[int(numbers[7])]
        except (ValueError, IndexError, KeyError) as exc:
            raise InputError(f"{','.join(cells)!r} is no MOT row", file=file, line=line, remedy=_MOT) from exc
        yield round(numbers[0]) - 1, KIND_OF_CATEGORY[category], _corners(numbers[2:6], file, line)


def _csv_rows(file: Path) -> Iterator[tuple[int, int, NDArray[np.float32]]]:
    for line, cells in enumerate(_rows(file), 1):
        if line == 1 and cells == _CSV.split(","):
            continue
        try:
            numbers, kind = [float(cell) for cell in cells[:5]], KIND_OF_CATEGORY[cells[5]]
        except (ValueError, IndexError, KeyError) as exc:
            raise InputError(f"{','.join(cells)!r} is no row of boxes", file=file, line=line, remedy=_CSV) from exc
        yield round(numbers[0]), kind, _corners(numbers[1:5], file, line)


def _rows(file: Path) -> list[list[str]]:
    try:
        return [row for row in csv.reader(file.read_text(encoding="utf-8").splitlines()) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise InputError(f"cannot be read: {exc}", file=file, remedy="boxes as text") from exc


def _corners(xywh: list[float], file: Path, line: int) -> NDArray[np.float32]:
    x, y, width, height = xywh
    if not math.isfinite(x + y + width + height) or width < 0 or height < 0:
        raise InputError("is no box", file=file, line=line, remedy="x, y, width, height in pixels")
    return np.array([x, y, x + width, y + height], np.float32)


def _meta(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
        spans, region = read.get("vehicle_in_view_frames", []), read.get("ignore_region", [0.0] * 4)
        sound = len(region) == 4 and all(len(span) == 2 for span in spans)
    except (OSError, ValueError, AttributeError, TypeError) as exc:
        raise InputError(f"not the description of a clip: {exc}", file=file, remedy="a JSON object") from exc
    if not sound:
        what = "ignore_region has four numbers, vehicle_in_view_frames pairs"
        raise InputError(what, file=file, remedy="x1, y1, x2, y2 and first, last frame")
    return dict(read)
