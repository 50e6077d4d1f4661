"""The network: two witnesses, one that sees a strip's pictures and one that knows two dozen numbers about it.

Neither sees what the other says. Taught as one, the pictures took over: what they know of rendered plumes is learned
first, and of real ones it is the numbers that know more.
"""

from typing import Final

import torch
from torch import Tensor, nn

from vision.second_look.features import NAMES
from vision.second_look.strip import FRAMES

_CLASSES: Final = 3
"""Nothing, smoke, fire."""
_LAYERS: Final = 4
"""Of each picture."""
_WIDTHS: Final = (48, 48, 64, 64)
_HIDDEN, _HIDDEN_OF_NUMBERS = 48, 16
_DROPPED: Final = 0.2
_GREY: Final = (0.114, 0.587, 0.299)
_LEAST_SPREAD, _LEAST_CHANGE = 6.5, 1.5
"""Grey levels added to the deviation of grey, and of its changes: less than that is noise."""
_MOST_SPREAD, _MOST_CHANGE = 3.0, 4.0
_MOST_DEVIATIONS: Final = 4.0
"""Deviations from the mean beyond which a number counts no more."""
_LEAST_CELLS: Final = 0.3


class LookNet(nn.Module):
    """Pictures, the box in them and numbers of strips to (B,) log-odds, nats, that they are smoke or fire."""

    mean: Tensor
    deviation: Tensor
    slope: Tensor
    offset: Tensor

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = _WIDTHS
        self.body = nn.Sequential(_conv(FRAMES * _LAYERS, a, stride=2), _conv(a, b), _conv(b, c, stride=2), _conv(c, d))
        self.by_pictures = nn.Sequential(
            nn.Dropout(_DROPPED),
            nn.Linear(3 * d, _HIDDEN),
            nn.SiLU(),
            nn.Dropout(_DROPPED),
            nn.Linear(_HIDDEN, _CLASSES),
        )
        self.by_numbers = nn.Sequential(
            nn.Linear(len(NAMES), _HIDDEN_OF_NUMBERS), nn.Tanh(), nn.Linear(_HIDDEN_OF_NUMBERS, _CLASSES)
        )
        for name, value in (("mean", 0.0), ("deviation", 1.0)):
            self.register_buffer(name, torch.full((len(NAMES),), value))
        for name, value in (("slope", 1.0), ("offset", 0.0)):
            self.register_buffer(name, torch.tensor(value))

    def forward(self, pictures: Tensor, inside: Tensor, numbers: Tensor) -> Tensor:
        """Return the calibrated log-odds.

        Args:
            pictures: (B, 8, 32, 32, 3) BGR, 0 to 255, oldest first.
            inside: (B, 32, 32), 1 in the box and 0 around it.
            numbers: (B, F), `features_of` the strips.

        """
        logits = 0.5 * (self.of_pictures(pictures, inside) + self.of_numbers(numbers))
        return self.slope * (torch.logsumexp(logits[:, 1:], 1) - logits[:, 0]) + self.offset

    def of_pictures(self, pictures: Tensor, inside: Tensor) -> Tensor:
        """Return what the pictures say: (B, 3) logits of nothing, smoke and fire."""
        found = self.body(layers_of(pictures, inside).flatten(1, 2))
        box = nn.functional.avg_pool2d(inside[:, None], 4)
        told = torch.cat([_mean(found, box), _mean(found, 1.0 - box), (found * (box > 0.0)).amax((2, 3))], 1)
        logits: Tensor = self.by_pictures(told)
        return logits

    def of_numbers(self, numbers: Tensor) -> Tensor:
        """Return what the numbers say: (B, 3) logits of nothing, smoke and fire."""
        known = ((numbers - self.mean) / self.deviation).clamp(-_MOST_DEVIATIONS, _MOST_DEVIATIONS)
        logits: Tensor = self.by_numbers(known)
        return logits


def layers_of(pictures: Tensor, inside: Tensor) -> Tensor:
    """Return (B, 4, 8, 32, 32): grey, its change from the mean picture and from the one before, the box.

    Each is told in deviations of its own: how strong a change is depends on the light, the camera and the codec, and a
    renderer's are none of a real camera's. Colours are left to the numbers.
    """
    grey = (pictures * pictures.new_tensor(_GREY)).sum(-1)
    around = (1.0 - inside)[:, None]
    level = (grey * around).sum((1, 2, 3), keepdim=True) / (FRAMES * around.sum((1, 2, 3), keepdim=True)).clamp(min=1.0)
    before = torch.cat([grey[:, :1], grey[:, :-1]], 1)
    return torch.stack(
        [
            _in_deviations(grey - level, _LEAST_SPREAD, _MOST_SPREAD),
            _in_deviations(grey - grey.mean(1, keepdim=True), _LEAST_CHANGE, _MOST_CHANGE),
            _in_deviations(grey - before, _LEAST_CHANGE, _MOST_CHANGE),
            inside[:, None].expand(-1, FRAMES, -1, -1),
        ],
        1,
    )


def _in_deviations(off: Tensor, least: float, most: float) -> Tensor:
    """Return (B, 8, 32, 32) differences of grey over their deviation and a least one, which is noise."""
    return (off / (off.square().mean((1, 2, 3), keepdim=True).sqrt() + least)).clamp(-most, most)


def _mean(found: Tensor, where: Tensor) -> Tensor:
    return (found * where).sum((2, 3)) / where.sum((2, 3)).clamp(min=_LEAST_CELLS)


def _conv(before: int, after: int, *, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.SiLU())
