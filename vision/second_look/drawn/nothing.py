"""Drawn changes that are neither smoke nor fire, and what the registration of pictures leaves over."""

from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.special import expit

from vision.registration import Floats
from vision.second_look.drawn.textures import (
    MIDDLE_PX,
    TILE_PX,
    X,
    Y,
    bent,
    box_of,
    cloudy,
    laid_over,
    shifted,
    steps_of,
    within_box,
)
from vision.second_look.strip import SIDE_PX, Strip

_TURN: Final = 2.0 * np.pi


def shadow(strip: Strip, rng: np.random.Generator) -> list[Floats]:
    """Return the pictures under a shadow's edge, or a band of shadow, that moves over them."""
    angle, off, speed = rng.uniform(0.0, _TURN), rng.uniform(-16.0, 16.0), rng.uniform(-8.0, 8.0)
    light, soft = rng.uniform(0.35, 0.85), rng.uniform(0.5, 6.0)
    ragged = cloudy(rng, SIDE_PX, 3) * rng.uniform(0.0, 3.0)
    band = rng.uniform(4.0, 25.0) if rng.random() < 0.5 else None
    toward = (X - MIDDLE_PX) * np.cos(angle) + (Y - MIDDLE_PX) * np.sin(angle) - off + ragged
    pictures = []
    for image, step in zip(strip.images, steps_of(strip), strict=True):
        behind = toward - speed * step
        cover = expit(behind / soft)
        if band is not None:
            cover *= expit((band - behind) / soft)
        pictures.append(image * (1.0 - (1.0 - light) * cover)[..., None])
    return pictures


def lamps(strip: Strip, rng: np.random.Generator) -> list[Floats]:
    """Return the pictures with one to three lamps that are on, switched on, or blink, by chance or evenly."""
    x1, y1, x2, y2 = box_of(strip)
    pictures = [image.astype(np.float32) for image in strip.images]
    count = len(pictures)
    for _ in range(rng.integers(1, 4)):
        x, y, radius = rng.uniform(x1, x2), rng.uniform(y1, y2), rng.uniform(0.8, 0.35 * max(x2 - x1, 6.0))
        colour = rng.uniform((0.0, 60.0, 150.0), 255.0)
        strength, edge = rng.uniform(0.3, 1.0), rng.uniform(0.8, 3.0)
        burns = (
            np.ones(count),
            (np.arange(count) >= rng.integers(1, count)).astype(float),
            (rng.random(count) < 0.5).astype(float),
            0.5 + 0.5 * np.sin(np.arange(count) * rng.uniform(0.3, 3.0)),
        )[rng.integers(4)]
        spot = strength * np.exp(-((((X - x) ** 2 + (Y - y) ** 2) / radius**2) ** edge))
        pictures = [laid_over(picture, spot * on, colour) for picture, on in zip(pictures, burns, strict=True)]
    return pictures


def passing(strip: Strip, rng: np.random.Generator) -> list[Floats]:
    """Return the pictures with a rectangle that drives through, or in and stops."""
    angle, turn, speed = rng.uniform(0.0, _TURN), rng.normal(0.0, 0.1), rng.uniform(0.3, 12.0)
    length, width, beside = rng.uniform(3.0, 20.0), rng.uniform(2.0, 9.0), rng.normal(0.0, 5.0)
    there, stops = rng.uniform(-7.5, 0.0), rng.random() < 0.4
    colour = rng.uniform(10.0, 250.0) + rng.normal(0.0, 25.0, 3)
    texture = cloudy(rng, TILE_PX, 6) * rng.uniform(0.0, 25.0)
    pictures = []
    for image, step in zip(strip.images, steps_of(strip), strict=True):
        after = min(step - there, 0.0) if stops else step - there
        right, down = np.cos(angle + turn * after), np.sin(angle + turn * after)
        along = (X - MIDDLE_PX) * right + (Y - MIDDLE_PX) * down - speed * after
        across = (Y - MIDDLE_PX) * right - (X - MIDDLE_PX) * down - beside
        cover = expit(2.5 * (length / 2 - np.abs(along))) * expit(2.5 * (width / 2 - np.abs(across)))
        painted = shifted(texture, -speed * after * right, -speed * after * down)
        pictures.append(laid_over(image, cover, colour + painted[..., None]))
    return pictures


def waving(strip: Strip, rng: np.random.Generator) -> list[Floats]:
    """Return the pictures with a cloth in the box, or the box itself, that sways to and fro: also leaves, and water."""
    within = within_box(strip, 3.0)
    texture = cloudy(rng, TILE_PX, int(rng.integers(3, 10))) * rng.uniform(5.0, 45.0)
    colour = rng.uniform(20.0, 235.0) + rng.normal(0.0, 25.0, 3)
    most, often, wave = rng.uniform(0.3, 3.0), rng.uniform(0.3, 3.0), rng.uniform(6.0, 40.0)
    angle, cloth = rng.uniform(0.0, _TURN), rng.random() < 0.6
    phase = _TURN * (X * np.cos(angle) + Y * np.sin(angle)) / wave
    pictures = []
    for image, step in zip(strip.images, steps_of(strip), strict=True):
        sway = most * np.sin(often * step + phase)
        if cloth:
            swaying = bent(texture, sway, 0.5 * sway, from_px=MIDDLE_PX)
            pictures.append(laid_over(image, within, colour + swaying[..., None]))
        else:
            pictures.append(bent(image.astype(np.float32), sway * within, 0.5 * sway * within))
    return pictures


def standing_out(strip: Strip, rng: np.random.Generator) -> list[Floats]:
    """Return the pictures with a box that stands higher than the ground, or all badly laid over each other."""
    within = within_box(strip, rng.uniform(1.0, 4.0), margin=0.5) if rng.random() > 0.3 else np.ones_like(X)
    right, down = rng.normal(0.0, 0.5, 2)
    turn, jitter = rng.normal(0.0, 0.012), rng.uniform(0.0, 0.5)
    pictures = []
    for image, step in zip(strip.images, steps_of(strip), strict=True):
        u = right * step + rng.normal(0.0, jitter) + turn * step * (Y - MIDDLE_PX)
        v = down * step + rng.normal(0.0, jitter) - turn * step * (X - MIDDLE_PX)
        pictures.append(bent(image.astype(np.float32), within * u, within * v))
    return pictures


def glitter(strip: Strip, rng: np.random.Generator) -> list[Floats]:
    """Return the pictures with a dozen points at most that glitter, as wet or broken glass does."""
    x1, y1, x2, y2 = box_of(strip)
    count = int(rng.integers(1, 12))
    x, y = rng.uniform(x1, x2, (count, 1, 1)), rng.uniform(y1, y2, (count, 1, 1))
    radius, bright = rng.uniform(0.5, 2.2, (count, 1, 1)), rng.uniform(60.0, 200.0, (count, 1, 1))
    points = bright * np.exp(-((X - x) ** 2 + (Y - y) ** 2) / radius**2)
    uneven = rng.uniform(0.2, 1.0)
    pictures = []
    for image in strip.images:
        seen = np.maximum(rng.normal(0.3, uneven, (count, 1, 1)), 0.0)
        pictures.append(image + (seen * points).sum(axis=0)[..., None] * (0.9, 0.95, 1.0))
    return pictures


NOTHING: Final[tuple[Callable[[Strip, np.random.Generator], list[Floats]], ...]] = (
    shadow,
    lamps,
    passing,
    waving,
    standing_out,
    glitter,
)
