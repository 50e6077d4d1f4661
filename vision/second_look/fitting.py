"""Fitting the second look to labelled strips: seconds on one core, the same coefficients from the same seed."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.second_look.features import features_of
from vision.second_look.look import HIDDEN, MOST, SecondLook
from vision.second_look.samples import LABELS, Sample

_STEPS: Final = 500
_RATE: Final = 1e-2
_RIDGE: Final = 3e-4
_NOISE: Final = 0.3
"""Deviations by which every feature is shaken: what is learned must not hang on a number's last digits."""
_PROPOSED: Final = 3.0
"""How much more a detector's own proposals count than boxes drawn by lot."""


def fitted(samples: Sequence[Sample], *, seed: int) -> SecondLook:
    """Return the second look of these samples; each of nothing, smoke and fire counts as much as the others."""
    features = np.stack([features_of(sample.strip) for sample in samples]).astype(float)
    labels = np.array([sample.label for sample in samples])
    counts = np.array([_PROPOSED if sample.proposed else 1.0 for sample in samples])
    return fitted_to(features, labels, counts, seed=seed)


def fitted_to(
    features: NDArray[np.float64], labels: NDArray[np.int64], counts: NDArray[np.float64], *, seed: int
) -> SecondLook:
    """Return the second look of (M, F) features, (M,) labels, and (M,) how much each counts."""
    import torch
    from torch.nn import functional

    mean, deviation = features.mean(axis=0), features.std(axis=0) + 1e-6
    known = torch.from_numpy(np.clip((features - mean) / deviation, -MOST, MOST))
    weights = counts.astype(float)
    for label in range(len(LABELS)):
        weights[labels == label] *= len(labels) / len(LABELS) / max(float(counts[labels == label].sum()), 1.0)
    weighted, wanted = torch.from_numpy(weights), torch.from_numpy(labels)
    lot = torch.Generator().manual_seed(seed)
    count = features.shape[1]
    sizes = ((HIDDEN, count), (HIDDEN,), (len(LABELS), HIDDEN), (len(LABELS),))
    tensors = [
        (torch.randn(size, generator=lot, dtype=torch.float64) * (size[-1] ** -0.5 if len(size) > 1 else 0.0))
        for size in sizes
    ]
    for tensor in tensors:
        tensor.requires_grad_()
    optimiser = torch.optim.Adam(tensors, lr=_RATE)
    for _ in range(_STEPS):
        shaken = known + _NOISE * torch.randn(known.shape, generator=lot, dtype=torch.float64)
        said = torch.tanh(shaken @ tensors[0].T + tensors[1]) @ tensors[2].T + tensors[3]
        ridge = sum((tensor**2).sum() for tensor in tensors if tensor.dim() > 1)
        loss = (functional.cross_entropy(said, wanted, reduction="none") * weighted).mean() + _RIDGE * ridge
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    hidden_weight, hidden_offset, weight, offset = (tensor.detach().numpy() for tensor in tensors)
    return SecondLook(
        mean=mean,
        deviation=deviation,
        hidden_weight=hidden_weight,
        hidden_offset=hidden_offset,
        weight=weight,
        offset=offset,
    )
