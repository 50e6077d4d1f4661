"""How fast the vehicle may go: its parameters, or what DO_CHANGE_SPEED said since."""

import math
from typing import Final

from sitl.autopilot.parameters import ParameterStore
from sitl.autopilot.trajectory import Limits

_JERK_SHARE: Final = 0.83
"""Copter's onset is a raised cosine; a constant jerk of this share of WP_JERK takes as long (measured on 4.7-dev)."""
_KINDS: Final = {0: "WP_SPD", 1: "WP_SPD", 2: "WP_SPD_UP", 3: "WP_SPD_DN"}
"""DO_CHANGE_SPEED's first field: 0 and 1 horizontal, 2 climb, 3 descent."""


class Speeds:
    """Speeds ordered on top of the parameters."""

    def __init__(self, parameters: ParameterStore) -> None:
        self._parameters = parameters
        self._ordered: dict[str, float] = {}

    def order(self, kind: int, speed_m_s: float) -> bool:
        """Take DO_CHANGE_SPEED; False where it makes no sense. It lasts until `forget`."""
        name = _KINDS.get(kind)
        if name is None or not math.isfinite(speed_m_s) or speed_m_s <= 0:
            return False
        self._ordered[name] = speed_m_s
        return True

    def forget(self, name: str | None = None) -> None:
        """Go back to one parameter, or to all."""
        if name is None:
            self._ordered.clear()
        else:
            self._ordered.pop(name, None)

    def limits(self) -> Limits:
        """Return the limits of speed and acceleration now."""
        p, ordered = self._parameters, self._ordered
        acceleration = max(0.5, p["WP_ACC"])
        return Limits(
            horizontal_m_s=max(0.1, ordered.get("WP_SPD", p["WP_SPD"])),
            up_m_s=max(0.1, ordered.get("WP_SPD_UP", p["WP_SPD_UP"])),
            down_m_s=max(0.1, ordered.get("WP_SPD_DN", p["WP_SPD_DN"])),
            horizontal_m_s2=acceleration,
            vertical_m_s2=max(0.5, p["WP_ACC_Z"]),
            jerk_m_s3=_JERK_SHARE * max(0.5, p["WP_JERK"]),
            corner_m_s2=p["WP_ACC_CNR"] or 2 * acceleration,
            radius_m=max(0.05, p["WP_RADIUS_M"]),
        )
