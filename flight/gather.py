"""Asking a vehicle for many things at once over a link that loses messages: each is asked for until it is answered."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flight.exchange import Exchange, Subscription
from flight.retry import RoundTrip, Window, now_s
from missions import Message

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(slots=True)
class _Asked:
    """A question that is open."""

    first_s: float
    last_s: float = 0.0
    due_s: float = 0.0
    tries: int = 1


async def gather(
    link: Exchange,
    replies: Subscription,
    keys: Iterable[Key],
    ask: Callable[[Key], Sequence[Message]],
    answer: Callable[[Message], tuple[Key, Value] | None],
    *,
    tries: int | None = None,
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
        round_trip: how long answers take, learned on this link before.

    """
    work: _Gathering[Key, Value] = _Gathering(link, keys, ask, tries=tries, round_trip=round_trip or RoundTrip())
    while await work.send():
        reply = await replies.next_or_none(max(0.001, work.due_s - now_s()))
        if reply is not None and (got := answer(reply)) is not None:
            work.take(*got)
    return work.found


class _Gathering(Generic[Key, Value]):
    """What is asked for and what came."""

    def __init__(
        self,
        link: Exchange,
        keys: Iterable[Key],
        ask: Callable[[Key], Sequence[Message]],
        *,
        tries: int | None,
        round_trip: RoundTrip,
    ) -> None:
        self.found: dict[Key, Value] = {}
        self._link, self._ask, self._tries = link, ask, tries
        self._window, self._round_trip = Window(), round_trip
        self._waiting = deque(dict.fromkeys(keys))
        self._open: dict[Key, _Asked] = {}

    @property
    def due_s(self) -> float:
        """When the first open question is asked again."""
        return min(asked.due_s for asked in self._open.values())

    async def send(self) -> bool:
        """Ask what is due and what fits; whether anything is open."""
        for key, asked in list(self._open.items()):
            if asked.due_s > now_s():
                continue
            if self._tries is not None and asked.tries >= self._tries:
                del self._open[key]
            else:
                asked.tries += 1
                await self._put(key, asked)
        while self._waiting and len(self._open) < self._window.size:
            key = self._waiting.popleft()
            self._open[key] = _Asked(first_s=now_s())
            await self._put(key, self._open[key])
        return bool(self._open)

    async def _put(self, key: Key, asked: _Asked) -> None:
        asked.last_s = now_s() if asked.tries > 1 else asked.first_s
        asked.due_s = now_s() + self._round_trip.wait_s(asked.tries)
        for message in self._ask(key):
            await self._link.send(message)

    def take(self, key: Key, value: Value) -> None:
        """Close a question; an answer to none that is open came twice."""
        asked = self._open.pop(key, None)
        if asked is None:
            return
        self.found[key] = value
        self._window.took(self._round_trip.answered(asked.first_s, asked.last_s))
