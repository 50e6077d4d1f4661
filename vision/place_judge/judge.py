"""From a place's history to the odds that it is smoke."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from safetensors.numpy import load_file

from missions.errors import InputError
from vision.kept_network import Form, verified_sha256
from vision.place_judge.history import NAMES, Floats, History

if TYPE_CHECKING:
    from vision.place_judge.network import JudgeNet

_SHIPPED: Final = Path(__file__).resolve().parent.parent / "weights"
MEMBERS, HIDDEN = 3, 16
MOST_DEVIATIONS: Final = 3.0
"""Deviations from the mean beyond which a number counts no more."""
SHAPES: Final = {
    "mean": (len(NAMES),),
    "deviation": (len(NAMES),),
    "hidden.weight": (MEMBERS * HIDDEN, len(NAMES)),
    "hidden.bias": (MEMBERS * HIDDEN,),
    "weight": (MEMBERS, HIDDEN),
    "offset": (MEMBERS,),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlaceJudge:
    """A small network on what is known of a place."""

    weights: Path
    sha256: str
    _tensors: dict[str, Floats] = field(default_factory=dict)
    """Once it has judged."""

    def odds(self, history: History) -> float:
        """Return the log-odds, nats, that a place is smoke.

        Worked out here as `JudgeNet` has it: a call of any runtime takes longer than the network.
        """
        if not self._tensors:
            self._tensors.update(_verified_tensors(self.weights))
        tensors = self._tensors
        known = np.clip((history.numbers() - tensors["mean"]) / tensors["deviation"], -MOST_DEVIATIONS, MOST_DEVIATIONS)
        hidden = np.tanh(tensors["hidden.weight"] @ known + tensors["hidden.bias"])
        said = (hidden.reshape(tensors["weight"].shape) * tensors["weight"]).sum(axis=1) + tensors["offset"]
        return float(said.mean())


def _verified_tensors(path: Path) -> dict[str, Floats]:
    """Return the tensors of a file that fit the network.

    Raises:
        InputError: they are others, or hold what is no number.

    """
    tensors = load_file(path)
    if {name: tensor.shape for name, tensor in tensors.items()} != SHAPES:
        raise InputError("holds other tensors", file=path, remedy=FORM.remedy)
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            raise InputError("holds what is no number", file=path, field=name, remedy=FORM.remedy)
    return tensors


@cache
def load_judge(path: Path) -> PlaceJudge:
    """Return the judge of a weights file.

    Raises:
        InputError: no such file, or not one of ours.

    """
    return PlaceJudge(weights=path, sha256=verified_sha256(path, FORM))


def judge_file(detector: str) -> Path:
    """Return where the judge is that is taught by a detector's scores: with the shipped ones, or beside its weights."""
    path = Path(detector)
    return (path if path.suffix else _SHIPPED / path).with_name(f"{path.stem}.judge.safetensors")


def judge_for(detector: str) -> PlaceJudge | None:
    """Return the judge that was taught by a detector's scores; None where there is none."""
    file = judge_file(detector)
    return load_judge(file) if file.is_file() else None


def _untaught() -> "JudgeNet":
    from vision.place_judge.network import JudgeNet

    return JudgeNet()


FORM: Final = Form(
    name="skypatrol-place-judge",
    version=1,
    what="a judge of places",
    remedy="weights written by `patrol detector train-judge`",
    build=_untaught,
)
