"""Sends each message at its own rate, in simulated time."""

from typing import Final

from sitl.autopilot.telemetry import GROUPS, MESSAGES, Reporter
from sitl.autopilot.wire import Wire, mav

_HEARTBEAT: Final = 0
_FASTEST_S: Final = 0.02
_PHASE_S: Final = 0.001
_SAME_S: Final = 1e-6


class Streams:
    """Rates and due times of the telemetry messages; quiet ones send nothing but HEARTBEAT unasked."""

    def __init__(self, wire: Wire, reporter: Reporter, *, quiet: bool = False) -> None:
        self._wire, self._reporter = wire, reporter
        self._quiet = quiet
        self._every_s = {number: self._default_s(number) for number in MESSAGES}
        self._due_s = dict.fromkeys(MESSAGES, 0.0)
        self._next_s = 0.0
        self._counts_from_s: float | None = None

    def step(self, t_s: float) -> None:
        """Send what is due; from the first take-off on at whole intervals since then, whenever it was asked for."""
        began_s = self._reporter.vehicle.flight_began_s
        if began_s is not None and began_s != self._counts_from_s:
            self._counts_from_s, self._next_s = began_s, 0.0
            self._due_s = {number: began_s + every_s for number, every_s in self._every_s.items()}
        if t_s < self._next_s - _SAME_S:
            return
        soonest = t_s + 1.0
        for number, every_s in self._every_s.items():
            if every_s <= 0:
                continue
            if self._due_s[number] <= t_s + _SAME_S:
                self._due_s[number] = max(self._due_s[number] + every_s, t_s + _PHASE_S)
                self.send(number)
            soonest = min(soonest, self._due_s[number])
        self._next_s = soonest

    def send(self, number: int) -> bool:
        """Send one message now; False if there is none."""
        if number not in MESSAGES:
            return False
        message = MESSAGES[number][0](self._reporter)
        if message is None:
            return False
        self._wire.send(message)
        return True

    def set_interval(self, number: int, interval_us: float) -> bool:
        """SET_MESSAGE_INTERVAL: -1 stops it, 0 restores the default; False if there is no such message here."""
        if number not in MESSAGES:
            return False
        if interval_us < 0:
            self._every_s[number] = 0.0
        elif interval_us == 0:
            self._every_s[number] = self._default_s(number)
        else:
            self._every_s[number] = max(_FASTEST_S, interval_us / 1e6)
        self._due_s[number] = self._reporter.vehicle.t_s
        self._next_s = 0.0
        return True

    def _default_s(self, number: int) -> float:
        """Return how often a message is sent unasked, 0 for never."""
        hz = MESSAGES[number][1]
        return 0.0 if hz <= 0 or (self._quiet and number != _HEARTBEAT) else 1 / hz

    def send_interval(self, number: int) -> None:
        """Answer with MESSAGE_INTERVAL: 0 for messages that do not exist here, -1 for stopped ones."""
        every_s = self._every_s.get(number)
        interval_us = 0 if every_s is None else round(every_s * 1e6) or -1
        self._wire.send(mav.MAVLink_message_interval_message(number, interval_us))

    def set_group(self, group: int, rate_hz: int) -> None:
        """REQUEST_DATA_STREAM, the old way."""
        numbers = [n for members in GROUPS.values() for n in members] if group == 0 else GROUPS.get(group, ())
        for number in numbers:
            self.set_interval(number, 1e6 / rate_hz if rate_hz > 0 else -1)
