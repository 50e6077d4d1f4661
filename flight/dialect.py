"""MAVLink 2 messages as values, to and from bytes; pymavlink is imported here and in `dronekit_bridge` only."""

import os
import struct
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

# pymavlink loads MAVLink 1 by default, and with it fence and rally transfers fail; it reads these when imported.
os.environ["MAVLINK20"] = "1"
os.environ["MAVLINK_DIALECT"] = "ardupilotmega"

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from flight.framing import Frame, FrameKind, Framer, Header
from flight.signing import Signer
from missions import Message

_GENERATED: Final[dict[int, Any]] = mavlink.mavlink_map


@cache
def _class_of(name: str) -> Any:  # noqa: ANN401 - generated classes have no common type
    return getattr(mavlink, f"MAVLink_{name.lower()}_message")


@cache
def _blank(name: str) -> dict[str, Any]:
    """Return zeros for every field of a message, in its constructor's order."""
    kind = _class_of(name)
    lengths = dict(zip(kind.ordered_fieldnames, kind.array_lengths, strict=True))
    types = dict(zip(kind.fieldnames, kind.fieldtypes, strict=True))
    blank: dict[str, Any] = {}
    for field_name in kind.fieldnames:
        if types[field_name] == "char":
            blank[field_name] = b""
        else:
            zero = 0.0 if types[field_name] in {"float", "double"} else 0
            blank[field_name] = [zero] * lengths[field_name] if lengths[field_name] else zero
    return blank


def has_field(name: str, field_name: str) -> bool:
    """Whether messages of this name have this field."""
    return field_name in _blank(name)


def crc_extra(message_id: int) -> int | None:
    """Return the byte that a message's checksum ends with; None for a message that the dialect does not have."""
    kind = _GENERATED.get(message_id)
    return None if kind is None else int(kind.crc_extra)


@dataclass(slots=True)
class Encoder:
    """Values to frames of one sender; counts the sequence, and signs where a signer is given."""

    system_id: int
    component_id: int
    signer: Signer | None = None
    link_id: int = 0
    """Of the signature: each channel's stamps are a stream of their own."""
    _mav: Any = field(init=False)

    def __post_init__(self) -> None:
        self._mav = mavlink.MAVLink(None, srcSystem=self.system_id, srcComponent=self.component_id)
        if self.signer is not None:
            self._mav.signing.secret_key = self.signer.key
            self._mav.signing.link_id = self.link_id
            self._mav.signing.sign_outgoing = True

    def encode(self, message: Message) -> bytes:
        """Return the frame; fields that are not given are 0."""
        values = dict(_blank(message.name))
        for name, value in message.fields.items():
            if name not in values:
                raise KeyError(f"{message.name} has no field {name}")
            values[name] = value.encode() if isinstance(value, str) else value
        if self.signer is not None:
            self._mav.signing.timestamp = self.signer.next_stamp()
        packed: bytes = bytes(_class_of(message.name)(**values).pack(self._mav))
        self._mav.seq = (self._mav.seq + 1) % 256
        return packed


@dataclass(slots=True)
class Received:
    """A decoded message with the frame it came in."""

    message: Message
    frame: bytes
    seq: int


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the payload of one message is read: each field's first value, number of values and whether it is text."""

    name: str
    unpacker: struct.Struct
    fields: tuple[tuple[str, int, int, bool], ...]


@cache
def _layout(message_id: int) -> _Layout:
    kind = _GENERATED[message_id]
    starts = [sum(kind.lengths[:index]) for index in range(len(kind.lengths))]
    fields = tuple(
        (name, starts[order], kind.lengths[order], kind_of_field == "char")
        for name, order, kind_of_field in zip(kind.fieldnames, kind.orders, kind.fieldtypes, strict=True)
    )
    return _Layout(kind.msgname, kind.unpacker, fields)


def read_frame(frame: bytes, header: Header) -> Message:
    """Return the message of a frame whose checksum holds and which the dialect has."""
    layout = _layout(header.message_id)
    size = layout.unpacker.size
    payload = frame[header.start : header.start + header.length][:size]
    values = layout.unpacker.unpack(payload.ljust(size, b"\0"))  # zeros at its end are not sent
    fields: dict[str, object] = {}
    for name, start, count, is_text in layout.fields:
        if is_text:
            fields[name] = values[start].split(b"\0", 1)[0].decode("ascii", "replace")
        else:
            fields[name] = values[start] if count == 1 else list(values[start : start + count])
    return Message(layout.name, fields, header.system_id, header.component_id)


def received_of(frame: Frame) -> Received | None:
    """Return the message of a frame; None where it is none that we know."""
    if frame.kind is not FrameKind.SOUND or frame.header is None:
        return None
    return Received(read_frame(frame.data, frame.header), frame.data, frame.header.seq)


@dataclass(slots=True)
class Decoder:
    """Bytes to values; bytes that are no MAVLink (a boot console, for example) are skipped and counted."""

    bad_bytes: int = 0
    _framer: Framer = field(default_factory=lambda: Framer(crc_extra))

    def decode(self, data: bytes) -> list[Received]:
        """Return the messages these bytes complete."""
        frames = self._framer.feed(data)
        self.bad_bytes += sum(len(frame.data) for frame in frames if frame.kind is FrameKind.BAD)
        return [received for received in map(received_of, frames) if received is not None]
