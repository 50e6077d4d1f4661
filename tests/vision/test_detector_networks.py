"""Networks exported, mapped and told of from the command line."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx_files import write_constants, yolo_output
from typer.testing import CliRunner

from patrol.contents import app
from vision.detector import load_detector


def network(path: Path, names: str | None) -> Path:
    write_constants(path, {"output0": yolo_output([([60.0, 60.0, 40.0, 30.0], 2, 0.9)])})
    if names is not None:
        model = onnx.load(path)
        model.metadata_props.add(key="names", value=names)
        onnx.save(model, path)
    return path


def test_a_map_begun_from_an_export_with_names_flies_at_once(tmp_path: Path) -> None:
    names = "{0: 'Pedestrian', 1: 'motor', 2: 'car', 3: 'kite'}"
    file = network(tmp_path / "peer.onnx", names)
    said = CliRunner().invoke(app, ["detector", "map", str(file), "--family", "yolo"])
    assert said.exit_code == 0, said.output
    text = (tmp_path / "peer.yaml").read_text()
    assert "0: person  # Pedestrian" in text
    assert "3:" not in text.split("classes:")[1]
    found = load_detector(tmp_path / "peer.yaml", conf=0.3).detect(np.zeros((192, 320, 3), np.uint8))
    assert [one.kind for one in found] == ["vehicle"]


@pytest.mark.parametrize("names", [None, "{0: 'kite'}", "__import__('os').remove('x')", "7"])
def test_classes_that_nobody_names_are_left_to_fill_in(tmp_path: Path, names: str | None) -> None:
    file = network(tmp_path / "peer.onnx", names)
    assert CliRunner().invoke(app, ["detector", "map", str(file), "--family", "yolo"]).exit_code == 0
    text = (tmp_path / "peer.yaml").read_text()
    assert "classes:  # number of a class: person, two_wheeler, vehicle, smoke, fire" in text


def test_runtimes_are_told_as_json() -> None:
    said = CliRunner().invoke(app, ["detector", "runtimes", "--json"])
    rows = json.loads(said.output)["runtimes"]
    assert {"openvino:fp32", "onnxruntime", "torch", "cuda"} <= {row["runtime"] for row in rows}


def test_an_export_is_one_onnx_file(tmp_path: Path) -> None:
    out = tmp_path / "nano.onnx"
    said = CliRunner().invoke(app, ["detector", "export", str(out)])
    assert said.exit_code == 0, said.output
    model = onnx.load(out)
    assert [one.name for one in model.graph.input] == ["picture"]
