"""Scores that mean something: of the boxes scored 0.3, about three in ten are right.

The correction is one slope and one offset for each kind (Platt 1999), folded into the network's last layers: it costs
nothing and changes no order of boxes within a kind.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from missions.errors import InputError
from vision.detector.classes import KINDS
from vision.detector.judged import Judged
from vision.detector.matching import match
from vision.detector.weights import WeightsFile, build_network, save_weights

if TYPE_CHECKING:
    from vision.detector.network import DetectorNet

RIGHT_OVERLAP: Final = 0.35
"""IoU from which a box counts as right: an alarm at the right place is right, also where a plume's edge is unclear."""
_LEAST_EXAMPLES: Final = 20
_SLOPES: Final = (0.3, 5.0)
_SAID: Final = re.compile(r"(?P<slope>\d+\.\d+)x(?P<offset>[+-]\d+\.\d+) \((?P<right>\d+)/(?P<false>\d+)\)")
"""A correction in a weights file's description."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """New logit = slope * logit + offset."""

    slope: float
    offset: float
    right: int
    """Boxes it was fitted on that were right, and that were false."""
    false: int

    def __str__(self) -> str:
        """Return it as a weights file's description has it."""
        return f"{self.slope:.2f}x{self.offset:+.2f} ({self.right}/{self.false})"

    def after(self, earlier: "Correction") -> "Correction":
        """Return both in one, this one after the earlier."""
        offset = self.slope * earlier.offset + self.offset
        return replace(self, slope=self.slope * earlier.slope, offset=offset)

    def undone(self) -> "Correction":
        """Return what takes it off again."""
        return replace(self, slope=1.0 / self.slope, offset=-self.offset / self.slope)


def fit_corrections(judged: Sequence[Judged]) -> dict[str, Correction]:
    """Return the correction of each kind for which there are enough right and false boxes."""
    corrections = {}
    for index, kind in enumerate(KINDS):
        scores, right = examples(judged, index)
        if min(right.sum(), (~right).sum()) >= _LEAST_EXAMPLES:
            slope, offset = logistic(scores, right)
            corrections[kind] = Correction(
                slope=slope, offset=offset, right=int(right.sum()), false=int((~right).sum())
            )
    return corrections


def fold(network: "DetectorNet", corrections: dict[str, Correction]) -> None:
    """Build the corrections into the network's heads."""
    import torch

    coarse = network.coarse[1]
    assert isinstance(coarse, torch.nn.Conv2d)
    with torch.no_grad():
        for kind, correction in corrections.items():
            for head in (network.fine, coarse):
                assert head.bias is not None
                row = KINDS.index(kind)
                head.weight[row] *= correction.slope
                head.bias[row] = head.bias[row] * correction.slope + correction.offset


def uncorrected(weights: WeightsFile) -> "DetectorNet":
    """Return the network of a weights file with its corrections taken off, to the two decimals its description has.

    What is trained on from there starts as the training before ended: a corrected slope makes each step of the last
    layers three to four times as large in logits.

    Raises:
        InputError: its description of the corrections cannot be read.

    """
    network = build_network(weights)
    fold(network, {kind: one.undone() for kind, one in corrections_in(weights).items()})
    return network


def write_corrected(weights: WeightsFile, corrections: dict[str, Correction], path: Path) -> None:
    """Write the weights with the corrections in them, and say in their description what was done to them in all.

    Raises:
        InputError: the description of corrections that they have already cannot be read.

    """
    network = build_network(weights)
    fold(network, corrections)
    total = corrections_in(weights)
    total |= {kind: one.after(total[kind]) if kind in total else one for kind, one in corrections.items()}
    said = {kind: str(one) for kind, one in total.items()}
    trained: dict[str, object] = {**weights.trained, "calibrated": said}
    save_weights(path, network.state_dict(), size=weights.size, trained=trained, name=weights.spec.name)


def corrections_in(weights: WeightsFile) -> dict[str, Correction]:
    """Return the corrections that are folded into a weights file, as its description has them.

    Raises:
        InputError: it says what is none.

    """
    said = weights.trained.get("calibrated", {})
    found = {}
    for kind, one in said.items() if isinstance(said, dict) else [("", said)]:
        parts = _SAID.fullmatch(str(one))
        if kind not in KINDS or parts is None or float(parts["slope"]) == 0.0:
            raise InputError(
                f"its corrections are said to be {said!r}",
                file=weights.path,
                remedy="kind, slope, offset, right and false boxes, as person: 3.62x+1.48 (677/11388)",
            )
        found[kind] = Correction(
            slope=float(parts["slope"]),
            offset=float(parts["offset"]),
            right=int(parts["right"]),
            false=int(parts["false"]),
        )
    return found


def examples(judged: Sequence[Judged], kind: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the (N,) scores of a kind's boxes, where it was labelled, and whether each was right."""
    scores: list[float] = []
    right: list[bool] = []
    for one in judged:
        if one.picture.labels.labelled[kind]:
            matched = match(one.picture.labels, one.detections, kind, least_overlap=RIGHT_OVERLAP)
            scores += [found.score for found in matched.said]
            right += matched.right.tolist()
    return np.array(scores), np.array(right, bool)


def logistic(scores: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[float, float]:
    """Return slope and offset of the logit that make the scores likeliest, by damped Newton steps."""
    clipped = np.clip(scores, 1e-4, 1 - 1e-4)
    logits = np.log(clipped / (1 - clipped))
    design = np.column_stack([logits, np.ones_like(logits)])
    weights = np.array([1.0, 0.0])
    for _ in range(50):
        likely = 1 / (1 + np.exp(-design @ weights))
        slack = np.maximum(likely * (1 - likely), 1e-6)
        hessian = design.T @ (design * slack[:, None]) + 1e-3 * np.eye(2)
        step = np.linalg.solve(hessian, design.T @ (right - likely) - 1e-3 * (weights - [1.0, 0.0]))
        weights += np.clip(step, -1.0, 1.0)
        weights[0] = np.clip(weights[0], *_SLOPES)
    return float(weights[0]), float(weights[1])
