"""The network: a few small ones that know the same numbers, and the mean of what they say."""

import torch
from torch import Tensor, nn

from vision.place_judge.history import NAMES
from vision.place_judge.judge import HIDDEN, MEMBERS, MOST_DEVIATIONS


class JudgeNet(nn.Module):
    """(B, 19) numbers of places to (B,) log-odds, nats, that they are smoke."""

    mean: Tensor
    deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(len(NAMES), MEMBERS * HIDDEN)
        self.weight = nn.Parameter(torch.randn(MEMBERS, HIDDEN) / HIDDEN**0.5)
        self.offset = nn.Parameter(torch.zeros(MEMBERS))
        self.register_buffer("mean", torch.zeros(len(NAMES)))
        self.register_buffer("deviation", torch.ones(len(NAMES)))

    def forward(self, numbers: Tensor) -> Tensor:
        """Return the mean of the members' log-odds."""
        return self.of_members(self.known(numbers)).mean(1)

    def known(self, numbers: Tensor) -> Tensor:
        """Return the numbers in deviations from their means."""
        return ((numbers - self.mean) / self.deviation).clamp(-MOST_DEVIATIONS, MOST_DEVIATIONS)

    def of_members(self, known: Tensor) -> Tensor:
        """Return (B, members) log-odds, each member's own."""
        hidden: Tensor = torch.tanh(self.hidden(known)).view(-1, MEMBERS, HIDDEN)
        return (hidden * self.weight).sum(2) + self.offset
