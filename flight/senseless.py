"""What a message cannot say: a sound checksum does not make a sound value.

A rule looks only at fields that are there, and lets pass whatever a healthy vehicle of some firmware may send.
"""

import math
import re
from collections.abc import Callable
from typing import Final

from missions import Message

_TURN: Final = 2 * math.pi + 1e-3
_LAT_E7, _LON_E7 = 90 * 10**7, 180 * 10**7
_UNKNOWN_16: Final = 65_535
_ABSENT_MOST: Final = 3
_HIGHEST_MM: Final = 50_000_000
_LATEST_US: Final = 4_102_444_800 * 10**6  # 2100-01-01
_PARAMETER: Final = re.compile(r"[A-Z][A-Z0-9_]{0,15}")
_ARDUPILOT: Final = 3  # MAV_AUTOPILOT_ARDUPILOTMEGA; others pack their modes otherwise

_Rule = Callable[[Message], bool]


def _number(message: Message, name: str, otherwise: float = 0.0) -> float:
    value = message.fields.get(name, otherwise)
    return value if isinstance(value, int | float) else math.nan


def _within(message: Message, name: str, low: float, high: float, *unknown: int) -> bool:
    """Whether a field is in its range or has the value that says "unknown"; what is not there is."""
    value = _number(message, name, low)
    return low <= value <= high or value in unknown


def _finite(message: Message, *names: str, most: float = 1e6) -> bool:
    return all(abs(_number(message, name)) <= most for name in names)  # false for what is not a number


def _position(message: Message) -> bool:
    return (
        _within(message, "lat", -_LAT_E7, _LAT_E7)
        and _within(message, "lon", -_LON_E7, _LON_E7)
        and _finite(message, "alt", "relative_alt", most=_HIGHEST_MM)
        and _within(message, "hdg", 0, 36_000, 65_535)
    )


def _home(message: Message) -> bool:
    return (
        _within(message, "latitude", -_LAT_E7, _LAT_E7)
        and _within(message, "longitude", -_LON_E7, _LON_E7)
        and _finite(message, "altitude", most=_HIGHEST_MM)
    )


def _heartbeat(message: Message) -> bool:
    return (
        _within(message, "mavlink_version", 2, 3, 0)
        and _within(message, "system_status", 0, 8)
        and _within(message, "autopilot", 0, 40)
        and _within(message, "type", 0, 80)
        and (_number(message, "autopilot") != _ARDUPILOT or _within(message, "custom_mode", 0, 99))
    )


def _system(message: Message) -> bool:
    """A load of 1000 is all; an autopilot does not use many sensors that it does not have."""
    present, enabled = (message.fields.get(f"onboard_control_sensors_{what}", 0) for what in ("present", "enabled"))
    absent = enabled & ~present if isinstance(present, int) and isinstance(enabled, int) and present else 0
    return (
        _within(message, "battery_remaining", -1, 100)
        and _within(message, "load", 0, 2000)
        and _within(message, "drop_rate_comm", 0, 10_000)
        and absent.bit_count() <= _ABSENT_MOST
    )


def _quaternion(message: Message) -> bool:
    quaternion = message.fields.get("q")
    if not isinstance(quaternion, list | tuple):
        return True
    if any(math.isnan(value) for value in quaternion):
        return True  # a gimbal's way to say that it does not know
    return 0.8 < math.hypot(*quaternion) < 1.2


def _mount(message: Message) -> bool:
    angles = (_number(message, name) for name in ("roll", "pitch", "yaw", "yaw_absolute"))
    return all(math.isnan(angle) or abs(angle) <= 720 for angle in angles)


def _parameter(message: Message) -> bool:
    name = message.fields.get("param_id", "P")
    return (
        isinstance(name, str)
        and _PARAMETER.fullmatch(name.rstrip("\x00")) is not None
        and _within(message, "param_type", 1, 10)
        and math.isfinite(_number(message, "param_value"))
    )


def _mission(message: Message) -> bool:
    return message.fields.get("mission_type", 0) in {0, 1, 2, 255}


def _mission_current(message: Message) -> bool:
    total = _number(message, "total")
    is_of_it = total in {0, _UNKNOWN_16} or _number(message, "seq") <= total
    return is_of_it and _within(message, "mission_state", 0, 5) and _within(message, "mission_mode", 0, 2)


def _mission_item(message: Message) -> bool:
    numbers = ("param1", "param2", "param3", "param4", "z")  # not a number: "do not change"
    return _mission(message) and not any(math.isinf(_number(message, name)) for name in numbers)


def _mission_ack(message: Message) -> bool:
    return _mission(message) and _within(message, "type", 0, 15)


_RULES: Final[dict[str, _Rule]] = {
    "HEARTBEAT": _heartbeat,
    "GLOBAL_POSITION_INT": _position,
    "HOME_POSITION": _home,
    "GPS_RAW_INT": lambda m: (
        _within(m, "lat", -_LAT_E7, _LAT_E7) and _within(m, "lon", -_LON_E7, _LON_E7) and _within(m, "fix_type", 0, 8)
    ),
    "ATTITUDE": lambda m: _finite(m, "roll", "pitch", "yaw", most=_TURN),
    "GIMBAL_DEVICE_ATTITUDE_STATUS": _quaternion,
    "MOUNT_ORIENTATION": _mount,
    "SYS_STATUS": _system,
    "BATTERY_STATUS": lambda m: (
        _within(m, "battery_remaining", -1, 100) and _within(m, "charge_state", 0, 7) and _within(m, "type", 0, 20)
    ),
    "MISSION_CURRENT": _mission_current,
    "WIND": lambda m: _finite(m, "direction", most=720) and _finite(m, "speed", "speed_z", most=150),
    "SYSTEM_TIME": lambda m: _within(m, "time_unix_usec", 0, _LATEST_US),
    "EKF_STATUS_REPORT": lambda m: _finite(m, "velocity_variance", "pos_horiz_variance", "pos_vert_variance"),
    "VFR_HUD": lambda m: _within(m, "throttle", 0, 100),
    "EXTENDED_SYS_STATE": lambda m: _within(m, "landed_state", 0, 4),
    "STATUSTEXT": lambda m: _within(m, "severity", 0, 7),
    "COMMAND_ACK": lambda m: _within(m, "result", 0, 20),
    "PARAM_VALUE": _parameter,
    "MISSION_ACK": _mission_ack,
    "MISSION_COUNT": _mission,
    "MISSION_REQUEST": _mission,
    "MISSION_REQUEST_INT": _mission,
    "MISSION_ITEM_INT": _mission_item,
}


def is_senseless(message: Message) -> bool:
    """Whether a message says what cannot be."""
    rule = _RULES.get(message.name)
    return rule is not None and not rule(message)
