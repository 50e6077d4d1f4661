"""From a strip to the odds that it shows smoke or fire, by coefficients that anyone can read."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from missions.detection import Box
from missions.errors import InputError
from vision.clip import Clip
from vision.second_look.features import NAMES, features_of
from vision.second_look.strip import Strip, strip_of

SHIPPED: Final = Path(__file__).resolve().parent.parent / "weights" / "second_look.json"
FORMAT: Final = "skypatrol-second-look"
VERSION: Final = 1
HIDDEN: Final = 16
MOST: Final = 4.0
"""Deviations from the mean beyond which a number counts no more."""
_SHAPES: Final = {
    "mean": (len(NAMES),),
    "deviation": (len(NAMES),),
    "hidden_weight": (HIDDEN, len(NAMES)),
    "hidden_offset": (HIDDEN,),
    "weight": (3, HIDDEN),
    "offset": (3,),
}
_REMEDY: Final = "coefficients written by `patrol detector train-look`"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SecondLook:
    """A small network on the features of strips, one hidden layer: nothing, smoke or fire."""

    mean: NDArray[np.float64]
    """(F,) of each feature."""
    deviation: NDArray[np.float64]
    hidden_weight: NDArray[np.float64]
    """(HIDDEN, F) of the features in deviations from the mean."""
    hidden_offset: NDArray[np.float64]
    weight: NDArray[np.float64]
    """(3, HIDDEN)"""
    offset: NDArray[np.float64]
    """(3,)"""

    def odds(self, clip: Clip, box: Box) -> float | None:
        """Return the log-odds, nats, that a box of the newest picture is smoke or fire; None where it can't be told.

        It needs 1.2 s of pictures with the place in view, and the background's motion between them.
        """
        strip = strip_of(clip, box)
        return None if strip is None else self.odds_of(strip)

    def odds_of(self, strip: Strip) -> float:
        """Return the log-odds that a strip shows smoke or fire."""
        nothing, smoke, fire = self.logits(features_of(strip))
        return float(np.logaddexp(smoke, fire) - nothing)

    def logits(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the (..., 3) logits of (..., F) features."""
        scaled = np.clip((features - self.mean) / self.deviation, -MOST, MOST)
        hidden = np.tanh(scaled @ self.hidden_weight.T + self.hidden_offset)
        return np.asarray(hidden @ self.weight.T + self.offset, np.float64)


@cache
def load_second_look(path: Path = SHIPPED) -> SecondLook:
    """Return a second look from its file.

    Raises:
        InputError: no such file, or not one of ours.

    """
    try:
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise InputError(f"cannot be read: {exc.strerror}", file=path, remedy=_REMEDY) from exc
    except ValueError as exc:
        raise InputError(f"not JSON: {exc}", file=path, remedy=_REMEDY) from exc
    if not isinstance(said, dict) or (said.get("format"), said.get("version")) != (FORMAT, VERSION):
        raise InputError(f"not a second look of version {VERSION}", file=path, field="format", remedy=_REMEDY)
    if said.get("features") != list(NAMES):
        raise InputError("made for other features", file=path, field="features", remedy=_REMEDY)
    try:
        arrays = {name: np.array(said[name], float) for name in _SHAPES}
    except (KeyError, ValueError, TypeError) as exc:
        raise InputError(f"its numbers are broken: {exc!r}", file=path, remedy=_REMEDY) from exc
    for name, shape in _SHAPES.items():
        if arrays[name].shape != shape or not np.isfinite(arrays[name]).all():
            raise InputError(f"is not {shape} finite numbers", file=path, field=name, remedy=_REMEDY)
    return SecondLook(**arrays)


def write_second_look(look: SecondLook, path: Path, *, trained: dict[str, object]) -> None:
    """Write a second look; the file appears whole or not at all."""
    from missions.formats.atomic import write_atomically

    said = {
        "format": FORMAT,
        "version": VERSION,
        "trained": trained,
        "features": list(NAMES),
        **{name: np.round(getattr(look, name), 4).tolist() for name in _SHAPES},
    }
    write_atomically(path, json.dumps(said, indent=1) + "\n")
