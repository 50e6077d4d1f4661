"""How wrong the network is: a focal loss on where objects are, generalised IoU on how large they are."""

import math
from functools import cache
from typing import Final, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from vision.detector.assignment import LEAST_SIGMA_CELLS
from vision.detector.classes import KINDS
from vision.detector.levels import LEVELS, LOG_DISTANCE_LIMIT, Level

_POSITIVE_WEIGHT: Final = (1.0, 1.5, 1.0, 3.0, 1.5)
"""By kind: tiles with one plume stand beside tiles with forty cars, and share a sum with them."""
_BOX_WEIGHT: Final = 3.0
_HEAT_OF_SMALL: Final = 2.0 * math.pi * LEAST_SIGMA_CELLS**2
"""What the bell of a small object sums up to: larger ones count as several."""


class TargetBatch(NamedTuple):
    """Targets of one level for a batch, as tensors (B, ...); see assignment.Targets."""

    heat: Tensor
    counted: Tensor
    distances_px: Tensor
    weight: Tensor

    def to(self, device: torch.device) -> "TargetBatch":
        """Return them on a device; does not wait for the copy."""
        return TargetBatch(*(tensor.to(device, non_blocking=True) for tensor in self))


def detection_loss(outputs: tuple[Tensor, ...], targets: tuple[TargetBatch, ...]) -> Tensor:
    """Return the scalar loss over all levels."""
    total = torch.zeros((), device=outputs[0].device)
    for level, raw, target in zip(LEVELS, outputs, targets, strict=True):
        raw32 = raw.float()
        total = total + heat_loss(raw32[:, : len(KINDS)], target)
        total = total + _BOX_WEIGHT * box_loss(raw32[:, len(KINDS) :], target, level)
    return total


def heat_loss(logits: Tensor, target: TargetBatch) -> Tensor:
    """Return the quality focal loss (Li et al. 2020) per small object; cells that do not count give no gradient.

    Every cell of an object's bell has its height as target: unlike in CenterNet's loss, where one cell of an object
    teaches and its neighbours are spared, each of them teaches, which a short training needs.
    """
    weight = target.counted * (1.0 + (_positive_weight(logits.device) - 1.0) * target.heat)
    surprise = functional.binary_cross_entropy_with_logits(logits, target.heat, reduction="none")
    wrong = (target.heat - logits.sigmoid()).pow(2) * surprise * weight
    objects = (target.heat * target.counted).sum() / _HEAT_OF_SMALL
    return wrong.sum() / objects.clamp(min=1.0)


@cache
def _positive_weight(device: torch.device) -> Tensor:
    return torch.tensor(_POSITIVE_WEIGHT, device=device).view(1, -1, 1, 1)


def box_loss(log_distances: Tensor, target: TargetBatch, level: Level) -> Tensor:
    """Return 1 - GIoU, averaged by weight, over the cells that own a box.

    All cells are reckoned, also those of weight 0: to pick some out, a GPU would have to be waited for.
    """
    said = log_distances.clamp(-LOG_DISTANCE_LIMIT, LOG_DISTANCE_LIMIT).exp() * level.unit_px
    wrong = (1.0 - _giou(said, target.distances_px)) * target.weight
    return wrong.sum() / target.weight.sum().clamp(min=1e-6)


def _giou(said: Tensor, true: Tensor) -> Tensor:
    """Generalised IoU of boxes given as (B, 4, h, w) distances from a common point inside both."""
    inner, outer = torch.minimum(said, true), torch.maximum(said, true)
    both = (inner[:, 0] + inner[:, 2]) * (inner[:, 1] + inner[:, 3])
    hull = (outer[:, 0] + outer[:, 2]) * (outer[:, 1] + outer[:, 3])
    union = (
        (said[:, 0] + said[:, 2]) * (said[:, 1] + said[:, 3])
        + (true[:, 0] + true[:, 2]) * (true[:, 1] + true[:, 3])
        - both
    )
    return both / union - (hull - union) / hull
