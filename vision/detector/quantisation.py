"""A network in int8: calibrated on pictures, its last layers left as they are, and what it costs measured.

Static quantisation of the convolutions (weights per channel, activations per tensor), written as QDQ nodes that both
OpenVINO and ONNX Runtime compute in int8. Convolutions after which no other one comes tell scores and edges directly
and stay in float: they are a few per cent of the work.
"""

import contextlib
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from missions.codec import to_jsonable
from missions.errors import InputError
from missions.formats.atomic import write_atomically
from vision.detector.evaluation import Evaluation
from vision.detector.runtimes import NetworkFile, Tensors
from vision.detector.runtimes.kept import quantised_path
from vision.detector.runtimes.messages import telling_line

ENOUGH: Final = 64
"""Pictures that are calibrated on, spread over all that are given."""
_CONVOLUTION: Final = "Conv"


@runtime_checkable
class Preparing(Protocol):
    """A detector as far as quantising it goes."""

    @property
    def network(self) -> NetworkFile:
        """What it runs."""
        ...

    def inputs_of(self, image: NDArray[np.uint8]) -> Tensors:
        """Return a picture as the network takes it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What int8 costs, on pictures it was not calibrated on."""

    weights: str
    sha256: str
    calibrated_on: int
    """Pictures."""
    measured_on: int
    ap50: tuple[float | None, float | None]
    """Before and after."""
    ap: tuple[float | None, float | None]
    per_class_ap50: dict[str, tuple[float, float]]

    @classmethod
    def of(cls, network: NetworkFile, pictures: tuple[int, int], before: Evaluation, after: Evaluation) -> "Cost":
        """Return the cost from two evaluations over the same pictures; `pictures` calibrated and measured on."""
        return cls(
            weights=Path(network.name).name,
            sha256=network.sha256,
            calibrated_on=pictures[0],
            measured_on=pictures[1],
            ap50=(before.ap50, after.ap50),
            ap=(before.ap, after.ap),
            per_class_ap50={
                kind: (score.ap50, after.per_class[kind].ap50)
                for kind, score in before.per_class.items()
                if score.boxes
            },
        )


def quantise(detector: Preparing, images: Sequence[NDArray[np.uint8]]) -> Path:
    """Write the int8 form of a detector's network where `openvino:int8` and `onnxruntime:int8` find it.

    Raises:
        InputError: ONNX Runtime cannot quantise the network.

    """
    network = detector.network
    path = quantised_path(network)
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="skypatrol-") as folder:
        inferred, written = Path(folder) / "inferred.onnx", Path(folder) / "int8.onnx"
        try:
            _quantise(network.onnx(), inferred, written, _Readings(detector, images))
        except InputError:
            raise
        except Exception as exc:  # its exceptions share no class but this
            raise InputError(
                f"cannot be quantised: {telling_line(exc)}", file=network.name, remedy="another export of it"
            ) from exc
        write_atomically(path, written.read_bytes())
    return path


def write_cost(network: NetworkFile, cost: Cost) -> Path:
    """Write beside the int8 form what it costs."""
    path = quantised_path(network).with_suffix(".json")
    write_atomically(path, json.dumps(to_jsonable(cost), indent=2) + "\n")
    return path


def _quantise(network: Path, inferred: Path, written: Path, readings: "_Readings") -> None:
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with _quiet():
        quant_pre_process(str(network), str(inferred), skip_symbolic_shape=True)
        readings.names = _input_names(inferred)
        quantize_static(
            str(inferred),
            str(written),
            readings,
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=[_CONVOLUTION],
            nodes_to_exclude=last_convolutions(inferred),
        )


def last_convolutions(network: Path) -> list[str]:
    """Return the names of the convolutions from which an output is reached without another one."""
    import onnx

    graph = onnx.load(network).graph
    makers = {name: node for node in graph.node for name in node.output}
    found: dict[str, None] = {}
    seen: set[str] = set()
    waiting = [output.name for output in graph.output]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in makers:
            continue
        seen.add(name)
        node = makers[name]
        if node.op_type == _CONVOLUTION:
            found[node.name] = None
        else:
            waiting += node.input
    return list(found)


def _input_names(network: Path) -> list[str]:
    import onnx

    graph = onnx.load(network).graph
    constants = {one.name for one in graph.initializer}
    return [one.name for one in graph.input if one.name not in constants]


class _Readings:
    """Pictures as ONNX Runtime's calibration asks for them; it knows the type by this method alone."""

    def __init__(self, detector: Preparing, images: Sequence[NDArray[np.uint8]]) -> None:
        self.names: list[str] = []
        self._left = iter(images)
        self._detector = detector

    def get_next(self) -> dict[str, Any] | None:
        """Return the next inputs by name, None at the end."""
        image = next(self._left, None)
        if image is None:
            return None
        return dict(zip(self.names, self._detector.inputs_of(image), strict=True))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library from talking on the root logger."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)
