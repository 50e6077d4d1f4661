"""Mission, fence and rally entries as the autopilot stores them; what cannot be flown here is refused with its reason.

Storing changes an item in ArduPilot's known ways: heights to centimetres, frames 5 and 6 to 0 and 3, delays to whole
seconds, gimbal angles to whole degrees, parameters a command does not use to zero.
"""

import math
import struct
from dataclasses import dataclass, replace
from typing import Any, Final

ACCEPTED, ERROR, UNSUPPORTED_FRAME, UNSUPPORTED, NO_SPACE, INVALID = 0, 1, 2, 3, 4, 5
INVALID_PARAM1, INVALID_X, INVALID_Y, INVALID_Z = 6, 10, 11, 12
INVALID_SEQUENCE, DENIED, CANCELLED = 13, 14, 15

WAYPOINT, LOITER_UNLIM, LOITER_TIME, RTL, LAND, TAKEOFF, DELAY = 16, 17, 19, 20, 21, 22, 93
CONDITION_DELAY, CONDITION_YAW = 112, 115
DO_JUMP, DO_CHANGE_SPEED, DO_LAND_START = 177, 178, 189
ROI_LOCATION, ROI_NONE, ROI = 195, 197, 201
MOUNT_CONTROL, FENCE_ENABLE, GIMBAL_PITCHYAW = 205, 207, 1000
INCLUSION, EXCLUSION, CIRCLE_INCLUSION, CIRCLE_EXCLUSION, RETURN_POINT, RALLY_POINT = 5001, 5002, 5003, 5004, 5000, 5100

NAVIGATION: Final = frozenset({WAYPOINT, LOITER_UNLIM, LOITER_TIME, RTL, LAND, TAKEOFF, DELAY})
_PLACED: Final = frozenset({WAYPOINT, LOITER_UNLIM, LOITER_TIME, LAND, TAKEOFF, ROI_LOCATION, ROI, DO_LAND_START})
_WHOLE_P1: Final = frozenset({WAYPOINT, LOITER_TIME, LAND, TAKEOFF, ROI_LOCATION, ROI_NONE, ROI, FENCE_ENABLE})
_KEPT: Final = {
    DELAY: 4,
    CONDITION_DELAY: 1,
    CONDITION_YAW: 4,
    DO_JUMP: 2,
    DO_CHANGE_SPEED: 3,
    MOUNT_CONTROL: 3,
    GIMBAL_PITCHYAW: 4,
}
"""How many parameters the commands without a place keep."""
_KNOWN: Final = _PLACED | _WHOLE_P1 | frozenset(_KEPT) | {RTL}
_FRAMES: Final = {0: 0, 2: 0, 5: 0, 3: 3, 6: 3}
_YAW_MAY_BE_NAN: Final = frozenset({WAYPOINT, LOITER_UNLIM, LAND, TAKEOFF})
_HEIGHT_LIMIT_M: Final = 83_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredItem:
    """One entry, as it is read back."""

    command: int
    frame: int = 0
    params: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    x: int = 0
    """Latitude, degrees times 1e7 (or the command's fifth parameter)."""
    y: int = 0
    z: float = 0.0

    @property
    def placed(self) -> bool:
        """Whether x and y are a position."""
        return self.command in _PLACED or self.command >= RETURN_POINT


class Refused(Exception):  # noqa: N818 - the protocol's word
    """The item cannot be stored; carries the MAV_MISSION_RESULT."""

    def __init__(self, result: int) -> None:
        super().__init__(f"MAV_MISSION_RESULT {result}")
        self.result = result


def binary32(value: float) -> float:
    """Return the nearest number that MAVLink's float holds."""
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


def _whole(value: float, top: int = 65535) -> float:
    return float(max(0, min(top, int(value)))) if math.isfinite(value) else 0.0


def _checked_params(message: Any) -> tuple[float, float, float, float]:
    params = (message.param1, message.param2, message.param3, message.param4)
    for index, value in enumerate(params):
        yaw = index == 3 and message.command in _YAW_MAY_BE_NAN
        if math.isinf(value) or (math.isnan(value) and not yaw):
            raise Refused(INVALID_PARAM1 + index)
    return params


def _checked_place(message: Any) -> None:
    if abs(message.x) > 900_000_000:
        raise Refused(INVALID_X)
    if abs(message.y) > 1_800_000_000:
        raise Refused(INVALID_Y)
    if not math.isfinite(message.z) or abs(message.z) >= _HEIGHT_LIMIT_M:
        raise Refused(INVALID_Z)
    if message.frame not in _FRAMES:
        raise Refused(UNSUPPORTED_FRAME)


def _stored_params(command: int, params: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    if command == LOITER_TIME:
        return (_whole(params[0]), 0.0, -1.0 if params[2] < 0 else 1.0, 1.0 if params[3] > 0 else 0.0)
    if command == LOITER_UNLIM:
        return (0.0, 0.0, math.copysign(_whole(abs(params[2])), params[2]), 0.0)
    if command == LAND:
        yaw = params[3]
        return (_whole(params[0]), 0.0, 0.0, -1.0 if math.isfinite(yaw) and yaw < 0 else 1.0)
    if command in _WHOLE_P1:
        return (_whole(params[0]), 0.0, 0.0, 0.0)
    if command in (DO_JUMP, DELAY, CONDITION_YAW, GIMBAL_PITCHYAW):
        return tuple(float(int(value)) for value in params[: _KEPT[command]]) + (0.0,) * (4 - _KEPT[command])  # type: ignore[return-value]  # of four
    kept = _KEPT.get(command, 0)
    return params[:kept] + (0.0,) * (4 - kept)  # type: ignore[return-value]  # of four


def stored_mission_item(message: Any) -> StoredItem:
    """Return a MISSION_ITEM_INT as it is stored.

    Raises:
        Refused: with the MAV_MISSION_RESULT that says why.

    """
    params = _checked_params(message)
    command = message.command
    if command not in _KNOWN:
        raise Refused(UNSUPPORTED)
    item = StoredItem(command=command, params=_stored_params(command, params))
    if command == DO_CHANGE_SPEED and params[1] <= 0:
        raise Refused(INVALID_PARAM1 + 1)
    if command == GIMBAL_PITCHYAW:
        return replace(item, x=message.x, z=_whole(message.z, 255) if math.isfinite(message.z) else 0.0)
    if command == MOUNT_CONTROL:
        return replace(item, z=2.0)  # MAV_MOUNT_MODE_MAVLINK_TARGETING
    if command not in _PLACED:
        return item
    _checked_place(message)
    z = binary32(int(message.z * 100.0) * 0.01)
    return replace(item, frame=_FRAMES[message.frame], x=message.x, y=message.y, z=z)


def stored_fence_item(message: Any) -> StoredItem:
    """Return a fence entry as it is stored: corners keep their count, circles their radius.

    Raises:
        Refused: with the MAV_MISSION_RESULT that says why.

    """
    if message.command not in (INCLUSION, EXCLUSION, CIRCLE_INCLUSION, CIRCLE_EXCLUSION, RETURN_POINT):
        raise Refused(UNSUPPORTED)
    if message.frame not in (0, 3, 5, 6, 2):
        raise Refused(UNSUPPORTED_FRAME)
    if not math.isfinite(message.param1):
        raise Refused(INVALID_PARAM1)
    if abs(message.x) > 900_000_000:
        raise Refused(INVALID_X)
    if abs(message.y) > 1_800_000_000:
        raise Refused(INVALID_Y)
    if message.command in (INCLUSION, EXCLUSION) and not 3 <= message.param1 <= 255:
        raise Refused(INVALID_PARAM1)
    if message.command in (CIRCLE_INCLUSION, CIRCLE_EXCLUSION) and message.param1 <= 0:
        raise Refused(INVALID_PARAM1)
    kept = 0.0 if message.command == RETURN_POINT else message.param1
    return StoredItem(command=message.command, params=(kept, 0.0, 0.0, 0.0), x=message.x, y=message.y)


def stored_rally_item(message: Any) -> StoredItem:
    """Return a rally point as it is stored: whole metres above home.

    Raises:
        Refused: with the MAV_MISSION_RESULT that says why.

    """
    if message.command != RALLY_POINT:
        raise Refused(UNSUPPORTED)
    if message.frame not in (3, 6):
        raise Refused(UNSUPPORTED_FRAME)
    if abs(message.x) > 900_000_000:
        raise Refused(INVALID_X)
    if abs(message.y) > 1_800_000_000:
        raise Refused(INVALID_Y)
    if not math.isfinite(message.z) or abs(message.z) > 32_767:
        raise Refused(INVALID_Z)
    return StoredItem(command=RALLY_POINT, frame=3, x=message.x, y=message.y, z=float(int(message.z)))
