"""ArduCopter's mode numbers; the ones flown here."""

from enum import IntEnum
from typing import Final


class Mode(IntEnum):
    """Modes that can be entered."""

    STABILIZE = 0
    AUTO = 3
    GUIDED = 4
    LOITER = 5
    RTL = 6
    LAND = 9
    BRAKE = 17


NEEDS_POSITION: Final = frozenset(Mode) - {Mode.STABILIZE}
ARMABLE: Final = frozenset({Mode.STABILIZE, Mode.GUIDED, Mode.LOITER})
"""AUTO too, with AUTO_OPTIONS bit 0."""
AUTO_ALLOW_ARMING: Final = 1
AUTO_ALLOW_TAKEOFF_WITHOUT_THROTTLE: Final = 2
