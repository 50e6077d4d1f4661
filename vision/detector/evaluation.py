"""How good a detector is on labelled pictures: COCO's average precision, each kind only where it was labelled.

`faster-coco-eval` does the counting; it is a development dependency.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from missions.detection import Detection
from missions.errors import InputError
from missions.ports import Detector
from vision.detector.classes import KINDS
from vision.detector.coco import Picture, read_picture

EVALUATION_CONF: Final = 0.005
"""Least score that is counted: average precision needs the weak boxes too."""
_SIZES_PX: Final = {
    "all": (0.0, 1e5),
    "under_32_px": (0.0, 32.0),
    "32_to_96_px": (32.0, 96.0),
    "over_96_px": (96.0, 1e5),
}
_ALARM_SCORES: Final = (0.3, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class KindScore:
    """Average precision of one kind on one set of pictures."""

    pictures: int
    boxes: int
    ap: float
    """Mean over IoU 0.50 to 0.95."""
    ap50: float
    ap50_by_size: dict[str, float] = field(default_factory=dict)
    """By square root of the box's area in the picture as stored."""
    false_per_hundred: dict[str, float] = field(default_factory=dict)
    """By least score: boxes of this kind per hundred pictures that hold none."""
    negatives: int = 0
    """Pictures labelled for the kind and holding none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What was measured."""

    ap: float
    ap50: float
    """Mean over the kinds that have boxes."""
    per_class: dict[str, KindScore]
    per_source: dict[str, dict[str, KindScore]]
    per_modality: dict[str, dict[str, KindScore]]
    per_view: dict[str, dict[str, KindScore]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged:
    """A picture and what the detector said of it."""

    picture: Picture
    detections: Sequence[Detection]


def detect_all(detector: Detector, pictures: Sequence[Picture]) -> Iterator[Judged]:
    """Yield the pictures with their detections, one by one."""
    for picture in pictures:
        yield Judged(picture=picture, detections=detector.detect(read_picture(picture)))


def evaluate(judged: Sequence[Judged]) -> Evaluation:
    """Return the scores, over all and by source, modality and view.

    Raises:
        InputError: faster-coco-eval is not installed, or nothing was labelled.

    """
    per_class = _by_kind(judged)
    counted = [score for score in per_class.values() if score.boxes]
    if not counted:
        raise InputError("no labelled boxes to measure against", remedy="annotations of at least one kind")
    return Evaluation(
        ap=_mean([score.ap for score in counted]),
        ap50=_mean([score.ap50 for score in counted]),
        per_class=per_class,
        per_source=_grouped(judged, lambda picture: picture.source),
        per_modality=_grouped(judged, lambda picture: picture.modality),
        per_view=_grouped(judged, lambda picture: picture.view),
    )


def _mean(values: list[float]) -> float:
    return round(sum(values) / len(values), 4)


def _grouped(judged: Sequence[Judged], key: Callable[[Picture], str]) -> dict[str, dict[str, KindScore]]:
    names = sorted({key(one.picture) for one in judged})
    return {name: _by_kind([one for one in judged if key(one.picture) == name]) for name in names}


def _by_kind(judged: Sequence[Judged]) -> dict[str, KindScore]:
    scores = {}
    for index, kind in enumerate(KINDS):
        labelled = [one for one in judged if one.picture.labels.labelled[index]]
        if labelled:
            scores[kind] = _score(labelled, index)
    return scores


def _score(judged: Sequence[Judged], kind: int) -> KindScore:
    boxes = sum(int((one.picture.labels.kinds == kind).sum()) for one in judged)
    negatives = [one for one in judged if not (one.picture.labels.kinds == kind).any()]
    alarms = {
        str(least): round(100.0 * sum(_count(one, kind, least) for one in negatives) / len(negatives), 2)
        for least in _ALARM_SCORES
        if negatives
    }
    if not boxes:
        return KindScore(
            pictures=len(judged), boxes=0, ap=0.0, ap50=0.0, false_per_hundred=alarms, negatives=len(negatives)
        )
    precision = _precision(judged, kind)
    return KindScore(
        pictures=len(judged),
        boxes=boxes,
        ap=_valid_mean(precision[:, :, 0]),
        ap50=_valid_mean(precision[0, :, 0]),
        ap50_by_size={name: _valid_mean(precision[0, :, i]) for i, name in enumerate(_SIZES_PX) if i},
        false_per_hundred=alarms,
        negatives=len(negatives),
    )


def _count(one: Judged, kind: int, least: float) -> int:
    return sum(found.kind == KINDS[kind] and found.score >= least for found in one.detections)


def _valid_mean(values: Any) -> float:  # noqa: ANN401 - an array of the untyped library
    valid = values[values > -1]  # -1: no box of this size
    return round(float(valid.mean()), 4) if valid.size else -1.0


def _precision(judged: Sequence[Judged], kind: int) -> Any:  # noqa: ANN401
    """Return COCO's (IoU thresholds, recalls, sizes) precision of one kind."""
    try:
        from faster_coco_eval import COCO, COCOeval_faster
    except ImportError as exc:
        raise InputError("faster-coco-eval is not installed", remedy="pip install faster-coco-eval") from exc
    truth = COCO(
        {
            "images": _images(judged),
            "annotations": _truths(judged, kind),
            "categories": [{"id": 1, "name": KINDS[kind]}],
        }
    )
    said = _said(judged, kind)
    if not said:
        return np.zeros((10, 101, len(_SIZES_PX)))
    run = COCOeval_faster(truth, truth.loadRes(said), "bbox", print_function=_silent)
    run.params.areaRng = [[low**2, high**2] for low, high in _SIZES_PX.values()]
    run.params.areaRngLbl = list(_SIZES_PX)
    run.params.maxDets = [400]
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
