"""Lists of items to and from a vehicle; only a read-back that equals what was sent is a success.

ArduPilot cuts its stored list at the MISSION_COUNT, so a transfer that breaks off leaves a mixed one. Whatever ends an
upload early, a cancellation too, nothing half-written stays: on the ground the list is cleared, and an armed vehicle
gets back the one it had. Times are wall time, because a lost message is a matter of the link.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Final

from flight.commands import is_armed
from flight.download import fetch_count, fetch_list, is_about
from flight.errors import MissionRejected, ReadBackDiffers, TransferFailed
from flight.exchange import Exchange
from flight.item_codec import KIND_NAMES, WireItem, list_differences
from flight.mission_digest import digest_of
from flight.retry import RoundTrip, now_s
from flight.upload import ERROR, Progress, Upload
from missions import FlightError, Message

_LEAST_S: Final = 60.0
_ITEM_S: Final = 0.8  # 300 items may take 300 s, which a link that loses a third both ways does not need
_MOST_ITEMS: Final = 650
_CLEAR_S: Final = 10.0
_ROUNDS: Final = 3


def longest_s(count: int) -> float:
    """Return how much wall time a list of so many items gets, there and back."""
    return _LEAST_S + _ITEM_S * count


async def upload(
    link: Exchange,
    items: Sequence[WireItem],
    mission_type: int,
    *,
    timeout_s: float | None = None,
    progress: Progress | None = None,
) -> str:
    """Store a list on the vehicle, make sure by reading it back, and return the digest of what is stored.

    An upload that fails or is cancelled leaves no part of the list behind, as long as the vehicle can be reached; it
    takes up to 10 s for that.

    Raises:
        MissionRejected: the vehicle refused it; `item` says which item it did not like.
        TransferFailed: no end within `timeout_s` of wall time, by default what the number of items needs.
        ReadBackDiffers: the vehicle stored something else.

    """
    kind = KIND_NAMES[mission_type]
    limit_s = longest_s(len(items)) if timeout_s is None else timeout_s
    former = await download(link, mission_type) if is_armed(link) else ()
    sending = Upload(link, items, mission_type, progress)
    try:
        async with asyncio.timeout(limit_s):
            return await _store(link, sending, items, mission_type)
    except TimeoutError as exc:
        error: FlightError = TransferFailed(f"the {kind} did not get across within {limit_s:g} s")
        error.__cause__ = exc
    except FlightError as exc:
        error = exc
    except asyncio.CancelledError:
        if sending.touched:
            await _to_the_end(_leave_whole(link, former, mission_type))
        raise
    if sending.touched and not await _to_the_end(_leave_whole(link, former, mission_type)):
        error.add_note(f"the vehicle cannot be reached: it may hold a part of the {kind}")
    raise error


async def _store(link: Exchange, sending: Upload, items: Sequence[WireItem], mission_type: int) -> str:
    found: list[str] = []
    for _ in range(_ROUNDS):  # again for a list that arrived damaged
        accepted = await sending.run()
        stored = await fetch_list(link, mission_type)
        if not (found := list_differences(tuple(items), stored)):
            return digest_of(stored)
        sending.doubt()
    if not accepted:
        raise MissionRejected(KIND_NAMES[mission_type], result=ERROR, detail=f"{len(items)} items; {found[0]}")
    raise ReadBackDiffers(KIND_NAMES[mission_type], found)


async def download(link: Exchange, mission_type: int, *, timeout_s: float | None = None) -> tuple[WireItem, ...]:
    """Return the list the vehicle has stored.

    Raises:
        TransferFailed: no end within `timeout_s` of wall time, by default what the longest list needs.

    """
    limit_s = longest_s(_MOST_ITEMS) if timeout_s is None else timeout_s
    try:
        async with asyncio.timeout(limit_s):
            return await fetch_list(link, mission_type)
    except TimeoutError as exc:
        raise TransferFailed(f"the {KIND_NAMES[mission_type]} did not come back within {limit_s:g} s") from exc


async def clear(link: Exchange, mission_type: int, *, timeout_s: float = _CLEAR_S) -> None:
    """Make the vehicle forget a list, and make sure.

    Raises:
        TransferFailed: it still has items after `timeout_s` of wall time.

    """
    kind = KIND_NAMES[mission_type]
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                await _ask_clear(link, mission_type)
                if await fetch_count(link, mission_type) == 0:
                    return
    except TimeoutError as exc:
        raise TransferFailed(f"the vehicle did not clear its {kind} within {timeout_s:g} s") from exc


async def _ask_clear(link: Exchange, mission_type: int) -> None:
    """Send the order until anything is answered; the count that is asked for afterwards tells whether it was done."""
    trip = RoundTrip()
    tries = 0
    with link.subscribe("MISSION_ACK") as replies:
        while True:
            tries += 1
            sent_s = now_s()
            await link.send(Message("MISSION_CLEAR_ALL", {"mission_type": mission_type}))
            while (left_s := sent_s + trip.wait_s(tries) - now_s()) > 0:
                reply = await replies.next_or_none(left_s)
                if reply is not None and is_about(link, reply, mission_type):
                    return


async def _leave_whole(link: Exchange, former: tuple[WireItem, ...], mission_type: int) -> bool:
    """Put the vehicle's list into a state that is whole: the former one, or none; whether that was possible."""
    try:
        if not former:
            await clear(link, mission_type, timeout_s=_CLEAR_S)
            return True
        async with asyncio.timeout(longest_s(len(former))):
            await _store(link, Upload(link, former, mission_type), former, mission_type)
    except (FlightError, TimeoutError):
        return False
    return True


async def _to_the_end(work: Coroutine[None, None, bool]) -> bool:
    """Do something that a cancellation must not break off; it takes effect afterwards."""
    task = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as exc:
            cancelled = exc
    if cancelled is not None:
        raise cancelled
    return task.result()
