"""One network, every runtime, the same boxes.

Tolerances: fp32 against fp32, scores within 1e-3 and distances within 1e-3 of a unit; bf16 and fp16, which keep 8 and
11 bits, scores within 0.1 and on average within 0.002. Of two neighbouring cells whose scores are nearly one these may
take the other for the object's.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from missions import InputError
from missions.detection import Detection, Runtime
from missions.ports import BatchDetector
from sitl.training_frames import rendered_frames
from vision.detector import load_detector
from vision.detector.classes import KINDS
from vision.detector.coco import load_pictures, read_picture
from vision.detector.decode import Boxes, Grid
from vision.detector.export import export_onnx, network_of
from vision.detector.letterbox import Letterbox
from vision.detector.levels import LEVELS
from vision.detector.runtimes import NetworkFile, runtimes_here, start
from vision.detector.weights import open_weights

DATA = Path(os.environ.get("SKYPATROL_DATA") or Path(__file__).resolve().parents[4] / "shared" / "data")
VAL = DATA / "vision" / "val"
HERE = {one.runtime for one in runtimes_here() if one.found}
EXACT = ("openvino:fp32", "onnxruntime")
COARSE = ("openvino:bf16", "cuda")
LEAST_SURE = 0.3


def overlap(one: Detection, other: Detection) -> float:
    a, b = np.array(one.box_px), np.array(other.box_px)
    both = np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None).prod()
    return float(both / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - both))


def every_cell(grids: tuple[Grid, ...], *, conf: NDArray[np.float32]) -> Boxes:
    """All that a network says: which of two neighbours of nearly one score stands for both is left open."""
    found = []
    for grid, level in zip(grids, LEVELS, strict=True):
        kind, row, column = np.nonzero(grid[: len(KINDS)] >= conf[:, None, None])
        middles = np.stack([column + 0.5, row + 0.5] * 2) * level.stride_px
        distances = np.exp(grid[len(KINDS) :, row, column]) * level.unit_px * np.array([[-1], [-1], [1], [1]])
        found.append(Boxes((middles + distances).T, grid[kind, row, column], kind))
    return Boxes(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def said_alike(one: Detection, other: Detection) -> bool:
    return one.kind == other.kind and overlap(one, other) > 0.8 and abs(one.score - other.score) < 0.1


def cells_of(detector: BatchDetector, images: list[NDArray[np.uint8]]) -> list[Sequence[Detection]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vision.detector.runtime.decode", every_cell)
        return list(detector.detect_many(images))


def assert_the_same_boxes(
    detector: BatchDetector, reference: BatchDetector, images: list[NDArray[np.uint8]], *, exact: bool
) -> None:
    """Each sure box is found; by what is not exact, it or a neighbour's that the reference rates within 0.02 of it."""
    cells = [()] * len(images) if exact else cells_of(reference, images)
    for mine, theirs, said in zip(detector.detect_many(images), reference.detect_many(images), cells, strict=True):
        for sure in (one for one in theirs if one.score > LEAST_SURE):
            ties = [one for one in said if abs(one.score - sure.score) < 0.02 and overlap(one, sure) > 0.5]
            alike = [one for one in (sure, *ties) if one.kind == sure.kind]
            assert any(said_alike(one, other) for one in mine for other in alike), sure


@pytest.fixture(scope="module")
def rendered() -> list[NDArray[np.uint8]]:
    return [frame.image for frame in rendered_frames(41, 2)]


@pytest.mark.parametrize("runtime", [*EXACT, *COARSE])
def test_grids_are_those_of_torch_within_the_tolerance(runtime: Runtime, rendered: list[NDArray[np.uint8]]) -> None:
    if runtime not in HERE:
        pytest.skip(f"no {runtime} here")
    network = network_of(open_weights("nano"))
    boxed = np.stack([Letterbox.fitting((1280, 720), (1280, 736)).apply(image) for image in rendered])
    exact = runtime in EXACT
    pairs = zip(start(network, runtime).batched(boxed), start(network, "torch").batched(boxed), strict=True)
    for said, reference in pairs:
        for grid, wanted in zip(said, reference, strict=True):
            assert grid.shape == wanted.shape
            apart = np.abs(grid - wanted)
            assert apart[: len(KINDS)].max() < (1e-3 if exact else 0.1)
            assert apart[: len(KINDS)].mean() < (1e-5 if exact else 2e-3)
            assert apart[len(KINDS) :].mean() < (1e-3 if exact else 0.03)


@pytest.mark.parametrize("runtime", [*EXACT, *COARSE])
def test_boxes_in_rendered_pictures_are_the_same(runtime: Runtime, rendered: list[NDArray[np.uint8]]) -> None:
    if runtime not in HERE:
        pytest.skip(f"no {runtime} here")
    one, reference = (load_detector("nano", runtime=which, conf=0.15) for which in (runtime, "torch"))
    assert_the_same_boxes(one, reference, rendered, exact=runtime in EXACT)


@pytest.mark.shared
@pytest.mark.skipif(not VAL.is_dir(), reason=f"no real pictures at {VAL}")
@pytest.mark.parametrize("runtime", [*EXACT, *COARSE])
def test_boxes_in_real_pictures_are_the_same(runtime: Runtime) -> None:
    if runtime not in HERE:
        pytest.skip(f"no {runtime} here")
    images = [read_picture(picture) for picture in load_pictures(VAL)[::60]]
    one, reference = (load_detector("nano", runtime=which, conf=0.15) for which in (runtime, "torch"))
    assert_the_same_boxes(one, reference, images, exact=runtime in EXACT)


def test_pictures_of_several_streams_go_through_a_gpus_path_in_one_batch(rendered: list[NDArray[np.uint8]]) -> None:
    """The very code of `cuda`, on the CPU: a machine without a GPU still knows that batches come out in order."""
    import torch

    from vision.detector.runtimes.pytorch import in_half

    network = network_of(open_weights("nano"))
    assert network.module is not None
    running = in_half(network.module(), "cpu", torch.bfloat16)
    boxed = np.stack([Letterbox.fitting((1280, 720), (1280, 736)).apply(image) for image in (*rendered, rendered[0])])
    together = running.batched(boxed)
    assert (running.runtime, len(together)) == ("cpu:bf16", 3)
    for said, picture in zip(together, boxed, strict=True):
        for grid, wanted in zip(said, start(network, "torch").batched(picture[None])[0], strict=True):
            assert np.abs(grid - wanted)[: len(KINDS)].max() < 0.1
            assert np.abs(grid - wanted)[: len(KINDS)].mean() < 2e-3


def test_openvino_takes_bf16_where_the_cpu_has_it_and_auto_is_openvino_without_a_gpu(plain_weights: Path) -> None:
    network = network_of(open_weights(plain_weights))
    best = "openvino:bf16" if "openvino:bf16" in HERE else "openvino:fp32"
    assert start(network, "openvino").runtime == best
    if "cuda" not in HERE:
        assert start(network).runtime == best


def test_every_setting_names_a_runtime_that_doctor_tells_of() -> None:
    told = {one.runtime for one in runtimes_here()}
    for setting in get_args(Runtime):
        assert setting in told or setting in ("auto", "openvino", "onnxruntime:int8")


def refusal(network: NetworkFile, runtime: Runtime) -> str:
    with pytest.raises(InputError) as caught:
        start(network, runtime)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_runtime_that_is_not_here_is_one_line(
    plain_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kept in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(kept, str(tmp_path))  # nobody has made an int8 form there
    network = network_of(open_weights(plain_weights))
    assert "has no int8 form here (patrol detector quantise" in refusal(network, "openvino:int8")
    assert "has no int8 form here" in refusal(network, "onnxruntime:int8")
    if "cuda" not in HERE:
        assert "no CUDA device" in refusal(network, "cuda")
    only_onnx = NetworkFile(name="my.onnx", sha256="0" * 64, onnx=lambda: plain_weights)
    assert "my.onnx is ONNX, which PyTorch does not run" in refusal(only_onnx, "torch")
    if "cuda" not in HERE:
        assert "no CUDA, which my.onnx needs" in refusal(only_onnx, "cuda")


def test_a_cpu_without_bf16_says_so(plain_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vision.detector.runtimes.openvino_cpu.cpu_has_bf16", lambda _: False)
    network = network_of(open_weights(plain_weights))
    assert "this CPU has no bf16 instructions (openvino or openvino:fp32)" in refusal(network, "openvino:bf16")
    assert start(network, "openvino").runtime == "openvino:fp32"


def test_a_home_that_cannot_be_written_costs_only_an_export(
    plain_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert load_detector(plain_weights, conf=0.9).detect(np.zeros((64, 64, 3), np.uint8)) is not None


def test_an_exported_file_holds_everything(plain_weights: Path, tmp_path: Path) -> None:
    weights = open_weights(plain_weights)
    export_onnx(weights, tmp_path / "out.onnx")
    assert [file.name for file in tmp_path.iterdir()] == ["out.onnx"]
    assert (tmp_path / "out.onnx").stat().st_size > 0.9 * weights.path.stat().st_size
