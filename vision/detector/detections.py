"""From boxes at a network's input to the detections of a picture, and from which score on a kind is told."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from missions.detection import Box, Detection, DetectorSpec
from vision.detector.decode import Boxes
from vision.detector.letterbox import Letterbox, Stretch

Conf = float | Mapping[str, float]
"""Least score of a detection, 0..1, for all kinds or by kind."""
USUAL_CONF: Final = 0.25


def least_scores(spec: DetectorSpec, conf: Conf) -> NDArray[np.float32]:
    """Return the (kinds,) least scores; kinds that are not named have the usual one."""
    named = [conf.get(kind, USUAL_CONF) if isinstance(conf, Mapping) else conf for kind in spec.kinds]
    return np.array(named, np.float32)


def detections_of(
    found: Boxes, kinds: tuple[str, ...], fitted: Letterbox | Stretch, size: tuple[int, int]
) -> list[Detection]:
    """Return boxes of the input as detections in a picture of (width, height); what lies outside is left out."""
    boxes = fitted.undo(found.boxes_px, size)
    return [
        Detection(kind=kinds[kind], score=float(score), box_px=Box(*(float(edge) for edge in box)))
        for box, score, kind in zip(boxes, found.scores, found.kinds, strict=True)
        if box[0] < box[2] and box[1] < box[3]
    ]
