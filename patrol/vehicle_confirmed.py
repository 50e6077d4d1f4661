"""The operator's word before something is done to a vehicle that may be real."""

import asyncio
import sys

from flight.errors import NotApproved
from flight.exchange import Exchange
from flight.simulated import says_simulated
from missions.errors import InputError
from patrol.console import stderr


async def confirm_vehicle(link: Exchange, *, about: str, field: str, assume_yes: bool) -> None:
    """Go on with a simulation; for anything else have the operator type its system id.

    Raises:
        NotApproved: something else was typed.
        InputError: nobody is at the terminal.

    """
    if assume_yes or await says_simulated(link):
        return
    what = f"system id {link.target_system} at {link.address}"
    if not sys.stdin.isatty():
        raise InputError(
            f"{what} may be a real aircraft and nobody is at the terminal to confirm it",
            field=field,
            remedy=f"confirm on a terminal, or give {field}",
        )
    stderr.print(f"{what}: {about}", soft_wrap=True)
    typed = await asyncio.to_thread(input, f"type its system id to let it ({link.target_system}): ")
    if typed.strip() != str(link.target_system):
        raise NotApproved("it was not approved; nothing was sent to the vehicle")
