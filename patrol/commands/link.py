"""`patrol link`: keys that links are signed with."""

import asyncio
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from missions.errors import InputError
from patrol.commands.options import HeartbeatOption, LinkOption, SystemIdOption, VehicleSystemIdOption
from patrol.console import stderr, stdout

_SHORT = 12

if TYPE_CHECKING:
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
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask before a real vehicle gets the key.")]


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
    from flight.signing import read_key
    from patrol.flight_setup import checked_links

    urls = checked_links(link, former_key)
    read_key(file)
    given, place = asyncio.run(_give(urls, file, former_key, system_id, vehicle, timeout_s=timeout, assume_yes=yes))
    stdout.print(f"vehicle {given} signs with {file} at {place}; from now on: --signing-key {file}", soft_wrap=True)


async def _give(
    urls: "tuple[LinkUrl, ...]",
    file: Path,
    former_key: Path | None,
    own_system_id: int,
    vehicle: int | None,
    *,
    timeout_s: float,
    assume_yes: bool,
) -> tuple[int, str]:
    from flight.key_giving import give_key
    from flight.link import open_link
    from patrol.vehicle_confirmed import confirm_vehicle

    async with open_link(urls, own_system_id=own_system_id, signing_key=former_key) as link:
        await link.wait_vehicle(system_id=vehicle, timeout_s=timeout_s)
        await confirm_vehicle(link, about=f"it is about to get the key in {file}", field="--yes", assume_yes=assume_yes)
        found = link.target_system
    return found, await give_key(urls, file, found, own_system_id=own_system_id, former_key=former_key)


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
