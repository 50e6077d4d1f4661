"""What shines, blinks or glows and is no fire: lamps, brake lights, beacons, reflections, sunset; and shadows."""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from missions.detection import Box
from sitl.render.blending import Image, shone
from sitl.render.confusers import Path
from sitl.render.look import fractal_noise
from sitl.render.plume import chances
from sitl.render.view import View

Array = NDArray[np.float64]

_LEAST_LIGHT: Final = 0.05
_SHADOW_PX: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When a light shines: from `on_at_s`, and with a `period_s` only for `duty` of each."""

    on_at_s: float = -1e9
    period_s: float = 0.0
    duty: float = 1.0
    rise_s: float = 0.05
    ripple: float = 0.0
    """Share by which it trembles, as mains lamps and worn ones do."""

    def at(self, t_s: float) -> float:
        """Return its strength, 0..1."""
        since_s = t_s - self.on_at_s
        if self.period_s > 0 and since_s >= 0:
            since_s %= self.period_s
            if since_s > self.duty * self.period_s:
                return 0.0
        trembling = 1.0 - self.ripple * (0.5 + 0.5 * math.sin(61.0 * t_s))
        return float(np.clip(since_s / self.rise_s, 0.0, 1.0)) * trembling


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lamps:
    """One or several lights that belong together: a street lamp, brake lights, a beacon."""

    name: str
    place: Path
    offsets_m: Array
    """(N, 3) of each light from the place."""
    colour_bgr: tuple[float, float, float]
    """Grey levels added in the middle; more than 255 saturates."""
    radius_m: float
    glow_m: float
    """How far it lights up its surroundings, weakly."""
    timing: Timing
    takes_turns: bool = False
    """The second light shines while the first is dark."""
    wet: float = 0.0
    """How much of it a wet road reflects, 0..1, in a streak towards the camera that trembles."""
    seed: int = 0

    def draw(self, image: Image, view: View, t_s: float, wind_m_s: Array) -> Box | None:  # noqa: ARG002 - a port
        """Draw it into a picture."""
        spots_m = self.place(np.array([t_s])) + self.offsets_m
        uv, distance = view.seen(spots_m)
        boxes = []
        for number in range(len(spots_m)):
            if not np.isfinite(uv[number]).all():
                continue
            late_s = 0.5 * self.timing.period_s if self.takes_turns and number % 2 else 0.0
            strength = self.timing.at(t_s + late_s)
            per_m = view.camera.focal_px / float(distance[number])
            middle, radius = (float(uv[number, 0]), float(uv[number, 1])), self.radius_m * per_m
            if strength > _LEAST_LIGHT:
                light = np.array(self.colour_bgr) * strength
                shone(image, middle, (radius, radius), light)
                shone(image, middle, (self.glow_m * per_m, self.glow_m * per_m), 0.12 * light)
                self._mirror(image, middle, per_m, light, t_s)
            reach = max(radius, 3.0)
            boxes.append((middle[0] - reach, middle[1] - reach, middle[0] + reach, middle[1] + reach))
        return _joined(boxes, image)

    def _mirror(self, image: Image, middle: tuple[float, float], per_m: float, light: Array, t_s: float) -> None:
        """Draw the streak on the wet road below the light, in pieces that come and go with the ripples."""
        if self.wet <= 0.0:
            return
        chance = chances(np.arange(7) + 7 * int(t_s * 6.0), self.seed)
        for piece in range(7):
            down_px = (0.6 + 0.5 * piece) * per_m
            aside_px = float(chance[piece, 0] - 0.5) * 0.25 * per_m
            wide, high = (0.15 + 0.2 * float(chance[piece, 1])) * per_m, (0.2 + 0.3 * float(chance[piece, 2])) * per_m
            share = self.wet * (0.3 + 0.7 * float(chance[piece, 3])) * (1.0 - piece / 8.0)
            shone(image, (middle[0] + aside_px, middle[1] + down_px), (wide, high), share * light)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sunset:
    """A low sun: an orange wash from one side of the picture, and glints that flash up as the camera moves."""

    name: str
    glints_m: Array
    """(N, 3) places of windows, roofs and puddles."""
    wash: float
    from_rad: float
    """Side of the picture it comes from."""
    seed: int

    def draw(self, image: Image, view: View, t_s: float, wind_m_s: Array) -> Box | None:  # noqa: ARG002 - a port
        """Draw it into a picture."""
        height, width = image.shape[:2]
        x, y = np.linspace(-1, 1, width), np.linspace(-1, 1, height)[:, None]
        side = np.clip(0.5 + 0.5 * (x * math.cos(self.from_rad) + y * math.sin(self.from_rad)), 0, 1) ** 2
        tint = (self.wash * side)[:, :, None] * np.array([10.0, 75.0, 150.0])
        image[:, :, :3] = np.clip(image[:, :, :3] * (1.0 - 0.3 * self.wash) + tint, 0, 255).astype(np.uint8)
        uv, distance = view.seen(self.glints_m)
        bearing = np.arctan2(*(self.glints_m - view.origin_m)[:, :2].T)
        boxes = []
        for number in np.flatnonzero(np.isfinite(uv).all(axis=1)):
            tilt = 6.3 * float(chances(np.array([number]), self.seed)[0, 0]) - math.pi
            off = math.remainder(40.0 * (float(bearing[number]) - tilt), 2 * math.pi)
            strength = math.exp(-1.5 * off * off)
            reach = 0.5 * view.camera.focal_px / float(distance[number])
            middle = (float(uv[number, 0]), float(uv[number, 1]))
            shone(image, middle, (reach, 0.7 * reach), strength * np.array([150.0, 260.0, 330.0]))
            boxes.append((middle[0] - reach, middle[1] - reach, middle[0] + reach, middle[1] + reach))
        return _joined(boxes, image)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CloudShadow:
    """The shadow of a cloud, which wanders over the ground."""

    name: str
    middle_m: Array
    """(2,) at time 0."""
    size_m: float
    darkness: float
    speed_m_s: Array
    """(2,)"""
    seed: int

    def draw(self, image: Image, view: View, t_s: float, wind_m_s: Array) -> Box | None:  # noqa: ARG002 - a port
        """Draw it into a picture."""
        corner = self.middle_m + self.speed_m_s * t_s + self.size_m * np.array([-0.5, 0.5])
        matrix = view.image_from_mosaic(corner, self.size_m / _SHADOW_PX)
        height, width = image.shape[:2]
        mask = cv2.warpPerspective(_shadow(self.seed % 5), matrix, (width, height), flags=cv2.INTER_LINEAR)
        image[:, :, :3] = (image[:, :, :3] * (1.0 - self.darkness * mask)[:, :, None]).astype(np.uint8)
        found = np.argwhere(mask > 0.3)
        if not len(found):
            return None
        (y0, x0), (y1, x1) = found.min(axis=0), found.max(axis=0)
        return Box(float(x0), float(y0), float(x1) + 1.0, float(y1) + 1.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cloth:
    """A sheet, tarpaulin or flag, white or orange, that flutters at its edges."""

    name: str
    place_m: Array
    """(3,)"""
    size_m: tuple[float, float]
    colour_bgr: tuple[float, float, float]
    flutter: float
    turn_rad: float
    seed: int

    def draw(self, image: Image, view: View, t_s: float, wind_m_s: Array) -> Box | None:  # noqa: ARG002 - a port
        """Draw it into a picture."""
        across = np.linspace(-0.5, 0.5, 7)
        wide, high = self.size_m
        edge = np.concatenate([[(x, -0.5) for x in across], [(x, 0.5) for x in across[::-1]]])
        phase = 7.0 * t_s + 5.0 * edge[:, 0] + self.seed
        flat = edge * (wide, high)
        flat[:, 1] += self.flutter * 0.15 * high * np.sin(phase) * (edge[:, 0] + 0.5)
        cos, sin = math.cos(self.turn_rad), math.sin(self.turn_rad)
        points = np.column_stack([flat @ np.array([[cos, -sin], [sin, cos]]).T, np.zeros(len(flat))]) + self.place_m
        uv, _ = view.seen(points)
        if not np.isfinite(uv).all():
            return None
        light = 1.0 + self.flutter * 0.06 * math.sin(7.0 * t_s + self.seed)
        colour = [min(255.0, channel * light) for channel in self.colour_bgr]
        cv2.fillPoly(image, [np.round(uv * 16).astype(np.int32)], (*colour, 0.0), cv2.LINE_AA, 4)
        (u0, v0), (u1, v1) = uv.min(axis=0), uv.max(axis=0)
        return _joined([(float(u0), float(v0), float(u1), float(v1))], image)


def _joined(boxes: list[tuple[float, float, float, float]], image: Image) -> Box | None:
    """Return the box round the boxes, clipped to the picture."""
    if not boxes:
        return None
    height, width = image.shape[:2]
    edges = np.array(boxes)
    (x1, y1), (x2, y2) = edges[:, :2].min(axis=0), edges[:, 2:].max(axis=0)
    x1, y1, x2, y2 = max(x1, 0.0), max(y1, 0.0), min(x2, width), min(y2, height)
    return Box(float(x1), float(y1), float(x2), float(y2)) if x1 < x2 - 1 and y1 < y2 - 1 else None


def _shadow(variant: int) -> NDArray[np.float32]:
    """Return a soft patch with ragged edges, (256, 256), 0..1."""
    noise = fractal_noise(_SHADOW_PX, np.random.default_rng([variant, 0x35]), octaves=4)
    y, x = np.mgrid[-1 : 1 : _SHADOW_PX * 1j, -1 : 1 : _SHADOW_PX * 1j]
    return np.asarray(np.clip(2.2 * (0.75 - np.hypot(x, y) + 0.16 * noise), 0, 1), np.float32)
