"""Drawn smoke and flames."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from vision.registration import Floats
from vision.second_look.drawn.textures import TILE_PX, X, Y, box_of, cloudy, laid_over, shifted, steps_of
from vision.second_look.strip import SIDE_PX, Strip

_YOUNG_SHARE = 0.35
"""Of the plumes: their front is still on its way."""
_BEFORE_STRIP = 8.0
"""Steps by which a front has started before the newest picture, at age 0."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Axis:
    """Where a plume runs: from a source along a direction, through the box."""

    along: Floats
    """(32, 32) from the source, downwind."""
    cross: Floats
    """(32, 32) beside the middle line."""
    length: float
    width: float
    """Of the box, across the wind."""
    downwind: tuple[float, float]


def smoke(strip: Strip, rng: np.random.Generator) -> list[Floats]:
    """Return the strip's pictures under a plume: thin or thick, of any grey, torn or whole, at any speed."""
    axis = _axis(strip, rng)
    first_width, widens = rng.uniform(0.05, 0.35) * axis.width, rng.uniform(0.0, 0.45)
    width = np.maximum(first_width + widens * np.maximum(axis.along, 0.0), 0.8)
    bend = rng.normal(0.0, 0.15) * axis.along**2 / max(axis.length, 4.0)
    sway, wave = rng.uniform(0.0, 0.2) * axis.width, rng.uniform(0.6, 2.0) * axis.length
    speed, turns = rng.uniform(0.8, 14.0), rng.uniform(0.2, 1.6)
    cells = int(rng.integers(2, 7))
    one, other = cloudy(rng, TILE_PX, cells), cloudy(rng, TILE_PX, cells)
    gaps, soft, thick = rng.uniform(-0.8, 0.5), rng.uniform(0.25, 1.2), rng.uniform(0.12, 0.95)
    age = rng.uniform(-2.0, 20.0) if rng.random() < _YOUNG_SHARE else None
    colour = rng.uniform(40.0, 240.0) + rng.normal(0.0, 5.0, 3)
    shade, fades, phase = rng.uniform(0.0, 30.0), rng.uniform(0.3, 1.5), rng.uniform(0.0, 6.0)
    x, y = rng.uniform(0.0, TILE_PX, 2)
    reach = np.clip((axis.along + 1.5) / 2.5, 0.0, 1.0)
    reach *= np.exp(-np.maximum(axis.along, 0.0) / max(axis.length * fades, 2.0))
    pictures = []
    for image, step in zip(strip.images, steps_of(strip), strict=True):
        moved = speed * step
        share = 0.5 + 0.5 * np.sin(turns * step + phase)
        u, v = x - axis.downwind[0] * moved, y - axis.downwind[1] * moved
        texture = share * shifted(one, u, v) + (1.0 - share) * shifted(other, u + 7.0, v + 3.0)
        middle = bend + sway * np.sin(2.0 * np.pi * (axis.along - moved) / wave)
        cover = thick * expit(3.0 * (texture - gaps) / soft) * reach * np.exp(-(((axis.cross - middle) / width) ** 2))
        if age is not None:
            cover *= np.clip((speed * (age + _BEFORE_STRIP + step) - axis.along) / 3.0 + 0.5, 0.0, 1.0)
        pictures.append(laid_over(image, cover, colour + shade * (texture - 0.2)[..., None]))
    return pictures


def _axis(strip: Strip, rng: np.random.Generator) -> _Axis:
    x1, y1, x2, y2 = box_of(strip)
    wide, high = x2 - x1, y2 - y1
    angle = rng.uniform(0.0, 2.0 * np.pi)
    right, down = float(np.cos(angle)), float(np.sin(angle))
    length = (abs(right) * wide + abs(down) * high) * rng.uniform(0.6, 1.2)
    x, y = (x1 + x2) / 2 - right * length / 2, (y1 + y2) / 2 - down * length / 2
    return _Axis(
        along=(X - x) * right + (Y - y) * down,
        cross=(Y - y) * right - (X - x) * down,
        length=length,
        width=abs(down) * wide + abs(right) * high,
        downwind=(right, down),
    )


def fire(strip: Strip, rng: np.random.Generator) -> list[Floats]:
    """Return the strip's pictures with flames: a ragged bright core, a rim, a glow, another shape in every picture."""
    x1, y1, x2, y2 = box_of(strip)
    wide, high = x2 - x1, y2 - y1
    x, y = (x1 + x2) / 2 + rng.normal(0.0, 0.08) * wide, (y1 + y2) / 2 + rng.normal(0.0, 0.08) * high
    across, down = wide * rng.uniform(0.2, 0.5), high * rng.uniform(0.2, 0.5)
    core = np.array([rng.uniform(60.0, 230.0), rng.uniform(170.0, 255.0), 255.0])
    rim = np.array([rng.uniform(0.0, 60.0), rng.uniform(60.0, 150.0), rng.uniform(200.0, 255.0)])
    bright, soft = rng.uniform(0.55, 1.0), rng.uniform(0.15, 0.6)
    glow, rough = rng.uniform(0.0, 60.0), rng.uniform(0.3, 0.9)
    glows = np.exp(-(((X - x) / (2 * across + 2)) ** 2 + ((Y - y) / (2 * down + 2)) ** 2))
    size, pictures = 1.0, []
    for image in strip.images:
        texture = cloudy(rng, SIDE_PX, int(rng.integers(3, 7)))
        size = float(np.clip(size + rng.normal(0.0, 0.15), 0.55, 1.45))
        u, v = x + wide * rng.normal(0.0, 0.07), y + high * rng.normal(0.0, 0.07)
        depth = 1.0 - np.hypot((X - u) / (across * size), (Y - v) / (down * size)) + 0.6 * rough * texture
        cover = expit(3.0 * depth / soft) * np.clip(bright + rng.normal(0.0, 0.06), 0.0, 1.0)
        lit = image + (glow * size * glows)[..., None] * (0.2, 0.5, 1.0)
        pictures.append(laid_over(lit, cover, rim + (core - rim) * np.clip(depth, 0.0, 1.0)[..., None]))
    return pictures
