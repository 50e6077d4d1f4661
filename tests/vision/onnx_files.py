"""Small ONNX graphs with the inputs and outputs of the families of detectors, made by hand, and maps of them."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

WIDTH_PX, HEIGHT_PX = 320, 192
PICTURE = ("images", TensorProto.FLOAT, [1, 3, HEIGHT_PX, WIDTH_PX])
CLASSES = {0: "person", 1: "two_wheeler", 2: "vehicle", 3: "vehicle"}


def write_constants(
    path: Path,
    outputs: dict[str, NDArray[Any]],
    *,
    inputs: tuple[tuple[str, int, list[Any]], ...] = (PICTURE,),
    opset: int = 17,
    domain: str = "",
) -> Path:
    """Write a graph whose outputs are always the same; the picture goes into them times nothing."""
    first = inputs[0][0]
    nodes = [
        helper.make_node("ReduceMax", [first], ["top"], keepdims=0),
        helper.make_node("Sub", ["top", "top"], ["0"]),
    ]
    consts = []
    for name, value in outputs.items():
        consts.append(numpy_helper.from_array(value, f"{name}_value"))
        nodes.append(helper.make_node("Cast", ["0"], [f"{name}_0"], to=helper.np_dtype_to_tensor_dtype(value.dtype)))
        nodes.append(helper.make_node("Add", [f"{name}_value", f"{name}_0"], [name], domain=domain))
    return _saved(path, nodes, inputs, outputs, consts, opset=opset, domain=domain)


def write_d_fine(path: Path, labels: list[int], shares: list[list[float]], scores: list[float]) -> Path:
    """Write a graph that scales its boxes by orig_target_sizes, as D-FINE's and RT-DETR's own exports do."""
    outputs = {
        "labels": np.array([labels], np.int64),
        "boxes": np.array([shares], np.float32),
        "scores": np.array([scores], np.float32),
    }
    nodes = [
        helper.make_node("ReduceMax", ["images"], ["top"], keepdims=0),
        helper.make_node("Sub", ["top", "top"], ["0"]),
        helper.make_node("Cast", ["orig_target_sizes"], ["wh"], to=TensorProto.FLOAT),
        helper.make_node("Concat", ["wh", "wh"], ["whwh"], axis=1),
        helper.make_node("Mul", ["boxes_value", "whwh"], ["boxes"]),
        helper.make_node("Identity", ["labels_value"], ["labels"]),
        helper.make_node("Add", ["scores_value", "0"], ["scores"]),
    ]
    consts = [numpy_helper.from_array(value, f"{name}_value") for name, value in outputs.items()]
    inputs = (PICTURE, ("orig_target_sizes", TensorProto.INT64, ["N", 2]))
    return _saved(path, nodes, inputs, outputs, consts, opset=16)


def write_colours(path: Path) -> Path:
    """Write a graph of a YOLO's layout that finds one box whose three classes' scores are the means of the channels."""
    cells = 100
    boxes = np.zeros((1, 4, cells), np.float32)
    boxes[0, :, 0] = 160, 96, 100, 60
    first = np.zeros((1, 1, cells), np.float32)
    first[0, 0, 0] = 1
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["means"], axes=[2, 3], keepdims=0),
        helper.make_node("Unsqueeze", ["means", "last"], ["column"]),
        helper.make_node("Mul", ["column", "first"], ["scores"]),
        helper.make_node("Concat", ["boxes", "scores"], ["output0"], axis=1),
    ]
    consts = [
        numpy_helper.from_array(boxes, "boxes"),
        numpy_helper.from_array(first, "first"),
        numpy_helper.from_array(np.array([2]), "last"),
    ]
    return _saved(path, nodes, (PICTURE,), {"output0": np.zeros((1, 7, cells), np.float32)}, consts)


def _saved(
    path: Path, nodes: Any, inputs: Any, outputs: Any, consts: Any, *, opset: int = 17, domain: str = ""
) -> Path:
    graph = helper.make_graph(
        nodes,
        "by hand",
        [helper.make_tensor_value_info(*one) for one in inputs],
        [
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(value.dtype), list(value.shape))
            for name, value in outputs.items()
        ],
        consts,
    )
    imports = [helper.make_opsetid("", opset), *([helper.make_opsetid(domain, 1)] if domain else [])]
    model = helper.make_model(graph, opset_imports=imports)
    model.ir_version = 10
    onnx.save(model, path)
    return path


def map_text(onnx_file: Path, family: str, /, **changes: str) -> str:
    """Return a map of a file, with other lines in place of some."""
    lines = {
        "onnx": f"onnx: {onnx_file.name}",
        "sha256": f"sha256: {hashlib.sha256(onnx_file.read_bytes()).hexdigest()}",
        "family": f"family: {family}",
        "input": f"input: {{width_px: {WIDTH_PX}, height_px: {HEIGHT_PX}}}",
        "classes": "classes: {" + ", ".join(f"{number}: {kind}" for number, kind in CLASSES.items()) + "}",
    }
    return "\n".join((lines | changes).values()) + "\n"


def yolo_output(boxes: list[tuple[list[float], int, float]], *, classes: int = 4, cells: int = 126) -> NDArray[Any]:
    """Return (1, 4 + classes, cells) of boxes of centre, width and height with a class and a score."""
    raw = np.zeros((1, 4 + classes, cells), np.float32)
    for cell, (box, number, score) in enumerate(boxes):
        raw[0, :4, cell] = box
        raw[0, 4 + number, cell] = score
    return raw
