"""Whether the wind is stronger than the aircraft: it leans as far as it may, and goes where it does not lean to."""

import math
from dataclasses import dataclass
from typing import Final

from flight.parameter_names import AUTOPILOT_LEAN_DEG, LEAN_ANGLE_DEG, Setting
from flight.parameters import Parameters
from flight.standing import FULL_PCT
from missions import Telemetry

_AT_LIMIT: Final = 0.9
"""Share of the largest lean that counts as all of it."""
_LEANS_DEG: Final = 15.0
"""At full throttle a Copter leans no further than it can hold its height, however far it may."""
_CARRIED_S, _CARRIED_M_S = 3.0, 0.5
_STOPPED_S, _STOPPED_M_S = 30.0, 0.5
_SLOWER_M_S: Final = 1.0
"""What brakes loses more of its speed than this within `_CARRIED_S`, leaning as far as it may."""
_GAP_S: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A fight against the wind that is lost."""

    backward_m_s: float
    """Over the ground, against the way it leans; about 0 where it only makes no headway."""
    lean_deg: float
    at_utc_s: float

    @property
    def words(self) -> str:
        """As an operator reads it."""
        if self.backward_m_s < _CARRIED_M_S:
            return f"it makes no headway, leaning {self.lean_deg:.0f} deg"
        return f"it is carried off at {self.backward_m_s:.1f} m/s, leaning {self.lean_deg:.0f} deg against it"


@dataclass(slots=True)
class _Span:
    """While it leans as far as it may."""

    began_s: float
    before_s: float
    backward_since: tuple[float, float] | None = None
    """When it began to go backward, and how fast it was then."""
    stopped_since_s: float | None = None


class WindFight:
    """Watches lean and way over the ground, by the vehicle's clock; fed with every telemetry."""

    def __init__(self, largest_lean_deg: float) -> None:
        self._limit_deg = _AT_LIMIT * largest_lean_deg
        self._span: _Span | None = None

    def forget(self) -> None:
        """Begin anew."""
        self._span = None

    def hear(self, now: Telemetry, throttle_pct: float | None) -> Lost | None:
        """Look at one position, and the throttle told last.

        What is returned stays lost until the aircraft leans less, or goes forward.
        """
        lean_deg, (east, north) = lean_of(now)
        now_s, span = now.captured_utc_s, self._span
        full = throttle_pct is not None and throttle_pct >= FULL_PCT and lean_deg >= _LEANS_DEG
        if (lean_deg < self._limit_deg and not full) or (
            span is not None and not 0.0 <= now_s - span.before_s <= _GAP_S
        ):
            self.forget()
            return None
        if span is None:
            span = self._span = _Span(began_s=now_s, before_s=now_s)
        span.before_s = now_s
        backward_m_s = -(now.velocity_enu_m_s[0] * east + now.velocity_enu_m_s[1] * north)
        if self._is_lost(span, now_s, backward_m_s):
            return Lost(backward_m_s=backward_m_s, lean_deg=lean_deg, at_utc_s=now_s)
        return None

    @staticmethod
    def _is_lost(span: _Span, now_s: float, backward_m_s: float) -> bool:
        if backward_m_s < _CARRIED_M_S:
            span.backward_since = None
        elif span.backward_since is None or backward_m_s < span.backward_since[1] - _SLOWER_M_S:
            span.backward_since = (now_s, backward_m_s)
        if backward_m_s < -_STOPPED_M_S:
            span.stopped_since_s = None
        elif span.stopped_since_s is None:
            span.stopped_since_s = now_s
        carried = span.backward_since is not None and now_s - span.backward_since[0] >= _CARRIED_S
        return carried or (span.stopped_since_s is not None and now_s - span.stopped_since_s >= _STOPPED_S)


def largest_lean(parameters: Parameters) -> tuple[str, float] | None:
    """Return how far the autopilot may lean the aircraft, degrees, and the parameter's name; None: it has none."""

    def told(setting: Setting) -> tuple[str, float] | None:
        found = parameters.resolve(setting)
        return (found[0].name, found[0].value / found[1]) if found is not None and found[0].value > 0 else None

    return told(AUTOPILOT_LEAN_DEG) or told(LEAN_ANGLE_DEG)


def lean_of(now: Telemetry) -> tuple[float, tuple[float, float]]:
    """Return the angle of its thrust from the vertical, degrees, and the way that it pulls: a unit vector east, north.

    Of a body rolled right by phi, then pitched up by theta and turned clockwise from north by psi: the thrust is the
    negative third axis of its rotation (NED, FRD).
    """
    phi, theta, psi = (math.radians(angle) for angle in (now.roll_deg, now.pitch_deg, now.heading_deg))
    north = -(math.cos(psi) * math.sin(theta) * math.cos(phi) + math.sin(psi) * math.sin(phi))
    east = -(math.sin(psi) * math.sin(theta) * math.cos(phi) - math.cos(psi) * math.sin(phi))
    level = math.hypot(east, north)
    lean_deg = math.degrees(math.atan2(level, math.cos(phi) * math.cos(theta)))
    return lean_deg, ((east / level, north / level) if level > 1e-9 else (0.0, 0.0))
