"""The door to detectors: weights of ours or somebody's ONNX file, and the runtime that the setting names."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from missions.detection import Detection, DetectorSpec, Runtime
from missions.detector_map import is_map
from missions.ports import BatchDetector
from vision.detector.decode import decode
from vision.detector.detections import USUAL_CONF, Conf, detections_of, least_scores
from vision.detector.export import network_of
from vision.detector.letterbox import Letterbox
from vision.detector.runtimes import NetworkFile, Running, Tensors, start
from vision.detector.weights import open_weights


def load_detector(name_or_path: str | Path, *, runtime: Runtime = "auto", conf: Conf = USUAL_CONF) -> BatchDetector:
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
    if is_map(name_or_path):
        from vision.detector.foreign import load_foreign

        return load_foreign(Path(name_or_path), runtime=runtime, conf=conf)
    weights = open_weights(name_or_path)
    network = network_of(weights)
    return GridDetector(weights.spec, network, start(network, runtime), conf=least_scores(weights.spec, conf))


class GridDetector:
    """A Detector around a running network of ours: pictures in, the grids of every level out."""

    def __init__(
        self, spec: DetectorSpec, network: NetworkFile, running: Running, *, conf: NDArray[np.float32]
    ) -> None:
        self.network = network
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
        inputs = [self.inputs_of(image)[0] for image in images]
        if not inputs:
            return []
        grids = self._running.batched(inputs[0] if len(inputs) == 1 else np.concatenate(inputs))
        return [
            detections_of(
                decode(grid, conf=self._conf),
                self._spec.kinds,
                self._letterbox(image),
                (image.shape[1], image.shape[0]),
            )
            for grid, image in zip(grids, images, strict=True)
        ]

    def inputs_of(self, image: NDArray[np.uint8]) -> Tensors:
        """Return the one input, (1, H, W, 3) bytes."""
        return (self._letterbox(image).apply(image)[None],)

    def _letterbox(self, image: NDArray[np.uint8]) -> Letterbox:
        onto = (self._spec.input_width_px, self._spec.input_height_px)
        return Letterbox.fitting((image.shape[1], image.shape[0]), onto)
