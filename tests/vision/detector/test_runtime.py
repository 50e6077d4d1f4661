"""Pictures of any size in, boxes in their pixels out."""

import os
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from vision.detector import load_detector
from vision.detector.coco import load_pictures, read_picture
from vision.detector.letterbox import Letterbox

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def image(drawn_folder: Path) -> np.ndarray:
    frame = read_picture(load_pictures(drawn_folder)[0])
    return np.ascontiguousarray(np.tile(frame, (2, 2, 1))[:720])


def test_the_second_start_needs_no_torch(plain_weights: Path, own_cache: Path) -> None:
    first = load_detector(plain_weights, conf=0.5).detect(np.zeros((720, 1280, 3), np.uint8))
    assert list(own_cache.rglob("network.onnx"))
    script = (
        "import sys, numpy as np\n"
        "from vision.detector import load_detector\n"
        f"found = load_detector({str(plain_weights)!r}, conf=0.5).detect(np.zeros((720, 1280, 3), np.uint8))\n"
        "print('torch' in sys.modules, len(found))\n"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(own_cache), "PYTHONPATH": str(ROOT)}
    second = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert second.stdout.split() == ["False", str(len(first))]


@pytest.mark.parametrize(
    ("picture", "scale"),
    [
        ((1280, 720), 1.0),
        ((1920, 1080), 2 / 3),
        ((640, 360), 1.0),
        ((426, 240), 2.0),  # small pictures are enlarged
        ((720, 960), 736 / 960),
    ],
)
def test_a_picture_of_any_size_fits_the_input_and_boxes_return_to_it(picture: tuple[int, int], scale: float) -> None:
    letterbox = Letterbox.fitting(picture, (1280, 736))
    assert letterbox.scale == pytest.approx(scale, rel=0.01)
    applied = letterbox.apply(np.full((picture[1], picture[0], 3), 200, np.uint8))
    assert applied.shape == (736, 1280, 3)
    assert (applied[:, :, 0] == 200).mean() == pytest.approx(
        picture[0] * picture[1] * letterbox.scale**2 / 1280 / 736, abs=0.02
    )
    box = np.array([[10, 20, 30, 40]], np.float32)
    np.testing.assert_allclose(letterbox.undo(box * np.float32(letterbox.scale), picture), box, rtol=1e-5)


@pytest.mark.parametrize("picture", [(1920, 1080), (3840, 2160), (700, 1200), (1280, 720), (320, 240), (2000, 300)])
def test_the_picture_is_scaled_onto_the_input_and_the_rest_is_grey(picture: tuple[int, int]) -> None:
    image = np.random.default_rng(2).integers(0, 255, (picture[1], picture[0], 3)).astype(np.uint8)
    letterbox = Letterbox.fitting(picture, (1280, 736))
    applied = letterbox.apply(image)
    width, height = (min(most, round(side * letterbox.scale)) for side, most in zip(picture, (1280, 736), strict=True))
    way = cv2.INTER_AREA if letterbox.scale < 1 else cv2.INTER_LINEAR
    np.testing.assert_array_equal(applied[:height, :width], cv2.resize(image, (width, height), interpolation=way))
    assert (applied[height:] == 114).all()
    assert (applied[:, width:] == 114).all()


def test_boxes_stay_inside_the_picture(plain_weights: Path) -> None:
    image = np.random.default_rng(0).integers(0, 255, (240, 426, 3)).astype(np.uint8)
    for found in load_detector(plain_weights, conf=0.05).detect(image):
        x1, y1, x2, y2 = found.box_px
        assert 0 <= x1 < x2 <= 426
        assert 0 <= y1 < y2 <= 240


def test_everything_but_the_network_takes_few_milliseconds(image: np.ndarray) -> None:
    """A bound with room for a busy machine; `python -m benchmarks.detector around` measures."""
    from vision.detector.decode import decode

    rng = np.random.default_rng(1)
    grids = tuple(rng.normal(-1, 1, (9, 736 // s, 1280 // s)).astype(np.float32) for s in (4, 16))
    for grid in grids:
        grid[:5] = rng.beta(0.3, 60, grid[:5].shape)  # about as many candidates as a busy junction
    times_s = []
    for _ in range(10):
        start_s = time.process_time()
        Letterbox.fitting((1280, 720), (1280, 736)).apply(image)
        decode(grids, conf=0.25)
        times_s.append(time.process_time() - start_s)
    assert min(times_s) < 0.01
