"""Outputs of the families of detectors as boxes and scores of classes, and what is wrong with outputs that are not.

Layouts as exported by: ultralytics 8.4 (YOLOv8, 11: (1, 4 + classes, cells), centre and size in input pixels; YOLO26,
where it is exported end to end: (1, 300, 6), corners in input pixels, score, class; RT-DETR: (1, 300, 6), centre and
size as shares, score, class, in older versions (1, 300, 4 + classes)); D-FINE's and RT-DETR's own `export_onnx.py`
(labels, boxes, scores, with orig_target_sizes); RF-DETR 1.x (dets as shares, labels as logits).
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from missions.detector_map import Family

Outputs = Mapping[str, NDArray[Any]]
_END_TO_END: Final = 6
"""Columns: four of the box, score, class."""
_MOST_END_TO_END: Final = 1000
"""Boxes of an end-to-end YOLO; a grid has thousands of cells."""


class Candidates(NamedTuple):
    """Boxes and scores before any choice."""

    boxes_px: NDArray[np.float32]
    """(N, 4) x1, y1, x2, y2 at the network's input."""
    scores: NDArray[np.float32]
    """(N, classes) where each box has a score for each, else (N,)."""
    classes: NDArray[Any] | None
    """(N,) whole numbers, of whatever type, where each box has one class."""
    known: int | None
    """How many classes the network knows; None where the outputs do not say."""


class WrongOutputs(Exception):  # noqa: N818 - it says what is wrong
    """The outputs are not those of the family."""


def read_yolo(outputs: Outputs, input_px: tuple[int, int]) -> Candidates:
    """Return the candidates of YOLOv8 to YOLO26."""
    del input_px
    (raw,) = _ranked(outputs, 1, rank=3)
    _, rows, columns = raw.shape
    if columns == _END_TO_END and rows <= _MOST_END_TO_END:
        return Candidates(raw[0, :, :4], raw[0, :, 4], raw[0, :, 5], None)
    if rows <= 4 or rows >= columns:
        raise WrongOutputs(f"{_told(outputs)}, not [1, 4 + classes, cells] or [1, boxes, 6]; YOLOv5 is another")
    cells = raw[0]
    return Candidates(_corners(cells[:4].T), cells[4:].T, None, rows - 4)


def read_rf_detr(outputs: Outputs, input_px: tuple[int, int]) -> Candidates:
    """Return the candidates of RF-DETR: `dets` as shares of the picture, `labels` as logits, the last for nothing."""
    if {"dets", "labels"} <= set(outputs):
        boxes, logits = outputs["dets"], outputs["labels"]
    else:
        raise WrongOutputs(f"{_told(outputs)}, not dets [1, boxes, 4] and labels [1, boxes, classes]")
    if boxes.ndim != 3 or boxes.shape[2] != 4 or logits.ndim != 3 or logits.shape[1] != boxes.shape[1]:
        raise WrongOutputs(f"{_told(outputs)}, not dets [1, boxes, 4] and labels [1, boxes, classes]")
    scores = 1.0 / (1.0 + np.exp(-np.clip(logits[0].astype(np.float32), -60.0, 60.0)))
    return Candidates(_corners(boxes[0]) * _sides(input_px), scores, None, logits.shape[2])


def read_rt_detr(outputs: Outputs, input_px: tuple[int, int]) -> Candidates:
    """Return the candidates of RT-DETR: its own export, or that of ultralytics in one output."""
    if len(outputs) != 1:
        return read_d_fine(outputs, input_px)
    (raw,) = _ranked(outputs, 1, rank=3)
    if raw.shape[2] <= 4 or raw.shape[1] > _MOST_END_TO_END:
        raise WrongOutputs(f"{_told(outputs)}, not [1, boxes, 6], [1, boxes, 4 + classes] or labels, boxes and scores")
    if raw.shape[2] == _END_TO_END:
        return Candidates(_corners(raw[0, :, :4]) * _sides(input_px), raw[0, :, 4], raw[0, :, 5], None)
    return Candidates(_corners(raw[0, :, :4]) * _sides(input_px), raw[0, :, 4:], None, raw.shape[2] - 4)


def read_d_fine(outputs: Outputs, input_px: tuple[int, int]) -> Candidates:
    """Return the candidates of D-FINE: `boxes` are corners, in the size that was asked for, here the input's."""
    del input_px
    if not {"labels", "boxes", "scores"} <= set(outputs):
        raise WrongOutputs(f"{_told(outputs)}, not labels [1, boxes], boxes [1, boxes, 4] and scores [1, boxes]")
    labels, boxes, scores = (outputs[name] for name in ("labels", "boxes", "scores"))
    if boxes.ndim != 3 or boxes.shape[2] != 4 or labels.shape != boxes.shape[:2] or scores.shape != boxes.shape[:2]:
        raise WrongOutputs(f"{_told(outputs)}, not labels [1, boxes], boxes [1, boxes, 4] and scores [1, boxes]")
    return Candidates(boxes[0], scores[0], labels[0], None)


READERS: Final[dict[Family, Callable[[Outputs, tuple[int, int]], Candidates]]] = {
    "yolo": read_yolo,
    "rf-detr": read_rf_detr,
    "rt-detr": read_rt_detr,
    "d-fine": read_d_fine,
}


def _ranked(outputs: Outputs, count: int, *, rank: int) -> list[NDArray[Any]]:
    arrays = list(outputs.values())
    if len(arrays) != count or any(one.ndim != rank or one.shape[0] != 1 for one in arrays):
        raise WrongOutputs(f"{_told(outputs)}, not {count} of {rank} dimensions")
    return arrays


def _told(outputs: Outputs) -> str:
    return "its outputs are " + ", ".join(f"{name} {list(one.shape)}" for name, one in outputs.items())


def _corners(centred: NDArray[Any]) -> NDArray[np.float32]:
    """Return (N, 4) centre x, y, width, height as corners."""
    boxes = np.asarray(centred, np.float32)
    half = boxes[:, 2:] / 2
    return np.concatenate([boxes[:, :2] - half, boxes[:, :2] + half], axis=1)


def _sides(input_px: tuple[int, int]) -> NDArray[np.float32]:
    return np.array([*input_px, *input_px], np.float32)
