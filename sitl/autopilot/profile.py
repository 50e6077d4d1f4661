"""Straight-line motion with limited acceleration and jerk, in closed form."""

import math
from dataclasses import dataclass

_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Ramp:
    """A change of speed: acceleration rises, holds and falls, each at the jerk limit."""

    from_m_s: float
    to_m_s: float
    rise_s: float
    total_s: float
    peak_m_s2: float
    """Signed."""

    @classmethod
    def between(cls, from_m_s: float, to_m_s: float, acceleration_m_s2: float, jerk_m_s3: float) -> "Ramp":
        """Return the quickest change within the limits."""
        change = abs(to_m_s - from_m_s)
        if change < _TINY:
            return cls(from_m_s, to_m_s, 0.0, 0.0, 0.0)
        rise_s = acceleration_m_s2 / jerk_m_s3
        if change >= acceleration_m_s2 * rise_s:
            total_s = change / acceleration_m_s2 + rise_s
        else:
            rise_s = math.sqrt(change / jerk_m_s3)
            total_s = 2 * rise_s
        peak = change / (total_s - rise_s)
        return cls(from_m_s, to_m_s, rise_s, total_s, math.copysign(peak, to_m_s - from_m_s))

    @property
    def length_m(self) -> float:
        """Distance covered; the shape is symmetric, so the mean speed is the middle one."""
        return (self.from_m_s + self.to_m_s) / 2 * self.total_s

    def at(self, t_s: float) -> tuple[float, float, float]:
        """Return distance, speed and acceleration after `t_s`."""
        if t_s <= 0 or self.total_s <= 0:
            return 0.0, self.from_m_s, 0.0
        if t_s >= self.total_s:
            return self.length_m, self.to_m_s, 0.0
        rise, jerk = self.rise_s, self.peak_m_s2 / self.rise_s
        if t_s < rise:
            return (
                self.from_m_s * t_s + jerk * t_s**3 / 6,
                self.from_m_s + jerk * t_s * t_s / 2,
                jerk * t_s,
            )
        left = self.total_s - t_s
        if left < rise:  # the mirror image of the beginning
            return (
                self.length_m - (self.to_m_s * left - jerk * left**3 / 6),
                self.to_m_s - jerk * left * left / 2,
                jerk * left,
            )
        held = t_s - rise
        speed = self.from_m_s + jerk * rise * rise / 2
        distance = self.from_m_s * rise + jerk * rise**3 / 6 + speed * held + self.peak_m_s2 * held * held / 2
        return distance, speed + self.peak_m_s2 * held, self.peak_m_s2


@dataclass(frozen=True, slots=True)
class Profile:
    """Distance along a leg over time: reach a speed, keep it, come to rest at the end."""

    start: Ramp
    cruise_s: float
    stop: Ramp

    @classmethod
    def over(
        cls, length_m: float, *, cruise_m_s: float, acceleration_m_s2: float, jerk_m_s3: float, from_m_s: float = 0.0
    ) -> "Profile":
        """Return the quickest way over `length_m` that ends at rest.

        Where the leg is too short to stop from `from_m_s` within the limits, it brakes as hard as it must.
        """
        halt = Ramp.between(from_m_s, 0.0, acceleration_m_s2, jerk_m_s3)
        if from_m_s > _TINY and halt.length_m >= length_m:
            total_s = 2 * max(length_m, _TINY) / from_m_s
            forced = Ramp(from_m_s, 0.0, total_s / 2, total_s, -2 * from_m_s / total_s)
            return cls(Ramp(from_m_s, from_m_s, 0.0, 0.0, 0.0), 0.0, forced)

        def ramps(speed: float) -> tuple[Ramp, Ramp]:
            return (
                Ramp.between(from_m_s, speed, acceleration_m_s2, jerk_m_s3),
                Ramp.between(speed, 0.0, acceleration_m_s2, jerk_m_s3),
            )

        up, down = ramps(cruise_m_s)
        if up.length_m + down.length_m > length_m:
            low, high = 0.0, cruise_m_s
            for _ in range(40):
                middle = (low + high) / 2
                up, down = ramps(middle)
                low, high = (middle, high) if up.length_m + down.length_m <= length_m else (low, middle)
            up, down = ramps(low)
        speed = up.to_m_s
        cruise_s = max(0.0, length_m - up.length_m - down.length_m) / speed if speed > _TINY else 0.0
        return cls(up, cruise_s, down)

    @property
    def total_s(self) -> float:
        """How long it takes."""
        return self.start.total_s + self.cruise_s + self.stop.total_s

    @property
    def length_m(self) -> float:
        """Distance covered."""
        return self.start.length_m + self.start.to_m_s * self.cruise_s + self.stop.length_m

    @property
    def cruise_m_s(self) -> float:
        """Highest steady speed."""
        return self.start.to_m_s

    def at(self, t_s: float) -> tuple[float, float, float]:
        """Return distance, speed and acceleration after `t_s`."""
        if t_s < self.start.total_s:
            return self.start.at(t_s)
        t_s -= self.start.total_s
        if t_s < self.cruise_s:
            return self.start.length_m + self.start.to_m_s * t_s, self.start.to_m_s, 0.0
        distance, speed, acceleration = self.stop.at(t_s - self.cruise_s)
        return self.start.length_m + self.start.to_m_s * self.cruise_s + distance, speed, acceleration
