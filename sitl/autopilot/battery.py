"""Energy: what the airframe draws, the pack's voltage, and what the gauge says."""

import math
from typing import Final

from missions.airframe import Airframe
from sitl.autopilot.settings import Vec

_AVIONICS_W: Final = 8.0
"""Autopilot, camera and downlink, on the ground too. The airframe's powers hold them already; that they are drawn once
more in flight keeps the stand-in about a hundredth hungrier than those figures: on the safe side of a plan."""
_IDLE_SHARE: Final = 0.06
"""Of hover power, motors turning on the ground."""
_SAG_SHARE: Final = 0.03
"""Of full voltage, lost inside the pack at hover power."""


class Battery:
    """A pack that empties; capacity in Wh is the airframe's usable energy."""

    def __init__(self, airframe: Airframe, start_pct: float) -> None:
        self._airframe = airframe
        self.full_v = airframe.battery_full_v
        """SIM_BATT_VOLTAGE: lowering it makes the pack look empty."""
        self.capacity_wh = airframe.battery_wh
        self.used_wh = airframe.battery_wh * (1 - start_pct / 100)
        self.consumed_mah = self.used_wh / self._middle_v * 1000
        self.power_w = _AVIONICS_W
        self.voltage_v = self.full_v

    @property
    def _middle_v(self) -> float:
        return (self._airframe.battery_full_v + self._airframe.battery_empty_v) / 2

    @property
    def current_a(self) -> float:
        """Drawn now."""
        return self.power_w / max(self.voltage_v, 1.0)

    @property
    def left_pct(self) -> float:
        """Of the usable energy; the truth, not the gauge."""
        return max(0.0, 100.0 * (1 - self.used_wh / self.capacity_wh))

    def resize(self, capacity_ah: float) -> None:
        """Put in a fresh pack of another capacity (SIM_BATT_CAP_AH)."""
        self.capacity_wh = max(capacity_ah, 0.01) * self._middle_v
        self.used_wh = self.consumed_mah = 0.0

    def set_gauge(self, pct: float, capacity_mah: float) -> None:
        """Make the gauge say `pct`; the pack stays what it is."""
        self.consumed_mah = capacity_mah * (1 - pct / 100)

    def gauge_pct(self, capacity_mah: float) -> int:
        """Return what the autopilot reports: what is left of BATT_CAPACITY by counted charge, -1 if unknown."""
        if capacity_mah <= 0:
            return -1
        return max(0, min(100, round(100 * (1 - self.consumed_mah / capacity_mah))))

    def step(self, dt_s: float, *, armed: bool, landed: bool, airspeed: Vec) -> None:
        """Draw the power that this motion through the air takes."""
        self.power_w = self._power_w(armed=armed, landed=landed, airspeed=airspeed)
        self.used_wh += self.power_w * dt_s / 3600
        empty = (self._airframe.battery_full_v - self._airframe.battery_empty_v) * min(
            1.0, self.used_wh / self.capacity_wh
        )
        sag = _SAG_SHARE * self._airframe.battery_full_v * self.power_w / self._airframe.hover_w
        self.voltage_v = max(0.5, self.full_v - empty - sag)
        self.consumed_mah += self.current_a * dt_s / 3.6

    def _power_w(self, *, armed: bool, landed: bool, airspeed: Vec) -> float:
        if not armed:
            return _AVIONICS_W
        plane = self._airframe
        if landed:
            return _AVIONICS_W + _IDLE_SHARE * plane.hover_w
        level = plane.level_power_w(math.hypot(airspeed[0], airspeed[1]))
        climb = airspeed[2] / plane.climb_m_s
        extra = (plane.climb_w - plane.hover_w) * (climb if climb > 0 else 0.3 * climb)
        return _AVIONICS_W + max(0.5 * plane.hover_w, level + extra)
