# ruff: noqa: D102 - a test double does what its protocol says
"""Detectors made from functions: what is seen is what the test says."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from missions.detection import Detection, DetectorSpec
from missions.hardware import load_detector_spec


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
