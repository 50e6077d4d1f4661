"""A stream of bytes cut into MAVLink frames and into what is none; put together again it is the same stream.

After a byte was lost or changed the next sound frame is found again, also inside what a wrong length claimed.
The layout is that of the MAVLink guide, "Serialization".
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from fastcrc import crc16

START_V1: Final = 0xFE
START_V2: Final = 0xFD
SIGNED: Final = 1
"""Of the incompatibility flags; the only one that exists."""
SIGNATURE_BYTES: Final = 13
_HEADER_V1, _HEADER_V2, _CHECKSUM = 6, 10, 2

CrcExtra = Callable[[int], int | None]
"""Message id to the byte its checksum ends with; None for an unknown message."""


class FrameKind(Enum):
    """What some bytes are."""

    SOUND = "sound"
    """A frame whose checksum holds."""
    UNKNOWN = "unknown"
    """A frame of a message that the dialect does not have: its checksum cannot be told."""
    BAD = "bad"
    """A damaged frame, or no frame at all."""


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the payload."""

    start: int
    """Of the payload in the frame."""
    length: int
    """Of the payload."""
    seq: int
    system_id: int
    component_id: int
    message_id: int
    is_signed: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """Some bytes that belong together; `header` is None for what is bad."""

    data: bytes
    kind: FrameKind
    header: Header | None = None


def frame_length(data: bytes, at: int) -> int:
    """Return how long the frame that starts at `at` is by its own word; 0 where none starts or too little is there."""
    if at + 3 > len(data):
        return 0
    if data[at] == START_V1:
        return data[at + 1] + _HEADER_V1 + _CHECKSUM
    if data[at] == START_V2:
        return data[at + 1] + _HEADER_V2 + _CHECKSUM + (SIGNATURE_BYTES if data[at + 2] & SIGNED else 0)
    return 0


def header_of(frame: bytes) -> Header:
    """Return the header of a whole frame."""
    if frame[0] == START_V1:
        return Header(_HEADER_V1, frame[1], frame[2], frame[3], frame[4], frame[5], is_signed=False)
    message_id = frame[7] | frame[8] << 8 | frame[9] << 16
    return Header(_HEADER_V2, frame[1], frame[4], frame[5], frame[6], message_id, is_signed=bool(frame[2] & SIGNED))


def judge_frame(data: bytes, extra_of: CrcExtra) -> Frame:
    """Say what a whole frame is."""
    if data[0] == START_V2 and data[2] & ~SIGNED:
        return Frame(data, FrameKind.BAD)  # a flag that says: who does not know it must not read on
    header = header_of(data)
    extra = extra_of(header.message_id)
    if extra is None:
        return Frame(data, FrameKind.UNKNOWN, header)
    end = header.start + header.length
    checksum = crc16.mcrf4xx(data[1:end] + bytes((extra,)))
    if checksum != data[end] | data[end + 1] << 8:
        return Frame(data, FrameKind.BAD)
    return Frame(data, FrameKind.SOUND, header)


def _next_start(data: bytes, at: int) -> int:
    """Return where the next frame may start, from `at` on; the end where none does."""
    found = [index for index in (data.find(START_V1, at), data.find(START_V2, at)) if index >= 0]
    return min(found, default=len(data))


class Framer:
    """Cuts one sender's bytes as they come."""

    def __init__(self, extra_of: CrcExtra) -> None:
        self._extra_of = extra_of
        self.rest = b""
        """The begin of a frame whose end has not come."""

    def feed(self, data: bytes) -> list[Frame]:
        """Return what these bytes complete, in order."""
        frames: list[Frame] = []
        data, at = self.rest + data, 0
        while at < len(data):
            frame = self._cut(data, at)
            if frame is None:
                break
            frames.append(frame)
            at += len(frame.data)
        self.rest = data[at:]
        return frames

    def end(self) -> list[Frame]:
        """Return what was begun and never completed."""
        rest, self.rest = self.rest, b""
        return [Frame(rest, FrameKind.BAD)] if rest else []

    def _starts_sound(self, data: bytes) -> bool:
        length = frame_length(data, 0)
        return 0 < length <= len(data) and judge_frame(data[:length], self._extra_of).kind is FrameKind.SOUND

    def _cut(self, data: bytes, at: int) -> Frame | None:
        """Return the frame or the bad bytes at `at`; None while more has to come."""
        if data[at] not in {START_V1, START_V2}:
            return Frame(data[at : _next_start(data, at)], FrameKind.BAD)
        length = frame_length(data, at)
        end = at + length
        frame = judge_frame(data[at:end], self._extra_of) if length and end <= len(data) else None
        if frame is not None and frame.kind is FrameKind.SOUND:
            return frame
        hidden, is_begun = self._hidden(data, at + 1, min(end, len(data)))
        if hidden is not None and not is_begun:
            return Frame(data[at:hidden], FrameKind.BAD)
        if frame is None or hidden is None:
            return frame
        if frame.kind is FrameKind.BAD:
            return Frame(data[at:hidden], FrameKind.BAD)
        # An unknown frame, or a damaged one in which another begins: what follows tells.
        return frame if self._starts_sound(data[end:]) else None

    def _hidden(self, data: bytes, at: int, end: int) -> tuple[int | None, bool]:
        """Return where in a frame that is not sound, or not complete, another one starts; whether that is only begun.

        The length of a damaged frame may be wrong.
        """
        begun = None
        while (at := _next_start(data, at)) < end:
            length = frame_length(data, at)
            if not length or at + length > len(data):
                begun = at if begun is None else begun
            elif judge_frame(data[at : at + length], self._extra_of).kind is FrameKind.SOUND:
                return at, False
            at += 1
        return begun, True
