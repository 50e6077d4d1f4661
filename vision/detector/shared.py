"""One detector for the streams of a process: pictures that wait at the same time go through the network together.

While one batch is computed the next one gathers, so that nobody waits for a batch to fill: one stream alone is as quick
as without this, and many of them are as quick as the batch is.
"""

import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Final

import numpy as np
from numpy.typing import NDArray

from missions.detection import Detection, DetectorSpec
from missions.ports import BatchDetector

_MOST: Final = 16
"""Pictures of one batch: what a GPU's runtime takes at once."""

_Found = Sequence[Detection]
_Waiting = tuple[NDArray[np.uint8], "Future[_Found]"]


class SharedDetector:
    """A detector that threads may call at the same time; each gets the detections of its own picture."""

    def __init__(self, detector: BatchDetector, *, most: int = _MOST) -> None:
        self._detector, self._most = detector, most
        self._waiting: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self.batches = 0
        self._worker = threading.Thread(target=self._work, name="skypatrol-detector", daemon=True)
        self._worker.start()

    @property
    def spec(self) -> DetectorSpec:
        """What it takes and gives."""
        return self._detector.spec

    def detect(self, image: NDArray[np.uint8]) -> _Found:
        """Return the detections of one (H, W, 3) BGR picture, in that picture's pixels."""
        return self.detect_many([image])[0]

    def detect_many(self, images: Sequence[NDArray[np.uint8]]) -> list[_Found]:
        """Return the detections of each picture; what the detector raises is raised here, for each whose batch it was.

        Raises:
            RuntimeError: it was closed.

        """
        futures = [Future[_Found]() for _ in images]
        with self._changed:
            if self._closed:
                raise RuntimeError("the shared detector was closed")
            self._waiting.extend(zip(images, futures, strict=True))
            self._changed.notify_all()
        return [future.result() for future in futures]

    def close(self) -> None:
        """Finish what waits and end."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._worker.join()

    def _work(self) -> None:
        while batch := self._next():
            self.batches += 1
            try:
                found = self._detector.detect_many([image for image, _ in batch])
            except Exception as exc:  # noqa: BLE001 - whoever waits has to know, whatever it is
                for _, future in batch:
                    future.set_exception(exc)
                continue
            for (_, future), detections in zip(batch, found, strict=True):
                future.set_result(detections)

    def _next(self) -> list[_Waiting]:
        """Return what waits, as soon as anything does; nothing once it is closed."""
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            return [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
