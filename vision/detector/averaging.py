"""One network out of several that went on from the same one: the mean of their weights (Wortsman et al. 2022).

It costs nothing in flight and tends to know better than each of them what none has seen.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from missions.errors import InputError
from vision.detector.weights import WeightsFile, build_network, save_weights


def write_averaged(several: Sequence[WeightsFile], path: Path) -> None:
    """Write the mean of the weights, and in its description how each was trained.

    Raises:
        InputError: fewer than two, of different sizes, or their scores were corrected already.

    """
    if len(several) < 2:
        raise InputError(f"{len(several)} weights make no mean", remedy="two or more")
    for one in several:
        if one.size != several[0].size:
            what = f"is {one.size}, the first is {several[0].size}"
            raise InputError(what, file=one.path, field="size", remedy="weights of one size")
        if "calibrated" in one.trained:
            raise InputError("its scores are corrected already", file=one.path, remedy="average first, then calibrate")
    states = [build_network(one).state_dict() for one in several]
    mean = {key: _mean([state[key] for state in states]) for key in states[0]}
    trained: dict[str, object] = {"averaged": [one.trained for one in several]}
    save_weights(path, mean, size=several[0].size, trained=trained, name=several[0].spec.name)


def _mean(tensors: list[Tensor]) -> Tensor:
    if not tensors[0].is_floating_point():  # batches seen
        return tensors[0]
    return torch.stack(tensors).mean(dim=0)
