"""The values of failsafe parameters that stand for each choice of an operator, Copter 4.4 to 4.7."""

from collections.abc import Mapping
from typing import Final

from flight.parameter_names import Setting
from missions import FailsafeAction

DRAG_COEFFICIENTS: Final = (
    Setting("drag of the body, forward", (("EK3_DRAG_BCOEF_X", 1.0),)),
    Setting("drag of the body, sideways", (("EK3_DRAG_BCOEF_Y", 1.0),)),
)
"""Up to 1, the estimator learns no wind from the body's drag."""
ROTOR_DRAG: Final = Setting("drag of the rotors", (("EK3_DRAG_MCOEF", 1.0),))
"""0: none from theirs either."""
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
