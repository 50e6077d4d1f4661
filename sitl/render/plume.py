"""Smoke and flames as many soft puffs, summed into one optical depth and blended once."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.city_incidents import Plume
from sitl.render.look import fractal_noise

Array = NDArray[np.float64]
Floats = NDArray[np.float32]

_PUFF_EVERY_S: Final = 0.16
_LIFE_S: Final = 13.0
_FLAME_EVERY_S: Final = 0.05
_FLAME_LIFE_S: Final = 0.8
_PUFF_PX: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Puffs:
    """Puffs of one plume at one instant."""

    middle_m: Array
    """(N, 3)"""
    radius_m: Array
    depth: Array
    """(N,) optical depth through the middle."""
    sprite: NDArray[np.int64]
    heat: Array
    """(N,) 1 freshly burning, 0 burnt out; smoke has 0."""


def smoke_puffs(plume: Plume, wind_m_s: Array) -> Puffs:
    """Return the smoke: puffs that leave the source one after the other, rise, spread, thin and drift with the wind."""
    last = int(plume.age_s / _PUFF_EVERY_S)
    first = max(0, last - int(_LIFE_S / _PUFF_EVERY_S))
    number = np.arange(first, last + 1)
    age = np.maximum(plume.age_s - number * _PUFF_EVERY_S, 0.0)
    chance = chances(number, plume.seed)
    strength = np.clip(0.45 + number * _PUFF_EVERY_S / 12.0, 0, 1) * plume.vigour
    rise = (2.8 * (1 - np.exp(-age / 2.5)) + 0.6 * age) * (0.8 + 0.4 * chance[:, 0])
    sheltered = np.clip(0.22 + rise / 22.0, 0, 0.6)  # between houses the wind is weak near the ground
    drift = wind_m_s[None, :] * (age * sheltered)[:, None]
    swirl = np.column_stack([np.sin(0.9 * age + 6.3 * chance[:, 1]), np.cos(0.8 * age + 6.3 * chance[:, 2])])
    spread = 0.2 + 0.26 * np.power(age, 0.75)
    middle = np.column_stack([drift + swirl * (0.10 + 0.22 * age)[:, None], rise])
    middle += [plume.x_m, plume.y_m, plume.z_m]
    fade = np.clip(age / 0.25, 0, 1) * np.clip((_LIFE_S - age) / 6.0, 0, 1)
    depth = 1.9 * strength * fade / (1.0 + 0.42 * age)
    return Puffs(
        middle_m=middle,
        radius_m=spread * (0.75 + 0.5 * chance[:, 3]) * np.sqrt(strength),
        depth=depth,
        sprite=number % 8,
        heat=np.zeros(len(number)),
    )


def flame_puffs(plume: Plume, wind_m_s: Array) -> Puffs:
    """Return the flames: short-lived tongues that rise quickly and shrink."""
    last = int(plume.age_s / _FLAME_EVERY_S)
    number = np.arange(max(0, last - int(_FLAME_LIFE_S / _FLAME_EVERY_S)), last + 1)
    age = np.maximum(plume.age_s - number * _FLAME_EVERY_S, 0.0)
    chance = chances(number, plume.seed + 1)
    size = np.clip(0.5 + plume.age_s / 10.0, 0, 1.25) * plume.vigour
    left = np.clip(1 - age / (_FLAME_LIFE_S * (0.6 + 0.4 * chance[:, 0])), 0, 1)
    spot = (chance[:, 1:3] - 0.5) * np.array([0.9, 0.9]) * size * (0.4 + 0.6 * left)[:, None]
    middle = np.column_stack([spot + wind_m_s[None, :] * (age * 0.25)[:, None], 2.6 * age * size])
    middle += [plume.x_m, plume.y_m, plume.z_m - 0.3]
    return Puffs(
        middle_m=middle,
        radius_m=(0.18 + 0.34 * left * (0.5 + chance[:, 3])) * size,
        depth=1.4 * left,
        sprite=number % 8,
        heat=left,
    )


def chances(number: NDArray[np.int64], seed: int) -> Array:
    """Return (N, 4) random numbers 0..1 that depend on the puff's number and the seed alone."""
    start = np.uint64((seed * 0x9E3779B97F4A7C15 + 0x1234567) & 0xFFFFFFFFFFFF)
    lane = np.arange(4, dtype=np.uint64)
    mixed: NDArray[np.uint64] = number[:, None].astype(np.uint64) * np.uint64(4) + lane + start
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    unit: Array = (mixed >> np.uint64(11)).astype(float) / 2.0**53
    return unit


@cache
def _sprites() -> tuple[Floats, ...]:
    """Return eight soft, ragged discs of height 1."""
    y, x = np.mgrid[-1 : 1 : _PUFF_PX * 1j, -1 : 1 : _PUFF_PX * 1j]
    discs = []
    for number in range(8):
        noise = fractal_noise(_PUFF_PX, np.random.default_rng([number, 0x31]), octaves=5)
        soft = np.clip(1 - (x * x + y * y), 0, 1) ** 1.2 * np.clip(0.75 + 0.75 * noise, 0, 2.4)
        discs.append((soft / soft.max()).astype(np.float32))
    return tuple(discs)


def summed(
    uv_px: Array, radius_px: Array, puffs: Puffs, weights: list[Array], *, scale: int, size: tuple[int, int]
) -> tuple[tuple[int, int, int, int], list[Floats]] | None:
    """Return the region (x0, y0, x1, y1) that the puffs touch and, at 1/scale of its pixels, one sum per weight.

    None where no puff touches a picture of `size` (width, height).
    """
    seen = np.isfinite(uv_px).all(axis=1)
    if not seen.any():
        return None
    low = np.floor((uv_px - radius_px[:, None])[seen].min(axis=0) / scale) * scale
    high = np.ceil((uv_px + radius_px[:, None])[seen].max(axis=0) / scale) * scale
    x0, y0 = (int(v) for v in np.clip(low, 0, size))
    x1, y1 = (int(v) for v in np.clip(high, 0, size))
    x0, y0 = x0 // scale * scale, y0 // scale * scale
    width, height = (x1 - x0) // scale, (y1 - y0) // scale
    if width < 1 or height < 1:
        return None
    sums = [np.zeros((height, width), np.float32) for _ in weights]
    for index in np.flatnonzero(seen):
        _add(
            sums,
            [float(weight[index]) for weight in weights],
            puffs.sprite[index] % 8,
            (uv_px[index] - (x0, y0)) / scale,
            float(radius_px[index]) / scale,
        )
    return (x0, y0, x0 + width * scale, y0 + height * scale), sums


def _add(sums: list[Floats], weights: list[float], sprite: int, middle: Array, radius: float) -> None:
    """Add one disc to each sum, at whole pixels (the discs are soft and the sum is blurred by their number)."""
    side = max(2, round(2 * radius))
    left, top = round(middle[0] - side / 2), round(middle[1] - side / 2)
    height, width = sums[0].shape
    a, b, c, d = max(0, left), max(0, top), min(width, left + side), min(height, top + side)
    if a >= c or b >= d:
        return
    disc = cv2.resize(_sprites()[sprite], (side, side), interpolation=cv2.INTER_LINEAR)
    part = disc[b - top : d - top, a - left : c - left]
    for total, weight in zip(sums, weights, strict=True):
        view = total[b:d, a:c]
        cv2.scaleAdd(part, weight, view, view)


def extents(mask: NDArray[np.bool_], region: tuple[int, int, int, int], scale: int) -> tuple[int, int, int, int] | None:
    """Return the pixel box of a mask that was made at 1/scale of a region; None where it is empty."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    if not len(columns):
        return None
    x0, y0 = region[:2]
    return (
        x0 + int(columns[0]) * scale,
        y0 + int(rows[0]) * scale,
        x0 + (int(columns[-1]) + 1) * scale,
        y0 + (int(rows[-1]) + 1) * scale,
    )
