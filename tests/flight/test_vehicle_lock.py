"""Two processes never fly one vehicle: the second is refused before it has changed anything."""

import os
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import pytest
from flight_fakes import ScriptedLink, drawn_plan

from flight.errors import VehicleBusy
from flight.fly import fly_patrol
from flight.settings import FlySettings
from flight.vehicle_lock import hold_vehicle
from missions import Message


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A vehicle of these tests answers at once or never."""
    monkeypatch.setattr("flight.simulated._TRIES", 1)
    monkeypatch.setattr("flight.retry._FIRST_S", 0.01)


def vehicle(
    serial: bytes, *, system_id: int = 1, address: str = "serial:/dev/ttyUSB0:57600", simulated: bool = False
) -> ScriptedLink:
    """Return a link to a vehicle that says which board it is, and refuses whatever would change it."""

    def answer(asked: Message) -> Iterable[Message]:
        if asked.name == "COMMAND_LONG" and asked.fields["param1"] == 148:
            board = [*serial, *bytes(18 - len(serial))]
            yield Message("AUTOPILOT_VERSION", {"uid2": board, "flight_sw_version": 4 << 24}, system_id, 1)
        elif asked.name == "COMMAND_LONG":
            yield Message("COMMAND_ACK", {"command": asked.integer("command"), "result": 4}, system_id, 1)
        elif asked.name == "PARAM_REQUEST_READ" and simulated:
            yield Message("PARAM_VALUE", {"param_id": "SIM_SPEEDUP", "param_value": 1.0, "param_type": 9}, system_id, 1)

    link = ScriptedLink(answer)
    link.address, link.target_system, link.target_component = address, system_id, 1
    return link


async def test_a_vehicle_is_held_whichever_way_it_is_reached(tmp_path: Path) -> None:
    over_usb, over_radio = vehicle(b"abc"), vehicle(b"abc", address="udpin:0.0.0.0:14550")
    with ExitStack() as held:
        assert await hold_vehicle(over_usb, tmp_path, held) == ""
        with pytest.raises(
            VehicleBusy, match=rf"vehicle 1 at udpin:0\.0\.0\.0:14550 is flown by process {os.getpid()} "
        ):
            await hold_vehicle(over_radio, tmp_path, held)
        assert await hold_vehicle(vehicle(b"abd"), tmp_path, held) == "", "another board"
    with ExitStack() as held:
        assert await hold_vehicle(over_radio, tmp_path, held) == ""


async def test_simulations_with_one_serial_number_are_told_apart_by_their_system_ids(tmp_path: Path) -> None:
    with ExitStack() as held:
        for system_id in (1, 2):
            copter = vehicle(b"abc", system_id=system_id, simulated=True)
            assert await hold_vehicle(copter, tmp_path, held) == ""
        again = vehicle(b"abc", system_id=2, simulated=True, address="udpin:127.0.0.1:14560")
        with pytest.raises(VehicleBusy):
            await hold_vehicle(again, tmp_path, held)


async def test_a_flight_of_a_vehicle_that_another_flies_is_refused_and_has_changed_nothing(tmp_path: Path) -> None:
    plan, link = drawn_plan((0.0, 50.0), (50.0, 50.0)), vehicle(b"abc")
    with ExitStack() as held:
        await hold_vehicle(vehicle(b"abc"), tmp_path, held)
        with pytest.raises(
            VehicleBusy, match=r"^vehicle 1 at serial:/dev/ttyUSB0:57600 is flown by process \d+ since "
        ):
            await fly_patrol(link, plan, FlySettings(locks=tmp_path), on_event=lambda _: None)
    asked = {(each.name, each.fields.get("command"), each.fields.get("param1")) for each in link.sent}
    assert asked <= {("COMMAND_LONG", 512, 148), ("PARAM_REQUEST_READ", None, None)}


async def test_a_disk_that_takes_no_lock_is_told_and_keeps_nobody_from_flying(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("no folder")
    with ExitStack() as held:
        assert "cannot be written" in await hold_vehicle(vehicle(b"abc"), tmp_path / "locks", held)
