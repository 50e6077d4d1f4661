import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flight.status_text import TextJoiner
from missions import Message


def pieces(text: str, text_id: int = 7) -> list[Message]:
    if len(text) <= 50:
        return [Message("STATUSTEXT", {"severity": 4, "text": text, "id": 0, "chunk_seq": 0})]
    return [
        Message("STATUSTEXT", {"severity": 4, "text": text[at : at + 50], "id": text_id, "chunk_seq": at // 50})
        for at in range(0, len(text), 50)
    ]


def joined(joiner: TextJoiner, messages: list[Message]) -> list[str]:
    return [whole.text("text") for message in messages for whole in joiner.take(message)]


@given(text=st.text(alphabet="abc xyz", min_size=51, max_size=300).filter(lambda text: len(text) % 50), data=st.data())
def test_a_long_text_is_told_as_one_in_whatever_order_its_pieces_come(text: str, data: st.DataObject) -> None:
    assert joined(TextJoiner(), data.draw(st.permutations(pieces(text)))) == [text]


def test_a_short_text_passes_at_once_and_ends_what_was_begun() -> None:
    joiner = TextJoiner()
    begun = pieces("x" * 120)
    assert joined(joiner, [begun[0], begun[2], *pieces("short")]) == ["x" * 50 + "…" + "x" * 20, "short"]


def test_the_next_text_ends_one_whose_pieces_fill_all_their_room() -> None:
    assert joined(TextJoiner(), [*pieces("a" * 100, 1), *pieces("b" * 60, 2)]) == ["a" * 100, "b" * 60]


def test_a_text_whose_end_does_not_come_is_told_after_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    joiner = TextJoiner()
    assert joined(joiner, pieces("a" * 100)) == []
    assert joiner.overdue() == []
    later_s = time.monotonic() + 1.5
    monkeypatch.setattr(time, "monotonic", lambda: later_s)
    assert [message.text("text") for message in joiner.overdue()] == ["a" * 100]
    assert joiner.overdue() == []
