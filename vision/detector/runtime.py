"""The trained network as a Detector: run by OpenVINO on the CPU, or by PyTorch, which needs no conversion."""

import os
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from missions.detection import Box, Detection, DetectorSpec
from missions.errors import VisionError
from missions.ports import Detector
from vision.detector.decode import Grid, decode
from vision.detector.letterbox import Letterbox
from vision.detector.weights import WeightsFile, build_network, open_weights

Runtime = Literal["openvino", "torch"]
Conf = float | Mapping[str, float]
_CONF: Final = 0.25
Infer = Callable[[NDArray[np.uint8]], tuple[Grid, ...]]
"""A (H, W, 3) BGR picture of the input's size to the grids of every level."""

_RAW_VERSION: Final = 1
"""Raised whenever DeployedNet's inputs or outputs change, so that converted networks of before are not used."""


def load_detector(name_or_path: str | Path, *, runtime: Runtime = "openvino", conf: Conf = _CONF) -> Detector:
    """Return a detector from shipped weights by name, or from a weights file of ours.

    With OpenVINO the converted network is kept in the user's cache folder; only its first use imports torch.

    Args:
        name_or_path: `nano`, or a `.safetensors` file written by `patrol detector train`.
        runtime: what runs it; both give the same boxes within rounding.
        conf: least score of a detection, 0..1, for all kinds or by kind (0.25 for those not named).

    Raises:
        InputError: no such weights, or not ours.
        VisionError: OpenVINO cannot run the network here.

    """
    cv2.setNumThreads(1)  # resizing is quicker than waking a second thread for it
    weights = open_weights(name_or_path)
    infer = _openvino(weights) if runtime == "openvino" else _torch(weights)
    kinds = weights.spec.kinds
    least = [conf.get(kind, _CONF) if isinstance(conf, Mapping) else conf for kind in kinds]
    return GridDetector(weights.spec, infer, conf=np.array(least, np.float32))


class GridDetector:
    """A Detector around any function from the input picture to the grids."""

    def __init__(self, spec: DetectorSpec, infer: Infer, *, conf: NDArray[np.float32]) -> None:
        self._spec, self._infer, self._conf = spec, infer, conf

    @property
    def spec(self) -> DetectorSpec:
        """What it takes and gives."""
        return self._spec

    def detect(self, image: NDArray[np.uint8]) -> Sequence[Detection]:
        """Return the detections of one (H, W, 3) BGR picture of any size, best first, in that picture's pixels."""
        size = (image.shape[1], image.shape[0])
        letterbox = Letterbox.fitting(size, (self._spec.input_width_px, self._spec.input_height_px))
        found = decode(self._infer(letterbox.apply(image)), conf=self._conf)
        boxes = letterbox.undo(found.boxes_px, size)
        return [
            Detection(kind=self._spec.kinds[kind], score=float(score), box_px=Box(*(float(edge) for edge in box)))
            for box, score, kind in zip(boxes, found.scores, found.kinds, strict=True)
            if box[0] < box[2] and box[1] < box[3]
        ]


def _torch(weights: WeightsFile) -> Infer:
    import torch

    from vision.detector.network import DeployedNet

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = DeployedNet(build_network(weights)).eval().to(device)

    def infer(image: NDArray[np.uint8]) -> tuple[Grid, ...]:
        with torch.inference_mode():
            grids = network(torch.from_numpy(image[None]).to(device))
        return tuple(grid[0].float().cpu().numpy() for grid in grids)

    return infer


def _openvino(weights: WeightsFile) -> Infer:
    import openvino

    core = openvino.Core()
    path = _converted_path(weights)
    try:
        model = core.read_model(path) if path.is_file() else _convert(weights, path)
        precision = "bf16" if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"
        options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
        request = core.compile_model(model, "CPU", options).create_infer_request()
    except RuntimeError as exc:
        raise VisionError(f"OpenVINO cannot run {weights.path}: {str(exc).splitlines()[0]}") from exc

    def infer(image: NDArray[np.uint8]) -> tuple[Grid, ...]:
        request.infer({0: image[None]}, share_inputs=True)
        return tuple(np.asarray(request.get_output_tensor(index).data[0]) for index in range(2))

    return infer


def _converted_path(weights: WeightsFile) -> Path:
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    key = f"{weights.sha256[:16]}-{_RAW_VERSION}-openvino-{version('openvino')}"
    return root / "skypatrol" / "detectors" / key / "model.xml"


def _convert(weights: WeightsFile, path: Path) -> Any:  # noqa: ANN401 - openvino is untyped
    """Return the network as an OpenVINO model, and keep it where the next start finds it."""
    import openvino
    import torch

    from vision.detector.network import DeployedNet

    shape = (1, weights.spec.input_height_px, weights.spec.input_width_px, 3)
    network = DeployedNet(build_network(weights)).eval()
    model = openvino.convert_model(network, example_input=torch.zeros(shape, dtype=torch.uint8))
    model.reshape(list(shape))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_name(f"model.{os.getpid()}.xml")
        openvino.save_model(model, scratch, compress_to_fp16=False)
        scratch.with_suffix(".bin").replace(path.with_suffix(".bin"))
        scratch.replace(path)
    except (OSError, RuntimeError):
        return model  # a read-only home: converted again next time
    return model
