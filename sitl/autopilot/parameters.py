"""The parameters that matter here, with Copter 4.7's names, types and ranges; the rest of ArduPilot's are absent."""

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from missions.airframe import Airframe

UINT8, INT8, UINT16, INT16, UINT32, INT32, REAL32 = 1, 2, 3, 4, 5, 6, 9  # MAV_PARAM_TYPE
_WHOLE: Final = {
    UINT8: (0, 255),
    INT8: (-128, 127),
    UINT16: (0, 65535),
    INT16: (-32768, 32767),
    UINT32: (0, 2**32 - 1),
    INT32: (-(2**31), 2**31 - 1),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its type on the wire, its default, and whether a ground station may set it."""

    name: str
    kind: int
    default: float
    read_only: bool = False


def _table(airframe: Airframe) -> tuple[Parameter, ...]:
    middle_v = (airframe.battery_full_v + airframe.battery_empty_v) / 2
    usable_mah = round(airframe.battery_wh / middle_v * 1000)
    rows = [
        ("ACRO_BAL_PITCH", REAL32, 1.0),
        ("ARMING_SKIPCHK", INT32, 0),
        ("ATC_ANGLE_MAX", REAL32, 30.0),
        ("ATC_SLEW_YAW", REAL32, 60.0),
        ("AUTO_OPTIONS", INT32, 0),
        ("BATT_ARM_MAH", INT32, 0),
        ("BATT_ARM_VOLT", REAL32, 0.0),
        ("BATT_CAPACITY", INT32, usable_mah),
        ("BATT_CRT_MAH", REAL32, 0.0),
        ("BATT_CRT_VOLT", REAL32, 0.0),
        ("BATT_FS_CRT_ACT", INT8, 0),
        ("BATT_FS_LOW_ACT", INT8, 0),
        ("BATT_LOW_MAH", REAL32, 0.0),
        ("BATT_LOW_TIMER", INT8, 10),
        ("BATT_LOW_VOLT", REAL32, 3.5 * airframe.battery_cells),
        ("BATT_MONITOR", INT8, 4),
        ("BRD_OPTIONS", INT32, 0),
        ("CAM1_TYPE", INT8, 0),
        ("DISARM_DELAY", INT8, 10),
        ("FENCE_ACTION", INT8, 1),
        ("FENCE_ALT_MAX", REAL32, 100.0),
        ("FENCE_ALT_MIN", REAL32, -10.0),
        ("FENCE_ENABLE", INT8, 0),
        ("FENCE_MARGIN", REAL32, 2.0),
        ("FENCE_OPTIONS", INT16, 0),
        ("FENCE_RADIUS", REAL32, 300.0),
        ("FENCE_TYPE", INT8, 7),
        ("FRAME_CLASS", INT8, 1),
        ("FRAME_TYPE", INT8, 1),
        ("FS_EKF_ACTION", INT8, 1),
        ("FS_GCS_ENABLE", INT8, 0),
        ("FS_GCS_TIMEOUT", REAL32, 5.0),
        ("FS_OPTIONS", INT32, 16),
        ("FS_THR_ENABLE", INT8, 0),
        ("GPS1_TYPE", INT8, 1),
        ("GUID_OPTIONS", INT32, 0),
        ("LAND_ALT_LOW_M", REAL32, 10.0),
        ("LAND_SPD_HIGH_MS", REAL32, 0.0),
        ("LAND_SPD_MS", REAL32, 0.5),
        ("MAV_GCS_SYSID", INT16, 255),
        ("MAV_GCS_SYSID_HI", INT16, 0),
        ("MAV_SYSID", INT16, 1),
        ("MIS_OPTIONS", INT16, 0),
        ("MIS_RESTART", INT8, 0),
        ("MNT1_DEFLT_MODE", INT8, 3),
        ("MNT1_PITCH_MAX", INT16, 20),
        ("MNT1_PITCH_MIN", INT16, -90),
        ("MNT1_RATE_DEGS", REAL32, 60.0),
        ("MNT1_TYPE", INT8, 1),
        ("MNT1_YAW_MAX", INT16, 180),
        ("MNT1_YAW_MIN", INT16, -180),
        ("PILOT_TKO_ALT_M", REAL32, 0.0),
        ("RALLY_INCL_HOME", INT8, 1),
        ("RALLY_LIMIT_KM", REAL32, 0.3),
        ("RTL_ALT_FINAL_M", REAL32, 0.0),
        ("RTL_ALT_M", REAL32, 15.0),
        ("RTL_CLIMB_MIN_M", REAL32, 0.0),
        ("RTL_CONE_SLOPE", REAL32, 3.0),
        ("RTL_LOIT_TIME", INT32, 5000),
        ("RTL_SPEED_MS", REAL32, 0.0),
        ("SIM_BATT_CAP_AH", REAL32, usable_mah / 1000),
        ("SIM_BATT_VOLTAGE", REAL32, airframe.battery_full_v),
        ("SIM_GPS1_ENABLE", INT8, 1),
        ("SIM_GPS1_GLTCH_X", REAL32, 0.0),
        ("SIM_GPS1_GLTCH_Y", REAL32, 0.0),
        ("SIM_MAG1_FAIL", INT8, 0),
        ("SIM_MAG2_FAIL", INT8, 0),
        ("SIM_MAG3_FAIL", INT8, 0),
        ("SIM_SPEEDUP", REAL32, 1.0),
        ("SIM_WIND_DIR", REAL32, 0.0),
        ("SIM_WIND_SPD", REAL32, 0.0),
        ("SIM_WIND_TURB", REAL32, 0.0),
        ("TERRAIN_ENABLE", INT8, 0),
        ("WP_ACC", REAL32, airframe.acceleration_m_s2),
        ("WP_ACC_CNR", REAL32, 0.0),
        ("WP_ACC_Z", REAL32, 1.0),
        ("WP_JERK", REAL32, 1.0),
        ("WP_RADIUS_M", REAL32, 2.0),
        ("WP_SPD", REAL32, airframe.cruise_m_s),
        ("WP_SPD_DN", REAL32, airframe.descent_m_s),
        ("WP_SPD_UP", REAL32, airframe.climb_m_s),
        ("WP_YAW_BEHAVIOR", INT8, 1),
    ]
    counts = ("FENCE_TOTAL", INT8), ("MIS_TOTAL", INT16), ("RALLY_TOTAL", INT8), ("STAT_BOOTCNT", INT16)
    plain = [Parameter(name, kind, value) for name, kind, value in rows]
    return tuple(sorted(plain + [Parameter(name, kind, 0, read_only=True) for name, kind in counts], key=_by_name))


def _by_name(parameter: Parameter) -> str:
    return parameter.name


def _stored(kind: int, value: float) -> float:
    """Return the value as this type keeps it: whole numbers rounded and clipped, floats in binary32."""
    if kind == REAL32:
        return float(struct.unpack("<f", struct.pack("<f", max(-3.4e38, min(3.4e38, value))))[0])
    low, high = _WHOLE[kind]
    return float(max(low, min(high, math.trunc(value + math.copysign(0.01, value)))))


class ParameterStore:
    """Values by name, in the order they are listed. `changed` is called after a set from outside."""

    def __init__(self, airframe: Airframe, own: Mapping[str, float]) -> None:
        self.table = _table(airframe)
        self._index = {parameter.name: index for index, parameter in enumerate(self.table)}
        self._values = [_stored(parameter.kind, parameter.default) for parameter in self.table]
        self.changed: Callable[[str], None] | None = None
        self.told: dict[str, float] = {}
        """What was set from outside."""
        self.version = 0
        for name, value in own.items():
            self.put(name, value)

    def __getitem__(self, name: str) -> float:
        return self._values[self._index[name]]

    def __len__(self) -> int:
        return len(self.table)

    def index(self, name: str) -> int | None:
        """Return where it is listed, None if there is none."""
        return self._index.get(name)

    def at(self, index: int) -> tuple[Parameter, float]:
        """Return the parameter listed there and its value."""
        return self.table[index], self._values[index]

    def put(self, name: str, value: float) -> None:
        """Set a value without asking who wants it.

        Raises:
            KeyError: no such parameter.

        """
        index = self._index[name]
        self._values[index] = _stored(self.table[index].kind, value)

    def set_from_outside(self, name: str, value: float) -> bool:
        """Set a value for a ground station; False if it is read-only or not a number."""
        index = self._index[name]
        if self.table[index].read_only or not math.isfinite(value):
            return False
        self.put(name, value)
        self.told[name] = self[name]
        self.version += 1
        if self.changed is not None:
            self.changed(name)
        return True
