"""A key: who has it is obeyed on every wire, who has not on the first one alone, until it is taken away again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pilot import Pilot, piloted

from flight.commands import request_version
from flight.errors import LinkSilent
from flight.key_giving import give_key, take_key
from flight.link import open_link
from flight.link_url import parse_link_url
from flight.signing import Signer, setup_message, write_key
from sitl.simulated_copter import SimulatedCopter

PACE = 0.2
"""Stamps count the wall's time, and so do our waits for what does not come."""
_WAIT_S = 3.0


@pytest.fixture
def own(make_vehicle: object) -> Iterator[SimulatedCopter]:
    """A vehicle of this test alone: its side channel has no key and falls silent with the first one."""
    with make_vehicle(pace=PACE) as running:  # type: ignore[operator]  # of conftest.py
        yield running


async def answers(url: str, key: Path | None = None) -> bool:
    """Whether the vehicle is heard there and answers."""
    async with open_link(url, signing_key=key) as link:
        try:
            await link.wait_vehicle(timeout_s=_WAIT_S)
        except LinkSilent:
            return False
        return await request_version(link, timeout_s=_WAIT_S) is not None


async def test_a_key_is_given_obeyed_kept_over_a_restart_and_taken_away(own: SimulatedCopter, tmp_path: Path) -> None:
    key, other = tmp_path / "ours.key", tmp_path / "other.key"
    write_key(key, bytes(range(1, 33)))
    write_key(other, bytes(range(2, 34)))
    first, second = ([parse_link_url(url)] for url in (own.link_url, own.second_url))
    await give_key(first, key, 1, own_system_id=255)
    assert await answers(own.second_url, key)
    assert not await answers(own.second_url), "unsigned"
    assert not await answers(own.second_url, other), "signed with another key"
    assert await answers(own.link_url), "the first wire takes unsigned messages always"
    own.restart()
    assert not await answers(own.second_url), "unsigned, after a restart"
    assert await answers(own.second_url, key)
    await take_key(second, 1, own_system_id=255, former_key=key)
    assert await answers(own.second_url)


async def test_a_key_is_not_changed_while_it_is_armed(pilot: Pilot) -> None:
    await pilot.arm()
    await pilot.link.send(setup_message(Signer(bytes(range(1, 33)))))
    await pilot.hears("Won't setup signing when armed")
    async with piloted(pilot.copter, second=True) as beside:
        assert await request_version(beside.link) is not None, "unsigned is still obeyed on the second wire"
