"""The vehicle's side of a list of items, read: how many there are, then a window of requests kept full."""

import asyncio
from typing import Final

from flight.errors import TransferFailed
from flight.exchange import Exchange, Subscription
from flight.gather import gather
from flight.item_codec import KIND_NAMES, WireItem, item_of
from flight.retry import RoundTrip, now_s
from missions import Message

ACCEPTED: Final = 0
DENIED: Final = 14
_SILENCE_S, _BUSY_S = 30.0, 120.0
"""How long a vehicle is asked that is not heard, and one that is heard and only does not answer this."""
_HEARD_S: Final = 5.0
_DENIED_PAUSE_S: Final = 0.4


def is_about(link: Exchange, message: Message, mission_type: int) -> bool:
    """Whether a message of the mission protocol is for us and of this kind of items."""
    return message.integer("mission_type") == mission_type and link.is_for_us(message)


async def fetch_list(link: Exchange, mission_type: int) -> tuple[WireItem, ...]:
    """Return the stored list; takes as long as it takes.

    Raises:
        TransferFailed: the vehicle does not say how many items it has.

    """
    trip = RoundTrip()
    with link.subscribe("MISSION_COUNT", "MISSION_ITEM_INT", "MISSION_ACK") as replies:
        count = await _ask_count(link, replies, mission_type, trip)

        def item_in(message: Message) -> tuple[int, WireItem] | None:
            if message.name != "MISSION_ITEM_INT" or not is_about(link, message, mission_type):
                return None
            item = item_of(message)
            return item.seq, item

        found = await gather(
            link,
            replies,
            range(count),
            lambda seq: [Message("MISSION_REQUEST_INT", {"seq": seq, "mission_type": mission_type})],
            item_in,
            round_trip=trip,
        )
        await link.send(Message("MISSION_ACK", {"type": ACCEPTED, "mission_type": mission_type}))
    return tuple(found[seq] for seq in range(count))


async def fetch_count(link: Exchange, mission_type: int) -> int:
    """Return how many items are stored.

    Raises:
        TransferFailed: the vehicle does not say it.

    """
    with link.subscribe("MISSION_COUNT", "MISSION_ACK") as replies:
        return await _ask_count(link, replies, mission_type, RoundTrip())


async def _ask_count(link: Exchange, replies: Subscription, mission_type: int, trip: RoundTrip) -> int:
    first_s, tries = now_s(), 0
    began_s = first_s
    while now_s() < began_s + (_BUSY_S if link.silent_s < _HEARD_S else _SILENCE_S):
        tries += 1
        asked_s = now_s() if tries > 1 else first_s
        await link.send(Message("MISSION_REQUEST_LIST", {"mission_type": mission_type}))
        while (left_s := asked_s + trip.wait_s(tries) - now_s()) > 0:
            reply = await replies.next_or_none(left_s)
            if reply is None or not is_about(link, reply, mission_type):
                continue
            if reply.name == "MISSION_COUNT":
                trip.answered(first_s, asked_s)
                return reply.integer("count")
            if reply.name == "MISSION_ACK" and reply.integer("type") == DENIED:
                await asyncio.sleep(_DENIED_PAUSE_S)  # it still waits for an upload's end
                first_s, tries = now_s(), 0
                break
    raise TransferFailed(f"the vehicle does not say how many {KIND_NAMES[mission_type]} items it has")
