"""The door to detectors: weights of ours or somebody's ONNX file, and the runtime that the setting names."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from missions.detection import Box, Detection, DetectorSpec, Runtime
from missions.ports import BatchDetector
from vision.detector.decode import Boxes, decode
from vision.detector.export import network_of
from vision.detector.letterbox import Letterbox
from vision.detector.runtimes import Running, start
from vision.detector.weights import open_weights

Conf = float | Mapping[str, float]
_CONF: Final = 0.25
MAP_SUFFIXES: Final = (".yaml", ".yml")


def load_detector(name_or_path: str | Path, *, runtime: Runtime = "auto", conf: Conf = _CONF) -> BatchDetector:
    """Return a detector from shipped weights by name, from a weights file of ours, or from the map of an ONNX file.

    The exported network is kept in the user's cache folder; only its first use imports torch.

    Args:
        name_or_path: `nano`, a `.safetensors` file written by `patrol detector train`, or a `.yaml` that describes
            an ONNX file (`missions.detector_map`).
        runtime: what runs it; all give the same boxes within rounding. `auto` is the quickest here.
        conf: least score of a detection, 0..1, for all kinds or by kind (0.25 for those not named).

    Raises:
        InputError: no such weights, not ours, not what its map says, or no such runtime here.
        VisionError: the runtime cannot run the network here.

    """
    cv2.setNumThreads(1)  # resizing is quicker than waking a second thread for it
    if Path(name_or_path).suffix in MAP_SUFFIXES:
        from vision.detector.foreign import load_foreign

        return load_foreign(Path(name_or_path), runtime=runtime, conf=conf)
    weights = open_weights(name_or_path)
    return GridDetector(weights.spec, start(network_of(weights), runtime), conf=least_scores(weights.spec, conf))


def least_scores(spec: DetectorSpec, conf: Conf) -> NDArray[np.float32]:
    """Return the (kinds,) least scores."""
    named = [conf.get(kind, _CONF) if isinstance(conf, Mapping) else conf for kind in spec.kinds]
    return np.array(named, np.float32)


class GridDetector:
    """A Detector around a running network of ours: pictures in, the grids of every level out."""

    def __init__(self, spec: DetectorSpec, running: Running, *, conf: NDArray[np.float32]) -> None:
        self._spec, self._running, self._conf = spec, running, conf

    @property
    def spec(self) -> DetectorSpec:
        """What it takes and gives."""
        return self._spec

    @property
    def runtime(self) -> str:
        """What runs it, `openvino:bf16` for instance."""
        return self._running.runtime

    def detect(self, image: NDArray[np.uint8]) -> Sequence[Detection]:
        """Return the detections of one (H, W, 3) BGR picture of any size, best first, in that picture's pixels."""
        return self.detect_many([image])[0]

    def detect_many(self, images: Sequence[NDArray[np.uint8]]) -> list[Sequence[Detection]]:
        """Return the detections of each picture; on a GPU they go through the network together."""
        sizes = [(image.shape[1], image.shape[0]) for image in images]
        boxes = [Letterbox.fitting(size, (self._spec.input_width_px, self._spec.input_height_px)) for size in sizes]
        inputs = [box.apply(image) for box, image in zip(boxes, images, strict=True)]
        if not inputs:
            return []
        grids = self._running.batched(inputs[0][None] if len(inputs) == 1 else np.stack(inputs))
        return [
            told(decode(grid, conf=self._conf), self._spec.kinds, letterbox, size)
            for grid, letterbox, size in zip(grids, boxes, sizes, strict=True)
        ]


def told(found: Boxes, kinds: tuple[str, ...], letterbox: Letterbox, size: tuple[int, int]) -> list[Detection]:
    """Return boxes of the input as detections in a picture of (width, height); what lies outside is left out."""
    boxes = letterbox.undo(found.boxes_px, size)
    return [
        Detection(kind=kinds[kind], score=float(score), box_px=Box(*(float(edge) for edge in box)))
        for box, score, kind in zip(boxes, found.scores, found.kinds, strict=True)
        if box[0] < box[2] and box[1] < box[3]
    ]
