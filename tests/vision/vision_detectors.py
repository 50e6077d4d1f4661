# ruff: noqa: D102 - a test double does what its protocol says
"""Detectors made from functions: what is seen is what the test says."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from missions.detection import Detection, DetectorSpec
from missions.hardware import load_detector_spec
from missions.mission import Watch

SCRIPTED = Watch(detector="scripted")
"""Watched with a detector that is a function: the thresholds fitted to nano's scores are not for its own."""


class FunctionDetector:
    """Calls a function with the number of the looked-at picture, counted from 0."""

    def __init__(self, boxes: Callable[[int], Sequence[Detection]]) -> None:
        self.looked = 0
        self._boxes = boxes

    @property
    def spec(self) -> DetectorSpec:
        return load_detector_spec("nano")

    def detect(self, image: NDArray[np.uint8]) -> Sequence[Detection]:
        assert image.dtype == np.uint8
        self.looked += 1
        return self._boxes(self.looked - 1)


def blind() -> FunctionDetector:
    return FunctionDetector(lambda _: [])
