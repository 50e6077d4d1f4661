"""Feet on the ground: when it has landed, and when it disarms for that."""

from typing import TYPE_CHECKING, Final

from sitl.autopilot.manoeuvres import MOMENT_S, TakeOff
from sitl.autopilot.modes import Mode

if TYPE_CHECKING:
    from sitl.autopilot.vehicle import Vehicle

_LANDED_AFTER_S: Final = 2.0


class GroundContact:
    """Watches the body; `landed` is only true after a moment on the ground."""

    def __init__(self, vehicle: "Vehicle") -> None:
        self._vehicle = vehicle
        self.landed, self.flown = True, False
        self._down_since_s: float | None = 0.0
        self._idle_since_s = 0.0

    def idle_from_now(self) -> None:
        """Begin to count DISARM_DELAY."""
        self._idle_since_s = self._vehicle.t_s

    def step(self) -> None:
        """Look at the body, and disarm where the flight is over."""
        vehicle = self._vehicle
        if vehicle.body.airborne:
            self.flown, self.landed = True, False
            self._down_since_s = None
            self.idle_from_now()
            return
        if self._down_since_s is None:
            self._down_since_s = vehicle.t_s
        if not self.landed and vehicle.t_s - self._down_since_s + MOMENT_S >= _LANDED_AFTER_S:
            self.landed = True
            self.idle_from_now()
            if vehicle.armed and (vehicle.manoeuvre.landing or vehicle.mode in (Mode.LAND, Mode.RTL)):
                if vehicle.mode is Mode.AUTO:
                    vehicle.mission_flight.landed()
                vehicle.disarm()
                return
        if not (vehicle.armed and self.landed):
            return
        if vehicle.mode in (Mode.LAND, Mode.RTL):
            vehicle.disarm()
        delay_s = vehicle.param("DISARM_DELAY")
        if delay_s > 0 and not self._taking_off and vehicle.t_s - self._idle_since_s > delay_s:
            vehicle.disarm()

    @property
    def _taking_off(self) -> bool:
        vehicle = self._vehicle
        return isinstance(vehicle.mission_flight.manoeuvre if vehicle.mode is Mode.AUTO else vehicle.manoeuvre, TakeOff)
