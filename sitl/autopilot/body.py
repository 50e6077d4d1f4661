"""The airframe in the air and on the ground: follows a trajectory, is pushed by gusts, leans, turns and touches down.

The controller knows only what it believes: `believed = true + EstimateError`. Its trajectory is flown in believed
coordinates, so the true path is off by the error, and landing happens where the true ground is.
"""

import math
from typing import Final

from sitl.autopilot.air import Air
from sitl.autopilot.estimate import EstimateError
from sitl.autopilot.settings import CopterSettings, Vec
from sitl.autopilot.trajectory import Trajectory

_GRAVITY_M_S2: Final = 9.80665
_GUST_PER_S: Final = 0.25
"""Acceleration that a gust gives, per m/s."""
_STIFFNESS_PER_S2: Final = 1.2
_DAMPING_PER_S: Final = 1.8
_DRAG_PER_M: Final = 0.02
"""Deceleration by the square of airspeed: 8 m/s leans about 7.5 degrees."""
_COASTS_S: Final = 3.0
"""How quickly a level multirotor takes up the air's motion: ArduCopter, blind, stood still 15 m on from 5 m/s."""
_LEAN_S: Final = 0.15
_YAW_DEG_S2: Final = 90.0


def wrap_180(angle_deg: float) -> float:
    """Return the same direction within -180..180."""
    return (angle_deg + 180.0) % 360.0 - 180.0


class Body:
    """Position, velocity and attitude, true and believed."""

    def __init__(self, settings: CopterSettings, air: Air, error: EstimateError) -> None:
        self._air, self._error = air, error
        self._top_m_s = self._airspeed_limit_m_s = settings.airframe.max_airspeed_m_s
        self.true_m: Vec = (0.0, 0.0, 0.0)
        self.velocity: Vec = (0.0, 0.0, 0.0)
        self.error_m: Vec = error.position_m(0.0)
        self._blind_m = self._blind_m_s = (0.0, 0.0)
        """How far the truth has gone since the position was lost, east and north, and how fast."""
        self._blind = False
        self.misled_m = (0.0, 0.0)
        """How far a wrong GPS is believed, east and north."""
        self.trajectory = Trajectory(self.believed_m)
        self.airborne = False
        self.roll_deg = self.pitch_deg = 0.0
        self.heading_deg = settings.heading_deg % 360.0
        self.heading_rate_deg_s = 0.0
        self.wanted_heading_deg = self.heading_deg
        self._offset: Vec = (0.0, 0.0, 0.0)
        self._offset_rate: Vec = (0.0, 0.0, 0.0)
        self.touched_down = False
        """Whether the last step ended on the ground."""

    def limit_lean(self, lean_deg: float) -> None:
        """Let it lean so far at most: what it then makes against its drag is its greatest airspeed."""
        held_m_s = math.sqrt(_GRAVITY_M_S2 * math.tan(math.radians(max(1.0, min(80.0, lean_deg)))) / _DRAG_PER_M)
        self._airspeed_limit_m_s = min(self._top_m_s, held_m_s)

    @property
    def believed_m(self) -> Vec:
        """Where the vehicle thinks it is."""
        true, error, blind = self.true_m, self.error_m, self._blind_m
        return true[0] + error[0] - blind[0], true[1] + error[1] - blind[1], true[2] + error[2]

    @property
    def airspeed(self) -> Vec:
        """Motion through the air, east, north, up."""
        velocity, air = self.velocity, self._air.velocity
        return velocity[0] - air[0], velocity[1] - air[1], velocity[2] - air[2]

    @property
    def ground_speed_m_s(self) -> float:
        """Horizontal."""
        return math.hypot(self.velocity[0], self.velocity[1])

    def lift_off(self) -> None:
        """Leave the ground: from now on the trajectory is followed."""
        self.trajectory.put(self.believed_m)
        self._offset = self._offset_rate = (0.0, 0.0, 0.0)
        self.airborne = True

    def step(self, dt_s: float, t_s: float, slew_deg_s: float) -> None:
        """Advance by a step that ends at `t_s`."""
        east, north, up = self._error.position_m(t_s)
        self.error_m = (east + self.misled_m[0], north + self.misled_m[1], up)
        self.touched_down = False
        if self.airborne:
            self._fly(dt_s)
            self._turn(dt_s, slew_deg_s)
        else:
            self.velocity = (0.0, 0.0, 0.0)
            self.heading_rate_deg_s = 0.0
            self.roll_deg -= self.roll_deg * min(1.0, dt_s / _LEAN_S)
            self.pitch_deg -= self.pitch_deg * min(1.0, dt_s / _LEAN_S)

    def lose_position(self) -> None:
        """Believe to stand still from now on; in truth it coasts, and then goes with the wind."""
        path = self.trajectory
        self._blind, self._blind_m, self._blind_m_s = True, (0.0, 0.0), (self.velocity[0], self.velocity[1])
        path.put(path.position)

    def find_position(self) -> None:
        """Believe the truth again."""
        if self._blind:
            self.trajectory.shift((*self._blind_m, 0.0))
            self._blind, self._blind_m = False, (0.0, 0.0)

    def jump(self, by_m: tuple[float, float]) -> None:
        """Believe to be so much further east and north; the path goes along, and the aircraft stays."""
        self.misled_m = self.misled_m[0] + by_m[0], self.misled_m[1] + by_m[1]
        self.error_m = (self.error_m[0] + by_m[0], self.error_m[1] + by_m[1], self.error_m[2])
        self.trajectory.shift((*by_m, 0.0))

    def _coast(self, dt_s: float) -> None:
        east, north = self._blind_m_s
        wind = self._air.velocity
        east, north = east + (wind[0] - east) * dt_s / _COASTS_S, north + (wind[1] - north) * dt_s / _COASTS_S
        self._blind_m_s = (east, north)
        self._blind_m = (self._blind_m[0] + east * dt_s, self._blind_m[1] + north * dt_s)

    def fall(self, dt_s: float) -> None:
        """Motors off in the air."""
        up_m_s = self.velocity[2] - _GRAVITY_M_S2 * dt_s
        east, north, up = self.true_m
        self.true_m = (east, north, max(0.0, up + up_m_s * dt_s))
        self.velocity = (self.velocity[0] * 0.99, self.velocity[1] * 0.99, up_m_s)
        if self.true_m[2] <= 0:
            self._touch_down()

    def _touch_down(self) -> None:
        self.true_m = (self.true_m[0], self.true_m[1], 0.0)
        self.velocity = (0.0, 0.0, 0.0)
        self.find_position()
        self.airborne, self.touched_down = False, True
        self.trajectory.put(self.believed_m)

    def _fly(self, dt_s: float) -> None:
        path, before = self.trajectory, self.true_m
        path.advance(dt_s * self._pace(dt_s))
        if self._blind:
            self._coast(dt_s)
        pushed = self._sway(dt_s)
        at, offset, error = path.position, self._offset, self.error_m
        self.true_m = (
            at[0] + offset[0] - error[0] + self._blind_m[0],
            at[1] + offset[1] - error[1] + self._blind_m[1],
            at[2] + offset[2] - error[2],
        )
        self.velocity = (
            (self.true_m[0] - before[0]) / dt_s,
            (self.true_m[1] - before[1]) / dt_s,
            (self.true_m[2] - before[2]) / dt_s,
        )
        wanted = path.acceleration
        self._lean(dt_s, (wanted[0] + pushed[0], wanted[1] + pushed[1], wanted[2] + pushed[2]))
        if self.true_m[2] <= 0 and path.velocity[2] <= 0:
            self._touch_down()

    def _pace(self, dt_s: float) -> float:
        """Return how much of the step the trajectory may advance: less where the wind asks for too much airspeed."""
        velocity, wind, limit = self.trajectory.velocity, self._air.mean, self._airspeed_limit_m_s
        east, north = velocity[0] - wind[0], velocity[1] - wind[1]
        if east * east + north * north <= limit * limit:
            return 1.0
        wind_m_s = math.hypot(wind[0], wind[1])
        if wind_m_s >= limit:  # blown away downwind
            drift = (wind_m_s - limit) * dt_s / wind_m_s
            self.trajectory.shift((wind[0] * drift, wind[1] * drift, 0.0))
            return 0.05
        speed2 = velocity[0] ** 2 + velocity[1] ** 2
        along = velocity[0] * wind[0] + velocity[1] * wind[1]
        root = math.sqrt(max(0.0, along * along - speed2 * (wind_m_s**2 - limit * limit)))
        return max(0.05, min(1.0, (along + root) / speed2)) if speed2 > 0 else 1.0

    def _sway(self, dt_s: float) -> Vec:
        """Let gusts push and the position controller push back; returns the controller's acceleration."""
        gust, offset, rate = self._air.gust, self._offset, self._offset_rate
        if gust == (0.0, 0.0, 0.0) and offset == (0.0, 0.0, 0.0):
            return 0.0, 0.0, 0.0
        push = [-_STIFFNESS_PER_S2 * offset[i] - _DAMPING_PER_S * rate[i] for i in range(3)]
        new_rate = [rate[i] + (push[i] + _GUST_PER_S * gust[i]) * dt_s for i in range(3)]
        self._offset_rate = (new_rate[0], new_rate[1], new_rate[2])
        self._offset = (
            offset[0] + new_rate[0] * dt_s,
            offset[1] + new_rate[1] * dt_s,
            offset[2] + new_rate[2] * dt_s,
        )
        return push[0], push[1], push[2]

    def _lean(self, dt_s: float, acceleration: Vec) -> None:
        air = self.airspeed
        drag = _DRAG_PER_M * math.hypot(air[0], air[1])
        east, north = acceleration[0] + drag * air[0], acceleration[1] + drag * air[1]
        heading_rad = math.radians(self.heading_deg)
        sine, cosine = math.sin(heading_rad), math.cos(heading_rad)
        lift = max(2.0, _GRAVITY_M_S2 + acceleration[2])
        share = min(1.0, dt_s / _LEAN_S)
        wanted_pitch = -math.degrees(math.atan2(east * sine + north * cosine, lift))
        wanted_roll = math.degrees(math.atan2(east * cosine - north * sine, lift))
        self.pitch_deg += (wanted_pitch - self.pitch_deg) * share
        self.roll_deg += (wanted_roll - self.roll_deg) * share

    def _turn(self, dt_s: float, slew_deg_s: float) -> None:
        left = wrap_180(self.wanted_heading_deg - self.heading_deg)
        wanted = math.copysign(min(slew_deg_s, math.sqrt(2 * _YAW_DEG_S2 * 0.7 * abs(left))), left)
        step = _YAW_DEG_S2 * dt_s
        self.heading_rate_deg_s += max(-step, min(step, wanted - self.heading_rate_deg_s))
        if abs(left) < 0.2 and abs(self.heading_rate_deg_s) < 2 * step:
            self.heading_deg, self.heading_rate_deg_s = self.wanted_heading_deg % 360.0, 0.0
        else:
            self.heading_deg = (self.heading_deg + self.heading_rate_deg_s * dt_s) % 360.0
