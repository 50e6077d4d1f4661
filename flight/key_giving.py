"""Giving a vehicle its signing key, and taking it away: SETUP_SIGNING has no answer, so what it signs with counts."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Final

from flight.commands import is_armed, request_version
from flight.errors import LinkSilent, VehicleBusy
from flight.link import open_link
from flight.link_url import LinkUrl
from flight.signing import Signer, setup_message, unset_message
from missions import FlightError, Message

_ROUNDS: Final = 3  # a lost message is not told from a refused one
_HEARD_S: Final = 10.0
_QUIET_S: Final = 1.0
_FIRST_WIRE: Final = "only over its first wire (USB)"


async def give_key(
    urls: Sequence[LinkUrl], key: Path, system_id: int, *, own_system_id: int, former_key: Path | None = None
) -> str:
    """Send a vehicle the key until it signs with it and obeys who does; return the address it was heard at.

    `former_key` is the one that the vehicle has now; without it, it takes a new one only over its first wire.

    Raises:
        VehicleBusy: it is armed.
        LinkSilent: it does not answer at all.
        FlightError: it does not sign with the key, or does not obey who does.
        InputError: an address or a key file cannot be used.

    """
    way = "" if former_key is not None else f"; one that has another key takes a new one {_FIRST_WIRE}"
    return await _set_up(
        urls,
        system_id,
        own_system_id,
        former_key,
        message=lambda: _giving(key),
        done=lambda: _signs(urls, key, system_id, own_system_id),
        not_done=f"vehicle {system_id} does not sign with this key{way}",
    )


async def take_key(
    urls: Sequence[LinkUrl], system_id: int, *, own_system_id: int, former_key: Path | None = None
) -> str:
    """Take a vehicle's key away until it signs no more and obeys who does not; return the address it was heard at.

    `former_key` is the one that the vehicle has now; without it, it gives it up only over its first wire.

    Raises:
        VehicleBusy: it is armed.
        LinkSilent: it does not answer at all.
        FlightError: it still signs, or does not obey who does not.
        InputError: an address or the key file cannot be used.

    """
    way = "" if former_key is not None else f"; without the key that it has it gives it up {_FIRST_WIRE}"
    return await _set_up(
        urls,
        system_id,
        own_system_id,
        former_key,
        message=unset_message,
        done=lambda: _signs_no_more(urls, system_id, own_system_id),
        not_done=f"vehicle {system_id} still signs{way}",
    )


async def _set_up(
    urls: Sequence[LinkUrl],
    system_id: int,
    own_system_id: int,
    former_key: Path | None,
    *,
    message: Callable[[], Message],
    done: Callable[[], Awaitable[str | None]],
    not_done: str,
) -> str:
    """Send a SETUP_SIGNING until it is done; None or a silence say that it is not."""
    for number in range(_ROUNDS):
        # One that heard us in the last round knows the former key no more.
        with suppress(LinkSilent) if number else nullcontext():
            async with open_link(urls, own_system_id=own_system_id, signing_key=former_key) as link:
                await link.wait_vehicle(system_id=system_id, timeout_s=_HEARD_S)
                if is_armed(link):
                    raise VehicleBusy(f"vehicle {system_id} is armed: its key is not changed in the air")
                await link.send(message())
        with suppress(LinkSilent):
            place = await done()
            if place is not None:
                return place
    raise FlightError(not_done)


def _giving(key: Path) -> Message:
    signer = Signer.of_file(key)
    message = setup_message(signer)
    signer.close()
    return message


async def _signs(urls: Sequence[LinkUrl], key: Path, system_id: int, own_system_id: int) -> str:
    """Return where a vehicle is heard that signs with a key, and answers who does.

    Raises:
        LinkSilent: nothing so signed is heard.
        FlightError: it does not answer.

    """
    async with open_link(urls, own_system_id=own_system_id, signing_key=key) as link:
        await link.wait_vehicle(system_id=system_id, timeout_s=_HEARD_S)
        if await request_version(link) is None:
            raise FlightError(f"vehicle {system_id} signs with this key but does not answer who does")
        return link.quality.channel


async def _signs_no_more(urls: Sequence[LinkUrl], system_id: int, own_system_id: int) -> str | None:
    """Return where a vehicle is heard that does not sign, and answers who does not either; None: it signs.

    Raises:
        LinkSilent: it is not heard.
        FlightError: it does not answer.

    """
    async with open_link(urls, own_system_id=own_system_id) as link:
        await link.wait_vehicle(system_id=system_id, timeout_s=_HEARD_S)
        answer = await request_version(link)
        before = link.quality  # what was on its way when the key was taken is behind us
        await asyncio.sleep(_QUIET_S)
        after = link.quality
        if after.signed > before.signed:
            return None
        if answer is None:
            raise FlightError(f"vehicle {system_id} does not sign any more but does not answer unsigned messages")
        return after.channel
