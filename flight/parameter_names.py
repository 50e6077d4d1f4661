"""What we want to know or set, and how Copter 4.4 to 4.7 spells it.

Copter 4.7 renamed and rescaled many parameters to SI units; which name a vehicle has is decided by its list, never by
its version.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Setting:
    """A quantity in SI units and its spellings, each with its units per SI unit, newest first."""

    what: str
    spellings: tuple[tuple[str, float], ...]


# How it returns and lands
RETURN_HEIGHT_M: Final = Setting("return height", (("RTL_ALT_M", 1.0), ("RTL_ALT", 100.0)))
RETURN_FINAL_HEIGHT_M: Final = Setting(
    "height at which a return ends", (("RTL_ALT_FINAL_M", 1.0), ("RTL_ALT_FINAL", 100.0))
)
RETURN_CLIMB_M: Final = Setting("least climb of a return", (("RTL_CLIMB_MIN_M", 1.0), ("RTL_CLIMB_MIN", 100.0)))
RETURN_SPEED_M_S: Final = Setting(
    "speed of a return, 0: as between waypoints", (("RTL_SPEED_MS", 1.0), ("RTL_SPEED", 100.0))
)
LANDING_SPEED_M_S: Final = Setting("speed of a landing's end", (("LAND_SPD_MS", 1.0), ("LAND_SPEED", 100.0)))
LANDING_SLOW_BELOW_M: Final = Setting(
    "height below which it lands slowly", (("LAND_ALT_LOW_M", 1.0), ("LAND_ALT_LOW", 100.0))
)

# What it does when something fails
GCS_FAILSAFE: Final = Setting("failsafe on loss of the ground station", (("FS_GCS_ENABLE", 1.0),))
GCS_FAILSAFE_S: Final = Setting("time to the ground station failsafe", (("FS_GCS_TIMEOUT", 1.0),))
FAILSAFE_OPTIONS: Final = Setting("failsafe options", (("FS_OPTIONS", 1.0),))
PILOT_FAILSAFE: Final = Setting("failsafe on loss of the transmitter", (("FS_THR_ENABLE", 1.0),))
EKF_FAILSAFE: Final = Setting("failsafe on a position that cannot be trusted", (("FS_EKF_ACTION", 1.0),))
EKF_THRESHOLD: Final = Setting("variance at which a position is not trusted", (("FS_EKF_THRESH", 1.0),))
DEAD_RECKONING_FAILSAFE: Final = Setting("failsafe on flying by dead reckoning", (("FS_DR_ENABLE", 1.0),))
DEAD_RECKONING_S: Final = Setting("time that dead reckoning is trusted", (("FS_DR_TIMEOUT", 1.0),))
BATTERY_FAILSAFE: Final = Setting("failsafe on a low battery", (("BATT_FS_LOW_ACT", 1.0),))
BATTERY_CRITICAL_FAILSAFE: Final = Setting("failsafe on a critical battery", (("BATT_FS_CRT_ACT", 1.0),))
BATTERY_LOW_MAH: Final = Setting("charge left that is low", (("BATT_LOW_MAH", 1.0),))
BATTERY_CRITICAL_MAH: Final = Setting("charge left that is critical", (("BATT_CRT_MAH", 1.0),))
BATTERY_LOW_V: Final = Setting("voltage that is low", (("BATT_LOW_VOLT", 1.0),))
BATTERY_CRITICAL_V: Final = Setting("voltage that is critical", (("BATT_CRT_VOLT", 1.0),))
BATTERY_LOW_S: Final = Setting("time that a battery must be low", (("BATT_LOW_TIMER", 1.0),))
BATTERY_CAPACITY_MAH: Final = Setting("battery capacity", (("BATT_CAPACITY", 1.0),))

# The fence
FENCE_ENABLE: Final = Setting("fence switch", (("FENCE_ENABLE", 1.0),))
FENCE_TYPE: Final = Setting("fence types", (("FENCE_TYPE", 1.0),))
FENCE_ACTION: Final = Setting("action at the fence", (("FENCE_ACTION", 1.0),))
FENCE_HEIGHT_M: Final = Setting("fence height", (("FENCE_ALT_MAX", 1.0),))
FENCE_FLOOR_M: Final = Setting("fence floor", (("FENCE_ALT_MIN", 1.0),))
FENCE_MARGIN_M: Final = Setting("distance kept from the fence", (("FENCE_MARGIN", 1.0),))
FENCE_OPTIONS: Final = Setting("fence options", (("FENCE_OPTIONS", 1.0),))
FENCE_AUTO_ENABLE: Final = Setting("fence switched on by itself", (("FENCE_AUTOENABLE", 1.0),))

# How it flies
WAYPOINT_SPEED_M_S: Final = Setting("speed between waypoints", (("WP_SPD", 1.0), ("WPNAV_SPEED", 100.0)))
WAYPOINT_RADIUS_M: Final = Setting("waypoint radius", (("WP_RADIUS_M", 1.0), ("WPNAV_RADIUS", 100.0)))
WAYPOINT_ACCELERATION_M_S2: Final = Setting("acceleration between waypoints", (("WP_ACC", 1.0), ("WPNAV_ACCEL", 100.0)))
CLIMB_SPEED_M_S: Final = Setting("climb between waypoints", (("WP_SPD_UP", 1.0), ("WPNAV_SPEED_UP", 100.0)))
DESCENT_SPEED_M_S: Final = Setting("descent between waypoints", (("WP_SPD_DN", 1.0), ("WPNAV_SPEED_DN", 100.0)))
LEAN_ANGLE_DEG: Final = Setting("largest lean angle", (("ATC_ANGLE_MAX", 1.0), ("ANGLE_MAX", 100.0)))
AUTOPILOT_LEAN_DEG: Final = Setting("largest lean of the autopilot, 0: that of the pilot", (("PSC_ANGLE_MAX", 1.0),))
PILOT_TAKEOFF_HEIGHT_M: Final = Setting(
    "height of a take-off by stick", (("PILOT_TKO_ALT_M", 1.0), ("PILOT_TKOFF_ALT", 100.0))
)
MISSION_RESTART: Final = Setting("restart of the mission in AUTO", (("MIS_RESTART", 1.0),))
AUTO_OPTIONS: Final = Setting("options of AUTO", (("AUTO_OPTIONS", 1.0),))
DISARM_S: Final = Setting("time on the ground until it disarms", (("DISARM_DELAY", 1.0),))

# Whom it listens to, what it tells and keeps
OWN_SYSTEM_ID: Final = Setting("system id", (("MAV_SYSID", 1.0), ("SYSID_THISMAV", 1.0)))
GCS_SYSTEM_ID: Final = Setting("system id of the ground station", (("MAV_GCS_SYSID", 1.0), ("SYSID_MYGCS", 1.0)))
STATION_ONLY: Final = Setting(
    "obeying that ground station only (bit 0)", (("MAV_OPTIONS", 1.0), ("SYSID_ENFORCE", 1.0))
)
REMOTE_ID: Final = Setting("remote identification switch", (("DID_ENABLE", 1.0),))
REMOTE_ID_OPTIONS: Final = Setting("remote identification options", (("DID_OPTIONS", 1.0),))
LOG_BACKEND: Final = Setting("where it logs", (("LOG_BACKEND_TYPE", 1.0),))
LOG_BITMASK: Final = Setting("what it logs", (("LOG_BITMASK", 1.0),))
LOG_DISARMED: Final = Setting("logging while disarmed", (("LOG_DISARMED", 1.0),))
MOUNT_TYPE: Final = Setting("gimbal type", (("MNT1_TYPE", 1.0),))
ARMING_CHECKS: Final = Setting("checks that are made before arming", (("ARMING_CHECK", 1.0),))
ARMING_CHECKS_SKIPPED: Final = Setting("checks that are left out before arming", (("ARMING_SKIPCHK", 1.0),))
"""Copter 4.7's opposite of `ARMING_CHECKS`; `Parameters.skipped_arming_checks` reads either."""

# A simulator's
SIM_SPEEDUP: Final = Setting("simulated pace", (("SIM_SPEEDUP", 1.0),))
SIM_BATTERY_AH: Final = Setting("simulated battery capacity", (("SIM_BATT_CAP_AH", 1.0),))
SIM_BATTERY_V: Final = Setting("simulated battery voltage", (("SIM_BATT_VOLTAGE", 1.0),))

FENCE_TYPE_HEIGHT: Final = 1
FENCE_TYPE_CIRCLE: Final = 2
FENCE_TYPE_POLYGONS: Final = 4
FAILSAFE_CONTINUE_AUTO_ON_GCS: Final = 2
"""FS_OPTIONS bit 1: a mission goes on without the ground station."""
MOUNTS_ON_BODY: Final = frozenset({1, 7})
"""MNT1_TYPE servo and brushless PWM: ArduPilot reports the angles it demands of the servos, against the body."""
MOUNT_SERVO_FUNCTIONS: Final = frozenset({6, 7, 8})
"""SERVOn_FUNCTION mount pan, tilt, roll."""
EVERY_ARMING_CHECK: Final = -1
"""ARMING_SKIPCHK that leaves out all checks, those of later firmware too."""
ALL_ARMING_CHECKS: Final = 1
"""ARMING_CHECK bit 0: all, whatever the other bits say."""
KNOWN_ARMING_CHECKS: Final = (1 << 21) - 2
"""The bits of single checks."""
