"""From a strip to the odds that it shows smoke or fire."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from missions.detection import Box
from vision.clip import Clip
from vision.detector.runtimes import Running
from vision.kept_network import Form, running, verified_sha256
from vision.registration import Floats
from vision.second_look.features import NAMES, features_of
from vision.second_look.strip import FRAMES, SIDE_PX, Strip, strip_of

if TYPE_CHECKING:
    from vision.second_look.network import LookNet

SHIPPED: Final = Path(__file__).resolve().parent.parent / "weights" / "second_look.safetensors"
_SHAPES: Final = {
    "pictures": (1, FRAMES, SIDE_PX, SIDE_PX, 3),
    "inside": (1, SIDE_PX, SIDE_PX),
    "numbers": (1, len(NAMES)),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SecondLook:
    """A small network on strips and their numbers, ready to look: nothing, smoke or fire."""

    weights: Path
    sha256: str
    _running: list[Running] = field(default_factory=list)
    """Once it has looked."""

    def odds(self, clip: Clip, box: Box) -> float | None:
        """Return the log-odds, nats, that a box of the newest picture is smoke or fire; None where it can't be told.

        It needs 1.2 s of pictures with the place in view, and the background's motion between them.
        """
        strip = strip_of(clip, box)
        return None if strip is None else self.odds_of(strip)

    def odds_of(self, strip: Strip) -> float:
        """Return the log-odds, nats, that a strip shows smoke or fire."""
        if not self._running:
            self._running.append(running(self.weights, self.sha256, FORM, _SHAPES, "odds"))
        (said,) = self._running[0].infer(tuple(part[None] for part in (*inputs_of(strip), features_of(strip))))
        return float(said[0])


def inputs_of(strip: Strip) -> tuple[Floats, Floats]:
    """Return what a strip shows the network: (8, 32, 32, 3) pictures, the first repeated, and the (32, 32) box."""
    missing = FRAMES - len(strip.images)
    images = np.concatenate([np.repeat(strip.images[:1], missing, axis=0), strip.images])
    return images.astype(np.float32), strip.inside.astype(np.float32)


@cache
def load_second_look(path: Path = SHIPPED) -> SecondLook:
    """Return the second look of a weights file.

    Raises:
        InputError: no such file, or not one of ours.

    """
    return SecondLook(weights=path, sha256=verified_sha256(path, FORM))


def _untaught() -> "LookNet":
    from vision.second_look.network import LookNet

    return LookNet()


FORM: Final = Form(
    name="skypatrol-second-look",
    version=2,
    what="a second look",
    remedy="weights written by `patrol detector train-look`",
    build=_untaught,
)
