"""What a battery's counted charge means in energy, and the charge at which its failsafes act."""

from dataclasses import dataclass
from typing import Final

from missions import FailsafePolicy, Plan
from missions.airframe import Airframe
from missions.hardware import load_airframe

_SLOW_BELOW_M: Final = 10.0  # LAND_ALT_LOW
_SLOW_M_S: Final = 0.5  # LAND_SPEED
_RETURN_HOVER_S: Final = 5.0  # RTL_LOIT_TIME
_SPARE_HOVER_S: Final = 30.0
"""To look for a place to land."""
_LEAST_STEP_PCT: Final = 1.0
"""Between critical and low: a vehicle whose two limits are one does not arm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """A battery as its vehicle counts it: charge from BATT_CAPACITY down to 0, the last part of it not to be used."""

    capacity_mah: float
    """BATT_CAPACITY."""
    usable_mah: float
    middle_v: float

    @classmethod
    def of(cls, airframe: Airframe, capacity_mah: float) -> "Gauge":
        """Return the gauge of a vehicle that counts `capacity_mah`, with the energy the airframe's data give it.

        A vehicle set to more than the usable charge counts the rest too; one set to less has that much only.
        """
        middle_v = (airframe.battery_full_v + airframe.battery_empty_v) / 2
        return cls(
            capacity_mah=capacity_mah,
            usable_mah=min(capacity_mah, 1000.0 * airframe.battery_wh / middle_v),
            middle_v=middle_v,
        )

    def usable_wh(self, gauge_pct: float) -> float:
        """Return the energy that may still be used when the gauge says `gauge_pct`."""
        left_mah = self.capacity_mah * gauge_pct / 100.0
        return max(0.0, left_mah - (self.capacity_mah - self.usable_mah)) * self.middle_v / 1000.0

    def left_mah(self, usable_wh: float) -> float:
        """Return the counted charge at which so much energy may still be used."""
        return self.capacity_mah - self.usable_mah + 1000.0 * usable_wh / self.middle_v


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryLimits:
    """Charge left at which a battery is low and critical, as counted from BATT_CAPACITY."""

    low_mah: float
    critical_mah: float


def battery_limits(policy: FailsafePolicy, plan: Plan, capacity_mah: float) -> BatteryLimits:
    """Return the policy's limits; what it leaves out is worked out from the plan.

    Critical is what a landing from the return height takes, with half a minute of hover to spare. Low is that and the
    way home from the farthest waypoint, straight and against the planned wind; but never more than the plan's reserve,
    which a sortie as planned may come down to.

    Raises:
        InputError: the plan's airframe is not known.

    """
    airframe = load_airframe(plan.airframe)
    gauge = Gauge.of(airframe, capacity_mah)
    critical_wh = _landing_wh(airframe, plan.return_height_m)
    reserve_wh = airframe.battery_wh * plan.reserve_pct / 100.0
    low_wh = min(critical_wh + _return_wh(airframe, plan), max(reserve_wh, critical_wh))
    step_mah = capacity_mah * _LEAST_STEP_PCT / 100.0
    low_mah, critical_mah = gauge.left_mah(low_wh), gauge.left_mah(critical_wh)
    if policy.critical_battery_pct is not None:
        critical_mah = capacity_mah * policy.critical_battery_pct / 100.0
    if policy.low_battery_pct is not None:
        low_mah = capacity_mah * policy.low_battery_pct / 100.0
        critical_mah = min(critical_mah, max(low_mah - step_mah, low_mah / 2.0))
    low_mah = max(low_mah, critical_mah + min(step_mah, low_mah / 2.0))
    return BatteryLimits(low_mah=float(round(low_mah)), critical_mah=float(round(critical_mah)))


def _landing_wh(airframe: Airframe, height_m: float) -> float:
    slow_m = min(height_m, _SLOW_BELOW_M)
    time_s = (height_m - slow_m) / airframe.descent_m_s + slow_m / _SLOW_M_S + _RETURN_HOVER_S + _SPARE_HOVER_S
    return airframe.hover_w * time_s / 3600.0


def _return_wh(airframe: Airframe, plan: Plan) -> float:
    farthest_m = max(plan.dock.distance_m(w.position) for sortie in plan.sorties for w in sortie.waypoints)
    power_w = airframe.level_power_w(airframe.cruise_m_s + plan.wind_m_s)
    return power_w * farthest_m / airframe.cruise_m_s / 3600.0
