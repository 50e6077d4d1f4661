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


RETURN_HEIGHT_M: Final = Setting("return height", (("RTL_ALT_M", 1.0), ("RTL_ALT", 100.0)))
RETURN_FINAL_HEIGHT_M: Final = Setting(
    "height at which a return ends", (("RTL_ALT_FINAL_M", 1.0), ("RTL_ALT_FINAL", 100.0))
)
GCS_FAILSAFE: Final = Setting("failsafe on loss of the ground station", (("FS_GCS_ENABLE", 1.0),))
GCS_FAILSAFE_S: Final = Setting("time to the ground station failsafe", (("FS_GCS_TIMEOUT", 1.0),))
FAILSAFE_OPTIONS: Final = Setting("failsafe options", (("FS_OPTIONS", 1.0),))
GCS_SYSTEM_ID: Final = Setting("system id of the ground station", (("MAV_GCS_SYSID", 1.0), ("SYSID_MYGCS", 1.0)))
FENCE_ENABLE: Final = Setting("fence switch", (("FENCE_ENABLE", 1.0),))
FENCE_TYPE: Final = Setting("fence types", (("FENCE_TYPE", 1.0),))
FENCE_ACTION: Final = Setting("action at the fence", (("FENCE_ACTION", 1.0),))
FENCE_HEIGHT_M: Final = Setting("fence height", (("FENCE_ALT_MAX", 1.0),))
BATTERY_FAILSAFE: Final = Setting("failsafe on a low battery", (("BATT_FS_LOW_ACT", 1.0),))
BATTERY_CAPACITY_MAH: Final = Setting("battery capacity", (("BATT_CAPACITY", 1.0),))
WAYPOINT_SPEED_M_S: Final = Setting("speed between waypoints", (("WP_SPD", 1.0), ("WPNAV_SPEED", 100.0)))
WAYPOINT_RADIUS_M: Final = Setting("waypoint radius", (("WP_RADIUS_M", 1.0), ("WPNAV_RADIUS", 100.0)))
MISSION_RESTART: Final = Setting("restart of the mission in AUTO", (("MIS_RESTART", 1.0),))
MOUNT_TYPE: Final = Setting("gimbal type", (("MNT1_TYPE", 1.0),))
SIM_BATTERY_AH: Final = Setting("simulated battery capacity", (("SIM_BATT_CAP_AH", 1.0),))
SIM_BATTERY_V: Final = Setting("simulated battery voltage", (("SIM_BATT_VOLTAGE", 1.0),))

FENCE_TYPE_HEIGHT: Final = 1
FENCE_TYPE_CIRCLE: Final = 2
FENCE_TYPE_POLYGONS: Final = 4
FENCE_ACTION_RETURN: Final = 1
GCS_FAILSAFE_OFF: Final = 0
GCS_FAILSAFE_RETURN: Final = 1
FAILSAFE_CONTINUE_AUTO_ON_GCS: Final = 2
"""FS_OPTIONS bit 1: a mission goes on without the ground station."""
MOUNTS_ON_BODY: Final = frozenset({1, 7})
"""MNT1_TYPE servo and brushless PWM: ArduPilot reports the angles it demands of the servos, against the body."""
MOUNT_SERVO_FUNCTIONS: Final = frozenset({6, 7, 8})
"""SERVOn_FUNCTION mount pan, tilt, roll."""
