"""What flight costs: ground speed in wind, climb, landing, corners. Pure physics, shared by search and check.

Frames: directions and wind are ENU. The aircraft crabs: it holds its track and commands a ground speed.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from missions import Airframe

Floats = NDArray[np.float64]

LAND_SLOW_BELOW_M: Final = 10.0
"""ArduPilot's LAND_ALT_LOW default: below it the last part of a landing goes at LAND_SPEED."""
LAND_SLOW_M_S: Final = 0.5
"""ArduPilot's LAND_SPEED default."""
RTL_LOITER_S: Final = 5.0
"""ArduPilot's RTL_LOIT_TIME default: it hovers over home before it comes down."""
SPOOL_UP_S: Final = 2.0
"""From the start of a take-off until it leaves the ground."""
WAYPOINT_RADIUS_M: Final = 2.0
"""ArduPilot's WPNAV_RADIUS default: how far a corner may be cut."""
JERK_M_S3: Final = 0.83
"""ArduPilot's WPNAV_JERK default is 1, with a raised-cosine onset; a constant jerk of this share takes as long."""
VERTICAL_M_S2: Final = 1.0
"""ArduPilot's WPNAV_ACCEL_Z default."""
LEAST_GROUND_SPEED_M_S: Final = 0.5
"""Slower than this against the wind counts as not flyable."""
_JOULE_PER_WH: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wind:
    """Motion of the air over the ground."""

    east_m_s: float
    north_m_s: float

    @classmethod
    def blowing_from(cls, from_deg: float, *, speed_m_s: float) -> "Wind":
        """Return the wind that comes from a bearing, clockwise from north."""
        bearing = math.radians(from_deg)
        return cls(east_m_s=-speed_m_s * math.sin(bearing), north_m_s=-speed_m_s * math.cos(bearing))

    @property
    def speed_m_s(self) -> float:
        """How strong it is."""
        return math.hypot(self.east_m_s, self.north_m_s)

    @property
    def vector_m_s(self) -> Floats:
        """As (2,) east, north."""
        return np.array([self.east_m_s, self.north_m_s])


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """Time and energy of a vertical part of a flight."""

    time_s: float
    energy_j: float


def ground_speed_m_s(directions: Floats, wind: Wind, airframe: Airframe, *, wanted_m_s: Floats | float) -> Floats:
    """Return the (...) ground speed held along (..., 2) unit directions: the wanted one where airspeed permits.

    NaN where the wind is too strong to make headway along the direction.
    """
    along = directions @ wind.vector_m_s
    across2 = wind.east_m_s**2 + wind.north_m_s**2 - along**2
    spare2 = airframe.max_airspeed_m_s**2 - np.maximum(across2, 0.0)
    fastest = along + np.sqrt(np.maximum(spare2, 0.0))
    flyable = (spare2 > 0) & (fastest > LEAST_GROUND_SPEED_M_S)
    speeds: Floats = np.where(flyable, np.minimum(wanted_m_s, fastest), np.nan)
    return speeds


def airspeed_m_s(directions: Floats, ground_m_s: Floats, wind: Wind) -> Floats:
    """Return the (...) airspeed flown for a ground speed along (..., 2) unit directions."""
    speed: Floats = np.linalg.norm(directions * ground_m_s[..., None] - wind.vector_m_s, axis=-1)
    return speed


def deadhead_speed_m_s(airframe: Airframe, *, service_m_s: float) -> float:
    """Return the ground speed of flight between stretches.

    A quarter above cruise, where a metre costs hardly more energy and takes a fifth less time; at most 80 % of the
    airspeed limit (the rest is for wind), and never below the service speed.
    """
    return max(min(1.25 * airframe.cruise_m_s, 0.8 * airframe.max_airspeed_m_s), service_m_s)


def takeoff(airframe: Airframe, height_m: float) -> Climb:
    """Return the cost of spooling up and climbing from the dock to a height."""
    climb_s, _ = rest_to_rest_s(np.array(height_m), np.array(airframe.climb_m_s), VERTICAL_M_S2)
    time_s = SPOOL_UP_S + float(climb_s)
    return Climb(time_s=time_s, energy_j=time_s * airframe.climb_w)


def landing(airframe: Airframe, height_m: float) -> Climb:
    """Return the cost of the hover over the dock, the descent and the slow last metres; hover power throughout."""
    slow_m = min(height_m, LAND_SLOW_BELOW_M)
    slow_m_s = min(LAND_SLOW_M_S, airframe.descent_m_s)
    fast_s, _ = rest_to_rest_s(np.array(height_m - slow_m), np.array(airframe.descent_m_s), VERTICAL_M_S2)
    time_s = RTL_LOITER_S + float(fast_s) + slow_m / slow_m_s
    return Climb(time_s=time_s, energy_j=time_s * airframe.hover_w)


def ramp_s(speed_m_s: Floats, acceleration_m_s2: float) -> Floats:
    """Return the time from rest to a speed with limited acceleration and jerk (an S-curve)."""
    enough = acceleration_m_s2**2 / JERK_M_S3
    full = speed_m_s / acceleration_m_s2 + acceleration_m_s2 / JERK_M_S3
    gentle = 2.0 * np.sqrt(np.maximum(speed_m_s, 0.0) / JERK_M_S3)
    return np.where(speed_m_s >= enough, full, gentle)


def rest_to_rest_s(length_m: Floats, top_m_s: Floats, acceleration_m_s2: float) -> tuple[Floats, Floats]:
    """Return the time of straight legs flown from rest to rest, and the ramp (from rest to its top speed) in it.

    An S-curve ramp covers half its time at its top speed, so a long leg takes length / top + one ramp; a leg too
    short for `top_m_s` reaches the speed whose two ramps just fill it.
    """
    a, j = acceleration_m_s2, JERK_M_S3
    held = a / 2.0 * (np.sqrt((a / j) ** 2 + 4.0 * length_m / a) - a / j)  # peak where acceleration reaches its limit
    gentle = (length_m * math.sqrt(j) / 2.0) ** (2.0 / 3.0)  # peak where it does not
    peak = np.minimum(np.where(held >= a**2 / j, held, gentle), top_m_s)
    ramp = ramp_s(peak, a)
    time = ramp + np.where(length_m > 0, length_m / np.maximum(peak, 1e-6), 0.0)
    return time, ramp


def overlap_s(turn_rad: Floats, ramp_before_s: Floats, time_after_s: Floats, acceleration_m_s2: float) -> Floats:
    """Return how long before the end of one leg the next may begin, at a turn (0 is straight on).

    ArduPilot flies every leg from rest to rest and adds up two legs at a waypoint (SCurve): the next begins when, in
    the middle of the overlap, the corner is cut by no more than the waypoint radius, and not before the first brakes
    nor for more than half of the next. Straight on, the ramps cancel and no time is lost.
    """
    reach_m = WAYPOINT_RADIUS_M / np.maximum(2.0 * np.sin(np.clip(turn_rad, 0.0, math.pi) / 2.0), 1e-6)
    half_s = np.minimum(_time_to_reach_s(reach_m, acceleration_m_s2), np.minimum(ramp_before_s, time_after_s / 2) / 2)
    return 2.0 * half_s


def _time_to_reach_s(distance_m: Floats, acceleration_m_s2: float) -> Floats:
    """Return the time from rest to cover a distance while the S-curve still accelerates."""
    a, j = acceleration_m_s2, JERK_M_S3
    rise_s = a / j
    rise_m, rise_m_s = a**3 / (6 * j**2), a**2 / (2 * j)
    early = np.cbrt(6.0 * distance_m / j)
    beyond_m = np.maximum(distance_m - rise_m, 0.0)
    late = rise_s + (np.sqrt(rise_m_s**2 + 2.0 * a * beyond_m) - rise_m_s) / a
    return np.where(distance_m <= rise_m, early, late)


def watt_hours(energy_j: float) -> float:
    """Return joules as watt hours."""
    return energy_j / _JOULE_PER_WH
