"""A GPS that is off and compasses that fail, as the estimator of ArduCopter 4.7.0-dev takes them (measured on it)."""

import math
from typing import TYPE_CHECKING, Final

from sitl.autopilot.modes import Mode
from sitl.autopilot.trajectory import leg_between

if TYPE_CHECKING:
    from sitl.autopilot.vehicle import Vehicle

_CRITICAL, _INFO = 2, 6
_GATE_M: Final = 3.8
"""A GPS that is further off than this is not believed."""
_TOLD_AFTER_S: Final = 1.5
_BELIEVED_AFTER_S: Final = 9.8
"""After so long without a GPS that it believes, the estimator goes over to what there is."""
_CLEARED_AFTER_S: Final = 10.0
_FOLLOWS_S: Final = 1.0
_OTHER_COMPASS_AFTER_S: Final = 9.0
_COMPASSES: Final = 3


class FaultySensors:
    """What SIM_GPS1_GLTCH_X and _Y and SIM_MAG1_FAIL to SIM_MAG3_FAIL do to a vehicle."""

    def __init__(self, vehicle: "Vehicle") -> None:
        self._vehicle = vehicle
        self.glitching = False
        """Whether the estimator says that the GPS cannot be believed, or could not a moment ago."""
        self._believed_m = (0.0, 0.0)
        """How far it is misled, east and north."""
        self._off_since_s: float | None = None
        self._sound_since_s: float | None = None
        self._failed_since_s: float | None = None
        self._switched = False

    @property
    def gps_off_m(self) -> tuple[float, float]:
        """How far off the GPS is, east and north."""
        vehicle = self._vehicle
        home = vehicle.settings.home
        east, north = vehicle.places.metres(
            home.lat_deg + vehicle.param("SIM_GPS1_GLTCH_X"), home.lon_deg + vehicle.param("SIM_GPS1_GLTCH_Y")
        )
        at = vehicle.places.metres(home.lat_deg, home.lon_deg)
        return east - at[0], north - at[1]

    @property
    def gps_ahead_m(self) -> tuple[float, float]:
        """How far the GPS is from what the estimator believes, east and north."""
        off = self.gps_off_m
        return off[0] - self._believed_m[0], off[1] - self._believed_m[1]

    @property
    def innovation(self) -> float:
        """The same as a share of what is still believed."""
        return math.hypot(*self.gps_ahead_m) / _GATE_M

    @property
    def compass_ok(self) -> bool:
        """Whether the first compass works; the health that a ground station is told is that one's."""
        return not self._vehicle.param("SIM_MAG1_FAIL")

    def step(self, dt_s: float) -> None:
        """Believe or not for one step."""
        self._watch_gps(dt_s)
        self._watch_compasses()

    def _watch_gps(self, dt_s: float) -> None:
        vehicle, now_s = self._vehicle, self._vehicle.t_s
        has_glitch = vehicle.param("SIM_GPS1_GLTCH_X") or vehicle.param("SIM_GPS1_GLTCH_Y")
        if not (has_glitch or self.glitching or any(self._believed_m)) or not vehicle.param("SIM_GPS1_ENABLE"):
            self._off_since_s = None
            return
        if self.innovation <= 1.0:
            self._off_since_s = None
            self._sound_since_s = now_s if self._sound_since_s is None else self._sound_since_s
            self._follow(dt_s)
            if self.glitching and now_s - self._sound_since_s >= _CLEARED_AFTER_S:
                self.glitching = False
                vehicle.say(_CRITICAL, "Glitch cleared")
            return
        self._sound_since_s = None
        self._off_since_s = now_s if self._off_since_s is None else self._off_since_s
        off_s = now_s - self._off_since_s
        if not self.glitching and off_s >= _TOLD_AFTER_S:
            self.glitching = True
            vehicle.say(_CRITICAL, "GPS Glitch or Compass error")
        if off_s >= _BELIEVED_AFTER_S:
            self._believe(self.gps_off_m)

    def _follow(self, dt_s: float) -> None:
        """A small difference is followed softly; the path stays, so the aircraft follows its misled position."""
        off, here, share = self.gps_off_m, self._believed_m, min(1.0, dt_s / _FOLLOWS_S)
        self._believed_m = here[0] + (off[0] - here[0]) * share, here[1] + (off[1] - here[1]) * share
        self._vehicle.body.misled_m = self._believed_m

    def _believe(self, off_m: tuple[float, float]) -> None:
        """Jump to what the GPS says; the aircraft does not, but what it flies to is elsewhere from now on."""
        here, self._believed_m = self._believed_m, off_m
        body, by_m = self._vehicle.body, (off_m[0] - here[0], off_m[1] - here[1])
        flies_somewhere = self._vehicle.mode in {Mode.AUTO, Mode.RTL} or not body.trajectory.resting
        body.jump(by_m)
        if body.airborne and flies_somewhere:
            body.trajectory.add(leg_between((0.0, 0.0, 0.0), (-by_m[0], -by_m[1], 0.0), self._vehicle.limits()))

    def _watch_compasses(self) -> None:
        vehicle = self._vehicle
        if self.compass_ok:
            self._failed_since_s, self._switched = None, False
            return
        self._failed_since_s = vehicle.t_s if self._failed_since_s is None else self._failed_since_s
        other = next((n for n in range(1, _COMPASSES) if not vehicle.param(f"SIM_MAG{n + 1}_FAIL")), None)
        if other is not None and not self._switched and vehicle.t_s - self._failed_since_s >= _OTHER_COMPASS_AFTER_S:
            self._switched = True
            vehicle.say(_INFO, f"EKF3 IMU0 switching to compass {other}")
