"""Parameters of failsafes, and the values that Copter 4.4 to 4.7 gives their meanings."""

from collections.abc import Mapping
from typing import Final

from flight.parameter_names import Setting
from missions import FailsafeAction

BATTERY_CRITICAL_FAILSAFE: Final = Setting("failsafe on a critical battery", (("BATT_FS_CRT_ACT", 1.0),))
BATTERY_LOW_MAH: Final = Setting("charge left that is low", (("BATT_LOW_MAH", 1.0),))
BATTERY_CRITICAL_MAH: Final = Setting("charge left that is critical", (("BATT_CRT_MAH", 1.0),))
BATTERY_MONITOR: Final = Setting("battery monitor", (("BATT_MONITOR", 1.0),))
EKF_FAILSAFE: Final = Setting("failsafe on a lost position estimate", (("FS_EKF_ACTION", 1.0),))
EKF_THRESHOLD: Final = Setting("variance that an estimate may have", (("FS_EKF_THRESH", 1.0),))
DEAD_RECKONING_FAILSAFE: Final = Setting("failsafe on a lost GPS", (("FS_DR_ENABLE", 1.0),))
FENCE_MARGIN_M: Final = Setting("distance kept from the fence", (("FENCE_MARGIN", 1.0),))
FENCE_AUTO_ENABLE: Final = Setting("fence switched by arming", (("FENCE_AUTOENABLE", 1.0),))
SIM_SPEEDUP: Final = Setting("pace of the simulation", (("SIM_SPEEDUP", 1.0),))

FENCE_TYPE_LEAST_HEIGHT: Final = 8

LINK_LOSS_VALUES: Final[Mapping[FailsafeAction, int]] = {
    FailsafeAction.CONTINUE: 1,
    FailsafeAction.RETURN: 1,
    FailsafeAction.SMART_RETURN: 3,
    FailsafeAction.LAND: 5,
    FailsafeAction.HOLD: 7,
}
"""FS_GCS_ENABLE. To fly the mission on is FS_OPTIONS bit 1; outside of AUTO the vehicle then still comes home."""
BATTERY_VALUES: Final[Mapping[FailsafeAction, int]] = {
    FailsafeAction.REPORT: 0,
    FailsafeAction.LAND: 1,
    FailsafeAction.RETURN: 2,
    FailsafeAction.SMART_RETURN: 3,
}
"""BATT_FS_LOW_ACT and BATT_FS_CRT_ACT."""
FENCE_VALUES: Final[Mapping[FailsafeAction, int]] = {
    FailsafeAction.REPORT: 0,
    FailsafeAction.RETURN: 1,
    FailsafeAction.LAND: 2,
    FailsafeAction.SMART_RETURN: 3,
    FailsafeAction.HOLD: 4,
}
"""FENCE_ACTION; more than 100 m outside it lands whatever was chosen, but for a report."""
DEAD_RECKONING_VALUES: Final[Mapping[FailsafeAction, int]] = {
    FailsafeAction.REPORT: 0,
    FailsafeAction.LAND: 1,
    FailsafeAction.RETURN: 2,
}
"""FS_DR_ENABLE: as soon as the position is only reckoned from the wind."""
EKF_VALUES: Final[Mapping[FailsafeAction, int]] = {
    FailsafeAction.REPORT: 0,
    FailsafeAction.LAND: 1,
    FailsafeAction.RETURN: 1,
}
"""FS_EKF_ACTION: once there is no position at all, nothing can return; what may then be done is to land."""
