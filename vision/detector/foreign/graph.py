"""What an ONNX file says of itself, held against its map before any runtime sees it."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from missions.detector_map import LoadedMap
from missions.errors import InputError
from missions.mission_file import line_of_field
from vision.detector.runtimes.port import NetworkFile

OPSETS: Final = (9, 26)
"""Of the operators that both OpenVINO 2026.4 and ONNX Runtime 1.32 take; exporters write 11 to 20."""
_TYPES: Final[dict[int, np.dtype[Any]]] = {1: np.dtype(np.float32), 7: np.dtype(np.int64), 10: np.dtype(np.float16)}
"""ONNX's numbers of element types (TensorProto.DataType) that inputs of detectors have."""
_OPEN: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """An input of a graph."""

    name: str
    shape: tuple[int, ...]
    """0 where the graph leaves it open."""
    dtype: np.dtype[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """An ONNX file whose outside agrees with its map."""

    network: NetworkFile
    picture: Port
    """(1, 3, height, width)."""
    size: Port | None
    """(1, 2) width and height of the picture, where the graph scales its boxes by itself."""
    inputs: tuple[str, ...]
    """Names, in the graph's order; so are those of the outputs."""
    outputs: tuple[str, ...]
    opset: int


def refusal(loaded: LoadedMap, what: str, *, field: str, remedy: str | None = None) -> InputError:
    """Return the one line about a field of a map."""
    return InputError(what, file=loaded.path, line=line_of_field(loaded.path, field), field=field, remedy=remedy)


def read_graph(loaded: LoadedMap) -> Graph:
    """Return what the map's ONNX file says of itself.

    Raises:
        InputError: missing, another file, no ONNX, or another input than the map's.

    """
    path = loaded.onnx_file
    if not path.is_file():
        raise refusal(loaded, f"no such file {path}", field="onnx", remedy="relative to the map's folder")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != loaded.described.sha256:
        raise refusal(loaded, f"{path.name} is another file: its SHA-256 is {digest}", field="sha256")
    model = _parsed(loaded, path)
    opset = _opset(loaded, model)
    taken = {one.name for one in model.graph.initializer}
    ports = [_port(loaded, one) for one in model.graph.input if one.name not in taken]
    picture = _picture(loaded, ports)
    size = _size(loaded, [one for one in ports if one is not picture])
    shapes: dict[str, tuple[int, ...]] = {
        picture.name: (1, 3, loaded.described.input.height_px, loaded.described.input.width_px)
    }
    if size is not None:
        shapes[size.name] = (1, 2)
    return Graph(
        network=NetworkFile(name=str(path), sha256=digest, onnx=lambda: path, shapes=shapes),
        picture=picture,
        size=size,
        inputs=tuple(one.name for one in ports),
        outputs=tuple(one.name for one in model.graph.output),
        opset=opset,
    )


def _parsed(loaded: LoadedMap, path: Path) -> Any:  # noqa: ANN401 - onnx builds its classes at run time
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load(path, load_external_data=False)
    except DecodeError as exc:
        raise refusal(loaded, f"{path.name} is not an ONNX file", field="onnx", remedy="an exported network") from exc
    if not model.graph.node or not model.graph.output:
        raise refusal(loaded, f"{path.name} is not an ONNX file", field="onnx", remedy="an exported network")
    if any(one.data_location == onnx.TensorProto.EXTERNAL for one in model.graph.initializer):
        raise refusal(loaded, f"{path.name} keeps its weights in other files", field="onnx", remedy="export into one")
    return model


def _opset(loaded: LoadedMap, model: Any) -> int:  # noqa: ANN401
    low, high = OPSETS
    for one in model.opset_import:
        if one.domain not in ("", "ai.onnx", "ai.onnx.ml") and any(n.domain == one.domain for n in model.graph.node):
            raise refusal(
                loaded,
                f"{loaded.onnx_file.name} has operators of {one.domain}, which not every runtime has",
                field="onnx",
                remedy="export with ONNX's own operators alone",
            )
    opset = next((int(one.version) for one in model.opset_import if one.domain in ("", "ai.onnx")), 0)
    if not low <= opset <= high:
        raise refusal(
            loaded, f"{loaded.onnx_file.name} is of opset {opset}", field="onnx", remedy=f"export with {low} to {high}"
        )
    return opset


def _port(loaded: LoadedMap, given: Any) -> Port:  # noqa: ANN401
    tensor = given.type.tensor_type
    if tensor.elem_type not in _TYPES:
        raise refusal(
            loaded, f"input {given.name} is of a type no picture has", field="onnx", remedy="float32 or float16"
        )
    return Port(
        name=given.name,
        shape=tuple(int(one.dim_value) for one in tensor.shape.dim),
        dtype=_TYPES[tensor.elem_type],
    )


def _picture(loaded: LoadedMap, ports: list[Port]) -> Port:
    pictures = [one for one in ports if len(one.shape) == 4 and one.dtype.kind == "f"]
    wanted = loaded.described.input
    if len(pictures) != 1 or pictures[0].shape[1] not in (_OPEN, 3) or pictures[0].shape[0] not in (_OPEN, 1):
        told = ", ".join(f"{one.name} {list(one.shape)}" for one in ports) or "none"
        raise refusal(loaded, f"its inputs are {told}", field="onnx", remedy="one picture, [1, 3, height, width]")
    height, width = pictures[0].shape[2:]
    for said, own, field in ((wanted.width_px, width, "width_px"), (wanted.height_px, height, "height_px")):
        if own not in (_OPEN, said):
            raise refusal(
                loaded,
                f"is {said}, but the network takes pictures of {width}x{height}",
                field=f"input.{field}",
                remedy=f"{own}, or export again at that size",
            )
    return pictures[0]


def _size(loaded: LoadedMap, others: list[Port]) -> Port | None:
    if not others:
        return None
    if len(others) > 1 or len(others[0].shape) != 2 or others[0].shape[1] not in (_OPEN, 2):
        told = ", ".join(f"{one.name} {list(one.shape)}" for one in others)
        raise refusal(
            loaded, f"beside the picture it takes {told}", field="onnx", remedy="at most orig_target_sizes [1, 2]"
        )
    if loaded.described.family in ("yolo", "rf-detr"):
        raise refusal(
            loaded,
            f"is {loaded.described.family}, but {loaded.onnx_file.name} takes {others[0].name} too",
            field="family",
            remedy="d-fine or rt-detr",
        )
    return others[0]
