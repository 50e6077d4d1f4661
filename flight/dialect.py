"""MAVLink 2 messages as values, to and from bytes; pymavlink is imported here and in `dronekit_bridge` only."""

import os
from dataclasses import dataclass, field
from functools import cache
from typing import Any

# pymavlink loads MAVLink 1 by default, and with it fence and rally transfers fail; it reads these when imported.
os.environ["MAVLINK20"] = "1"
os.environ["MAVLINK_DIALECT"] = "ardupilotmega"

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from missions import Message


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


@dataclass(slots=True)
class Encoder:
    """Values to frames of one sender; counts the sequence."""

    system_id: int
    component_id: int
    _mav: Any = field(init=False)

    def __post_init__(self) -> None:
        self._mav = mavlink.MAVLink(None, srcSystem=self.system_id, srcComponent=self.component_id)

    def encode(self, message: Message) -> bytes:
        """Return the frame; fields that are not given are 0."""
        values = dict(_blank(message.name))
        for name, value in message.fields.items():
            if name not in values:
                raise KeyError(f"{message.name} has no field {name}")
            values[name] = value.encode() if isinstance(value, str) else value
        packed: bytes = bytes(_class_of(message.name)(**values).pack(self._mav))
        self._mav.seq = (self._mav.seq + 1) % 256
        return packed


@dataclass(slots=True)
class Received:
    """A decoded message with the bytes it came in."""

    message: Message
    frame: bytes
    seq: int


@dataclass(slots=True)
class Decoder:
    """Bytes to values; bytes that are no MAVLink (a boot console, for example) are skipped and counted."""

    bad_bytes: int = 0
    _mav: Any = field(init=False)

    def __post_init__(self) -> None:
        self._mav = mavlink.MAVLink(None)
        self._mav.robust_parsing = True

    def decode(self, data: bytes) -> list[Received]:
        """Return the messages these bytes complete."""
        received = []
        for raw in self._mav.parse_buffer(data) or ():
            if raw.get_type() == "BAD_DATA":
                self.bad_bytes += len(raw.data)
                continue
            if raw.get_type().startswith("UNKNOWN"):
                continue
            fields: dict[str, object] = {name: getattr(raw, name) for name in raw.fieldnames}
            message = Message(raw.get_type(), fields, raw.get_srcSystem(), raw.get_srcComponent())
            received.append(Received(message, bytes(raw.get_msgbuf()), raw.get_seq()))
        return received
