"""A network in int8 finds what it found, is looked for under its own hash, and says what it costs."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest

from missions import InputError
from vision.detector import load_detector
from vision.detector.average_precision import KindScore
from vision.detector.coco import load_pictures, read_picture
from vision.detector.evaluation import Evaluation
from vision.detector.export import network_of
from vision.detector.quantisation import Cost, Preparing, last_convolutions, quantise, write_cost
from vision.detector.runtimes import start
from vision.detector.runtimes.kept import quantised_path
from vision.detector.weights import open_weights


def evaluation(ap50: float) -> Evaluation:
    score = KindScore(pictures=9, boxes=12, ap=0.1, ap50=ap50)
    none = KindScore(pictures=9, boxes=0, ap=0.0, ap50=0.0)
    return Evaluation(
        ap=0.1,
        ap50=ap50,
        per_class={"vehicle": score, "fire": none},
        per_size={},
        per_source={},
        false_per_minute=None,
        per_modality={},
        per_view={},
    )


def test_int8_says_nearly_what_fp32_says_in_both_runtimes(plain_weights: Path, drawn_folder: Path) -> None:
    network = network_of(open_weights(plain_weights))
    images = [read_picture(picture) for picture in load_pictures(drawn_folder)[:2]]
    detector = load_detector(plain_weights, runtime="openvino:fp32")
    assert isinstance(detector, Preparing)
    path = quantise(detector, images)
    assert path == quantised_path(network)
    picture = detector.inputs_of(images[1])[0]
    exact = start(network, "openvino:fp32").batched(picture)[0]
    for runtime in ("openvino:int8", "onnxruntime:int8"):
        running = start(network, runtime)  # type: ignore[arg-type]
        assert running.runtime == runtime
        for said, wanted in zip(running.batched(picture)[0], exact, strict=True):
            assert np.abs(said[:5] - wanted[:5]).mean() < 0.03
            assert np.abs(said - wanted).max() > 0


def test_the_last_convolutions_stay_as_they_are(plain_weights: Path) -> None:
    path = network_of(open_weights(plain_weights)).onnx()
    graph = onnx.load(path).graph
    last = last_convolutions(path)
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    assert 0 < len(last) < len(convolutions) / 3
    inputs = {name for node in convolutions if node.name not in last for name in node.output}
    assert not inputs & {output.name for output in graph.output}


def test_what_it_costs_is_written_beside_it(plain_weights: Path) -> None:
    network = network_of(open_weights(plain_weights))
    cost = Cost.of(network, (64, 9), evaluation(0.5), evaluation(0.48))
    quantised_path(network).parent.mkdir(parents=True, exist_ok=True)
    path = write_cost(network, cost)
    assert path.parent == quantised_path(network).parent
    said = json.loads(path.read_text())
    assert said["ap50"] == [0.5, 0.48]
    assert said["per_class_ap50"] == {"vehicle": [0.5, 0.48]}
    assert (said["calibrated_on"], said["measured_on"]) == (64, 9)


def test_a_network_that_cannot_be_quantised_is_one_line(tmp_path: Path) -> None:
    from vision.detector.runtimes import NetworkFile, Tensors

    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"none")

    class Detector:
        network = NetworkFile(name="broken.onnx", sha256="f" * 64, onnx=lambda: broken)

        def inputs_of(self, image: np.ndarray) -> Tensors:
            return (image,)

    with pytest.raises(InputError, match=r"broken.onnx: cannot be quantised: .* \(another export of it\)") as caught:
        quantise(Detector(), [])
    assert "\n" not in str(caught.value)
    assert not quantised_path(Detector.network).exists()
