"""Fitting the second look to labelled strips: seconds on one core, the same coefficients from the same seed."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.second_look.features import features_of
from vision.second_look.look import HIDDEN, MOST, SecondLook
from vision.second_look.samples import LABELS, Sample

Floats = NDArray[np.float64]

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
    """Return the second look of (M, F) features, (M,) labels, and (M,) how much each counts.

    Full steps of Adam: Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015.
    """
    middle, deviation = features.mean(axis=0), features.std(axis=0) + 1e-6
    known = np.clip((features - middle) / deviation, -MOST, MOST)
    weights = counts.astype(float)
    for label in range(len(LABELS)):
        weights[labels == label] *= len(labels) / len(LABELS) / max(float(counts[labels == label].sum()), 1.0)
    wanted = np.eye(len(LABELS))[labels]
    lot = np.random.default_rng([seed, 0x2B])
    sizes = ((HIDDEN, features.shape[1]), (HIDDEN,), (len(LABELS), HIDDEN), (len(LABELS),))
    tensors = [lot.normal(0, size[-1] ** -0.5, size) if len(size) > 1 else np.zeros(size) for size in sizes]
    means, squares = [np.zeros(size) for size in sizes], [np.zeros(size) for size in sizes]
    for step in range(1, _STEPS + 1):
        shaken = known + _NOISE * lot.standard_normal(known.shape)
        slopes = _slopes(tensors, shaken, wanted, weights / len(labels))
        means = [mean + 0.1 * (slope - mean) for mean, slope in zip(means, slopes, strict=True)]
        squares = [square + 0.001 * (slope**2 - square) for square, slope in zip(squares, slopes, strict=True)]
        rate = _RATE * (1 - 0.999**step) ** 0.5 / (1 - 0.9**step)
        tensors = [
            tensor - rate * first / (np.sqrt(second) + 1e-8)
            for tensor, first, second in zip(tensors, means, squares, strict=True)
        ]
    hidden_weight, hidden_offset, weight, offset = tensors
    return SecondLook(
        mean=middle,
        deviation=deviation,
        hidden_weight=hidden_weight,
        hidden_offset=hidden_offset,
        weight=weight,
        offset=offset,
    )


def _slopes(
    tensors: list[Floats], known: Floats, wanted: Floats, weights: NDArray[np.float64]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return how the weighted cross-entropy, with its ridge, changes with every coefficient."""
    hidden_weight, hidden_offset, weight, offset = tensors
    hidden = np.tanh(known @ hidden_weight.T + hidden_offset)
    logits = hidden @ weight.T + offset
    chances = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    off = (chances - wanted) * weights[:, None]
    back = (off @ weight) * (1.0 - hidden**2)
    return (
        back.T @ known + 2.0 * _RIDGE * hidden_weight,
        back.sum(axis=0),
        off.T @ hidden + 2.0 * _RIDGE * weight,
        off.sum(axis=0),
    )
