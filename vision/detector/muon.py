"""Muon (Jordan et al. 2024): the momentum of a weight matrix with all its directions made equally strong.

A short training learns more from each step than with Adam; it is for matrices, so everything else stays with Adam.
"""

from collections.abc import Iterable
from typing import Any, Final

import torch
from torch import Tensor

_NEWTON_SCHULZ: Final = (3.4445, -4.7750, 2.0315)
"""Coefficients of the quintic iteration, chosen by Jordan for speed: singular values end up in 0.7 to 1.2."""


class Muon(torch.optim.Optimizer):
    """For convolution weights that mix channels: (out, in, k, k) counts as a matrix of out rows."""

    def __init__(
        self, parameters: Iterable[Tensor], *, lr: float = 0.02, momentum: float = 0.9, decay: float = 0.01
    ) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "decay": decay})
        for group in self.param_groups:
            for parameter in group["params"]:
                self.state[parameter]["mean"] = torch.zeros_like(parameter)

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]  # noqa: ANN401
        """Take one step along the orthogonalised Nesterov momentum."""
        assert closure is None
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                mean = self.state[parameter]["mean"]
                mean.lerp_(parameter.grad, 1.0 - group["momentum"])
                ahead = parameter.grad.lerp(mean, group["momentum"])
                rows = ahead.shape[0]
                update = orthogonalised(ahead.reshape(rows, -1)).view(ahead.shape)
                scale = max(1.0, rows / (ahead.numel() / rows)) ** 0.5
                parameter.mul_(1.0 - group["lr"] * group["decay"])
                parameter.add_(update, alpha=-group["lr"] * scale)


def orthogonalised(matrix: Tensor) -> Tensor:
    """Return the matrix with its singular values pushed to about 1."""
    a, b, c = _NEWTON_SCHULZ
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(5):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    result: Tensor = x.T if tall else x
    return result
