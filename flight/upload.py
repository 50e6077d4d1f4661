"""Sending a list of items: a window ahead of what the vehicle asks for, and back to what it wants when it lacks one.

ArduPilot takes item n when it is the next one, whether it was asked for or not, and then asks for n + 1. So a request
acknowledges everything before it, and waiting for each one (over a link that loses a fifth both ways, most of the time
for the vehicle's own timer of 1 s) is not needed. An item out of turn gets INVALID_SEQUENCE: something before it is
missing, or it arrived twice; which of the two is seen by whether the oldest open item's answer is late.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from flight.download import ACCEPTED, DENIED, is_about
from flight.errors import MissionRejected, TransferFailed
from flight.exchange import Exchange, Subscription
from flight.item_codec import KIND_NAMES, WireItem, item_message
from flight.retry import RoundTrip, Window, now_s
from missions import Message

Progress = Callable[[int, int], None]
"""Called with how many items the vehicle has taken, and of how many."""

ERROR, NO_SPACE, INVALID_SEQUENCE, CANCELLED = 1, 4, 13, 15
_SILENCE_S: Final = 30.0
_NO_SPACE_RETRY_S: Final = 0.4  # a Copter that is just starting has no storage yet (seen in the first 0.3 s)
_NO_SPACE_TRIES: Final = 4
_DENIED_RETRY_S: Final = 1.0
_DENIED_S: Final = 20.0  # another station's upload ends, or is cancelled 8 s after its last item
_ERRORS: Final = 3
_SILENT_ENDS: Final = 8  # of a vehicle that answers nothing when the last item comes twice


class Upload:
    """One list on its way to the vehicle."""

    def __init__(
        self, link: Exchange, items: Sequence[WireItem], mission_type: int, progress: Progress | None = None
    ) -> None:
        self._link, self._items, self._type = link, items, mission_type
        self._progress = progress
        self.touched = False
        """Whether the vehicle may have begun to overwrite its list."""
        self._begun = False
        self._trip, self._window = RoundTrip(), Window()
        self._one_by_one_from = len(items)
        """From this item on each waits for its own answer, so that a refusal names the right one."""
        self._refusals: Counter[tuple[int, int]] = Counter()
        self._restart()

    def _restart(self) -> None:
        self._base = -1  # the item that the vehicle asked for last: it has all before it; -1: it asked for none
        self._next = 0  # the next one to send
        self._highest = -1  # ever sent in this round
        self._first_s: dict[int, float] = {}
        self._sent_s: dict[int, float] = {}
        self._gap = False
        self._tries = 0
        self._first_announced_s = self._announced_s = 0.0

    async def run(self) -> bool:
        """Send until the vehicle has the list; whether it said so: else only a read-back knows.

        Raises:
            MissionRejected: it refused the list, or one of its items.
            TransferFailed: it does not answer.

        """
        denied_since_s: float | None = None
        with self._link.subscribe("MISSION_REQUEST", "MISSION_REQUEST_INT", "MISSION_ACK") as replies:
            while True:
                self._restart()
                while await replies.next_or_none(self._trip.usual_s if self._begun else 0.0) is not None:
                    pass  # answers to items of the round before
                result = await self._round(replies)
                if result is None or result == ACCEPTED:
                    return result == ACCEPTED
                self._refusals[result, self._base] += 1
                if result == DENIED:
                    denied_since_s = denied_since_s or now_s()
                    if now_s() - denied_since_s > _DENIED_S:
                        raise self._rejected(DENIED, None)
                    await asyncio.sleep(_DENIED_RETRY_S)
                elif result == NO_SPACE and self._base <= 0:
                    if self._refusals[NO_SPACE, self._base] >= _NO_SPACE_TRIES:
                        raise self._rejected(NO_SPACE, None)
                    await asyncio.sleep(_NO_SPACE_RETRY_S)
                elif result != CANCELLED:
                    self._judge(result)

    def doubt(self) -> None:
        """Send the end of the list item by item next time: what is stored was not what was sent."""
        self._one_by_one_from = max(0, min(self._one_by_one_from, self._base))

    def _judge(self, result: int) -> None:
        """Refuse the list in the name of its item; first make sure which one it is."""
        alone = self._base < 0 or (self._base >= self._one_by_one_from and self._next <= self._base + 1)
        # Items after a refused one get ERROR, too, so an ERROR alone may stand for another refusal that got lost.
        if alone and (result != ERROR or self._refusals[ERROR, self._base] >= _ERRORS):
            raise self._rejected(result, self._base if self._base >= 0 else None)
        self.doubt()

    def _rejected(self, result: int, seq: int | None) -> MissionRejected:
        whole = f"{len(self._items)} items"
        detail = whole if seq is None else f"item {seq} of {whole} (command {self._items[seq].command})"
        return MissionRejected(KIND_NAMES[self._type], result=result, item=seq, detail=detail)

    async def _round(self, replies: Subscription) -> int | None:
        """Announce the list and send it until an ACK that ends it; None: the last item went and nothing is known."""
        await self._announce()
        heard_s = now_s()
        while True:
            reply = await replies.next_or_none(max(0.001, self._due_s - now_s()))
            if reply is not None and is_about(self._link, reply, self._type):
                heard_s = now_s()
                if self._ends(reply):
                    return None if self._maybe_whole(reply) else reply.integer("type")
            elif reply is None and now_s() - heard_s > _SILENCE_S:
                raise TransferFailed(f"the vehicle does not ask for the {KIND_NAMES[self._type]}")
            elif reply is None and self._highest == len(self._items) - 1 and self._tries > _SILENT_ENDS:
                return None
            if now_s() >= self._due_s:
                await self._again()
            await self._fill()

    def _ends(self, reply: Message) -> bool:
        """Take a request or an answer; whether it ends the round."""
        if reply.name != "MISSION_ACK":
            self._asked(reply.integer("seq"))
            return False
        result = reply.integer("type")
        if result == INVALID_SEQUENCE:
            self._gap = True
            return False
        if result == ACCEPTED and self._highest < len(self._items) - 1:
            return False  # it is of something else
        self.touched = self._begun or result not in {NO_SPACE, DENIED}
        return True

    def _maybe_whole(self, ack: Message) -> bool:
        """Whether the last item came twice, so that the ACK of the first was lost; or the whole list is refused."""
        return ack.integer("type") == ERROR and self._highest == len(self._items) - 1

    @property
    def _due_s(self) -> float:
        """When the oldest open message's answer is late."""
        if self._base < 0:
            return self._announced_s + self._trip.wait_s(self._tries)
        sent_s = self._sent_s.get(self._base, 0.0)
        return sent_s + (self._trip.usual_s if self._gap else self._trip.wait_s(self._tries))

    async def _announce(self) -> None:
        self.touched = True
        self._announced_s = now_s()
        self._first_announced_s = self._first_announced_s or self._announced_s
        self._tries += 1
        await self._link.send(Message("MISSION_COUNT", {"count": len(self._items), "mission_type": self._type}))

    async def _again(self) -> None:
        """Go back to the item that the vehicle wants."""
        if self._base < 0:
            await self._announce()
            return
        self._tries = 1 if self._gap else self._tries + 1
        self._gap = False
        self._next = self._base

    def _asked(self, seq: int) -> None:
        """The vehicle wants this item and has all before it."""
        if not 0 <= seq < len(self._items):
            return
        self._begun = True
        if self._base < 0:
            self._trip.answered(self._first_announced_s, self._announced_s)
        if seq == self._base:
            return  # asked for again after its own second, or twice; the timer sees to it
        if seq < self._base:  # it began anew: the announcement had arrived twice
            self._next = seq
        elif (before := seq - 1) in self._sent_s:
            self._window.took(self._trip.answered(self._first_s[before], self._sent_s[before]))
        self._base, self._next = seq, max(seq, self._next)
        self._gap, self._tries = False, 1
        if self._progress is not None:
            self._progress(seq, len(self._items))

    async def _fill(self) -> None:
        """Send what the window allows."""
        if self._base < 0:
            return
        size = 1 if self._base >= self._one_by_one_from else self._window.size
        end = min(len(self._items), self._base + size)
        if self._base < self._one_by_one_from:
            end = min(end, max(self._one_by_one_from, self._base + 1))
        while self._next < end:
            seq, self._next = self._next, self._next + 1
            self._sent_s[seq] = now_s()
            self._first_s.setdefault(seq, self._sent_s[seq])
            self._highest = max(self._highest, seq)
            await self._link.send(item_message(self._items[seq]))
