"""Giving a vehicle its signing key: SETUP_SIGNING has no answer, so what it signs with afterwards is what counts."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from flight.commands import is_armed, request_version
from flight.errors import LinkSilent, VehicleBusy
from flight.link import open_link
from flight.link_url import LinkUrl
from flight.signing import Signer, setup_message
from missions import FlightError

_ROUNDS: Final = 3  # a lost message is not told from a refused one
_HEARD_S: Final = 10.0


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
    for _ in range(_ROUNDS):
        async with open_link(urls, own_system_id=own_system_id, signing_key=former_key) as link:
            await link.wait_vehicle(system_id=system_id, timeout_s=_HEARD_S)
            if is_armed(link):
                raise VehicleBusy(f"vehicle {system_id} is armed: it takes no key in the air")
            await link.send(setup_message(Signer.of_file(key)))
        with suppress(LinkSilent):
            return await _signs(urls, key, system_id, own_system_id)
    way = "" if former_key is not None else "; one that has another key takes a new one only over its first wire (USB)"
    raise FlightError(f"vehicle {system_id} does not sign with this key{way}")


async def _signs(urls: Sequence[LinkUrl], key: Path, system_id: int, own_system_id: int) -> str:
    """Return where a vehicle is heard that signs with a key, and answers who does.

    Raises:
        LinkSilent: nothing so signed is heard.
        FlightError: it does not answer.

    """
    async with open_link(urls, own_system_id=own_system_id, signing_key=key) as link:
        await link.wait_vehicle(system_id=system_id, timeout_s=_HEARD_S)
        version = await request_version(link)
        if version is None:
            raise FlightError(f"vehicle {system_id} signs with this key but does not answer who does")
        return link.quality.channel
