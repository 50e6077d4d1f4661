"""Faults of a simulated flight as they are written on the command line: NAME[=VALUES]@SECONDS after arming."""

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from missions.errors import InputError
from sitl import faults
from sitl.errors import SitlError
from sitl.faults import Fault
from sitl.simulated_copter import SimulatedCopter

_LOOK_S: Final = 0.1
_ENDS_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class _Form:
    """How a fault is written: the names of its values, and what makes it of them."""

    values: tuple[str, ...]
    make: Callable[..., Fault]
    least: int = 0


def _always(fault: Fault) -> _Form:
    return _Form((), lambda: fault)


_FORMS: Final = {
    "gps-lost": _always(faults.GPS_LOST),
    "gps-back": _always(faults.GPS_BACK),
    "gps-glitch": _Form(("NORTH_M", "EAST_M"), faults.gps_glitch, 1),
    "compass-failed": _always(faults.COMPASS_FAILED),
    "compasses-failed": _always(faults.COMPASSES_FAILED),
    "barometer-failed": _always(faults.BAROMETER_FAILED),
    "transmitter-lost": _always(faults.TRANSMITTER_LOST),
    "battery": _Form(("VOLTS",), faults.battery_volts, 1),
    "wind": _Form(("M_S", "FROM_DEG", "GUSTS"), faults.wind, 2),
    "motor": _Form(("THRUST",), lambda thrust: faults.motor(0, thrust), 1),
    "bytes-lost": _Form(("PCT",), faults.bytes_lost, 1),
}
FAULT_FORMS: Final = ", ".join(
    name + ("=" + ",".join(form.values) if form.values else "") + "@SECONDS" for name, form in _FORMS.items()
)


@dataclass(frozen=True, slots=True)
class TimedFault:
    """A fault and when it comes."""

    after_s: float
    """Since the vehicle was armed, by its own clock."""
    fault: Fault


def parse_fault(text: str) -> TimedFault:
    """Read one fault.

    Raises:
        InputError: it is none, or its figures are not.

    """
    body, _, after = text.rpartition("@")
    name, _, listed = body.partition("=")
    form = _FORMS.get(name)
    try:
        after_s, values = float(after), [float(part) for part in listed.split(",")] if listed else []
    except ValueError:
        after_s, values = -1.0, []
    fits = form is not None and form.least <= len(values) <= len(form.values)
    if form is None or not fits or after_s < 0 or not all(map(math.isfinite, (after_s, *values))):
        raise InputError(f"{text!r} is no fault", field="--fault", remedy=FAULT_FORMS)
    return TimedFault(after_s, form.make(*values))


class FaultPlayer:
    """Breaks a simulated vehicle in flight. Use as a context manager around the flight."""

    def __init__(self, copter: SimulatedCopter, timed: Sequence[TimedFault], say: Callable[[str], None]) -> None:
        self._copter, self._say = copter, say
        self._waiting = sorted(timed, key=lambda each: each.after_s)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> None:
        if self._waiting:
            self._thread.start()

    def __exit__(self, *_exc: object) -> None:
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(_ENDS_S)
        for left in self._waiting:
            self._say(f"simulated: {left.fault.what} did not come, the flight ended before")

    def _run(self) -> None:
        armed_s: float | None = None
        while self._waiting and not self._ending.wait(_LOOK_S):
            states = self._copter.truth()
            if not states or not (states[-1].armed or armed_s is not None):
                continue
            now_s = states[-1].t_s
            armed_s = now_s if armed_s is None else armed_s
            while self._waiting and now_s - armed_s >= self._waiting[0].after_s:
                self._break(self._waiting.pop(0), now_s - armed_s)

    def _break(self, timed: TimedFault, at_s: float) -> None:
        try:
            self._copter.set_fault(timed.fault)
        except SitlError as exc:
            self._say(f"simulated: {timed.fault.what} is not possible: {exc}")
        else:
            self._say(f"simulated: {timed.fault.what}, {at_s:.0f} s after arming")
