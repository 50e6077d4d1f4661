"""MAVLink 2 bytes in and out; the only place here that touches pymavlink's codec."""

import os
from typing import Any

os.environ.setdefault("MAVLINK20", "1")
os.environ.setdefault("MAVLINK_DIALECT", "ardupilotmega")

from pymavlink.dialects.v20 import ardupilotmega as mav  # the environment chooses the version

__all__ = ["AUTOPILOT_COMPONENT", "Wire", "mav"]
AUTOPILOT_COMPONENT = 1


class Wire:
    """Parses what arrives and queues what leaves."""

    def __init__(self, system_id: int) -> None:
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

    def take(self) -> bytes:
        """Return everything queued since the last call."""
        out = bytes(self._out)
        self._out.clear()
        return out
