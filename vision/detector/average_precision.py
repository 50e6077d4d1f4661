"""COCO's average precision of one kind; `faster-coco-eval`, a development dependency, does the counting."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from missions.errors import InputError
from vision.detector.classes import KINDS
from vision.detector.judged import Judged

SIZES_PX: Final = {
    "under_16_px": (0.0, 16.0),
    "16_to_32_px": (16.0, 32.0),
    "32_to_96_px": (32.0, 96.0),
    "over_96_px": (96.0, 1e5),
}
"""Square root of a box's area, in the picture as stored."""
ALARM_SCORES: Final = (0.3, 0.5)
_ALL_SIZES: Final = (0.0, 1e5)
_MOST: Final = 400
"""Boxes of a picture; a crowded junction has 150."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindScore:
    """Average precision of one kind on one set of pictures."""

    pictures: int
    """Labelled for the kind."""
    boxes: int
    ap: float
    """Mean over IoU 0.50 to 0.95."""
    ap50: float
    ap50_by_size: dict[str, float] = field(default_factory=dict)
    """By SIZES_PX; -1 where there is no box of the size."""
    boxes_by_size: dict[str, int] = field(default_factory=dict)
    false_per_hundred: dict[str, float] = field(default_factory=dict)
    """By least score: boxes of this kind per hundred pictures that hold none."""
    negatives: int = 0
    """Pictures labelled for the kind and holding none."""


def score_kind(judged: Sequence[Judged], kind: int) -> KindScore:
    """Return the score of a kind (index in KINDS) on pictures that were all labelled for it.

    Raises:
        InputError: faster-coco-eval is not installed.

    """
    sizes = [_sizes_px(one, kind) for one in judged]
    negatives = [one for one, found in zip(judged, sizes, strict=True) if not len(found)]
    alarms = {
        str(least): round(100.0 * sum(_count(one, kind, least) for one in negatives) / len(negatives), 2)
        for least in ALARM_SCORES
        if negatives
    }
    all_sizes = np.concatenate(sizes) if sizes else np.zeros(0)
    if not len(all_sizes):
        return KindScore(
            pictures=len(judged), boxes=0, ap=0.0, ap50=0.0, false_per_hundred=alarms, negatives=len(negatives)
        )
    counts = {name: int(((all_sizes >= low) & (all_sizes < high)).sum()) for name, (low, high) in SIZES_PX.items()}
    precision = _precision(judged, kind)
    return KindScore(
        pictures=len(judged),
        boxes=len(all_sizes),
        ap=_valid_mean(precision[:, :, 0]),
        ap50=_valid_mean(precision[0, :, 0]),
        ap50_by_size={n: _valid_mean(precision[0, :, i]) if counts[n] else -1.0 for i, n in enumerate(SIZES_PX, 1)},
        boxes_by_size=counts,
        false_per_hundred=alarms,
        negatives=len(negatives),
    )


def _sizes_px(one: Judged, kind: int) -> Any:  # noqa: ANN401 - (N,) floats
    boxes = one.picture.labels.boxes_px[one.picture.labels.kinds == kind]
    return np.sqrt((boxes[:, 2:] - boxes[:, :2]).prod(axis=1))


def _count(one: Judged, kind: int, least: float) -> int:
    return sum(found.kind == KINDS[kind] and found.score >= least for found in one.detections)


def _valid_mean(values: Any) -> float:  # noqa: ANN401 - an array of the untyped library
    valid = values[values > -1]  # -1: no box of this size
    return round(float(valid.mean()), 4) if valid.size else -1.0


def _precision(judged: Sequence[Judged], kind: int) -> Any:  # noqa: ANN401
    """Return COCO's (IoU thresholds, recalls, sizes) precision of one kind; size 0 is all."""
    try:
        from faster_coco_eval import COCO, COCOeval_faster
    except ImportError as exc:
        raise InputError("faster-coco-eval is not installed", remedy="pip install faster-coco-eval") from exc
    sizes = {"all": _ALL_SIZES, **SIZES_PX}
    said = _said(judged, kind)
    if not said:
        return np.zeros((10, 101, len(sizes)))
    truth = COCO(
        {
            "images": _images(judged),
            "annotations": _truths(judged, kind),
            "categories": [{"id": 1, "name": KINDS[kind]}],
        }
    )
    run = COCOeval_faster(truth, truth.loadRes(said), "bbox", print_function=_silent)
    run.params.areaRng = [[low**2, high**2] for low, high in sizes.values()]
    run.params.areaRngLbl = list(sizes)
    run.params.maxDets = [_MOST]
    run.evaluate()
    run.accumulate()
    return np.asarray(run.eval["precision"])[:, :, 0, :, 0]


def _silent(*_: object) -> None:
    """Take the library's progress messages: only `patrol` prints."""


def _images(judged: Sequence[Judged]) -> list[dict[str, object]]:
    return [
        {"id": i, "width": one.picture.width_px, "height": one.picture.height_px, "file_name": str(i)}
        for i, one in enumerate(judged, 1)
    ]


def _truths(judged: Sequence[Judged], kind: int) -> list[dict[str, object]]:
    """Return the boxes; places to ignore are crowds, which COCO counts neither as found nor as false."""
    rows: list[dict[str, object]] = []
    for image, one in enumerate(judged, 1):
        labels = one.picture.labels
        boxes = [(box, 0) for box in labels.boxes_px[labels.kinds == kind]] + [(box, 1) for box in labels.ignored_px]
        for (x1, y1, x2, y2), crowd in boxes:
            xywh = [float(x1), float(y1), float(x2 - x1), float(y2 - y1)]
            row = {"id": len(rows) + 1, "image_id": image, "category_id": 1, "bbox": xywh}
            rows.append({**row, "area": xywh[2] * xywh[3], "iscrowd": crowd})
    return rows


def _said(judged: Sequence[Judged], kind: int) -> list[dict[str, object]]:
    return [
        {
            "image_id": image,
            "category_id": 1,
            "bbox": [
                found.box_px.x1,
                found.box_px.y1,
                found.box_px.x2 - found.box_px.x1,
                found.box_px.y2 - found.box_px.y1,
            ],
            "score": found.score,
        }
        for image, one in enumerate(judged, 1)
        for found in one.detections
        if found.kind == KINDS[kind]
    ]
