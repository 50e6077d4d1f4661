"""Asking a vehicle for many things at once over a link that loses messages: each is asked for until it is answered."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from flight.exchange import Exchange, Subscription
from flight.retry import RoundTrip, Window, now_s
from missions import Message

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(slots=True)
class _Asked:
    """A question that is open."""

    first_s: float
    due_s: float
    tries: int = 1


async def gather(
    link: Exchange,
    replies: Subscription,
    keys: Iterable[Key],
    ask: Callable[[Key], Sequence[Message]],
    answer: Callable[[Message], tuple[Key, Value] | None],
    *,
    tries: int | None = None,
    window: Window | None = None,
    round_trip: RoundTrip | None = None,
) -> dict[Key, Value]:
    """Return the answer to each key; a window of questions is kept full, and each has its own time.

    Args:
        link: to the vehicle.
        replies: a subscription to what may be an answer, open since before the call.
        keys: what to ask for.
        ask: the messages that ask for a key.
        answer: the key and value in a message; None where it is no answer, or not the one that is wanted.
        tries: how often a key is asked for before it is given up and left out; None: for ever, so that the caller's
            time limit ends it.
        window: how many questions may be open, learned on this link before.
        round_trip: how long answers take, learned on this link before.

    """
    waiting = list(dict.fromkeys(keys))[::-1]
    size, trip = window or Window(), round_trip or RoundTrip()
    open_: dict[Key, _Asked] = {}
    found: dict[Key, Value] = {}

    async def put(key: Key, asked: _Asked) -> None:
        asked.due_s = now_s() + trip.wait_s(asked.tries)
        for message in ask(key):
            await link.send(message)

    while waiting or open_:
        for key, asked in list(open_.items()):
            if asked.due_s <= now_s() and key in open_:
                if tries is not None and asked.tries >= tries:
                    del open_[key]
                    continue
                asked.tries += 1
                await put(key, asked)
        while waiting and len(open_) < size.size:
            key = waiting.pop()
            open_[key] = _Asked(first_s=now_s(), due_s=0.0)
            await put(key, open_[key])
        if not open_:
            continue
        reply = await replies.next_or_none(max(0.001, min(asked.due_s for asked in open_.values()) - now_s()))
        got = answer(reply) if reply is not None else None
        if got is None:
            continue
        key, value = got
        asked_once = open_.pop(key, None)
        if asked_once is None:
            continue
        found[key] = value
        if asked_once.tries == 1:
            took_s = now_s() - asked_once.first_s
            trip.took(took_s)
            size.took(took_s)
    return found
