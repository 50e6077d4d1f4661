"""Why the vehicle may not be armed now, in ArduPilot's words."""

from typing import TYPE_CHECKING

from sitl.autopilot.modes import ARMABLE, AUTO_ALLOW_ARMING, NEEDS_POSITION, Mode

if TYPE_CHECKING:
    from sitl.autopilot.vehicle import Vehicle


def denials(vehicle: "Vehicle", *, forced: bool) -> list[str]:
    """Return the reasons against arming; empty if there are none."""
    reasons = [] if forced else health_denials(vehicle)
    if not reasons and not mode_armable(vehicle):
        reasons.append(f"{vehicle.mode.name} mode not armable")
    return reasons


def mode_armable(vehicle: "Vehicle") -> bool:
    """Whether the present mode allows arming at all."""
    if vehicle.mode is Mode.AUTO:
        return bool(int(vehicle.param("AUTO_OPTIONS")) & AUTO_ALLOW_ARMING)
    return vehicle.mode in ARMABLE


def health_denials(vehicle: "Vehicle") -> list[str]:
    """Return what is not ready, whatever the mode allows: also the PreArm reasons."""
    reasons: list[str] = []
    if not vehicle.attitude_ok:
        reasons.append("AHRS: not using configured AHRS type")
    if not vehicle.sensors.compass_ok:
        reasons.append("Compass not healthy")
    if vehicle.mode in NEEDS_POSITION or vehicle.fence.enabled:
        if vehicle.sensors.glitching:
            reasons.append("GPS glitching")
        if not vehicle.param("SIM_GPS1_ENABLE"):
            reasons.append("GPS 1: Bad fix")
        if not vehicle.position_ok:
            reasons.append("Need Position Estimate")
    if vehicle.mode is Mode.AUTO and vehicle.missions.count() < 2:
        reasons.append("Mode requires mission")
    reasons.extend(_battery_denials(vehicle))
    if vehicle.fence.enabled:
        reasons.extend(_fence_denials(vehicle))
    if vehicle.param("FS_GCS_ENABLE") == 2:
        reasons.append("FS_GCS_ENABLE=2 removed, see FS_OPTIONS")
    return reasons


def _battery_denials(vehicle: "Vehicle") -> list[str]:
    battery, param = vehicle.battery, vehicle.param
    left_mah = param("BATT_CAPACITY") - battery.consumed_mah
    checks = (
        (param("BATT_ARM_VOLT") > 0 and battery.voltage_v < param("BATT_ARM_VOLT"), "below minimum arming voltage"),
        (param("BATT_ARM_MAH") > 0 and left_mah < param("BATT_ARM_MAH"), "below minimum arming capacity"),
        (vehicle.failsafes.low_voltage("LOW"), "low voltage failsafe"),
        (vehicle.failsafes.low_capacity("LOW"), "low capacity failsafe"),
        (vehicle.failsafes.low_voltage("CRT"), "critical voltage failsafe"),
        (vehicle.failsafes.low_capacity("CRT"), "critical capacity failsafe"),
    )
    return [f"Battery 1 {text}" for failed, text in checks if failed][:1]


def _fence_denials(vehicle: "Vehicle") -> list[str]:
    low, high, margin = vehicle.param("FENCE_ALT_MIN"), vehicle.param("FENCE_ALT_MAX"), vehicle.param("FENCE_MARGIN")
    if vehicle.fence.breached:
        return [f"Vehicle breaching {vehicle.failsafes.fence_names(vehicle.fence.breached)}"]
    if margin < 0:
        return ["Invalid FENCE_MARGIN value"]
    if high < low:
        return ["FENCE_ALT_MAX < FENCE_ALT_MIN"]
    if high - low <= 2 * margin:
        return ["FENCE_MARGIN too big"]
    return []
