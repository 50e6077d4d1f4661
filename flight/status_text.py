"""Texts of the vehicle that come in pieces of 50 characters, joined (MAVLink: STATUSTEXT.id and chunk_seq)."""

import time
from dataclasses import dataclass, field
from typing import Final

from missions import Message

_PIECE: Final = 50
_WAIT_S: Final = 1.0
"""A piece that is so late is lost; what is there is told, the gap as an ellipsis."""


@dataclass(slots=True)
class _Pieces:
    first: Message
    began_s: float
    by_number: dict[int, str] = field(default_factory=dict)
    last: int | None = None
    """Number of the piece that is the last one for sure: it is shorter."""

    @property
    def is_whole(self) -> bool:
        return self.last is not None and len(self.by_number) > self.last

    def joined(self) -> Message:
        """Return one message, with an ellipsis for every gap."""
        numbers = range(max(self.by_number) + 1)
        text = "".join(self.by_number.get(number, "…") for number in numbers)
        fields = {**self.first.fields, "text": text, "id": 0, "chunk_seq": 0}
        return Message(self.first.name, fields, self.first.sysid, self.first.compid)


class TextJoiner:
    """Joins one sender's texts."""

    def __init__(self) -> None:
        self._begun: dict[int, _Pieces] = {}

    def take(self, message: Message) -> list[Message]:
        """Take a STATUSTEXT and return the texts that are whole with it."""
        text_id = message.fields.get("id", 0)
        if not isinstance(text_id, int) or text_id == 0:
            return [*self._give_up(but=None), message]
        given_up = self._give_up(but=text_id)
        pieces = self._begun.setdefault(text_id, _Pieces(message, time.monotonic()))
        number, text = message.integer("chunk_seq"), message.text("text")
        pieces.by_number[number] = text
        if len(text) < _PIECE:
            pieces.last = number
        return [*given_up, *self._finish(text_id)] if pieces.is_whole else given_up

    def overdue(self) -> list[Message]:
        """Return what has waited for its end for too long: a lost piece, or a last one of just 50 characters."""
        if not self._begun:
            return []
        before_s = time.monotonic() - _WAIT_S
        late = [text_id for text_id, pieces in self._begun.items() if pieces.began_s < before_s]
        return [message for text_id in late for message in self._finish(text_id)]

    def _give_up(self, *, but: int | None) -> list[Message]:
        """End the others: a sender sends one text after the other."""
        return [message for text_id in list(self._begun) if text_id != but for message in self._finish(text_id)]

    def _finish(self, text_id: int) -> list[Message]:
        return [self._begun.pop(text_id).joined()]
