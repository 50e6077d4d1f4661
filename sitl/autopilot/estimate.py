"""What the sensors get wrong: a constant part drawn from the seed, a slow drift, and a lag.

The errors are bounded: the horizontal error never exceeds `TelemetryError.position_m`, heading never `yaw_deg`, the
gimbal's angles never `gimbal_deg`; the height error stays within half of `position_m`; the estimated wind is off by at
most `wind_m_s` and `wind_deg`.
"""

import math
import random
from collections import deque
from typing import Generic, TypeVar

from missions.mission import Wind
from missions.scenario import TelemetryError
from sitl.autopilot.settings import Vec

_CONSTANT_SHARE = 0.7
_DRIFT_SHARE = 0.3
T = TypeVar("T")


class _Wander:
    """A number within +-1: constant part up to 0.7, slow sine up to 0.3."""

    def __init__(self, source: random.Random) -> None:
        self._constant = math.copysign(source.uniform(0.5, 1.0), source.uniform(-1, 1)) * _CONSTANT_SHARE
        self._rate = 2 * math.pi / source.uniform(90.0, 240.0)
        self._phase = source.uniform(0, 2 * math.pi)

    def at(self, t_s: float) -> float:
        return self._constant + _DRIFT_SHARE * math.sin(self._rate * t_s + self._phase)


class EstimateError:
    """The difference between what the vehicle believes and what is true."""

    def __init__(self, error: TelemetryError, seed: int) -> None:
        self._error = error
        source = random.Random(f"estimate {seed}")
        self._bearing_rad = source.uniform(0, 2 * math.pi)
        self._horizontal, self._up = _Wander(source), _Wander(source)
        self._yaw, self._pitch, self._roll = _Wander(source), _Wander(source), _Wander(source)
        self._gimbal_pitch, self._gimbal_yaw = _Wander(source), _Wander(source)
        self._wind_speed, self._wind_from = _Wander(source), _Wander(source)

    def position_m(self, t_s: float) -> Vec:
        """Return believed minus true position."""
        radius = self._error.position_m * self._horizontal.at(t_s)
        return (
            radius * math.sin(self._bearing_rad),
            radius * math.cos(self._bearing_rad),
            self._error.position_m / 2 * self._up.at(t_s),
        )

    def heading_deg(self, t_s: float) -> float:
        """Return believed minus true heading."""
        return self._error.yaw_deg * self._yaw.at(t_s)

    def tilt_deg(self, t_s: float) -> tuple[float, float]:
        """Return believed minus true roll and pitch; gravity keeps them as good as the gimbal's."""
        return self._error.gimbal_deg * self._roll.at(t_s), self._error.gimbal_deg * self._pitch.at(t_s)

    def gimbal_deg(self, t_s: float) -> tuple[float, float]:
        """Return believed minus true gimbal pitch, and gimbal yaw against the body."""
        return self._error.gimbal_deg * self._gimbal_pitch.at(t_s), self._error.gimbal_deg * self._gimbal_yaw.at(t_s)

    def wind(self, t_s: float, true: Wind) -> Wind:
        """Return the wind as it is estimated in flight."""
        return Wind.measured(
            speed_m_s=true.speed_m_s + self._error.wind_m_s * self._wind_speed.at(t_s),
            from_deg=true.from_deg + self._error.wind_deg * self._wind_from.at(t_s),
        )


class Delay(Generic[T]):
    """Hands back what was true `lag_s` ago."""

    def __init__(self, lag_s: float) -> None:
        self._lag_s = lag_s
        self._past: deque[tuple[float, T]] = deque()

    def put(self, t_s: float, value: T) -> None:
        """Remember a value."""
        past = self._past
        past.append((t_s, value))
        while len(past) > 1 and past[1][0] <= t_s - self._lag_s + 1e-9:
            past.popleft()

    def get(self) -> T:
        """Return the newest value that is at least `lag_s` old (the oldest one just after boot)."""
        return self._past[0][1]
