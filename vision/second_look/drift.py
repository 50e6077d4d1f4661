"""Which way a plume drifts in the picture: what changes in a strip, found again a little farther on."""

from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.second_look.strip import SIDE_PX, Strip

_GREY: Final = np.array([0.114, 0.587, 0.299])
_HANN: Final = np.outer(np.hanning(SIDE_PX), np.hanning(SIDE_PX))
_REACH_PX: Final = 9
"""So far from picture to picture the change is looked for."""
_MOST_PX: Final = 3.5
"""What goes farther, a fifth of the box, is traffic that passes."""
_LEAST_PEAK: Final = 0.1
"""Share of the change that must be found again."""
_LEAST_PX: Final = 0.5
_LOOKS: Final = 8
_LEAST_LOOKS: Final = 3
_LEAST_ACCORD: Final = 0.8
"""Length of the mean of the directions, each of length 1: about 37 degrees of scatter."""


class DriftWind:
    """The wind where plumes are, by which way they drifted in the last pictures."""

    def __init__(self) -> None:
        self._toward: deque[NDArray[np.float64]] = deque(maxlen=_LOOKS)

    def take(self, drift_m_s: NDArray[np.float64]) -> None:
        """Take the (2,) drift of a plume over the ground, east and north."""
        length = float(np.linalg.norm(drift_m_s))
        if np.isfinite(length) and length > 0.0:
            self._toward.append(drift_m_s / length)

    @property
    def upwind(self) -> NDArray[np.float64] | None:
        """The (2,) unit vector towards where the wind comes from; None while too little was seen, or no accord."""
        if len(self._toward) < _LEAST_LOOKS:
            return None
        mean = np.mean(self._toward, axis=0)
        length = float(np.linalg.norm(mean))
        return np.asarray(-mean / length, float) if length >= _LEAST_ACCORD else None


def drift_of(strip: Strip) -> NDArray[np.float64] | None:
    """Return the (2,) drift of what changes, full-size pixels per second, right and down; None where it has none.

    The correlations of all pictures with the next are added up before their peak is looked for, so that what swirls
    about cancels out and what drifts does not.
    """
    grey = strip.images.astype(float) @ _GREY
    change = (grey - grey.mean(axis=0)) * _HANN
    spectrum = np.fft.fft2(change)
    power = float((np.abs(spectrum) ** 2).sum()) / len(grey) * (len(grey) - 1)
    product = (spectrum[1:] * np.conj(spectrum[:-1])).sum(axis=0)
    correlation = np.fft.fftshift(np.real(np.fft.ifft2(product))) * SIDE_PX**2 / max(power, 1e-9)
    half = SIDE_PX // 2
    near = correlation[half - _REACH_PX : half + _REACH_PX + 1, half - _REACH_PX : half + _REACH_PX + 1]
    peak = float(near.max())
    if peak < _LEAST_PEAK:
        return None
    weight = np.clip(near - 0.6 * peak, 0.0, None)
    places = np.arange(-_REACH_PX, _REACH_PX + 1)
    moved_px = np.array([float((weight.sum(axis=0) * places).sum()), float((weight.sum(axis=1) * places).sum())])
    moved_px /= float(weight.sum())
    if not _LEAST_PX <= float(np.hypot(*moved_px)) <= _MOST_PX:
        return None
    step_s = float(np.diff(strip.times_s).mean())
    return np.asarray(moved_px * strip.px_per_px / step_s, float)
