"""Lists of items to and from a vehicle; only a read-back that equals what was sent is a success.

Retry times are wall time and follow the MAVLink guide (1.5 s, faster for items, five tries), because a lost packet is
a matter of the link. ArduPilot cuts its stored list at the MISSION_COUNT, so a failed upload leaves a mixed one: the
caller gets an error and must not fly.
"""

import asyncio
from collections.abc import Sequence

from flight.errors import MissionRejected, ReadBackDiffers, TransferFailed
from flight.exchange import Exchange, Subscription
from flight.item_codec import KIND_NAMES, WireItem, item_message, item_of, list_differences
from missions import Message

ACCEPTED, ERROR, NO_SPACE, INVALID_SEQUENCE, DENIED, CANCELLED = 0, 1, 4, 13, 14, 15
_COUNT_RETRY_S = 1.5
_ITEM_RETRY_S = 0.5
_TRIES = 10  # of a message that gets no answer; the guide says 5, which one upload in 200 exhausts at 20 % loss
_TRANSFER_S = 60.0
_NO_SPACE_RETRY_S = 0.4  # a Copter that is just starting has no storage yet (seen in the first 0.3 s)
_NO_SPACE_TRIES = 4
_WINDOW = 6  # items asked for at a time in a download, so that a slow link is not one round trip per item


async def upload(
    link: Exchange, items: Sequence[WireItem], mission_type: int, *, timeout_s: float = _TRANSFER_S
) -> None:
    """Store a list on the vehicle and make sure by reading it back.

    Raises:
        MissionRejected: the vehicle refused it.
        TransferFailed: no end within `timeout_s` of wall time.
        ReadBackDiffers: the vehicle stored something else.

    """
    kind = KIND_NAMES[mission_type]
    stored: tuple[WireItem, ...] = ()
    try:
        async with asyncio.timeout(timeout_s):
            for _ in range(2):  # a second round for a list that arrived damaged
                await _send_list(link, items, mission_type)
                stored = await _fetch_list(link, mission_type)
                if not (found := list_differences(tuple(items), stored)):
                    return
    except TimeoutError as exc:
        raise TransferFailed(f"the {kind} did not get across within {timeout_s:g} s") from exc
    raise ReadBackDiffers(kind, found)


async def download(link: Exchange, mission_type: int, *, timeout_s: float = _TRANSFER_S) -> tuple[WireItem, ...]:
    """Return the list the vehicle has stored.

    Raises:
        TransferFailed: no end within `timeout_s` of wall time.

    """
    try:
        async with asyncio.timeout(timeout_s):
            return await _fetch_list(link, mission_type)
    except TimeoutError as exc:
        raise TransferFailed(f"the {KIND_NAMES[mission_type]} did not come back within {timeout_s:g} s") from exc


def _is_about(message: Message, mission_type: int) -> bool:
    return message.integer("mission_type") == mission_type


async def _send_list(link: Exchange, items: Sequence[WireItem], mission_type: int) -> None:
    """Send the list as the vehicle asks for it; returns when it may be complete, which the read-back decides."""
    count = Message("MISSION_COUNT", {"count": len(items), "mission_type": mission_type})
    refused = 0
    with link.subscribe("MISSION_REQUEST", "MISSION_REQUEST_INT", "MISSION_ACK") as replies:
        while True:
            result = await _answer_requests(link, replies, count, items, mission_type)
            if result in {ACCEPTED, None}:
                return
            refused += 1
            if result == NO_SPACE and refused < _NO_SPACE_TRIES:
                await asyncio.sleep(_NO_SPACE_RETRY_S)
            elif result != CANCELLED or refused >= _TRIES:
                raise MissionRejected(KIND_NAMES[mission_type], result=result or 0, detail=f"{len(items)} items")


async def _answer_requests(
    link: Exchange, replies: Subscription, count: Message, items: Sequence[WireItem], mission_type: int
) -> int | None:
    """Announce the list and answer requests until an ACK; None: everything was sent and the vehicle fell silent."""
    await link.send(count)
    last: WireItem | None = None
    silences = 0
    while True:
        reply = await replies.next_or_none(_COUNT_RETRY_S if last is None else _ITEM_RETRY_S)
        if reply is None:
            silences += 1
            if last is not None and last.seq == len(items) - 1 and silences > 1:
                return None
            if last is None and silences >= _TRIES:
                raise TransferFailed(f"the vehicle does not ask for the {KIND_NAMES[mission_type]}")
            await link.send(count if last is None else item_message(last))
            continue
        if not _is_about(reply, mission_type):
            continue
        silences = 0
        if reply.name == "MISSION_ACK":
            result = reply.integer("type")
            if result == INVALID_SEQUENCE:
                continue  # an item that arrived twice; the vehicle asks on
            if result == ERROR and last is not None and last.seq == len(items) - 1:
                return None  # the last item arrived twice, so its ACK was lost
            return result
        seq = reply.integer("seq")
        if 0 <= seq < len(items):
            last = items[seq]
            await link.send(item_message(last))


async def _fetch_list(link: Exchange, mission_type: int) -> tuple[WireItem, ...]:
    with link.subscribe("MISSION_COUNT", "MISSION_ITEM_INT", "MISSION_ACK") as replies:
        count = await _fetch_count(link, replies, mission_type)
        found: dict[int, WireItem] = {}
        while len(found) < count:
            missing = [seq for seq in range(count) if seq not in found][:_WINDOW]
            for seq in missing:
                await link.send(Message("MISSION_REQUEST_INT", {"seq": seq, "mission_type": mission_type}))
            await _collect(replies, missing, found, mission_type)
        await link.send(Message("MISSION_ACK", {"type": ACCEPTED, "mission_type": mission_type}))
    return tuple(found[seq] for seq in range(count))


async def _fetch_count(link: Exchange, replies: Subscription, mission_type: int) -> int:
    for _ in range(_TRIES):
        await link.send(Message("MISSION_REQUEST_LIST", {"mission_type": mission_type}))
        while (reply := await replies.next_or_none(_COUNT_RETRY_S)) is not None:
            if reply.name == "MISSION_COUNT" and _is_about(reply, mission_type):
                return reply.integer("count")
            if reply.name == "MISSION_ACK" and _is_about(reply, mission_type) and reply.integer("type") == DENIED:
                await asyncio.sleep(_ITEM_RETRY_S)  # it still waits for an upload's end
                break
    raise TransferFailed(f"the vehicle does not say how many {KIND_NAMES[mission_type]} items it has")


async def _collect(replies: Subscription, wanted: Sequence[int], found: dict[int, WireItem], mission_type: int) -> None:
    """Take items until all wanted ones are there or none comes any more."""
    open_seqs = set(wanted)
    while open_seqs:
        reply = await replies.next_or_none(_ITEM_RETRY_S)
        if reply is None:
            return
        if reply.name == "MISSION_ITEM_INT" and _is_about(reply, mission_type):
            item = item_of(reply)
            found[item.seq] = item
            open_seqs.discard(item.seq)
