"""What a strip shows, in two dozen numbers: how it changes, with what, how soft and how coloured it is.

Smoke and flames change everywhere inside and in ever new ways; a lamp, a cloud's shadow and a beacon change as a whole
(one mode holds nearly all of it); a car that passes changes one picture of the strip; what keeps still changes as much
as its surroundings do.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.second_look.strip import SIDE_PX, Strip

Floats = NDArray[np.float32]

NAMES: Final = (
    "change",  # of the usual step inside, against the steps around, log
    "one_step",  # the greatest step against the usual one, log
    "least_step",  # the least step against the steps around, log
    "grows_with_time",  # first against last picture, against the usual step, log
    "first_mode",  # share of the change that is one pattern times a number per picture
    "two_modes",  # the same of two patterns
    "sharpness",  # mean slope inside against around, log
    "edges",  # steepest slopes inside, log
    "saturation",
    "saturation_above",  # against around
    "hot",  # share of yellow, orange and red bright pixels, median over the pictures
    "hot_varies",
    "hot_stays",  # overlap of hot pixels from picture to picture
    "brighter",  # than around
    "brightness_varies",
    "drift",  # of the change from picture to picture, px
    "drift_sure",  # how much of the change that drift explains
    "one_picture",  # the picture that differs most from the median one, against the usual, log
    "brightness",
    "contrast",  # of the mean inside to the mean around
    "hot_flickers",  # hot pixels that do not stay
    "noise",  # steps around
)
_GREY: Final = np.array([0.114, 0.587, 0.299], np.float32)
_HANN: Final = np.outer(np.hanning(SIDE_PX), np.hanning(SIDE_PX)).astype(np.float32)
_LEAST_PIXELS: Final = 20


def features_of(strip: Strip) -> Floats:
    """Return the (22,) numbers of a strip, in the order of `NAMES`."""
    images = strip.images.astype(np.float32)
    grey = np.stack([cv2.GaussianBlur(image @ _GREY, (3, 3), 0.7) for image in images])
    inside = strip.inside if strip.inside.sum() > _LEAST_PIXELS else np.ones_like(strip.inside)
    around = ~inside if (~inside).sum() > 3 * _LEAST_PIXELS else np.ones_like(inside)
    steps = np.diff(grey, axis=0)
    noise = float(np.median(np.abs(steps[:, around]))) + 0.5
    inner = grey[:, inside]
    colours = _colours(images, inside, around)
    brighter, varies = _brighter(grey, inside, around)
    brightness, outer = float(inner.mean()), float(grey[:, around].mean())
    told = (
        *_steps(steps[:, inside], inner, noise),
        *_modes(inner),
        *_slopes(grey, inside, around),
        *colours,
        brighter,
        varies,
        *_drift(grey - grey.mean(axis=0)),
        _one_picture(inner),
        brightness / 128.0,
        abs(brightness - outer) / 30.0,
        colours[2] * (1.0 - colours[4]),
        noise / 3.0,
    )
    return np.array(told, np.float32)


def _steps(steps: Floats, inner: Floats, noise: float) -> tuple[float, ...]:
    energy = np.sqrt((steps**2).mean(axis=1))
    usual = float(np.median(energy))
    whole = float(np.sqrt(((inner[-1] - inner[0]) ** 2).mean()))
    return (
        float(np.log(max(usual, 1e-3) / noise)),
        float(np.log((energy.max() + 1e-3) / (usual + 0.3))),
        float(np.log(energy.min() / noise + 0.1)),
        float(np.log((whole + 0.5) / (usual + 0.5))),
    )


def _modes(inner: Floats) -> tuple[float, float]:
    """Return which share of the squared change its first and its first two singular vectors hold."""
    shares = np.linalg.svd(inner - inner.mean(axis=0), compute_uv=False) ** 2
    whole = float(shares.sum()) + 1e-3
    return float(shares[0]) / whole, float(shares[:2].sum()) / whole


def _slopes(grey: Floats, inside: NDArray[np.bool_], around: NDArray[np.bool_]) -> tuple[float, float]:
    slope = np.abs(np.diff(grey, axis=2))[:, :-1, :] + np.abs(np.diff(grey, axis=1))[:, :, :-1]
    inner, outer = slope[:, inside[:-1, :-1]], slope[:, around[:-1, :-1]]
    sharpness = np.log((inner.mean() + 0.5) / (outer.mean() + 0.5))
    return float(sharpness), float(np.log(np.percentile(inner, 95) + 1.0))


def _colours(images: Floats, inside: NDArray[np.bool_], around: NDArray[np.bool_]) -> tuple[float, ...]:
    blue, green, red = (images[..., channel] for channel in range(3))
    most = images.max(axis=3)
    saturation = (most - images.min(axis=3)) / (most + 1.0)
    mean = float(saturation[:, inside].mean())
    hot = (red > 150) & (red > green + 12) & (green > blue + 5)
    shares = hot[:, inside].mean(axis=1)
    either = (hot[1:] | hot[:-1]).sum(axis=(1, 2))
    stays = float(((hot[1:] & hot[:-1]).sum(axis=(1, 2)) / np.maximum(either, 1)).mean()) if hot.any() else 1.0
    return mean, mean - float(saturation[:, around].mean()), float(np.median(shares)), float(shares.std()), stays


def _brighter(grey: Floats, inside: NDArray[np.bool_], around: NDArray[np.bool_]) -> tuple[float, float]:
    brightness = grey[:, inside].mean(axis=1)
    return float((brightness - grey[:, around].mean(axis=1)).mean()) / 50.0, float(brightness.std()) / 20.0


def _one_picture(inner: Floats) -> float:
    differs = np.abs(inner - np.median(inner, axis=0)).mean(axis=1)
    return float(np.log((differs.max() + 1e-3) / (np.median(differs) + 0.3)))


def _drift(change: Floats) -> tuple[float, float]:
    """Return how far the change moves from picture to picture, and how much of it does: the peak of the correlation."""
    spectrum = np.fft.fft2(change * _HANN)
    product = (spectrum[1:] * np.conj(spectrum[:-1])).sum(axis=0)
    power = float((np.abs(spectrum) ** 2).sum()) / SIDE_PX**2 + 1e-3
    correlation = np.real(np.fft.ifft2(product)) / power
    down, across = np.unravel_index(int(np.argmax(correlation)), correlation.shape)
    half = SIDE_PX // 2
    moved = np.hypot((down + half) % SIDE_PX - half, (across + half) % SIDE_PX - half)
    return float(moved) / 8.0, 10.0 * float(correlation.max())
