"""Why the vehicle did what nobody had ordered: its own words, the silence before, and the plan's policy joined."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from missions import FailsafePolicy

_KEPT = 64
_RECENT_S = 15.0


class Fault(StrEnum):
    """What failed."""

    LINK = "link"
    LOW_BATTERY = "low battery"
    CRITICAL_BATTERY = "critical battery"
    POSITION = "position"
    FENCE = "fence"
    TRANSMITTER = "transmitter"
    MOTOR = "motor"
    CRASH = "crash"
    OTHER = "other"


_SAID: Final[Sequence[tuple[str, Fault, str]]] = (
    ("is critical", Fault.CRITICAL_BATTERY, "the battery is critically low"),
    ("is low", Fault.LOW_BATTERY, "the battery is low"),
    ("battery failsafe", Fault.LOW_BATTERY, "the battery is low"),
    ("gcs failsafe", Fault.LINK, "the ground station was not heard"),
    ("radio failsafe", Fault.TRANSMITTER, "the transmitter was lost"),
    ("dead reckoning", Fault.POSITION, "the position is lost, it flies by dead reckoning"),
    ("ekf failsafe", Fault.POSITION, "its position estimate has failed"),
    ("ekf variance", Fault.POSITION, "its position estimate has failed"),
    ("emergency yaw reset", Fault.POSITION, "its position estimate has failed"),
    ("glitch", Fault.POSITION, "GPS or compass are in error"),
    ("breach", Fault.FENCE, "it crossed the fence"),
    ("thrust loss", Fault.MOTOR, "a motor gives too little thrust"),
    ("yaw imbalance", Fault.MOTOR, "the motors pull unevenly"),
    ("crash", Fault.CRASH, "it has crashed"),
    ("terrain data", Fault.OTHER, "it lacks terrain data"),
    ("vibration", Fault.OTHER, "it vibrates too much"),
)
"""Words of ArduPilot Copter's status texts (4.4 to 4.7), the surest first."""
_OVER: Final = ("cleared", "stopped", "off")
_POLICY: Final = {
    Fault.LINK: "on_link_loss",
    Fault.LOW_BATTERY: "on_low_battery",
    Fault.CRITICAL_BATTERY: "on_critical_battery",
    Fault.POSITION: "on_gps_loss",
    Fault.FENCE: "on_fence_breach",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A fault and the line that an operator reads of it."""

    fault: Fault | None
    """None: nothing was told; a pilot, or another station."""
    line: str


def fault_said(text: str) -> tuple[Fault, str] | None:
    """Return the fault that a status text tells of, and in plain words; None: it tells of none, or of its end."""
    lowered = text.lower()
    if any(word in lowered for word in _OVER):
        return None
    return next(((fault, words) for said, fault, words in _SAID if said in lowered), None)


@dataclass(kw_only=True)
class Listener:
    """Remembers what the vehicle said of late, and how long it was not heard."""

    policy: FailsafePolicy
    _said: deque[tuple[float, str]] = field(default_factory=lambda: deque(maxlen=_KEPT))
    _silent: tuple[float, float] | None = None
    """Boot time at which the last silence ended, and its length in the vehicle's seconds."""

    def hear(self, text: str, boot_s: float) -> None:
        """Take a status text."""
        if fault_said(text) is not None:
            self._said.append((boot_s, text))

    def silent(self, seconds: float, boot_s: float) -> None:
        """Take a silence that has ended."""
        self._silent = (boot_s, seconds)

    def forget(self) -> None:
        """Begin anew: what was said is dealt with."""
        self._said.clear()
        self._silent = None

    def cause(self, boot_s: float) -> Cause:
        """Return why the vehicle changed its mind just now."""
        recent = [text for at_s, text in self._said if abs(boot_s - at_s) <= _RECENT_S]
        told = [found for text in recent if (found := fault_said(text)) is not None]
        if told:
            order = [fault for _, fault, _ in _SAID]
            fault, words = min(told, key=lambda found: order.index(found[0]))
            text = next(text for text in reversed(recent) if (fault_said(text) or (None,))[0] is fault)
            return Cause(fault=fault, line=f'{words} ("{text}"){self._wanted(fault)}')
        if self._silent is not None and abs(boot_s - self._silent[0]) <= _RECENT_S:
            seconds = self._silent[1]
            if seconds >= self.policy.link_loss_after_s * 0.8:
                return Cause(
                    fault=Fault.LINK, line=f"the link was silent for {seconds:.0f} s{self._wanted(Fault.LINK)}"
                )
        return Cause(fault=None, line="the vehicle told no fault: its pilot, or another station")

    def _wanted(self, fault: Fault) -> str:
        name = _POLICY.get(fault)
        return f", {name}: {getattr(self.policy, name).value}" if name is not None else ""
