"""How long a message takes there and back, asked with TIMESYNC (MAVLink guide, "Time Synchronization")."""

import statistics
import time
from collections import deque
from typing import Final

from missions import Message

_KEPT: Final = 9
_WAITED_S: Final = 10.0
_VALID_S: Final = 15.0


def answer(question: Message) -> Message | None:
    """Return the answer to a vehicle that asks for our time: ours as `tc1`, its own again; None: it did not ask."""
    if question.integer("tc1") != 0:
        return None
    return Message("TIMESYNC", {"tc1": time.monotonic_ns(), "ts1": question.integer("ts1")})


class RoundTrips:
    """Questions and answers with one vehicle on one channel."""

    def __init__(self) -> None:
        self._asked: deque[int] = deque(maxlen=16)
        self._trips: deque[tuple[float, float]] = deque(maxlen=_KEPT)  # when answered, monotonic s; how long, s

    def ask(self) -> Message:
        """Return the next question: `ts1` is our time in ns, `tc1` 0 says that it is a question."""
        now_ns = time.monotonic_ns()
        self._asked.append(now_ns)
        return Message("TIMESYNC", {"tc1": 0, "ts1": now_ns})

    def hear(self, message: Message) -> None:
        """Take an answer to a question of ours; anything else is not looked at."""
        asked_ns, now_ns = message.integer("ts1"), time.monotonic_ns()
        if message.integer("tc1") == 0 or asked_ns not in self._asked:
            return
        self._asked.remove(asked_ns)
        if (trip_s := (now_ns - asked_ns) / 1e9) <= _WAITED_S:
            self._trips.append((now_ns / 1e9, trip_s))

    @property
    def latency_ms(self) -> float | None:
        """Median of the last answers; None where none came of late."""
        after_s = time.monotonic() - _VALID_S
        trips = [trip_s for answered_s, trip_s in self._trips if answered_s >= after_s]
        return 1000.0 * statistics.median(trips) if trips else None
