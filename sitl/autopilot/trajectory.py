"""The commanded path: straight legs, each from rest to rest, that overlap at waypoints.

A leg that ends and a leg that begins at a waypoint are added up, so a straight continuation is flown at full speed and
a corner is cut within the waypoint radius. Leaving a manoeuvre half-way leaves a braking leg to its stopping point.
"""

import math
from dataclasses import dataclass

from sitl.autopilot.profile import Profile, Ramp
from sitl.autopilot.settings import Vec


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How fast and how hard the controller may fly."""

    horizontal_m_s: float
    up_m_s: float
    down_m_s: float
    horizontal_m_s2: float
    vertical_m_s2: float
    jerk_m_s3: float
    corner_m_s2: float
    """Highest horizontal acceleration while two legs overlap."""
    radius_m: float
    """How far from a waypoint a corner may be cut."""

    def along(self, unit: Vec) -> tuple[float, float]:
        """Return speed and acceleration limits in a direction."""
        horizontal, vertical = math.hypot(unit[0], unit[1]), unit[2]
        vertical_m_s = self.up_m_s if vertical > 0 else self.down_m_s
        speed = min(
            self.horizontal_m_s / horizontal if horizontal > 1e-6 else math.inf,
            vertical_m_s / abs(vertical) if abs(vertical) > 1e-6 else math.inf,
        )
        acceleration = min(
            self.horizontal_m_s2 / horizontal if horizontal > 1e-6 else math.inf,
            self.vertical_m_s2 / abs(vertical) if abs(vertical) > 1e-6 else math.inf,
        )
        return speed, acceleration


class Leg:
    """One straight motion in progress."""

    __slots__ = ("profile", "t_s", "unit")

    def __init__(self, unit: Vec, profile: Profile) -> None:
        self.unit, self.profile, self.t_s = unit, profile, 0.0

    @property
    def remaining_s(self) -> float:
        """Until it is at rest."""
        return max(0.0, self.profile.total_s - self.t_s)

    def displacement(self) -> Vec:
        """Whole way from its beginning to its end."""
        length, unit = self.profile.length_m, self.unit
        return unit[0] * length, unit[1] * length, unit[2] * length


def leg_between(start: Vec, end: Vec, limits: Limits, from_m_s: float = 0.0) -> Leg:
    """Return the leg from one place of rest to another (or already moving along it)."""
    delta = (end[0] - start[0], end[1] - start[1], end[2] - start[2])
    length = math.sqrt(delta[0] ** 2 + delta[1] ** 2 + delta[2] ** 2)
    if length < 1e-6:
        return Leg((0.0, 0.0, 0.0), Profile.over(0.0, cruise_m_s=1.0, acceleration_m_s2=1.0, jerk_m_s3=1.0))
    unit = (delta[0] / length, delta[1] / length, delta[2] / length)
    speed, acceleration = limits.along(unit)
    profile = Profile.over(
        length, cruise_m_s=speed, acceleration_m_s2=acceleration, jerk_m_s3=limits.jerk_m_s3, from_m_s=from_m_s
    )
    return Leg(unit, profile)


class Trajectory:
    """Where the controller wants to be: a point of rest plus the legs under way."""

    def __init__(self, place: Vec) -> None:
        self._base = place
        self._legs: list[Leg] = []
        self.position: Vec = place
        self.velocity: Vec = (0.0, 0.0, 0.0)
        self.acceleration: Vec = (0.0, 0.0, 0.0)

    @property
    def resting(self) -> bool:
        """Whether nothing is under way."""
        return not self._legs

    @property
    def rest_point(self) -> Vec:
        """Where it will be when every leg has ended."""
        east, north, up = self._base
        for leg in self._legs:
            d_east, d_north, d_up = leg.displacement()
            east, north, up = east + d_east, north + d_north, up + d_up
        return east, north, up

    def put(self, place: Vec) -> None:
        """Stand still at a place, at once."""
        self._base, self._legs = place, []
        self.position, self.velocity, self.acceleration = place, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)

    def shift(self, by: Vec) -> None:
        """Move the whole path, as a wind too strong to stand against does."""
        self._base = (self._base[0] + by[0], self._base[1] + by[1], self._base[2] + by[2])

    def add(self, leg: Leg) -> None:
        """Begin a leg now, on top of those under way."""
        self._legs.append(leg)

    def brake(self, limits: Limits) -> None:
        """Give up every leg and come to rest within the limits."""
        speed = math.sqrt(sum(v * v for v in self.velocity))
        velocity = self.velocity
        self._base, self._legs = self.position, []
        if speed < 1e-3:
            return
        unit = (velocity[0] / speed, velocity[1] / speed, velocity[2] / speed)
        _, acceleration = limits.along(unit)
        still = Ramp(speed, speed, 0.0, 0.0, 0.0)
        self._legs = [Leg(unit, Profile(still, 0.0, Ramp.between(speed, 0.0, acceleration, limits.jerk_m_s3)))]

    def change_speed(self, leg: Leg, limits: Limits) -> Leg:
        """Replace a leg under way by one to the same end at today's limits; returns the new leg."""
        distance, speed, _ = leg.profile.at(leg.t_s)
        unit = leg.unit
        end = leg.displacement()
        done = (unit[0] * distance, unit[1] * distance, unit[2] * distance)
        self._base = (self._base[0] + done[0], self._base[1] + done[1], self._base[2] + done[2])
        renewed = leg_between(done, end, limits, from_m_s=speed)
        self._legs[self._legs.index(leg)] = renewed
        return renewed

    def advance(self, dt_s: float) -> None:
        """Move every leg on by `dt_s`."""
        ended = False
        east, north, up = self._base
        ve = vn = vu = ae = an = au = 0.0
        for leg in self._legs:
            leg.t_s += dt_s
            ended = ended or leg.t_s >= leg.profile.total_s
            distance, speed, acceleration = leg.profile.at(leg.t_s)
            ue, un, uu = leg.unit
            east, north, up = east + ue * distance, north + un * distance, up + uu * distance
            ve, vn, vu = ve + ue * speed, vn + un * speed, vu + uu * speed
            ae, an, au = ae + ue * acceleration, an + un * acceleration, au + uu * acceleration
        if ended:
            done = [leg for leg in self._legs if leg.t_s >= leg.profile.total_s]
            self._legs = [leg for leg in self._legs if leg.t_s < leg.profile.total_s]
            for leg in done:
                d_east, d_north, d_up = leg.displacement()
                self._base = (self._base[0] + d_east, self._base[1] + d_north, self._base[2] + d_up)
        self.position, self.velocity, self.acceleration = (east, north, up), (ve, vn, vu), (ae, an, au)


def may_overlap(leg: Leg, following: Leg, limits: Limits) -> bool:
    """Whether the following leg may begin while this one still ends, without leaving the corner or its limits.

    Looks at the middle of the overlap, where the corner is cut most and both legs accelerate most.
    """
    half_s = leg.remaining_s / 2
    if half_s > following.profile.total_s / 4:
        return False
    s1, v1, a1 = leg.profile.at(leg.t_s + half_s)
    s2, v2, a2 = following.profile.at(half_s)
    back = leg.profile.length_m - s1
    u, w = leg.unit, following.unit
    cut = math.sqrt(sum((w[i] * s2 - u[i] * back) ** 2 for i in range(3)))
    speed = math.hypot(u[0] * v1 + w[0] * v2, u[1] * v1 + w[1] * v2)
    acceleration = math.hypot(u[0] * a1 + w[0] * a2, u[1] * a1 + w[1] * a2)
    return (
        cut < limits.radius_m
        and speed <= min(leg.profile.cruise_m_s, following.profile.cruise_m_s) + 1e-6
        and acceleration < limits.corner_m_s2
    )
