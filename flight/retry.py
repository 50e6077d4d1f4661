"""When to send again, and how much at once: by how long answers take on this link, never by how many get lost.

A radio loses messages because it is a radio, not because the line is full. So loss does not slow a transfer down here;
only answers that come later and later do.
"""

import time
from typing import Final

_FIRST_S: Final = 0.5
_SHORTEST_S: Final = 0.05
_LONGEST_S: Final = 1.0
_JITTER_S: Final = 0.02  # a vehicle answers in its main loop, an event loop of ours may be busy
_LONGEST_GUESS_S: Final = 3.0
_SMALLEST_WINDOW: Final = 2
_LARGEST_WINDOW: Final = 12
_FULL_LINE: Final = 2.0
_FULL_LINE_S: Final = 0.06


def now_s() -> float:
    """Return monotonic wall time: a lost message is a matter of the link, whatever the vehicle's clock does."""
    return time.monotonic()


class RoundTrip:
    """How long the answers of one vehicle take (smoothed time and deviation as in RFC 6298)."""

    def __init__(self, first_s: float | None = None) -> None:
        self._first_s = _FIRST_S if first_s is None else first_s
        self._smooth_s: float | None = None
        self._deviation_s = 0.0

    def answered(self, first_s: float, last_s: float) -> float | None:
        """Learn from an answer to what was sent at these times, the first and the last, and return how long it took.

        None where it was sent more than once, so that nobody knows which of them was answered. Until a first time is
        known each such answer makes the guess longer, for the link may be slower than that.
        """
        if last_s > first_s:
            self._first_s = min(_LONGEST_GUESS_S, 1.5 * self._first_s)
            return None
        took_s = now_s() - first_s
        if self._smooth_s is None:
            self._smooth_s, self._deviation_s = took_s, took_s / 2
        else:
            self._deviation_s += (abs(took_s - self._smooth_s) - self._deviation_s) / 4
            self._smooth_s += (took_s - self._smooth_s) / 8
        return took_s

    def wait_s(self, tries: int = 1) -> float:
        """Return how long to wait for an answer to what was sent so many times; longer each time."""
        if self._smooth_s is None:
            base_s = self._first_s
        else:
            base_s = max(_SHORTEST_S, self._smooth_s + max(_JITTER_S, 4 * self._deviation_s))
        longest_s = max(_LONGEST_S, base_s, 2 * (self._smooth_s or 0.0))
        return float(min(longest_s, base_s * 1.3 ** min(tries - 1, 8)))

    @property
    def usual_s(self) -> float:
        """How long an answer takes most often; after that it is late."""
        return self._first_s if self._smooth_s is None else self._smooth_s + _JITTER_S / 2


class Window:
    """How many messages may be on their way: more while answers stay quick, fewer where the line begins to queue."""

    def __init__(self) -> None:
        self.size = _SMALLEST_WINDOW
        self._quickest_s: float | None = None

    def took(self, seconds: float | None) -> None:
        """Learn from how long an answer took; from None nothing."""
        if seconds is None:
            return
        self._quickest_s = seconds if self._quickest_s is None else min(seconds, self._quickest_s)
        if seconds <= max(_FULL_LINE * self._quickest_s, self._quickest_s + _FULL_LINE_S):
            self.size = min(_LARGEST_WINDOW, self.size + 1)
        else:
            self.size = max(_SMALLEST_WINDOW, self.size - 1)
