"""Flight modes of ArduPilot Copter by number and name."""

from typing import Final

STABILIZE: Final = 0
AUTO: Final = 3
GUIDED: Final = 4
LOITER: Final = 5
RTL: Final = 6
LAND: Final = 9
BRAKE: Final = 17
SMART_RTL: Final = 21
AUTO_RTL: Final = 27

_NAMES = {
    0: "STABILIZE",
    1: "ACRO",
    2: "ALT_HOLD",
    3: "AUTO",
    4: "GUIDED",
    5: "LOITER",
    6: "RTL",
    7: "CIRCLE",
    9: "LAND",
    11: "DRIFT",
    13: "SPORT",
    14: "FLIP",
    15: "AUTOTUNE",
    16: "POSHOLD",
    17: "BRAKE",
    18: "THROW",
    19: "AVOID_ADSB",
    20: "GUIDED_NOGPS",
    21: "SMART_RTL",
    22: "FLOWHOLD",
    23: "FOLLOW",
    24: "ZIGZAG",
    25: "SYSTEMID",
    26: "AUTOROTATE",
    27: "AUTO_RTL",
    28: "TURTLE",
}
RETURNING: Final = frozenset({RTL, SMART_RTL, AUTO_RTL, LAND})


def mode_name(number: int) -> str:
    """Return the name of a mode."""
    return _NAMES.get(number, f"mode {number}")
