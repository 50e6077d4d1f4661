"""Somebody's ONNX detector behind our port: every family's boxes come out right, every wrong file is one line."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx_files import (
    HEIGHT_PX,
    PICTURE,
    WIDTH_PX,
    map_text,
    write_colours,
    write_constants,
    write_d_fine,
    yolo_output,
)

from missions import InputError
from missions.detection import Detection, Runtime
from missions.detector_map import load_map
from vision.detector import load_detector

TWICE = np.full((2 * HEIGHT_PX, 2 * WIDTH_PX, 3), 90, np.uint8)
FLAT = np.full((HEIGHT_PX, 2 * WIDTH_PX, 3), 90, np.uint8)
CAR, PERSON = [40.0, 30.0, 100.0, 90.0], [200.0, 100.0, 210.0, 130.0]


def centred(box: list[float], *, shares: bool = False) -> list[float]:
    x1, y1, x2, y2 = box
    w, h = (WIDTH_PX, HEIGHT_PX) if shares else (1, 1)
    return [(x1 + x2) / 2 / w, (y1 + y2) / 2 / h, (x2 - x1) / w, (y2 - y1) / h]


def logit(score: float) -> float:
    return float(np.log(score / (1 - score)))


def yolo(path: Path) -> Path:
    boxes = [(centred(CAR), 2, 0.9), ([71.0, 61.0, 60.0, 60.0], 3, 0.6), (centred(PERSON), 0, 0.8), (CAR, 1, 0.1)]
    return write_constants(path, {"output0": yolo_output(boxes)})


def yolo_end_to_end(path: Path) -> Path:
    raw = np.zeros((1, 300, 6), np.float32)
    raw[0, :3] = [*CAR, 0.9, 2], [*PERSON, 0.8, 0], [*CAR, 0.7, 77]
    return write_constants(path, {"output0": raw})


def rf_detr(path: Path) -> Path:
    dets, labels = np.zeros((1, 20, 4), np.float32), np.full((1, 20, 5), -9.0, np.float32)
    dets[0, 0], labels[0, 0, 2], labels[0, 0, 3] = centred(CAR, shares=True), logit(0.9), logit(0.6)
    dets[0, 1], labels[0, 1, 0] = centred(PERSON, shares=True), logit(0.8)
    return write_constants(path, {"dets": dets, "labels": labels})


def rt_detr(path: Path) -> Path:
    raw = np.zeros((1, 300, 6), np.float32)
    raw[0, :2] = [*centred(CAR, shares=True), 0.9, 2], [*centred(PERSON, shares=True), 0.8, 0]
    return write_constants(path, {"output0": raw})


def rt_detr_older(path: Path) -> Path:
    raw = np.zeros((1, 300, 8), np.float32)
    raw[0, 0, :4], raw[0, 0, 6] = centred(CAR, shares=True), 0.9
    raw[0, 1, :4], raw[0, 1, 4] = centred(PERSON, shares=True), 0.8
    return write_constants(path, {"output0": raw})


def d_fine(path: Path) -> Path:
    shares = [[x1 / WIDTH_PX, y1 / HEIGHT_PX, x2 / WIDTH_PX, y2 / HEIGHT_PX] for x1, y1, x2, y2 in (CAR, CAR, PERSON)]
    return write_d_fine(path, [2, 3, 0], shares, [0.9, 0.6, 0.8])


def written(folder: Path, network: Path, family: str, /, **changes: str) -> Path:
    path = folder / "my.yaml"
    path.write_text(map_text(network, family, **changes))
    return path


def assert_car_and_person(found: Any, *, scale: tuple[float, float]) -> None:
    assert [(one.kind, round(one.score, 2)) for one in found] == [("vehicle", 0.9), ("person", 0.8)]
    for one, box in zip(found, (CAR, PERSON), strict=True):
        wanted = np.array(box) * [*scale, *scale]
        np.testing.assert_allclose(one.box_px, wanted, atol=0.6)


@pytest.mark.parametrize("runtime", ["openvino:fp32", "onnxruntime", "auto"])
@pytest.mark.parametrize(
    ("make", "family"),
    [
        (yolo, "yolo"),
        (yolo_end_to_end, "yolo"),
        (rf_detr, "rf-detr"),
        (rt_detr, "rt-detr"),
        (rt_detr_older, "rt-detr"),
        (d_fine, "rt-detr"),
        (d_fine, "d-fine"),
    ],
)
def test_boxes_of_every_family_come_out_in_the_pictures_pixels(
    tmp_path: Path, make: Any, family: str, runtime: Runtime
) -> None:
    path = written(tmp_path, make(tmp_path / "net.onnx"), family)
    detector = load_detector(path, runtime=runtime, conf=0.3)
    assert detector.spec.kinds == ("person", "two_wheeler", "vehicle")
    assert detector.spec.name == "my"
    stretched = family != "yolo"
    assert_car_and_person(detector.detect(TWICE), scale=(2.0, 2.0))
    if stretched:
        assert_car_and_person(detector.detect(FLAT), scale=(2.0, 1.0))
    assert len(detector.detect_many([TWICE, FLAT])) == 2


def colours(tmp_path: Path, more: str) -> list[Detection]:
    network = write_colours(tmp_path / "net.onnx")
    given = f"input: {{width_px: {WIDTH_PX}, height_px: {HEIGHT_PX}, fit: stretch{more}}}"
    path = written(tmp_path, network, "yolo", input=given, classes="classes: {0: person, 1: two_wheeler, 2: vehicle}")
    red = np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.uint8)
    red[:] = 0, 51, 255  # BGR
    return list(load_detector(path, runtime="openvino:fp32", conf=0.01).detect(red))


@pytest.mark.parametrize(
    ("more", "scores"),
    [
        ("", {"person": 1.0, "two_wheeler": 0.2}),
        (", colour: bgr", {"vehicle": 1.0, "two_wheeler": 0.2}),
        (", mean: [0.3, 0, 0], std: [1, 0.5, 1]", {"person": 0.7, "two_wheeler": 0.4}),
        (", divide_by: 510", {"person": 0.5, "two_wheeler": 0.1}),
    ],
)
def test_pictures_are_prepared_as_the_map_says(tmp_path: Path, more: str, scores: dict[str, float]) -> None:
    found = {one.kind: round(one.score, 3) for one in colours(tmp_path, more)}
    assert found == pytest.approx(scores, abs=0.01)


def refusal(path: Path, runtime: Runtime = "openvino:fp32") -> str:
    with pytest.raises(InputError) as caught:
        load_detector(path, runtime=runtime)
    text = str(caught.value)
    assert "\n" not in text
    assert caught.value.exit_code == 2
    return text.removeprefix(str(path.parent) + "/")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"onnx": "onnx: gone.onnx"}, "my.yaml:1: onnx: no such file"),
        ({"sha256": f"sha256: {'a' * 64}"}, "my.yaml:2: sha256: net.onnx is another file: its SHA-256 is"),
        ({"sha256": "sha256: 12ab"}, "my.yaml:2: sha256: String should match"),
        ({"sha256": ""}, "my.yaml:1: sha256: is missing (Of the ONNX file, 64 hexadecimal digits"),
        ({"family": "family: yolov5"}, "my.yaml:3: family: Input should be 'yolo', 'rf-detr'"),
        ({"family": "family: d-fine"}, "my.yaml:3: family: its outputs are output0 [1, 8, 126], not labels [1, boxes]"),
        ({"family": "family: rf-detr"}, "my.yaml:3: family: its outputs are output0 [1, 8, 126], not dets"),
        ({"input": "input: {width_px: 640, height_px: 192}"}, "input.width_px: is 640, but the network takes"),
        ({"input": "input: {width_px: 320, height_px: 190}"}, "input.height_px: is not a multiple of 32"),
        ({"input": "input: {width_px: 320, height_px: 192, std: [1, 0, 1]}"}, "input.std: has a number that is not"),
        ({"classes": "classes: {0: person, 4: vehicle}"}, "my.yaml:5: classes.4: the network has 4 classes (0 to 3)"),
        ({"classes": "classes: {0: pedestrian}"}, "my.yaml:5: classes.0: Input should be 'person', 'two_wheeler'"),
        ({"classes": "classes: {}"}, "my.yaml:5: classes: Dictionary should have at least 1 item"),
        ({"more": "confidence: 3"}, "my.yaml:6: confidence: unknown field"),
    ],
)
def test_a_wrong_map_is_one_line(tmp_path: Path, changes: dict[str, str], said: str) -> None:
    assert said in refusal(written(tmp_path, yolo(tmp_path / "net.onnx"), "yolo", **changes))


def wrong_networks() -> list[Any]:
    nan = yolo_output([([float("nan")] * 4, 0, 0.5)])
    beyond = yolo_output([(CAR, 0, 7.0)])
    tall = ("images", PICTURE[1], [1, 1, HEIGHT_PX, WIDTH_PX])
    two = (PICTURE, ("more", PICTURE[1], [1, 4]))
    size = (PICTURE, ("orig_target_sizes", 7, [1, 2]))
    whole = ("images", 6, PICTURE[2])
    fine = yolo_output([])
    return [
        ({"output0": nan}, {}, "onnx: gives no numbers for a grey picture"),
        ({"output0": beyond}, {}, "family: gives scores beyond 0 to 1"),
        ({"output0": np.zeros((1, 3, 24, 40, 85), np.float32)}, {}, "not 1 of 3 dimensions"),
        ({"output0": np.zeros((1, 6300, 85), np.float32)}, {}, "YOLOv5 is another"),
        ({"a": fine, "b": fine}, {}, "its outputs are a [1, 8, 126], b [1, 8, 126], not 1 of 3"),
        ({"output0": fine}, {"inputs": (tall,)}, "onnx: its inputs are images [1, 1, 192, 320] (one picture"),
        ({"output0": fine}, {"inputs": two}, "onnx: beside the picture it takes more [1, 4]"),
        ({"output0": fine}, {"inputs": size}, "family: is yolo, but net.onnx takes orig_target_sizes too"),
        ({"output0": fine}, {"inputs": (whole,)}, "input images is of a type no picture has"),
        ({"output0": fine}, {"opset": 8}, "onnx: net.onnx is of opset 8 (export with 9 to 26)"),
        ({"output0": fine}, {"domain": "com.acme"}, "onnx: net.onnx has operators of com.acme"),
    ]


@pytest.mark.parametrize("runtime", ["openvino:fp32", "onnxruntime"])
@pytest.mark.parametrize(("outputs", "more", "said"), wrong_networks())
def test_a_wrong_network_is_one_line(
    tmp_path: Path, outputs: dict[str, NDArray[Any]], more: dict[str, Any], said: str, runtime: Runtime
) -> None:
    network = write_constants(tmp_path / "net.onnx", outputs, **more)
    assert said in refusal(written(tmp_path, network, "yolo"), runtime)


@pytest.mark.parametrize("content", [b"", b"\x00" * 100, b"PK\x03\x04 a torch file", b"\x08\x07\x12\x00"])
def test_a_file_that_is_no_onnx_is_one_line(tmp_path: Path, content: bytes) -> None:
    network = tmp_path / "net.onnx"
    network.write_bytes(content)
    assert "onnx: net.onnx is not an ONNX file" in refusal(written(tmp_path, network, "yolo"))


def test_a_truncated_network_is_one_line(tmp_path: Path) -> None:
    network = yolo(tmp_path / "net.onnx")
    network.write_bytes(network.read_bytes()[:-900])
    assert "my.yaml:" in refusal(written(tmp_path, network, "yolo"))


@pytest.mark.parametrize("runtime", ["openvino:fp32", "onnxruntime"])
def test_an_operator_that_nobody_has_is_named(tmp_path: Path, runtime: Runtime) -> None:
    network = yolo(tmp_path / "net.onnx")
    model = onnx.load(network)
    model.graph.node[0].op_type = "Frobnicate"
    onnx.save(model, network)
    said = refusal(written(tmp_path, network, "yolo"), runtime)
    assert "my.yaml:1: onnx: " in said
    assert "Frobnicate" in said
    assert "(opset 17)" in said


def test_torch_and_cuda_do_not_run_somebodys_onnx(tmp_path: Path) -> None:
    path = written(tmp_path, yolo(tmp_path / "net.onnx"), "yolo")
    assert "which PyTorch does not run" in refusal(path, "torch")


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_stands_in_a_map_it_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    folder = tmp_path_factory.mktemp("map")
    (folder / "net.onnx").write_bytes(b"x")
    text = map_text(folder / "net.onnx", "yolo")
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 12))
    put = data.draw(st.text(alphabet="{}[]:,-# \n0179.eEnulytrf\"'&*!|>%@`", max_size=6))
    path = folder / "map.yaml"
    path.write_text(text[:at] + put + text[at + cut :])
    said = ""
    try:
        load_map(path)
    except InputError as exc:
        said = str(exc)
    assert "\n" not in said
