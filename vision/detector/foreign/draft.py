"""The beginning of a map: what an ONNX file tells by itself, for somebody to look over and complete."""

import ast
import hashlib
from pathlib import Path
from typing import Any, Final

from missions.detector_map import Family
from missions.errors import InputError
from vision.detector.classes import KIND_OF_CATEGORY, KINDS

_USUAL_INPUT: Final = {"yolo": (1280, 736), "rf-detr": (640, 640), "d-fine": (640, 640), "rt-detr": (640, 640)}
"""Width and height where the graph leaves them open."""
_MORE_NAMES: Final = {"pedestrian": 0, "people": 0, "motor": 1, "motorbike": 1, "scooter": 1, "tricycle": 1, "flame": 4}
"""As other data sets call our kinds (VisDrone, Pascal VOC, D-Fire)."""


def draft_map(onnx_file: Path, family: Family) -> str:
    """Return a map of an ONNX file as YAML text, to be written beside it.

    Classes are guessed from the names that ultralytics writes into its exports; where there are none, or none that is
    one of our kinds, they are left to fill in.

    Raises:
        InputError: it cannot be read as ONNX.

    """
    import onnx
    from google.protobuf.message import DecodeError

    try:
        content = onnx_file.read_bytes()
        model = onnx.load_model_from_string(content)
    except OSError as exc:
        raise InputError(f"cannot be read: {exc.strerror}", file=onnx_file, remedy="an ONNX file") from exc
    except DecodeError as exc:
        raise InputError("is not an ONNX file", file=onnx_file, remedy="an exported network") from exc
    if not model.graph.input:
        raise InputError("is not an ONNX file", file=onnx_file, remedy="an exported network")
    width_px, height_px = _input_px(model, family)
    return "\n".join(
        [
            f"# {_ports(model)}",
            "version: 1",
            f"onnx: {onnx_file.name}",
            f'sha256: "{hashlib.sha256(content).hexdigest()}"',
            f"family: {family}",
            f"input: {{width_px: {width_px}, height_px: {height_px}, colour: rgb}}",
            *_classes(_names(model)),
            "smallest_px: 12  # longer side at the input from which it finds an object dependably",
            "",
        ]
    )


def _input_px(model: Any, family: Family) -> tuple[int, int]:  # noqa: ANN401 - onnx builds its classes at run time
    shapes = [[one.dim_value for one in given.type.tensor_type.shape.dim] for given in model.graph.input]
    pictures = [shape for shape in shapes if len(shape) == 4]
    usual = _USUAL_INPUT[family]
    return (pictures[0][3] or usual[0], pictures[0][2] or usual[1]) if pictures else usual


def _ports(model: Any) -> str:  # noqa: ANN401
    def told(ports: Any) -> str:  # noqa: ANN401
        return ", ".join(
            f"{one.name} {[d.dim_value or d.dim_param or '?' for d in one.type.tensor_type.shape.dim]}" for one in ports
        )

    return f"in: {told(model.graph.input)}; out: {told(model.graph.output)}".replace("\n", " ")


def _names(model: Any) -> dict[int, str]:  # noqa: ANN401
    """Return the classes' names where ultralytics wrote them: a Python dict as text, which is parsed and never run."""
    text = next((one.value for one in model.metadata_props if one.key == "names"), "")
    try:
        names = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return {}
    return {int(number): str(name) for number, name in names.items()} if isinstance(names, dict) else {}


def _classes(names: dict[int, str]) -> list[str]:
    known = {**KIND_OF_CATEGORY, **_MORE_NAMES}
    kinds = {number: known.get(name.strip().lower()) for number, name in names.items()}
    lines = [
        f"  {number}: {KINDS[kind]}  # {' '.join(names[number].split())}"
        for number, kind in sorted(kinds.items())
        if kind is not None
    ]
    if lines:
        return ["classes:", *lines]
    return ["classes:  # number of a class: " + ", ".join(KINDS), "  # 0: person"]
