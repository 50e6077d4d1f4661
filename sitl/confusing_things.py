"""Drawing from a seed what is taken for smoke or fire, at a place on a street."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sitl.city_traffic import Things
from sitl.render.confusers import Bank, Confuser, Jet, along, standing_at
from sitl.render.lights import Cloth, CloudShadow, Lamps, Sunset, Timing

Array = NDArray[np.float64]
Rng = np.random.Generator


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Around:
    """A place on a street."""

    place_m: Array
    """(2,)"""
    ahead: Array
    """(2,) unit vector along the street."""
    things: Things
    """What is parked in the city."""

    def up(self, z_m: float) -> Array:
        """Return the (3,) place at a height."""
        return np.array([*self.place_m, z_m])


def confuser(name: str, around: Around, rng: Rng, *, begin_s: float) -> Confuser:
    """Return one of `CONFUSING`, whose time is that of the city; `begin_s` is when it is first looked at."""
    return _MADE[name](around, rng, begin_s)


def _seed(rng: Rng) -> int:
    return int(rng.integers(0, 2**31))


def _fog(around: Around, rng: Rng, begin_s: float) -> Confuser:
    spread = float(rng.uniform(5, 30))
    return Bank(
        name="fog",
        middle_m=around.up(float(rng.uniform(1, 5))) + np.array([*rng.normal(0, 0.4 * spread, 2), 0.0]),
        since_s=begin_s + 3.0,
        spread_m=spread,
        radius_m=float(rng.uniform(0.4, 0.9)) * spread,
        depth=float(rng.uniform(0.08, 0.5)),
        count=int(rng.integers(5, 16)),
        grey=float(rng.uniform(0.78, 0.95)),
        wind_share=float(rng.uniform(0.0, 0.5)),
        seed=_seed(rng),
    )


def _low_cloud(around: Around, rng: Rng, begin_s: float) -> Confuser:
    return Bank(
        name="low_cloud",
        middle_m=around.up(float(rng.uniform(12, 28))) + np.array([*rng.normal(0, 8, 2), 0.0]),
        since_s=begin_s + 3.0,
        spread_m=float(rng.uniform(4, 12)),
        radius_m=float(rng.uniform(3, 8)),
        depth=float(rng.uniform(0.1, 0.45)),
        count=int(rng.integers(3, 9)),
        grey=float(rng.uniform(0.82, 0.98)),
        wind_share=float(rng.uniform(0.1, 1.0)),
        seed=_seed(rng),
    )


def _steam(around: Around, rng: Rng, begin_s: float) -> Confuser:
    del begin_s
    grey = float(rng.uniform(225, 250))
    bursts = rng.random() < 0.5
    return Jet(
        name="steam",
        source=standing_at(around.up(float(rng.choice([0.0, 0.0, 1.0, 6.0])))),
        life_s=float(rng.uniform(0.8, 2.6)),
        rise_m_s=float(rng.uniform(1.0, 3.0)),
        born_radius_m=float(rng.uniform(0.12, 0.4)),
        growth_m_s=float(rng.uniform(0.25, 0.7)),
        depth=float(rng.uniform(0.5, 1.7)),
        colour_bgr=(grey, grey * 0.995, grey * 0.99),
        wind_share=float(rng.uniform(0.2, 0.6)),
        seed=_seed(rng),
        on_s=float(rng.uniform(1.5, 6)) if bursts else 1e9,
        off_s=float(rng.uniform(1.0, 4)) if bursts else 0.0,
    )


def _dust(around: Around, rng: Rng, begin_s: float) -> Confuser:
    speed = float(rng.uniform(3, 14)) * float(rng.choice([-1, 1]))
    passes_s = begin_s + float(rng.uniform(0, 4))
    tone = float(rng.uniform(0.7, 1.1))
    return Jet(
        name="dust",
        source=along(around.place_m - around.ahead * speed * passes_s, around.ahead * speed, z_m=0.3),
        life_s=float(rng.uniform(1.5, 5.0)),
        rise_m_s=float(rng.uniform(0.1, 0.7)),
        born_radius_m=float(rng.uniform(0.3, 0.7)),
        growth_m_s=float(rng.uniform(0.3, 0.9)),
        depth=float(rng.uniform(0.3, 1.3)),
        colour_bgr=(120 * tone, 165 * tone, 190 * tone),
        wind_share=float(rng.uniform(0.1, 0.5)),
        seed=_seed(rng),
    )


def _exhaust(around: Around, rng: Rng, begin_s: float) -> Confuser:
    moving = rng.random() < 0.5
    velocity = around.ahead * float(rng.uniform(2, 9)) * (1.0 if moving else 0.0)
    cold = rng.random() < 0.6
    grey = float(rng.uniform(190, 235) if cold else rng.uniform(60, 120))
    return Jet(
        name="exhaust",
        source=along(around.place_m - velocity * (begin_s + 2.0), velocity, z_m=0.35),
        life_s=float(rng.uniform(0.5, 1.6)),
        rise_m_s=float(rng.uniform(0.2, 0.8)),
        born_radius_m=float(rng.uniform(0.1, 0.25)),
        growth_m_s=float(rng.uniform(0.3, 0.7)),
        depth=float(rng.uniform(0.25, 1.0)),
        colour_bgr=(grey, grey, grey),
        wind_share=float(rng.uniform(0.3, 0.7)),
        seed=_seed(rng),
    )


def _shadow(around: Around, rng: Rng, begin_s: float) -> Confuser:
    toward = float(rng.uniform(0, 2 * math.pi))
    velocity = float(rng.uniform(2, 15)) * np.array([math.sin(toward), math.cos(toward)])
    size_m = float(rng.uniform(25, 90))
    edge = 0.35 * size_m * velocity / float(np.linalg.norm(velocity))
    return CloudShadow(
        name="cloud_shadow",
        middle_m=around.place_m - velocity * (begin_s + 3.0) - edge * float(rng.uniform(-1, 1)),
        size_m=size_m,
        darkness=float(rng.uniform(0.2, 0.6)),
        speed_m_s=velocity,
        seed=_seed(rng),
    )


def _sunset(around: Around, rng: Rng, begin_s: float) -> Confuser:
    del begin_s
    count = int(rng.integers(1, 7))
    spots = np.column_stack([around.place_m + rng.normal(0, 2.5, (count, 2)), rng.uniform(0, 3, count)])
    return Sunset(
        name="sunset",
        glints_m=spots,
        wash=float(rng.uniform(0.1, 0.9)),
        from_rad=float(rng.uniform(0, 2 * math.pi)),
        seed=_seed(rng),
    )


_WARM: Final = ((150.0, 240.0, 320.0), (60.0, 170.0, 330.0), (40.0, 110.0, 300.0), (260.0, 300.0, 330.0))
_BLINKING: Final = ((10.0, 150.0, 360.0), (360.0, 120.0, 20.0), (30.0, 20.0, 360.0))


def _lamp(around: Around, rng: Rng, begin_s: float) -> Confuser:
    return Lamps(
        name="lamp",
        place=standing_at(around.up(float(rng.uniform(0.5, 7)))),
        offsets_m=rng.normal(0, 0.6, (int(rng.integers(1, 4)), 3)) * np.array([1, 1, 0.2]),
        colour_bgr=_WARM[int(rng.integers(0, len(_WARM)))],
        radius_m=float(rng.uniform(0.15, 0.7)),
        glow_m=float(rng.uniform(0.8, 4)),
        timing=Timing(
            on_at_s=begin_s + float(rng.uniform(-6, 5)),
            rise_s=float(rng.choice([0.05, 0.5, 2.0])),
            ripple=float(rng.choice([0.0, 0.08, 0.2])),
        ),
        seed=_seed(rng),
    )


def _pair(around: Around, apart_m: float) -> Array:
    right = np.array([around.ahead[1], -around.ahead[0]]) * apart_m / 2
    return np.array([[*right, 0.0], [*-right, 0.0]])


def _brake(around: Around, rng: Rng, begin_s: float) -> Confuser:
    velocity = around.ahead * (0.0 if rng.random() < 0.5 else float(rng.uniform(1, 8)))
    return Lamps(
        name="brake_lights",
        place=along(around.place_m - velocity * (begin_s + 2.5), velocity, z_m=0.8),
        offsets_m=_pair(around, float(rng.uniform(1.1, 1.5))),
        colour_bgr=(float(rng.uniform(20, 90)), float(rng.uniform(20, 120)), 330.0),
        radius_m=float(rng.uniform(0.12, 0.35)),
        glow_m=float(rng.uniform(0.4, 1.6)),
        timing=Timing(
            on_at_s=begin_s - 8.0, period_s=float(rng.uniform(1.5, 6)), duty=float(rng.uniform(0.3, 0.9)), rise_s=0.08
        ),
        seed=_seed(rng),
    )


def _beacon(around: Around, rng: Rng, begin_s: float) -> Confuser:
    velocity = around.ahead * (0.0 if rng.random() < 0.7 else float(rng.uniform(2, 10)))
    return Lamps(
        name="beacon",
        place=along(around.place_m - velocity * (begin_s + 2.5), velocity, z_m=1.8),
        offsets_m=_pair(around, float(rng.uniform(0.5, 1.3)))[: int(rng.integers(1, 3))],
        colour_bgr=_BLINKING[int(rng.integers(0, len(_BLINKING)))],
        radius_m=float(rng.uniform(0.15, 0.5)),
        glow_m=float(rng.uniform(1, 4)),
        timing=Timing(on_at_s=0.0, period_s=float(rng.uniform(0.4, 1.3)), duty=float(rng.uniform(0.2, 0.6))),
        takes_turns=bool(rng.random() < 0.5),
        seed=_seed(rng),
    )


def _wet(around: Around, rng: Rng, begin_s: float) -> Confuser:
    return Lamps(
        name="wet_reflection",
        place=standing_at(around.up(float(rng.uniform(0.6, 4)))),
        offsets_m=_pair(around, float(rng.uniform(0.8, 2.5)))[: int(rng.integers(1, 3))],
        colour_bgr=(*_WARM, *_BLINKING)[int(rng.integers(0, len(_WARM) + len(_BLINKING)))],
        radius_m=float(rng.uniform(0.12, 0.4)),
        glow_m=float(rng.uniform(0.5, 2)),
        timing=Timing(on_at_s=begin_s - 9.0, period_s=float(rng.choice([0.0, 0.0, 3.0])), duty=0.7),
        wet=float(rng.uniform(0.3, 0.9)),
        seed=_seed(rng),
    )


def _cloth(around: Around, rng: Rng, begin_s: float) -> Confuser:
    del begin_s
    colours = ((240.0, 242.0, 243.0), (215.0, 220.0, 222.0), (30.0, 120.0, 245.0), (30.0, 60.0, 230.0))
    return Cloth(
        name="cloth",
        place_m=around.up(float(rng.uniform(0.3, 4))),
        size_m=(float(rng.uniform(0.8, 4)), float(rng.uniform(0.6, 3))),
        colour_bgr=colours[int(rng.integers(0, len(colours)))],
        flutter=float(rng.choice([0.0, 0.5, 1.0, 2.0])),
        turn_rad=float(rng.uniform(0, 2 * math.pi)),
        seed=int(rng.integers(0, 1000)),
    )


_MADE: Final[dict[str, Callable[[Around, Rng, float], Confuser]]] = {
    "fog": _fog,
    "low_cloud": _low_cloud,
    "steam": _steam,
    "dust": _dust,
    "exhaust": _exhaust,
    "cloud_shadow": _shadow,
    "sunset": _sunset,
    "lamp": _lamp,
    "brake_lights": _brake,
    "beacon": _beacon,
    "wet_reflection": _wet,
    "cloth": _cloth,
}
CONFUSING: Final = tuple(_MADE)
