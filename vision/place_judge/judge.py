"""From a place's history to the odds that it is smoke."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from safetensors.numpy import load_file

from vision.kept_network import Form, verified_sha256, verified_tensors
from vision.place_judge.history import NAMES, Floats, History

if TYPE_CHECKING:
    from vision.place_judge.network import JudgeNet

_SHIPPED: Final = Path(__file__).resolve().parent.parent / "weights"
MEMBERS, HIDDEN = 15, 16
"""Networks of a judge that is taught now, and their hidden units; a file may hold more or fewer networks."""
MOST_DEVIATIONS: Final = 3.0
"""Deviations from the mean beyond which a number counts no more."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlaceJudge:
    """A small network on what is known of a place."""

    weights: Path
    sha256: str
    tensors: Mapping[str, Floats]
    """By the names in `_shapes`."""

    def odds(self, history: History) -> float:
        """Return the log-odds, nats, that a place is smoke.

        Worked out here as `JudgeNet` has it: a call of any runtime takes longer than the network.
        """
        held = self.tensors
        known = np.clip((history.numbers() - held["mean"]) / held["deviation"], -MOST_DEVIATIONS, MOST_DEVIATIONS)
        hidden = np.tanh(held["hidden.weight"] @ known + held["hidden.bias"])
        said = (hidden.reshape(held["weight"].shape) * held["weight"]).sum(axis=1) + held["offset"]
        return float(said.mean())


@cache
def load_judge(path: Path) -> PlaceJudge:
    """Return the judge of a weights file.

    Raises:
        InputError: no such file, or not one of ours.

    """
    sha256 = verified_sha256(path, FORM)
    members = np.size(load_file(path).get("offset", ())) or MEMBERS
    return PlaceJudge(weights=path, sha256=sha256, tensors=verified_tensors(path, FORM, _shapes(members)))


def _shapes(members: int) -> dict[str, tuple[int, ...]]:
    return {
        "mean": (len(NAMES),),
        "deviation": (len(NAMES),),
        "hidden.weight": (members * HIDDEN, len(NAMES)),
        "hidden.bias": (members * HIDDEN,),
        "weight": (members, HIDDEN),
        "offset": (members,),
    }


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
