"""MAVLink 2 bytes in and out; the only place here that touches pymavlink's codec."""

import os
from typing import Any, Final

os.environ.setdefault("MAVLINK20", "1")
os.environ.setdefault("MAVLINK_DIALECT", "ardupilotmega")

from pymavlink.dialects.v20 import ardupilotmega as mav  # the environment chooses the version

__all__ = ["AUTOPILOT_COMPONENT", "Wire", "mav"]
AUTOPILOT_COMPONENT = 1
_NEVER_SIGNED: Final = (mav.MAVLINK_MSG_ID_RADIO_STATUS, mav.MAVLINK_MSG_ID_RADIO)
"""What a radio puts in, which has no key."""


class Wire:
    """Parses what arrives and queues what leaves; signed, once there is a key.

    Number 0 is the first, as an autopilot's USB: there unsigned messages are always taken.
    """

    def __init__(self, system_id: int, number: int = 0) -> None:
        self._number = number
        self._codec = mav.MAVLink(None, srcSystem=system_id, srcComponent=AUTOPILOT_COMPONENT)
        self._codec.robust_parsing = True
        self._out = bytearray()
        self._text_id = 0

    def send(self, message: Any) -> None:
        """Queue a message."""
        self._out += message.pack(self._codec)
        self._codec.seq = (self._codec.seq + 1) % 256

    def text(self, severity: int, text: str) -> None:
        """Queue a STATUSTEXT, in chunks of 50 bytes where it is longer."""
        raw = text.encode()
        if len(raw) <= 50:
            self.send(mav.MAVLink_statustext_message(severity, raw))
            return
        self._text_id = self._text_id % 65535 + 1
        for chunk, start in enumerate(range(0, len(raw), 50)):
            self.send(mav.MAVLink_statustext_message(severity, raw[start : start + 50], self._text_id, chunk))

    def parse(self, data: bytes) -> list[Any]:
        """Return the good messages in the bytes received so far; noise is skipped."""
        try:
            messages = self._codec.parse_buffer(bytearray(data)) or []
        except mav.MAVError:
            return []
        return [message for message in messages if message.get_msgId() >= 0]

    def sign(self, key: bytes, stamp: int) -> None:
        """Sign what leaves with a key of 32 bytes, and take only what is signed with it; no key ends that."""
        signing = self._codec.signing
        signing.secret_key = key or None
        signing.sign_outgoing = bool(key)
        signing.link_id, signing.timestamp = self._number, stamp
        signing.stream_timestamps.clear()
        signing.allow_unsigned_callback = lambda _codec, number: self._number == 0 or number in _NEVER_SIGNED

    @property
    def stamp(self) -> int:
        """The latest time stamp of a signature, sent or taken; in steps of 10 us since 2015."""
        return int(self._codec.signing.timestamp)

    def take(self) -> bytes:
        """Return everything queued since the last call."""
        out = bytes(self._out)
        self._out.clear()
        return out
