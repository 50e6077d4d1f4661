"""Several streams share one detector: each gets its own boxes, and what waits goes through together."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from missions.detection import Box, Detection, DetectorSpec
from missions.hardware import load_detector_spec
from vision.detector.shared import SharedDetector


class Brightness:
    """Says how bright a picture is; waits for `go` at its first batch."""

    spec: DetectorSpec = load_detector_spec("nano")

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.begun, self.go = threading.Event(), threading.Event()

    def detect(self, image: NDArray[np.uint8]) -> Sequence[Detection]:  # noqa: D102
        return self.detect_many([image])[0]

    def detect_many(self, images: Sequence[NDArray[np.uint8]]) -> list[Sequence[Detection]]:  # noqa: D102
        self.sizes.append(len(images))
        self.begun.set()
        assert self.go.wait(10.0)
        if any(image[0, 0, 0] == 13 for image in images):
            raise ValueError("unlucky")
        return [[Detection(kind="fire", score=image[0, 0, 0] / 255, box_px=Box(0, 0, 1, 1))] for image in images]


def picture(level: int) -> NDArray[np.uint8]:
    return np.full((4, 4, 3), level, np.uint8)


def test_what_waits_while_a_batch_is_computed_is_the_next_batch() -> None:
    detector = Brightness()
    shared = SharedDetector(detector, most=4)
    with ThreadPoolExecutor(8) as streams:
        first = streams.submit(shared.detect, picture(1))
        assert detector.begun.wait(10.0)
        others = [streams.submit(shared.detect, picture(level)) for level in range(20, 27)]
        while len(shared._waiting) < 7:
            pass
        detector.go.set()
        assert [round(one.score * 255) for one in first.result()] == [1]
        assert [round(other.result()[0].score * 255) for other in others] == list(range(20, 27))
    shared.close()
    assert detector.sizes == [1, 4, 3]
    assert shared.batches == 3


def test_an_error_reaches_everybody_it_concerns_and_nobody_else() -> None:
    detector = Brightness()
    detector.go.set()
    shared = SharedDetector(detector)
    with pytest.raises(ValueError, match="unlucky"):
        shared.detect(picture(13))
    assert len(shared.detect_many([picture(5), picture(6)])) == 2
    shared.close()
    with pytest.raises(RuntimeError, match="closed"):
        shared.detect(picture(1))
