"""Teaching it on places whose truth is known: seconds on one core, the same weights from the same seed."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import torch
from torch import nn

from vision.place_judge.history import Floats
from vision.place_judge.network import JudgeNet

STEPS: Final = 400
_BATCH: Final = 512
_RATE: Final = 1e-2
_DECAY: Final = 0.2
_SMOOTHED: Final = 0.02
"""Of every label: what looks like nothing may be smoke just begun."""
_SHAKEN: Final = 0.3
"""Deviations by which every number is shaken: what is learned must not hang on its last digits."""


class Judged(NamedTuple):
    """What was known of a place in one picture, and whether it was smoke or fire."""

    place: tuple[int, int]
    """Number of the scene, and of the place in it."""
    numbers: Floats
    """(19,), `History.numbers`."""
    burns: bool


def taught(samples: Sequence[Judged], *, steps: int, seed: int) -> JudgeNet:
    """Return the network after so many steps; a place counts as one, however many pictures show it.

    A place that is smoke in some pictures and not yet in others counts as two.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng([seed, 0x3D])
    numbers = torch.from_numpy(np.stack([sample.numbers for sample in samples]))
    burns = torch.tensor([float(sample.burns) for sample in samples])
    _, which, counts = np.unique(
        np.array([(*sample.place, sample.burns) for sample in samples]), axis=0, return_inverse=True, return_counts=True
    )
    share = 1.0 / counts[which]
    weight = torch.from_numpy((share / share.mean()).astype(np.float32))
    net = JudgeNet()
    net.mean.copy_(numbers.mean(0))
    net.deviation.copy_(numbers.std(0) + 1e-6)
    known = net.known(numbers)
    optimiser = torch.optim.AdamW(net.parameters(), lr=_RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        drawn = torch.from_numpy(rng.integers(0, len(samples), _BATCH))
        said = net.of_members(known[drawn] + _SHAKEN * torch.randn(_BATCH, known.shape[1]))
        wanted = (burns[drawn] * (1.0 - 2.0 * _SMOOTHED) + _SMOOTHED)[:, None].expand_as(said)
        loss = nn.functional.binary_cross_entropy_with_logits(said, wanted, reduction="none")
        optimiser.zero_grad()
        (loss * weight[drawn][:, None]).mean().backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    return net.eval()
