"""What flight costs: ground speed in wind, electrical power, climb, landing. Pure physics, shared by search and check.

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
WAYPOINT_RADIUS_M: Final = 2.0
"""ArduPilot's WPNAV_RADIUS default: how far a corner may be cut."""
LEAST_GROUND_SPEED_M_S: Final = 0.5
"""Slower than this against the wind counts as not flyable."""
_LEAST_BOWL: Final = 0.05
"""Depth of the power curve between hover and cruise where an airframe states less, as a share of hover."""
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


def power_w(airframe: Airframe, airspeed: Floats | float) -> Floats:
    """Return the electrical power of level flight.

    A cubic through hover power at rest with its minimum, cruise power, at cruise speed; it is back at hover power at
    1.5 times cruise speed, as momentum theory with parasitic drag has it for multirotors. Airframes that state cruise
    above hover get a bowl of 5 % depth below their cruise power's upper side, so power never falls with speed.
    """
    depth_w = max(airframe.hover_w - airframe.cruise_w, _LEAST_BOWL * airframe.hover_w)
    ratio = np.asarray(airspeed, float) / airframe.cruise_m_s
    return np.asarray(airframe.cruise_w + depth_w * (1.0 - 3.0 * ratio**2 + 2.0 * ratio**3))


def deadhead_speed_m_s(airframe: Airframe, *, service_m_s: float) -> float:
    """Return the ground speed of flight between stretches.

    The still-air speed of longest range, at most 1.5 times cruise and 80 % of the airspeed limit (the rest is for
    wind), and never below the service speed.
    """
    top = min(1.5 * airframe.cruise_m_s, 0.8 * airframe.max_airspeed_m_s)
    speeds = np.arange(min(2.0, top), top + 1e-9, 0.25)
    best = float(speeds[np.argmin(power_w(airframe, speeds) / speeds)])
    return min(max(best, service_m_s), airframe.max_airspeed_m_s)


def takeoff(airframe: Airframe, height_m: float) -> Climb:
    """Return the cost of climbing from the dock to a height."""
    time_s = height_m / airframe.climb_m_s
    return Climb(time_s=time_s, energy_j=time_s * airframe.climb_w)


def landing(airframe: Airframe, height_m: float) -> Climb:
    """Return the cost of the hover over the dock, the descent and the slow last metres; hover power throughout."""
    slow_m = min(height_m, LAND_SLOW_BELOW_M)
    slow_m_s = min(LAND_SLOW_M_S, airframe.descent_m_s)
    time_s = RTL_LOITER_S + (height_m - slow_m) / airframe.descent_m_s + slow_m / slow_m_s
    return Climb(time_s=time_s, energy_j=time_s * airframe.hover_w)


def corner_speed_m_s(turn_rad: Floats, acceleration_m_s2: float) -> Floats:
    """Return the speed through a corner cut by at most the waypoint radius.

    The arc that stays within r of a corner of turn t has radius r / (1 / cos(t/2) - 1); lateral acceleration limits
    the speed on it. A straight line gives infinity, a reversal zero.
    """
    cosine = np.cos(np.clip(turn_rad, 0.0, math.pi) / 2)
    with np.errstate(divide="ignore"):
        radius_m = WAYPOINT_RADIUS_M * cosine / np.maximum(1.0 - cosine, 0.0)
    speed: Floats = np.sqrt(acceleration_m_s2 * radius_m)
    return speed


def leg_time_s(
    length_m: Floats, top_m_s: Floats, in_m_s: Floats, out_m_s: Floats, *, acceleration_m_s2: float
) -> Floats:
    """Return the time of straight legs entered and left at given speeds, each at most `top_m_s`.

    Accelerate, hold the top speed, brake; where a leg is too short for the top speed the peak is lower. Where it is
    too short even to change from one speed to the other, the mean of both counts.
    """
    ramps_m = (2 * top_m_s**2 - in_m_s**2 - out_m_s**2) / (2 * acceleration_m_s2)
    hold_s = (length_m - ramps_m) / top_m_s
    full = (2 * top_m_s - in_m_s - out_m_s) / acceleration_m_s2 + hold_s
    peak2 = acceleration_m_s2 * length_m + (in_m_s**2 + out_m_s**2) / 2
    peak = np.maximum(np.sqrt(peak2), np.maximum(in_m_s, out_m_s))
    short = (2 * peak - in_m_s - out_m_s) / acceleration_m_s2
    cramped = np.abs(in_m_s**2 - out_m_s**2) >= 2 * acceleration_m_s2 * length_m
    crawl = length_m / np.maximum((in_m_s + out_m_s) / 2, 0.1)
    time: Floats = np.where(hold_s >= 0, full, np.where(cramped, crawl, short))
    return time


def watt_hours(energy_j: float) -> float:
    """Return joules as watt hours."""
    return energy_j / _JOULE_PER_WH
