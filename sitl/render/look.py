"""How a city looks on one day: light, haze, colours and textures, all drawn from a seed."""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.render.models import CARGO, CLOTH, DARK, GLASS, GREY, HAIR, LAMP, PAINT, ROOF, SKIN, TAIL, TROUSERS

Array = NDArray[np.float64]
Floats = NDArray[np.float32]
Image = NDArray[np.uint8]

# BGR, as everywhere in OpenCV. White, silver, black and grey are most of what drives.
_PAINTS: Final = (
    (235, 235, 235), (228, 230, 232), (215, 216, 214), (188, 190, 190), (150, 150, 148), (60, 58, 56), (38, 36, 36),
    (30, 30, 150), (40, 38, 190), (130, 70, 30), (170, 110, 40), (60, 110, 150), (70, 120, 60), (30, 150, 220),
    (120, 140, 160),
)  # fmt: skip
_CLOTHES: Final = (
    (40, 40, 45), (60, 60, 170), (170, 90, 40), (225, 225, 225), (70, 160, 230), (50, 130, 60), (120, 60, 130),
    (90, 90, 95), (30, 190, 230), (150, 160, 60),
)  # fmt: skip
_TROUSERS: Final = ((45, 40, 38), (95, 65, 45), (70, 70, 70), (120, 120, 110), (50, 60, 80))
_HAIR: Final = ((25, 25, 28), (30, 32, 40), (60, 60, 190), (225, 225, 230), (40, 150, 220), (30, 30, 32))
_CARGO: Final = ((200, 200, 200), (160, 110, 60), (60, 60, 160), (120, 130, 130), (70, 130, 80))
_FIXED: Final = {
    GLASS: (62, 54, 46), DARK: (28, 28, 28), ROOF: (120, 120, 120), LAMP: (240, 240, 235), TAIL: (40, 40, 170),
    SKIN: (120, 150, 195), GREY: (130, 130, 130),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """One day's light and materials."""

    seed: int
    sun_enu: Array
    """Unit vector towards the sun."""
    shade: float
    """Light left in a shadow, 0..1."""
    haze: float
    """Share of haze at 100 m."""
    exposure: float
    noise: float
    """Standard deviation, grey levels."""
    blur_px: float
    colours: Floats
    """(7, 3) BGR of the surfaces: grass, paved, footway, bay, carriageway, kerb, under houses."""
    grain: Floats
    mottle: Floats
    broad: Floats
    """(7,) amplitudes of fine, middle and broad texture."""
    patch_shade: float
    white: Floats
    yellow: Floats

    @property
    def shadow_per_m(self) -> Array:
        """(2,) how far a shadow falls per metre of height."""
        reach: Array = -self.sun_enu[:2] / self.sun_enu[2]
        return reach


def look_of(seed: int, *, varied: bool = False) -> Look:
    """Return a day's look; `varied` draws from a wider range, for training."""
    rng = np.random.default_rng([seed, 0x10])
    elevation = math.radians(rng.uniform(25 if varied else 38, 75 if varied else 65))
    azimuth = rng.uniform(0, 2 * math.pi)
    overcast = varied and rng.random() < 0.35
    asphalt = float(rng.uniform(70, 130) if varied else rng.uniform(88, 112))
    green = rng.uniform(-12, 12)
    colours = np.array(
        [
            [52 + green, 92 + green, 82 + green * 1.4],
            [138, 144, 148],
            [146, 152, 160],
            [asphalt + 18] * 3,
            [asphalt + 3, asphalt, asphalt - 2],
            [172, 176, 178],
            [80, 80, 80],
        ]
    )
    colours += rng.normal(0, 8 if varied else 3, colours.shape) * np.array([[1], [1], [1], [0.4], [0.3], [0.5], [0]])
    if varied and rng.random() < 0.2:
        colours[0] = [70 + green, 110 + green, 130 + green]  # dry grass and earth
    return Look(
        seed=seed,
        sun_enu=np.array(
            [math.sin(azimuth) * math.cos(elevation), math.cos(azimuth) * math.cos(elevation), math.sin(elevation)]
        ),
        shade=float(rng.uniform(0.85, 0.95) if overcast else rng.uniform(0.45, 0.6)),
        haze=float(rng.uniform(0.0, 0.3) if varied else rng.uniform(0.02, 0.08)),
        exposure=float(rng.uniform(0.75, 1.2) if varied else rng.uniform(0.95, 1.05)),
        noise=float(rng.uniform(1.0, 9.0) if varied else rng.uniform(2.5, 4.0)),
        blur_px=float(rng.uniform(0.4, 1.1) if varied else 0.55),
        colours=colours.astype(np.float32),
        grain=np.array([11, 4, 5, 6, 6, 4, 3], np.float32),
        mottle=np.array([13, 6, 5, 6, 5, 4, 5], np.float32),
        broad=np.array([7, 5, 4, 3, 3, 1, 0], np.float32),
        patch_shade=float(rng.choice([-16.0, -9.0, 10.0])),
        white=np.array([226, 228, 228], np.float32) - float(rng.uniform(0, 25)),
        yellow=np.array([70, 180, 222], np.float32) - float(rng.uniform(0, 25)),
    )


def colours_of(paint: int, kind: str) -> Array:
    """Return the (12, 3) BGR colour of every role for one thing."""
    table = np.zeros((12, 3))
    for role, colour in _FIXED.items():
        table[role] = colour
    paints = _PAINTS if kind == "vehicle" else _PAINTS + _CLOTHES
    table[PAINT] = paints[paint % len(paints)]
    table[CLOTH] = _CLOTHES[paint // 3 % len(_CLOTHES)]
    table[TROUSERS] = _TROUSERS[paint // 7 % len(_TROUSERS)]
    table[HAIR] = _HAIR[paint // 11 % (len(_HAIR) if kind == "two_wheeler" else 2)]
    table[CARGO] = _CARGO[paint // 5 % len(_CARGO)]
    return table


def fractal_noise(size: int, rng: np.random.Generator, *, octaves: int) -> Floats:
    """Return (size, size) noise of mean 0 and deviation about 1 that continues across its edges."""
    total = np.zeros((size, size), np.float32)
    for octave in range(octaves):
        cells = min(size, 4 * 2**octave)
        coarse = rng.normal(0, 1, (cells, cells)).astype(np.float32)
        ringed = np.pad(coarse, 2, mode="wrap")
        scale = size / cells
        large = cv2.resize(ringed, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        start = round(2 * scale)
        total += large[start : start + size, start : start + size] * 0.62**octave
    return total / float(total.std())


def wall_texture(variant: int, seed: int) -> Image:
    """Return a facade: rows of windows in a plain wall, 3.2 m per storey and 3 m per bay at 16 px per metre."""
    rng = np.random.default_rng([seed, 0x20, variant])
    base = np.array([(150, 165, 178), (175, 178, 180), (120, 135, 160), (190, 195, 198), (140, 140, 138)][variant % 5])
    wall = np.clip(base + rng.normal(0, 5, (48, 48, 3)), 0, 255)
    wall[10:36, 10:38] = np.array([92, 80, 66]) + rng.normal(0, 6, (26, 28, 3))
    wall[10:36, 23:25] = base * 0.9
    wall[36:39, 8:40] = base * 1.08
    bays = [np.clip(wall * f, 0, 255) for f in rng.uniform(0.86, 1.05, 8)]
    storeys = [np.hstack([bays[i] for i in rng.integers(0, 8, 10)]) for _ in range(7)]
    return np.vstack(storeys).astype(np.uint8)


def roof_texture(variant: int, seed: int) -> Image:
    """Return a roof at 8 px per metre: parapet, stains, vents; variant 3 is a bright membrane, 4 tiles, 5 planted."""
    rng = np.random.default_rng([seed, 0x21, variant])
    base = np.array(
        [(140, 142, 140), (165, 166, 165), (118, 120, 122), (214, 215, 214), (72, 84, 150), (96, 126, 104)][variant % 6]
    )
    texture = fractal_noise(192, rng, octaves=6)[:, :, None] * 7 + rng.normal(0, 4, (192, 192, 1))
    roof = np.clip(base + texture, 0, 255).astype(np.uint8)
    if variant % 6 == 4:
        roof[::5] = (roof[::5] * 0.85).astype(np.uint8)
    else:
        for _ in range(int(rng.integers(3, 9))):
            x, y = (int(n) for n in rng.integers(14, 170, 2))
            w, h = (int(n) for n in rng.integers(5, 16, 2))
            cv2.rectangle(roof, (x + 3, y + 3), (x + w + 4, y + h + 4), (base * 0.55).tolist(), -1)
            cv2.rectangle(roof, (x, y), (x + w, y + h), np.clip(base * rng.uniform(0.8, 1.25), 0, 255).tolist(), -1)
    cv2.rectangle(roof, (0, 0), (191, 191), np.clip(base * 1.15, 0, 255).tolist(), 4)
    cv2.rectangle(roof, (5, 5), (186, 186), (base * 0.75).tolist(), 2)
    return roof


def tree_sprite(variant: int, seed: int) -> tuple[Image, Image]:
    """Return a crown seen from above, (96, 96, 3), and its mask, (96, 96), 0 or 255."""
    rng = np.random.default_rng([seed, 0x22, variant])
    noise = fractal_noise(96, rng, octaves=5)
    y, x = np.mgrid[-1:1:96j, -1:1:96j]
    radius = np.hypot(x, y)
    edge = 0.84 + 0.08 * noise
    dome = np.sqrt(np.clip(1 - radius**2, 0, 1))
    base = np.array(
        [(38, 82, 62), (44, 96, 78), (34, 72, 60), (50, 104, 92), (40, 88, 66), (58, 100, 104)][variant % 6]
    )
    light = 0.55 + 0.4 * dome + 0.2 * noise * 0.8 + 0.12 * (-x - y)
    crown = np.clip(base * light[:, :, None], 0, 255).astype(np.uint8)
    return crown, np.where(radius < edge, 255, 0).astype(np.uint8)
