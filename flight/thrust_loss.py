"""Whether the motors cannot hold the aircraft up: it sinks though it is given all the thrust there is."""

from typing import Final

from flight.standing import FULL_PCT
from flight.strong_wind import lean_of
from missions import Telemetry

_SINKS_M_S: Final = 0.5
_TOLD_FOR_S, _UNTOLD_FOR_S = 1.0, 3.0
"""How long it has to sink: where the vehicle has told a loss of thrust itself, and where it has not."""
_TOLD_COUNTS_S: Final = 60.0
_LEVEL_DEG: Final = 15.0
_GAP_S: Final = 3.0


class ThrustLoss:
    """Watches words, throttle and climb, by the vehicle's clock."""

    def __init__(self) -> None:
        self._told: tuple[float, str] | None = None
        self._since_s: float | None = None
        self._before_s = 0.0

    def forget(self) -> None:
        """Begin anew."""
        self._told = self._since_s = None

    def hear_text(self, text: str, now_utc_s: float) -> None:
        """Take a status text."""
        if "thrust loss" in text.lower():
            self._told = (now_utc_s, text)

    def hear(self, now: Telemetry, throttle_pct: float | None) -> str | None:
        """Look at one position and the throttle told last; return how it is told, None where it flies as it should.

        A descent that is wanted needs less throttle than hovering, so sinking counts at full throttle only; where the
        throttle is not told, the vehicle's own words have to be there. Without them it has to be about level, as in
        ArduPilot's own check: what leans far may be short of thrust for that alone.
        """
        now_s = now.captured_utc_s
        gap, self._before_s = not 0.0 <= now_s - self._before_s <= _GAP_S, now_s
        told = self._told[1] if self._told is not None and now_s - self._told[0] <= _TOLD_COUNTS_S else None
        full = throttle_pct >= FULL_PCT if throttle_pct is not None else told is not None
        leans = told is None and lean_of(now)[0] > _LEVEL_DEG
        if gap or leans or not full or now.velocity_enu_m_s[2] > -_SINKS_M_S:
            self._since_s = None
            return None
        if self._since_s is None:
            self._since_s = now_s
        if now_s - self._since_s < (_TOLD_FOR_S if told is not None else _UNTOLD_FOR_S):
            return None
        said = f' ("{told}")' if told is not None else ""
        return f"it sinks at {-now.velocity_enu_m_s[2]:.1f} m/s at full throttle{said}"
