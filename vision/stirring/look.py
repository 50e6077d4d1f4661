"""From a clip to what stirs in its newest picture: boxes with scores, as a detector would propose them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from missions.detection import Box, Detection
from missions.errors import InputError
from vision.clip import Clip
from vision.detector.export import write_onnx
from vision.detector.runtimes import NetworkFile, Running, start
from vision.detector.runtimes.kept import kept_export
from vision.registration import Floats
from vision.stirring.layers import CHANNELS, STRIDE, layers_of

if TYPE_CHECKING:
    from vision.stirring.network import StirringNet

SHIPPED: Final = Path(__file__).resolve().parent.parent / "weights" / "stirring.safetensors"
FORMAT: Final = "skypatrol-stirring"
VERSION: Final = 1
CORE_SHARE: Final = 0.56
"""The middle of a plume's box, each way, that it is taught to mark: the rest of a box is mostly clear air."""
_LEAST: Final = 0.1
"""Score of a proposal."""
_FLANK: Final = 0.5
"""Share of a peak's score that cells of its place have."""
_MOST: Final = 5
"""Places of a picture."""
_REMEDY: Final = "weights written by `patrol detector train-stirring`"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stirring:
    """The network, ready to look at clips of any size."""

    weights: Path
    sha256: str
    _running: dict[tuple[int, int], Running]

    def proposals(self, clip: Clip) -> list[Detection]:
        """Return the places of the newest picture where smoke or fire seems to stir, likeliest first.

        All are called smoke: what is fire in them is the detector's to say.
        """
        layers = layers_of(clip)
        if layers is None:
            return []
        return boxes_of(self.map_of(layers), clip.scale, clip.size_px)

    def map_of(self, layers: Floats) -> Floats:
        """Return the (h, w) scores, 0 to 1, of (8, H, W) layers."""
        height, width = (side - side % STRIDE for side in layers.shape[1:])
        if (height, width) not in self._running:
            self._running[height, width] = start(_network(self.weights, self.sha256, (height, width)))
        (said,) = self._running[height, width].infer((np.ascontiguousarray(layers[None, :, :height, :width]),))
        return np.asarray(1.0 / (1.0 + np.exp(-said[0])), np.float32)


def boxes_of(scores: Floats, scale: float, size_px: tuple[int, int]) -> list[Detection]:
    """Return the places of a map of scores as boxes of the full-size picture, likeliest first."""
    proposals = []
    for place in places_of(scores, _LEAST):
        rows, columns = np.nonzero(place)
        middle = np.array([columns.min() + columns.max() + 1, rows.min() + rows.max() + 1]) / 2
        half = np.array([np.ptp(columns) + 1, np.ptp(rows) + 1]) / 2
        low = np.maximum((middle - half) * STRIDE * scale, 0.0)
        high = np.minimum((middle + half) * STRIDE * scale, size_px)
        box = Box(float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        proposals.append(Detection(kind="smoke", score=float(scores[place].max()), box_px=box))
    return proposals


def places_of(scores: Floats, least: float) -> Iterator[NDArray[np.bool_]]:
    """Yield the places of an (h, w) map as masks, likeliest first: a peak and what around it has half its score.

    Args:
        scores: of the cells.
        least: score of a peak.

    """
    left = scores.copy()
    for _ in range(_MOST):
        peak = np.unravel_index(int(left.argmax()), left.shape)
        if left[peak] < least:
            return
        _, labels = cv2.connectedComponents((left >= _FLANK * left[peak]).astype(np.uint8), connectivity=8)
        place = labels == labels[peak]
        yield place
        left[cv2.dilate(place.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0] = 0.0


@cache
def load_stirring(path: Path = SHIPPED) -> Stirring:
    """Return the network of a weights file.

    Raises:
        InputError: no such file, or not one of ours.

    """
    if not path.is_file():
        raise InputError("no such weights", file=path, remedy=_REMEDY)
    try:
        with safe_open(str(path), framework="numpy") as opened:
            said = opened.metadata() or {}
    except (SafetensorError, OSError) as exc:
        raise InputError(f"not a safetensors file: {exc}", file=path, remedy=_REMEDY) from exc
    if (said.get("format"), said.get("version")) != (FORMAT, str(VERSION)):
        raise InputError(f"not a look at what stirs of version {VERSION}", file=path, field="format", remedy=_REMEDY)
    return Stirring(weights=path, sha256=hashlib.sha256(path.read_bytes()).hexdigest(), _running={})


def write_stirring(net: "StirringNet", path: Path, *, trained: dict[str, object]) -> None:
    """Write weights; the file appears whole or not at all."""
    import json

    from safetensors.torch import save

    from missions.formats.atomic import write_atomically

    said = {"format": FORMAT, "version": str(VERSION), "trained": json.dumps(trained)}
    write_atomically(path, save({name: value.contiguous() for name, value in net.state_dict().items()}, metadata=said))


def _network(path: Path, sha256: str, size_px: tuple[int, int]) -> NetworkFile:
    key = f"stirring-{sha256[:16]}-{size_px[1]}x{size_px[0]}"
    return NetworkFile(
        name=str(path), sha256=sha256, onnx=lambda: kept_export(key, lambda out: _export(path, size_px, out))
    )


def _built(path: Path) -> "StirringNet":
    from safetensors.torch import load_file

    from vision.stirring.network import StirringNet

    net = StirringNet()
    try:
        net.load_state_dict(load_file(path))
    except RuntimeError as exc:
        raise InputError("holds other tensors", file=path, remedy=_REMEDY) from exc
    return net.eval()


def _export(path: Path, size_px: tuple[int, int], out: Path) -> None:
    import torch

    write_onnx(_built(path), torch.zeros((1, CHANNELS, *size_px)), out, inputs=["layers"], outputs=["map"])
