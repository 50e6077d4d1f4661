"""What rises, drifts or veils and is no smoke: fog, steam, dust, exhaust, low cloud. Soft puffs, as smoke is."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from missions.detection import Box
from sitl.render.blending import Image, blended
from sitl.render.plume import Puffs, chances, extents, summed
from sitl.render.view import View

Array = NDArray[np.float64]

_EVERY_S: Final = 0.12
_SEEN_COVER: Final = 0.1
"""From which something can be told from the background."""


class Confuser(Protocol):
    """Something that is taken for smoke or fire."""

    @property
    def name(self) -> str:
        """What it is."""
        ...

    def draw(self, image: Image, view: View, t_s: float, wind_m_s: Array) -> Box | None:
        """Draw it into a (H, W, 4) picture; return the box of what is seen of it."""
        ...


class Path(Protocol):
    """Where something was."""

    def __call__(self, t_s: Array) -> Array:
        """Return the (N, 3) ENU places at (N,) times."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bank:
    """Fog, or a low cloud between camera and street: large puffs that keep their shape and go with the wind."""

    name: str
    middle_m: Array
    """(3,) at `since_s`."""
    since_s: float
    spread_m: float
    radius_m: float
    depth: float
    count: int
    grey: float
    wind_share: float
    """Of the wind's speed at which it drifts."""
    seed: int

    def draw(self, image: Image, view: View, t_s: float, wind_m_s: Array) -> Box | None:
        """Draw it into a picture."""
        chance = chances(np.arange(self.count), self.seed)
        apart = (chance[:, :3] - 0.5) * np.array([2.0, 2.0, 0.25]) * self.spread_m
        drift = np.append(self.wind_share * wind_m_s * (t_s - self.since_s), 0.0)
        breath = 1.0 + 0.12 * np.sin(0.5 * t_s + 6.3 * chance[:, 3])
        middle = self.middle_m + drift + apart
        middle[:, 2] = np.maximum(middle[:, 2], 0.5)
        puffs = Puffs(
            middle_m=middle,
            radius_m=self.radius_m * (0.6 + 0.8 * chance[:, 3]) * breath,
            depth=np.full(self.count, self.depth) * (0.6 + 0.8 * chance[:, 0]),
            sprite=np.arange(self.count) % 8,
            heat=np.zeros(self.count),
        )
        return _drawn(image, view, puffs, np.array([1.0, 0.99, 0.98]) * 255.0 * self.grey, scale=4)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Jet:
    """Steam from a vent, exhaust of an engine, dust behind wheels: puffs that leave a source, which may move."""

    name: str
    source: Path
    life_s: float
    rise_m_s: float
    """When it leaves; it slows down within a second."""
    born_radius_m: float
    growth_m_s: float
    depth: float
    colour_bgr: tuple[float, float, float]
    wind_share: float
    seed: int
    on_s: float = 1e9
    off_s: float = 0.0
    """It comes in bursts: so long on, so long off."""
    began_s: float = -1e9

    def draw(self, image: Image, view: View, t_s: float, wind_m_s: Array) -> Box | None:
        """Draw it into a picture."""
        last = int(np.floor(t_s / _EVERY_S))
        number = np.arange(last - int(self.life_s / _EVERY_S), last + 1)
        born_s = number * _EVERY_S
        chance = chances(number, self.seed)
        age = np.maximum(t_s - born_s, 0.0)
        left = np.clip(1.0 - age / (self.life_s * (0.7 + 0.3 * chance[:, 0])), 0, 1)
        blows = (born_s >= self.began_s) & ((born_s % (self.on_s + self.off_s)) < self.on_s)
        rise = self.rise_m_s * (1.0 - np.exp(-1.1 * age)) / 1.1
        drift = self.wind_share * wind_m_s[None, :] * (age * np.clip(0.4 + rise / 4.0, 0, 1))[:, None]
        stir = (chance[:, 1:3] - 0.5) * (0.3 + 0.9 * age)[:, None] * self.growth_m_s * 1.6
        middle = self.source(np.asarray(born_s, np.float64)) + np.column_stack([drift + stir, rise])
        puffs = Puffs(
            middle_m=middle,
            radius_m=(self.born_radius_m + self.growth_m_s * np.power(age, 0.8)) * (0.7 + 0.6 * chance[:, 3]),
            depth=np.where(blows, self.depth * left**1.3 * np.clip(age / 0.1, 0, 1), 0.0),
            sprite=np.abs(number) % 8,
            heat=np.zeros(len(number)),
        )
        return _drawn(image, view, puffs, np.array(self.colour_bgr), scale=2)


def _drawn(image: Image, view: View, puffs: Puffs, colour_bgr: Array, *, scale: int) -> Box | None:
    uv, distance = view.seen(puffs.middle_m)
    radius = puffs.radius_m * 1.35 / distance * view.camera.focal_px
    seen = np.isfinite(radius) & (puffs.depth > 0)
    uv[~seen] = np.nan
    size = (image.shape[1], image.shape[0])
    found = summed(uv, np.where(seen, radius, 1.0), puffs, [puffs.depth], scale=scale, size=size)
    if found is None:
        return None
    region, (depth,) = found
    cover = np.asarray(1.0 - np.exp(-depth), np.float32)
    shading = 0.94 + 0.06 * np.minimum(depth, 1.0)
    blended(image, region, cover, shading[:, :, None] * colour_bgr.astype(np.float32))
    box = extents(cover > _SEEN_COVER, region, scale)
    return Box(*(float(edge) for edge in box)) if box is not None else None


def standing_at(place_m: Array) -> Path:
    """Return the path of what stays at a (3,) place."""

    def path(t_s: Array) -> Array:
        return np.broadcast_to(place_m, (len(t_s), 3))

    return path


def along(start_m: Array, velocity_m_s: Array, *, z_m: float) -> Path:
    """Return the path of what goes straight: (2,) place at time 0 and velocity."""

    def path(t_s: Array) -> Array:
        flat: Array = start_m[None, :] + velocity_m_s[None, :] * t_s[:, None]
        return np.column_stack([flat, np.full(len(t_s), z_m)])

    return path
