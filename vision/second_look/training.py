"""Teaching it on labelled strips: minutes on one core, the same weights from the same seed."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit
from torch import Tensor, nn

from vision.detector.calibration import logistic
from vision.second_look.look import inputs_of
from vision.second_look.network import LookNet
from vision.second_look.samples import LABELS, Sample
from vision.second_look.strip import FRAMES

_BATCH, _BATCH_OF_NUMBERS = 64, 512
_RATE, _RATE_OF_NUMBERS = 3e-3, 1e-2
_DECAY: Final = 0.05
"""Of the weights that look at pictures."""
_SMOOTHED: Final = 0.03
"""Of every label, shared among all: what looks like nothing may be smoke just begun."""
_PROPOSED: Final = 3.0
"""How much more often what was proposed is drawn than boxes drawn by lot."""
_SHAKEN: Final = 0.3
"""Deviations by which every number is shaken: what is learned must not hang on its last digits."""
_MIRRORED, _UPTURNED = 0.5, 0.15
_SHORTENED: Final = 0.3
"""Share of the strips that are shown as if less of the past were known."""
_GREY_SHARE, _COARSER_SHARE, _SOFTER_SHARE = 0.3, 0.35, 0.3
_MOST_NOISE: Final = 5.0
"""Grey levels."""
_OFF_SHARE: Final = 0.5
"""Share of the batches in which one picture lies a pixel beside the others."""

OnStep = Callable[[int, float], None]


def taught(samples: Sequence[Sample], *, steps: int, seed: int, on_step: OnStep | None = None) -> LookNet:
    """Return the network after so many steps; nothing, smoke and fire are drawn equally often.

    Both witnesses are taught side by side, each on strips of its own lot.
    """
    torch.set_num_threads(1)  # a network so small is no quicker on two
    torch.manual_seed(seed)
    rng = np.random.default_rng([seed, 0x2B])
    net = LookNet()
    net.body.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    numbers = torch.from_numpy(np.stack([sample.numbers for sample in samples]))
    net.mean.copy_(numbers.mean(0))
    net.deviation.copy_(numbers.std(0) + 1e-6)
    labels = np.array([sample.label for sample in samples])
    chances = _chances(labels, np.array([sample.proposed for sample in samples]))
    optimiser = torch.optim.AdamW(
        [
            {"params": [*net.body.parameters(), *net.by_pictures.parameters()], "weight_decay": _DECAY},
            {"params": net.by_numbers.parameters(), "weight_decay": 0.0},
        ],
        lr=_RATE,
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, [_RATE, _RATE_OF_NUMBERS], total_steps=steps)
    for step in range(steps):
        drawn = rng.choice(len(samples), _BATCH, p=chances)
        seen = net.of_pictures(*_varied(*_pictures([samples[index] for index in drawn]), rng))
        loss = _loss(seen, labels[drawn])
        drawn = rng.choice(len(samples), _BATCH_OF_NUMBERS, p=chances)
        shaken = numbers[drawn] + _SHAKEN * net.deviation * torch.randn(_BATCH_OF_NUMBERS, numbers.shape[1])
        loss = loss + _loss(net.of_numbers(shaken), labels[drawn])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        if on_step is not None:
            on_step(step + 1, float(loss.detach()))
    return net.eval()


def calibrate(net: LookNet, samples: Sequence[Sample]) -> tuple[float, float]:
    """Scale the odds by what was proposed in scenes it has not seen.

    Returns:
        The shares of what is proposed at smoke or fire that it believes (odds above 0), and of the rest that it does
        not.

    """
    proposed = [sample for sample in samples if sample.proposed]
    with torch.inference_mode():
        parts = [_odds(net, proposed[start : start + _BATCH]) for start in range(0, len(proposed), _BATCH)]
    odds = np.concatenate(parts).astype(float)
    burns = np.array([sample.label > 0 for sample in proposed])
    slope, offset = logistic(expit(odds), burns)
    net.slope.mul_(slope)
    net.offset.mul_(slope).add_(offset)
    believed = slope * odds + offset > 0.0
    return float(believed[burns].mean()), float((~believed[~burns]).mean())


def _odds(net: LookNet, samples: Sequence[Sample]) -> NDArray[np.float32]:
    numbers = torch.from_numpy(np.stack([sample.numbers for sample in samples]))
    return np.asarray(net(*_pictures(samples), numbers).numpy(), np.float32)


def _loss(said: Tensor, labels: NDArray[np.int64]) -> Tensor:
    return nn.functional.cross_entropy(said, torch.from_numpy(labels), label_smoothing=_SMOOTHED)


def _chances(labels: NDArray[np.int64], proposed: NDArray[np.bool_]) -> NDArray[np.float64]:
    chances = np.where(proposed, _PROPOSED, 1.0)
    for label in range(len(LABELS)):
        chances[labels == label] /= max(float(chances[labels == label].sum()), 1e-9)
    return np.asarray(chances / chances.sum(), np.float64)


def _pictures(samples: Sequence[Sample]) -> tuple[Tensor, Tensor]:
    """Return (B, 8, 32, 32, 3) pictures and (B, 32, 32) insides."""
    pictures, inside = zip(*(inputs_of(sample.strip) for sample in samples), strict=True)
    return torch.from_numpy(np.stack(pictures)), torch.from_numpy(np.stack(inside))


def _varied(pictures: Tensor, inside: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Return the pictures by another camera, in other light, mirrored, shorter, one of them a pixel off."""
    varied = _by_another_camera(_in_other_light(pictures, rng), rng)
    if rng.random() < _MIRRORED:
        varied, inside = varied.flip(3), inside.flip(2)
    if rng.random() < _UPTURNED:
        varied, inside = varied.flip(2), inside.flip(1)
    if rng.random() < _SHORTENED:
        gone = int(rng.integers(1, FRAMES // 2 + 1))
        varied = torch.cat([varied[:, gone : gone + 1].expand(-1, gone, -1, -1, -1), varied[:, gone:]], 1)
    if rng.random() < _OFF_SHARE:
        off = int(rng.integers(0, FRAMES))
        varied = varied.clone()
        varied[:, off] = torch.roll(varied[:, off], rng.integers(-1, 2, 2).tolist(), (1, 2))
    return varied.clamp(0.0, 255.0), inside


def _in_other_light(pictures: Tensor, rng: np.random.Generator) -> Tensor:
    """Return the pictures paler or grey, of other contrast, brightness and white, flickering a little."""
    count = len(pictures)
    grey = pictures.mean(-1, keepdim=True)
    saturation = _lot(rng, count, 0.0, 1.3)
    saturation[torch.from_numpy(rng.random(count) < _GREY_SHARE)] = 0.0
    varied = grey + (pictures - grey) * saturation
    level = varied.mean((1, 2, 3), keepdim=True)
    varied = level + (varied - level) * _lot(rng, count, 0.5, 1.4)
    gain = _lot(rng, count, 0.75, 1.25) * _lot(rng, count, 0.93, 1.07, last=3)
    return varied * gain * _lot(rng, count, 0.98, 1.02, frames=FRAMES) + _lot(rng, count, -25.0, 25.0)


def _by_another_camera(pictures: Tensor, rng: np.random.Generator) -> Tensor:
    """Return the pictures coarser, softer and noisier."""
    count = len(pictures)
    flat = pictures.permute(0, 1, 4, 2, 3).flatten(0, 1)
    coarser = torch.from_numpy(rng.random(count) < _COARSER_SHARE).repeat_interleave(FRAMES)
    flat = flat.clone()
    if coarser.any():
        half = nn.functional.avg_pool2d(flat[coarser], 2)
        flat[coarser] = nn.functional.interpolate(half, scale_factor=2.0, mode="bilinear", align_corners=False)
    softer = torch.from_numpy(rng.random(count) < _SOFTER_SHARE).repeat_interleave(FRAMES)
    if softer.any():
        framed = nn.functional.pad(flat[softer], (1, 1, 1, 1), mode="replicate")
        flat[softer] = nn.functional.avg_pool2d(framed, 3, 1)
    varied = flat.view(count, FRAMES, *flat.shape[1:]).permute(0, 1, 3, 4, 2)
    return varied + _lot(rng, count, 0.0, _MOST_NOISE) * torch.randn_like(varied)


def _lot(rng: np.random.Generator, count: int, low: float, high: float, *, frames: int = 1, last: int = 1) -> Tensor:
    """Return (B, frames, 1, 1, last) numbers drawn evenly."""
    return torch.from_numpy(rng.uniform(low, high, (count, frames, 1, 1, last)).astype(np.float32))
