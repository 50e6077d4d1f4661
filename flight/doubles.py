"""Copies of one message: over two channels, or twice in a log of both."""

from collections import OrderedDict
from typing import Final

from flight.dialect import Received
from flight.framing import START_V2

_DOUBLE_S: Final = 2.0


def _identity(received: Received) -> bytes:
    """Return what two copies of a message have in common.

    What carries the vehicle's time is the same when its content is; of other messages a vehicle that counts each
    channel by itself may mean both, so their sequence number counts too. Signatures differ by channel.
    """
    frame = received.frame
    is_v2 = frame[0] == START_V2
    end = frame[1] + (10 if is_v2 else 6)
    if "time_boot_ms" in received.message.fields:
        sender = frame[5:7] if is_v2 else frame[3:5]
        return sender + frame[7 if is_v2 else 5 : end]
    return frame[: end + 2]


class Doubles:
    """Remembers what came in the last 2 seconds, and over which way."""

    def __init__(self) -> None:
        self._recent: OrderedDict[bytes, tuple[object, float]] = OrderedDict()

    def is_double(self, received: Received, way: object, now_s: float) -> bool:
        """Whether the same came a moment ago another way; what is repeated the same way is meant twice."""
        while self._recent and next(iter(self._recent.values()))[1] < now_s - _DOUBLE_S:
            self._recent.popitem(last=False)
        key = _identity(received)
        known = self._recent.get(key)
        if known is not None and known[0] is not way:
            return True
        self._recent[key] = (way, now_s)
        self._recent.move_to_end(key)
        return False
