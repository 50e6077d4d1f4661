"""From a place's history to the odds that it is smoke."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vision.detector.runtimes import Running
from vision.kept_network import Form, running, verified_sha256
from vision.place_judge.history import NAMES, History

if TYPE_CHECKING:
    from vision.place_judge.network import JudgeNet

SHIPPED: Final = Path(__file__).resolve().parent.parent / "weights" / "place_judge.safetensors"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlaceJudge:
    """A small network on what is known of a place."""

    weights: Path
    sha256: str
    _running: list[Running] = field(default_factory=list)
    """Once it has judged."""

    def odds(self, history: History) -> float:
        """Return the log-odds, nats, that a place is smoke."""
        if not self._running:
            self._running.append(running(self.weights, self.sha256, FORM, {"numbers": (1, len(NAMES))}, "odds"))
        (said,) = self._running[0].infer((history.numbers()[None],))
        return float(said[0])


@cache
def load_judge(path: Path = SHIPPED) -> PlaceJudge:
    """Return the judge of a weights file.

    Raises:
        InputError: no such file, or not one of ours.

    """
    return PlaceJudge(weights=path, sha256=verified_sha256(path, FORM))


def judge_for(detector: str) -> PlaceJudge:
    """Return the judge that was taught by a detector's scores: one beside its weights, else the shipped one."""
    beside = Path(detector).with_name(SHIPPED.name)
    return load_judge(beside) if Path(detector).suffix and beside.is_file() else load_judge()


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
