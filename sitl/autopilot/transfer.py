"""The mission protocol's server side: upload, download and clear, once for each kind of item."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from sitl.autopilot.stored_items import (
    ACCEPTED,
    CANCELLED,
    DENIED,
    ERROR,
    INVALID_SEQUENCE,
    NO_SPACE,
    Refused,
    StoredItem,
)
from sitl.autopilot.wire import Wire, mav

_ASK_AGAIN_S: Final = 1.0
_GIVE_UP_S: Final = 8.0
_WARNING, _INFO = 4, 6  # MAV_SEVERITY


class ItemStore(Protocol):
    """Where the items of one kind live."""

    mission_type: int
    limit: int
    autocontinue: int
    """What read-back says in that field."""

    def count(self) -> int:
        """Return how many there are to read."""
        ...

    def get(self, seq: int) -> StoredItem:
        """Return one; IndexError beyond the end."""
        ...

    def begin(self, count: int) -> None:
        """Make ready for an upload of `count` items."""
        ...

    def begin_part(self) -> None:
        """Make ready to replace some."""
        ...

    def put(self, seq: int, message: Any) -> None:
        """Store one; raises Refused."""
        ...

    def finish(self) -> int:
        """Take the upload over; returns the MAV_MISSION_RESULT."""
        ...

    def clear(self) -> bool:
        """Forget them all; False if that is not allowed now."""
        ...

    def expire(self) -> str:
        """Drop an unfinished upload; returns the warning to send."""
        ...


@dataclass(frozen=True, slots=True)
class Partner:
    """Who is at the other end, and on which wire; the same station on another wire is the same partner."""

    system: int
    component: int
    wire: Wire = field(compare=False)


class TransferServer:
    """One kind's transfers; at most one upload at a time, and only with the partner that began it."""

    def __init__(self, store: ItemStore, now_s: Callable[[], float], say: Callable[[int, str], None]) -> None:
        self._store, self._now_s, self._say = store, now_s, say
        self._partner: Partner | None = None
        self._next = self._count = 0
        self._heard_s = self._asked_s = 0.0

    def handle(self, message: Any, wire: Wire) -> None:
        """Answer one message of the mission protocol that carries our mission type, where it came from."""
        partner = Partner(message.get_srcSystem(), message.get_srcComponent(), wire)
        match message.get_type():
            case "MISSION_COUNT":
                self._on_count(partner, message.count)
            case "MISSION_WRITE_PARTIAL_LIST":
                self._on_part(partner, message.start_index, message.end_index)
            case "MISSION_ITEM_INT" | "MISSION_ITEM":
                self._on_item(partner, message)
            case "MISSION_REQUEST_LIST":
                self._on_list(partner)
            case "MISSION_REQUEST_INT" | "MISSION_REQUEST":
                self._on_request(partner, message)
            case "MISSION_CLEAR_ALL":
                if self._taken_by_other(partner):
                    self._ack(partner, DENIED)
                else:
                    self._partner = None
                    self._ack(partner, ACCEPTED if self._store.clear() else ERROR)

    def step(self) -> None:
        """Ask again after a second, give up after eight."""
        if self._partner is None:
            return
        now_s = self._now_s()
        if now_s - self._heard_s > _GIVE_UP_S:
            self._say(_WARNING, self._store.expire())
            self._ack(self._partner, CANCELLED)
            self._partner = None
        elif now_s - self._asked_s > _ASK_AGAIN_S:
            self._ask()

    def _taken_by_other(self, partner: Partner) -> bool:
        return self._partner is not None and self._partner != partner

    def _on_count(self, partner: Partner, count: int) -> None:
        if self._taken_by_other(partner):
            self._ack(partner, DENIED)
            return
        self._partner = None
        if count > self._store.limit:
            self._ack(partner, NO_SPACE)
            self._say(_WARNING, f"Only {self._store.limit} items are supported")
            return
        self._store.begin(count)
        if count == 0:
            self._ack(partner, self._store.finish())
            return
        self._partner, self._next, self._count = partner, 0, count
        self._heard_s = self._now_s()
        self._ask()

    def _on_part(self, partner: Partner, first: int, last: int) -> None:
        if self._partner is not None:
            self._ack(partner, DENIED)
            return
        if not 0 <= first <= last <= self._store.count():
            self._say(_WARNING, "Flight plan update rejected")
            self._ack(partner, ERROR)
            return
        self._store.begin_part()
        self._partner, self._next, self._count = partner, first, last + 1
        self._heard_s = self._now_s()
        self._ask()

    def _on_item(self, partner: Partner, message: Any) -> None:
        if self._partner is None:
            self._ack(partner, ERROR)
            return
        if message.seq != self._next:
            self._ack(partner, INVALID_SEQUENCE)
            return
        if partner != self._partner:
            self._ack(partner, DENIED)
            return
        try:
            self._store.put(message.seq, message)
        except Refused as refusal:
            self._partner = None
            self._ack(partner, refusal.result)
            return
        self._heard_s = self._now_s()
        self._next += 1
        if self._next < self._count:
            self._ask()
            return
        self._partner = None
        self._ack(partner, self._store.finish())

    def _on_list(self, partner: Partner) -> None:
        if self._partner is not None:
            self._ack(partner, DENIED)
            return
        self._send_count(partner)

    def _on_request(self, partner: Partner, message: Any) -> None:
        if self._partner is not None:
            self._ack(partner, DENIED)
            return
        integer = message.get_type() == "MISSION_REQUEST_INT"
        try:
            item = self._store.get(message.seq)
        except IndexError:
            if integer:
                self._send_count(partner)
            self._ack(partner, INVALID_SEQUENCE)
            return
        kind = mav.MAVLink_mission_item_int_message if integer else mav.MAVLink_mission_item_message
        x: float = item.x if integer else item.x * (1e-7 if item.placed else 1.0)
        y: float = item.y if integer else item.y * (1e-7 if item.placed else 1.0)
        partner.wire.send(
            kind(
                partner.system,
                partner.component,
                message.seq,
                item.frame,
                item.command,
                0,
                self._store.autocontinue,
                *item.params,
                x,
                y,
                item.z,
                self._store.mission_type,
            )
        )

    def _ask(self) -> None:
        assert self._partner is not None
        self._asked_s = self._now_s()
        to = self._partner
        to.wire.send(mav.MAVLink_mission_request_message(to.system, to.component, self._next, self._store.mission_type))

    def _send_count(self, partner: Partner) -> None:
        count, kind = self._store.count(), self._store.mission_type
        partner.wire.send(mav.MAVLink_mission_count_message(partner.system, partner.component, count, kind))

    def _ack(self, partner: Partner, result: int) -> None:
        kind = self._store.mission_type
        partner.wire.send(mav.MAVLink_mission_ack_message(partner.system, partner.component, result, kind))
