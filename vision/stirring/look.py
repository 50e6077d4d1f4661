"""From a clip to what stirs in its newest picture: boxes with scores, as a detector would propose them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from missions.detection import Box, Detection
from vision.clip import Clip
from vision.detector.runtimes import Running
from vision.kept_network import Form, running, verified_sha256
from vision.registration import Floats
from vision.stirring.layers import CHANNELS, STRIDE, layers_of

if TYPE_CHECKING:
    from vision.stirring.network import StirringNet

SHIPPED: Final = Path(__file__).resolve().parent.parent / "weights" / "stirring.safetensors"
CORE_SHARE: Final = 0.56
"""The middle of a plume's box, each way, that it is taught to mark: the rest of a box is mostly clear air."""
_LEAST: Final = 0.1
"""Score of a proposal."""
_FLANK: Final = 0.5
"""Share of a peak's score that cells of its place have."""
_MOST: Final = 5
"""Places of a picture."""


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
            shape = (1, CHANNELS, height, width)
            self._running[height, width] = running(
                self.weights, self.sha256, FORM, {"layers": shape}, "map", key=f"{width}x{height}"
            )
        (said,) = self._running[height, width].infer((np.ascontiguousarray(layers[None, :, :height, :width]),))
        return np.asarray(expit(said[0]), np.float32)


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
    return Stirring(weights=path, sha256=verified_sha256(path, FORM), _running={})


def _untaught() -> "StirringNet":
    from vision.stirring.network import StirringNet

    return StirringNet()


FORM: Final = Form(
    name="skypatrol-stirring",
    version=1,
    what="a look at what stirs",
    remedy="weights written by `patrol detector train-stirring`",
    build=_untaught,
)
