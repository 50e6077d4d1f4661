"""Small pictures with things in them, cheap to draw and easy to learn."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from missions import Box
from vision.detector.classes import KINDS
from vision.detector.coco import write_pictures

COLOURS = ((40, 220, 240), (220, 60, 200), (60, 200, 60), (200, 200, 200), (20, 60, 250))
SIZES_PX = ((14, 22), (24, 16), (48, 26), (120, 110), (60, 70))


def drawn_frames(count: int, *, seed: int = 5) -> Iterator[tuple[NDArray[np.uint8], list[tuple[str, Box]]]]:
    """Yield 640x384 pictures of five plain shapes, one of each kind."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        image = rng.normal(90, 6, (384, 640, 3)).astype(np.uint8)
        boxes = []
        for kind, colour in enumerate(COLOURS):
            width, height = SIZES_PX[kind]
            x, y = kind * 128 + int(rng.integers(0, 130 - width)), int(rng.integers(0, 384 - height))
            x = min(x, 639 - width)
            cv2.rectangle(image, (x, y), (x + width - 1, y + height - 1), colour, -1)
            boxes.append((KINDS[kind], Box(x, y, x + width, y + height)))
        yield image, boxes


@pytest.fixture(scope="session")
def drawn_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A COCO folder of four drawn pictures."""
    folder = tmp_path_factory.mktemp("drawn")
    assert list(write_pictures(drawn_frames(4), folder, source="drawn")) == [1, 2, 3, 4]
    return folder


@pytest.fixture(scope="session")
def plain_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of an untrained network that nevertheless says something everywhere."""
    import torch

    from vision.detector.network import DetectorNet
    from vision.detector.weights import save_weights

    torch.manual_seed(3)
    network = DetectorNet()
    for head in (network.fine, network.coarse[1]):
        torch.nn.init.normal_(head.weight, std=0.3)
        torch.nn.init.constant_(head.bias, -1.0)
    path = tmp_path_factory.mktemp("weights") / "plain.safetensors"
    save_weights(path, network.state_dict(), size="nano", trained={"steps": 0})
    return path
