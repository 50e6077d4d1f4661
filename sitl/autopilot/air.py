"""Wind with gusts, seeded."""

import math
import random

from missions.mission import Wind
from sitl.autopilot.settings import Vec

_CORRELATION_S = 3.0


class Air:
    """A mean wind plus gusts that wander about it and forget themselves in a few seconds."""

    def __init__(self, seed: int, *, wind_m_s: float, from_deg: float, gust_m_s: float) -> None:
        self._random = random.Random(f"air {seed}")
        self.gust_m_s = gust_m_s
        self._gust: Vec = (0.0, 0.0, 0.0)
        self.mean: Vec = (0.0, 0.0, 0.0)
        self.set_mean(wind_m_s, from_deg)

    def set_mean(self, wind_m_s: float, from_deg: float) -> None:
        """Change the mean wind; `from_deg` is where it blows from, clockwise from north."""
        towards = math.radians(from_deg + 180)
        self.mean = (wind_m_s * math.sin(towards), wind_m_s * math.cos(towards), 0.0)

    @property
    def wind(self) -> Wind:
        """The mean wind, by where it comes from."""
        east, north, _ = self.mean
        return Wind.measured(speed_m_s=math.hypot(east, north), from_deg=math.degrees(math.atan2(-east, -north)))

    @property
    def gust(self) -> Vec:
        """Deviation from the mean now."""
        return self._gust

    @property
    def velocity(self) -> Vec:
        """Motion of the air over the ground."""
        return self.mean[0] + self._gust[0], self.mean[1] + self._gust[1], self._gust[2]

    def step(self, dt_s: float) -> None:
        """Let the gusts wander."""
        if self.gust_m_s <= 0:
            return
        keep = math.exp(-dt_s / _CORRELATION_S)
        spread = self.gust_m_s * math.sqrt(1 - keep * keep)
        gauss = self._random.gauss
        g = self._gust
        self._gust = (
            g[0] * keep + gauss(0, spread),
            g[1] * keep + gauss(0, spread),
            g[2] * keep + gauss(0, spread / 3),
        )
