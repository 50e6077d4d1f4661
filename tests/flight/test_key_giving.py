"""A vehicle's signing key: made, given, and believed only once the vehicle signs with it."""

import asyncio
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from flight_fakes import DOCK, HEARTBEAT, Vehicle, vehicle_at
from typer.testing import CliRunner

from flight.dialect import Encoder
from flight.key_giving import give_key, take_key
from flight.link_url import parse_link_url
from flight.signing import Signer, key_of_passphrase, read_key, write_key
from missions import FlightError, InputError, Message
from patrol.contents import app
from sitl.arducopter import ArduCopter
from sitl.loopback import free_port

KEY = bytes(range(1, 33))


@asynccontextmanager
async def talking(port: int, *, obeys: bool) -> AsyncIterator[Vehicle]:
    """Play a vehicle that takes a key, if it obeys, and answers each request with its version."""
    async with vehicle_at(port, 7) as vehicle:

        async def talk() -> None:
            answered = 0
            while True:
                vehicle.say(HEARTBEAT)
                for message in vehicle.heard[answered:]:
                    if message.name == "SETUP_SIGNING" and obeys:
                        key = message.fields["secret_key"]
                        assert isinstance(key, list)
                        vehicle.encoder = Encoder(7, 1, signer=Signer(bytes(key)) if any(key) else None)
                    elif message.name == "COMMAND_LONG":
                        vehicle.say(Message("COMMAND_ACK", {"command": message.integer("command"), "result": 0}))
                        vehicle.say(Message("AUTOPILOT_VERSION", {"flight_sw_version": 4 << 24}))
                answered = len(vehicle.heard)
                await asyncio.sleep(0.02)

        task = asyncio.create_task(talk())
        try:
            yield vehicle
        finally:
            task.cancel()


async def test_a_key_is_given_once_the_vehicle_signs_with_it_and_answers_who_does(tmp_path: Path) -> None:
    port, key = free_port(), tmp_path / "signing.key"
    write_key(key, KEY)
    async with talking(port, obeys=True):
        assert await give_key([parse_link_url(f"udpin:127.0.0.1:{port}")], key, 7, own_system_id=255) == (
            f"udpin:127.0.0.1:{port}"
        )


async def test_a_vehicle_that_takes_no_key_is_not_said_to_have_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flight.key_giving._HEARD_S", 0.3)
    port, key = free_port(), tmp_path / "signing.key"
    write_key(key, KEY)
    async with talking(port, obeys=False):
        with pytest.raises(FlightError, match="vehicle 7 does not sign with this key"):
            await give_key([parse_link_url(f"udpin:127.0.0.1:{port}")], key, 7, own_system_id=255)


async def test_a_key_is_taken_once_the_vehicle_signs_no_more_and_answers_who_does_not_either(tmp_path: Path) -> None:
    port, key = free_port(), tmp_path / "signing.key"
    write_key(key, KEY)
    urls = [parse_link_url(f"udpin:127.0.0.1:{port}")]
    async with talking(port, obeys=True) as vehicle:
        await give_key(urls, key, 7, own_system_id=255)
        assert await take_key(urls, 7, own_system_id=255, former_key=key) == f"udpin:127.0.0.1:{port}"
        unset = [message for message in vehicle.heard if message.name == "SETUP_SIGNING"][-1]
        assert unset.fields["secret_key"] == [0] * 32
        assert unset.fields["initial_timestamp"] == 0


async def test_a_vehicle_that_goes_on_signing_is_not_said_to_have_no_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("flight.key_giving._QUIET_S", 0.2)
    port = free_port()
    async with talking(port, obeys=False) as vehicle:
        vehicle.encoder = Encoder(7, 1, signer=Signer(KEY))
        with pytest.raises(FlightError, match=r"vehicle 7 still signs; without the key .* first wire \(USB\)$"):
            await take_key([parse_link_url(f"udpin:127.0.0.1:{port}")], 7, own_system_id=255)


def test_a_key_file_is_its_owners_alone_and_never_written_over(tmp_path: Path) -> None:
    file = tmp_path / "signing.key"
    made = CliRunner().invoke(app, ["link", "key", str(file)])
    assert made.exit_code == 0, made.output
    first = read_key(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = CliRunner().invoke(app, ["link", "key", str(file)])
    assert isinstance(again.exception, InputError)
    assert "is there already" in str(again.exception)
    assert read_key(file) == first


def test_a_passphrase_makes_the_key_that_other_ground_stations_make_of_it(tmp_path: Path) -> None:
    file = tmp_path / "signing.key"
    made = CliRunner().invoke(app, ["link", "key", str(file), "--passphrase"], input="a long passphrase\n")
    assert made.exit_code == 0, made.output
    assert read_key(file) == key_of_passphrase("a long passphrase")
    empty = CliRunner().invoke(app, ["link", "key", str(tmp_path / "other.key"), "--passphrase"], input="\n")
    assert isinstance(empty.exception, InputError)
    assert not (tmp_path / "other.key").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--link", "udpin:127.0.0.1:1", "--link", "udpin:127.0.0.1:1"], "is named twice"),
        (["--link", "udpin:127.0.0.1:1", "--signing-key", "absent.key"], "absent.key: cannot be read"),
    ],
)
def test_links_and_keys_are_looked_at_before_anything_is_opened(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "flown.py").write_text("pass\n")
    result = CliRunner().invoke(app, ["script", str(tmp_path / "flown.py"), *arguments])
    assert isinstance(result.exception, InputError)
    assert message in str(result.exception)
    assert result.exception.exit_code == 2


@pytest.mark.ardupilot
def test_a_real_copter_signs_with_the_key_it_was_given_until_it_is_taken(
    arducopter_binary: Path, tmp_path: Path
) -> None:
    file = tmp_path / "signing.key"
    write_key(file, KEY)
    with ArduCopter(arducopter_binary, DOCK, 32.0, 0.0, 1.0, free_port(), free_port()) as copter:
        given = CliRunner().invoke(app, ["link", "sign", str(file), "--link", copter.link_url, "--timeout", "20"])
        words = ["--link", copter.second_url, "--signing-key", str(file), "--timeout", "20"]
        taken = CliRunner().invoke(app, ["link", "unsign", *words])
        again = CliRunner().invoke(app, ["link", "unsign", "--link", copter.second_url, "--timeout", "20"])
    assert given.exit_code == 0, given.output
    assert "signs with" in given.output
    assert taken.exit_code == 0, taken.output
    assert "has no key any more" in taken.output
    assert again.exit_code == 0, again.output
