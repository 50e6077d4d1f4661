"""A stabilised gimbal: pitch against the horizon, yaw against the body or against north."""

import math

from sitl.autopilot.body import wrap_180
from sitl.autopilot.settings import Vec


class Gimbal:
    """Turns towards its target at a limited rate; the angles here are true ones."""

    def __init__(self) -> None:
        self.pitch_deg = 0.0
        self.yaw_deg = 0.0
        """Against the body."""
        self._pitch_target_deg = 0.0
        self._yaw_target_deg = 0.0
        self._yaw_locked = False
        self.place: Vec | None = None
        """Place to look at (believed ENU), if any."""

    @property
    def yaw_locked(self) -> bool:
        """Whether yaw is held against north."""
        return self._yaw_locked or self.place is not None

    def point(self, pitch_deg: float, yaw_deg: float, *, yaw_locked: bool, limits_deg: tuple[float, float]) -> None:
        """Aim at angles; NaN keeps an axis."""
        self.place = None
        if math.isfinite(pitch_deg):
            self._pitch_target_deg = max(limits_deg[0], min(limits_deg[1], pitch_deg))
        if math.isfinite(yaw_deg):
            self._yaw_target_deg, self._yaw_locked = wrap_180(yaw_deg), yaw_locked

    def neutral(self) -> None:
        """Look ahead."""
        self.place, self._pitch_target_deg, self._yaw_target_deg, self._yaw_locked = None, 0.0, 0.0, False

    def step(self, dt_s: float, *, believed_m: Vec, heading_deg: float, rate_deg_s: float) -> None:
        """Turn for one step."""
        pitch, yaw = self._pitch_target_deg, self._yaw_target_deg
        if self.place is not None:
            east, north, up = (self.place[i] - believed_m[i] for i in range(3))
            pitch = max(-90.0, min(20.0, math.degrees(math.atan2(up, math.hypot(east, north)))))
            yaw = wrap_180(math.degrees(math.atan2(east, north)) - heading_deg)
        elif self._yaw_locked:
            yaw = wrap_180(yaw - heading_deg)
        step = rate_deg_s * dt_s
        self.pitch_deg += max(-step, min(step, pitch - self.pitch_deg))
        self.yaw_deg = wrap_180(self.yaw_deg + max(-step, min(step, wrap_180(yaw - self.yaw_deg))))
