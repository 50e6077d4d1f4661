"""Whether an armed aircraft stands on the ground: nothing of it moves, and its thrust is none that could hold it up.

Standing still alone is no evidence, a good hover is as still. What cannot be in the air is to stay still for long while
the throttle asks for next to nothing (it would fall), or for everything there is (a sound one would climb, one that
is failing would sink).
"""

import math
from typing import Final

from flight import copter_modes as modes
from missions import Telemetry

IDLE_PCT: Final = 5.0
"""Throttle. ArduPilot learns hover throttles from 12.5 % up; what attitude control adds to a lower throttle stays below
hover thrust."""
FULL_PCT: Final = 90.0
"""ArduPilot's own measure for a loss of thrust."""
_STILL_M_S, _STILL_M, _STILL_DEG = 0.5, 1.0, 4.0
_GAP_S: Final = 3.0
"""Between two positions; what happened in a longer gap nobody knows."""


class Standing:
    """Counts for how long nothing has moved, by the vehicle's clock; fed with every telemetry."""

    def __init__(self) -> None:
        self._anchor: Telemetry | None = None
        self._before_s = 0.0
        self._idle_since_s: float | None = None
        self._full_since_s: float | None = None
        self.idle_s = 0.0
        """How long it has been still with an idle throttle."""
        self.full_s = 0.0
        """How long it has been still at full throttle."""

    def forget(self) -> None:
        """Begin anew."""
        self._anchor = self._idle_since_s = self._full_since_s = None
        self.idle_s = self.full_s = 0.0

    def hear(self, now: Telemetry, throttle_pct: float | None) -> None:
        """Look at one position, and the throttle told last; an untold throttle is no evidence."""
        now_s = now.captured_utc_s
        gap = not 0.0 <= now_s - self._before_s <= _GAP_S
        self._before_s = now_s
        if gap or self._anchor is None or not _is_still(self._anchor, now):
            self.forget()
            self._anchor = now
            return
        self._idle_since_s = _since(
            self._idle_since_s, now_s, holds=throttle_pct is not None and throttle_pct <= IDLE_PCT
        )
        self._full_since_s = _since(
            self._full_since_s, now_s, holds=throttle_pct is not None and throttle_pct >= FULL_PCT
        )
        self.idle_s = now_s - self._idle_since_s if self._idle_since_s is not None else 0.0
        self.full_s = now_s - self._full_since_s if self._full_since_s is not None else 0.0


def against_disarming(mode: int, throttle_pct: float | None) -> str | None:
    """Return what speaks against stopping the motors at this instant; None: nothing."""
    if mode != modes.LAND:
        return f"it is in {modes.mode_name(mode)}, not in LAND"
    if throttle_pct is None or throttle_pct > IDLE_PCT:
        return f"its throttle is {'not told' if throttle_pct is None else f'at {throttle_pct:.0f} %'}"
    return None


def _since(since_s: float | None, now_s: float, *, holds: bool) -> float | None:
    return (now_s if since_s is None else since_s) if holds else None


def _is_still(anchor: Telemetry, now: Telemetry) -> bool:
    turned_deg = abs((now.heading_deg - anchor.heading_deg + 180.0) % 360.0 - 180.0)
    return (
        math.hypot(*now.velocity_enu_m_s) <= _STILL_M_S
        and abs(now.height_above_home_m - anchor.height_above_home_m) <= _STILL_M
        and now.position.distance_m(anchor.position) <= _STILL_M
        and abs(now.roll_deg - anchor.roll_deg) <= _STILL_DEG
        and abs(now.pitch_deg - anchor.pitch_deg) <= _STILL_DEG
        and turned_deg <= 2 * _STILL_DEG
    )
