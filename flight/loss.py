"""How much of what a sender sent never came, by the gaps in its sequence numbers."""

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Final

_WINDOW_S: Final = 10.0
_BUCKET_S: Final = 1.0
_FULL_CIRCLE: Final = 256


@dataclass(slots=True)
class _Bucket:
    begins_s: float
    received: int = 0
    lost: int = 0


@dataclass(slots=True)
class LossCount:
    """Of one sender on one channel, since the beginning and over the last 10 seconds of wall time."""

    received: int = 0
    lost: int = 0
    _next_seq: int | None = None
    _buckets: deque[_Bucket] = field(default_factory=deque)

    def count(self, seq: int, now_s: float) -> None:
        """Count one frame."""
        gap = 0 if self._next_seq is None else (seq - self._next_seq) % _FULL_CIRCLE
        gap = gap if gap < _FULL_CIRCLE // 2 else 0  # a larger one is a frame out of order
        self._next_seq = (seq + 1) % _FULL_CIRCLE
        if not self._buckets or now_s - self._buckets[-1].begins_s >= _BUCKET_S:
            self._forget(now_s)
            self._buckets.append(_Bucket(now_s))
        self.received += 1
        self.lost += gap
        self._buckets[-1].received += 1
        self._buckets[-1].lost += gap

    def begin_anew(self) -> None:
        """The sender's numbers begin anew: it rebooted."""
        self._next_seq = None

    def window(self, now_s: float | None = None) -> tuple[int, int]:
        """Return (received, lost) of the last seconds."""
        self._forget(time.monotonic() if now_s is None else now_s)
        return sum(bucket.received for bucket in self._buckets), sum(bucket.lost for bucket in self._buckets)

    def _forget(self, now_s: float) -> None:
        while self._buckets and now_s - self._buckets[0].begins_s >= _WINDOW_S:
            self._buckets.popleft()


def share_pct(received: int, lost: int) -> float:
    """Return the share lost; 0 where nothing was sent."""
    return 100.0 * lost / (received + lost) if received + lost else 0.0
