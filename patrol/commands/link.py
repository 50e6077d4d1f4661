"""`patrol link`: keys that links are signed with."""

import asyncio
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from missions.errors import InputError
from patrol.commands.options import HeartbeatOption, LinkOption, SystemIdOption, VehicleSystemIdOption
from patrol.console import stderr, stdout

_SHORT = 12

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from flight.link_url import LinkUrl

NewKeyArg = Annotated[Path, typer.Argument(metavar="FILE", help="The key file to write; one that exists is kept.")]
PassphraseOption = Annotated[
    bool, typer.Option("--passphrase", help="Make it of a passphrase, read from standard input, as ground stations do.")
]
KeyArg = Annotated[Path, typer.Argument(metavar="FILE", help="Key file: one line of 64 hexadecimal digits.")]
FormerKeyOption = Annotated[
    Path | None,
    typer.Option("--signing-key", metavar="FILE", help="The key that the vehicle has now, where it has one."),
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask before a real vehicle's key is changed.")]


def link_key(file: NewKeyArg, *, passphrase: PassphraseOption = False) -> None:
    """Write a new signing key to FILE, for nobody's eyes but its owner's."""
    from flight.signing import key_of_passphrase, write_key

    write_key(file, key_of_passphrase(_passphrase()) if passphrase else secrets.token_bytes(32))
    stdout.print(f"key: {file}; give it to a vehicle with `patrol link sign {file} --link ...`", soft_wrap=True)


def link_sign(
    file: KeyArg,
    *,
    link: LinkOption,
    former_key: FormerKeyOption = None,
    system_id: SystemIdOption = 255,
    vehicle: VehicleSystemIdOption = None,
    yes: YesOption = False,
    timeout: HeartbeatOption = 10.0,
) -> None:
    """Give the vehicle at --link the key in FILE, and make sure that it signs with it.

    The key travels as it is: use a wire that nobody else hears.
    """
    from flight.key_giving import give_key
    from flight.signing import read_key

    asked = _asked(link, former_key, system_id, vehicle, timeout_s=timeout, assume_yes=yes)
    read_key(file)
    found, place = asyncio.run(
        _change(
            asked,
            f"it is about to get the key in {file}",
            lambda found: give_key(asked.urls, file, found, own_system_id=system_id, former_key=former_key),
        )
    )
    stdout.print(f"vehicle {found} signs with {file} at {place}; from now on: --signing-key {file}", soft_wrap=True)


def link_unsign(
    *,
    link: LinkOption,
    former_key: FormerKeyOption = None,
    system_id: SystemIdOption = 255,
    vehicle: VehicleSystemIdOption = None,
    yes: YesOption = False,
    timeout: HeartbeatOption = 10.0,
) -> None:
    """Take its key away from the vehicle at --link, and make sure that it obeys unsigned messages again.

    Without --signing-key it gives the key up only over its first wire (USB).
    """
    from flight.key_giving import take_key

    asked = _asked(link, former_key, system_id, vehicle, timeout_s=timeout, assume_yes=yes)
    found, place = asyncio.run(
        _change(
            asked,
            "its key is about to be taken away",
            lambda found: take_key(asked.urls, found, own_system_id=system_id, former_key=former_key),
        )
    )
    stdout.print(f"vehicle {found} at {place} has no key any more: leave out --signing-key from now on", soft_wrap=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Whose key is to be changed, and how it is reached until then."""

    urls: "tuple[LinkUrl, ...]"
    former_key: Path | None
    own_system_id: int
    vehicle: int | None
    timeout_s: float
    assume_yes: bool


def _asked(
    link: list[str],
    former_key: Path | None,
    system_id: int,
    vehicle: int | None,
    *,
    timeout_s: float,
    assume_yes: bool,
) -> _Asked:
    from patrol.flight_setup import checked_links

    return _Asked(
        urls=checked_links(link, former_key),
        former_key=former_key,
        own_system_id=system_id,
        vehicle=vehicle,
        timeout_s=timeout_s,
        assume_yes=assume_yes,
    )


async def _change(asked: _Asked, about: str, change: "Callable[[int], Awaitable[str]]") -> tuple[int, str]:
    """Find the vehicle, have the operator confirm, change its key; return its system id and where it was heard."""
    from flight.link import open_link
    from patrol.vehicle_confirmed import confirm_vehicle

    async with open_link(asked.urls, own_system_id=asked.own_system_id, signing_key=asked.former_key) as link:
        await link.wait_vehicle(system_id=asked.vehicle, timeout_s=asked.timeout_s)
        await confirm_vehicle(link, about=about, field="--yes", assume_yes=asked.assume_yes)
        found = link.target_system
    return found, await change(found)


def _passphrase() -> str:
    """Return what is typed twice on a terminal, or the first line of what is piped in.

    Raises:
        InputError: it is empty, or not the same twice.

    """
    if not sys.stdin.isatty():
        text = sys.stdin.readline().rstrip("\n")
    else:
        import getpass

        text = getpass.getpass("passphrase: ")
        if getpass.getpass("once more: ") != text:
            raise InputError("the passphrase was not the same twice", field="--passphrase", remedy="type it again")
    if not text:
        raise InputError("the passphrase is empty", field="--passphrase", remedy="a line of text")
    if len(text) < _SHORT:
        stderr.print("[yellow]a short passphrase is guessed soon by who records a link[/yellow]")
    return text
