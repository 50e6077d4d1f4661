"""The network: a few small ones that know the same numbers, and the mean of what they say."""

from typing import Final

import torch
from torch import Tensor, nn

from vision.place_judge.history import NAMES

_MEMBERS, _HIDDEN = 3, 16
_MOST_DEVIATIONS: Final = 3.0
"""Deviations from the mean beyond which a number counts no more."""


class JudgeNet(nn.Module):
    """(B, 19) numbers of places to (B,) log-odds, nats, that they are smoke."""

    mean: Tensor
    deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(len(NAMES), _MEMBERS * _HIDDEN)
        self.weight = nn.Parameter(torch.randn(_MEMBERS, _HIDDEN) / _HIDDEN**0.5)
        self.offset = nn.Parameter(torch.zeros(_MEMBERS))
        self.register_buffer("mean", torch.zeros(len(NAMES)))
        self.register_buffer("deviation", torch.ones(len(NAMES)))

    def forward(self, numbers: Tensor) -> Tensor:
        """Return the mean of the members' log-odds."""
        return self.of_members(self.known(numbers)).mean(1)

    def known(self, numbers: Tensor) -> Tensor:
        """Return the numbers in deviations from their means."""
        return ((numbers - self.mean) / self.deviation).clamp(-_MOST_DEVIATIONS, _MOST_DEVIATIONS)

    def of_members(self, known: Tensor) -> Tensor:
        """Return (B, 3) log-odds, each member's own."""
        hidden: Tensor = torch.tanh(self.hidden(known)).view(-1, _MEMBERS, _HIDDEN)
        return (hidden * self.weight).sum(2) + self.offset
