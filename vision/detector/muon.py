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
            learning = [parameter for parameter in group["params"] if parameter.grad is not None]
            for alike in _by_shape(learning):
                self._step(alike, group)

    def _step(self, alike: list[Tensor], group: dict[str, Any]) -> None:
        """Take the step of parameters of one shape, as a stack: many small products take a GPU longer than one."""
        gradients = [parameter.grad for parameter in alike if parameter.grad is not None]
        means = [self.state[parameter]["mean"] for parameter in alike]
        torch._foreach_lerp_(means, gradients, 1.0 - group["momentum"])
        pairs = zip(gradients, means, strict=True)
        ahead = torch.stack([gradient.lerp(mean, group["momentum"]) for gradient, mean in pairs])
        rows = alike[0].shape[0]
        updates = orthogonalised(ahead.reshape(len(alike), rows, -1)).view(ahead.shape)
        scale = max(1.0, rows / (alike[0].numel() / rows)) ** 0.5
        torch._foreach_mul_(alike, 1.0 - group["lr"] * group["decay"])
        torch._foreach_add_(alike, list(updates.unbind()), alpha=-group["lr"] * scale)


def _by_shape(parameters: list[Tensor]) -> list[list[Tensor]]:
    shapes: dict[torch.Size, list[Tensor]] = {}
    for parameter in parameters:
        shapes.setdefault(parameter.shape, []).append(parameter)
    return list(shapes.values())


def orthogonalised(matrices: Tensor) -> Tensor:
    """Return (..., rows, columns) matrices with their singular values pushed to about 1."""
    a, b, c = _NEWTON_SCHULZ
    tall = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.mT if tall else matrices
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(5):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    result: Tensor = x.mT if tall else x
    return result
