"""Remote ID: what an operator writes down reaches the vehicle's transmitter each second, and only where it has one."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from flight_fakes import ScriptedLink, drawn_plan
from ready_vehicle import configured, flight_of, texts, vehicle_says

from flight.dialect import Decoder, Encoder
from flight.remote_id import remote_id_messages, tell_remote_id
from missions import InputError, Message
from missions.formats.plan_file import load_plan, save_plan, with_hash
from missions.mission_file import load_mission
from missions.remote_id import IdKind, RemoteId
from tests.samples import DOCK

MISSION = "name: Town\nroads: {file: roads.geojson}\ndock: {lat: 30.5, lon: 114.4}\nremote_id:\n"
SELF = RemoteId.model_validate(
    {
        "uas_id": "1596F0123456789ABCDE",
        "operator_id": "CHN-OP-0001",
        "operator": {"lat": 30.5, "lon": 114.4, "amsl_m": 40.0},
    }
)
PLAN = replace(drawn_plan((0, 80), (80, 80)), remote_id=SELF)


def section(tmp_path: Path, text: str) -> RemoteId | None:
    path = tmp_path / "mission.yaml"
    path.write_text(MISSION + text, encoding="utf-8")
    return load_mission(path).mission.remote_id


def test_a_mission_tells_who_flies(tmp_path: Path) -> None:
    found = section(tmp_path, "  uas_id: SKY-1\n  id_kind: registration\n  operator_id: CHN-OP-1\n")
    assert found == RemoteId(uas_id="SKY-1", id_kind=IdKind.REGISTRATION, operator_id="CHN-OP-1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "  operator_id: A\n", r":4: remote_id: uas_id is missing: here, or with each aircraft", id="no id"
        ),
        pytest.param(f"  uas_id: {'A' * 21}\n  operator_id: A\n", r":5: remote_id\.uas_id: .*20", id="too long"),
        pytest.param("  uas_id: 无人机\n  operator_id: A\n", r":5: remote_id\.uas_id: .*ASCII", id="not ASCII"),
        pytest.param("  uas_id: A\n  id_kind: imei\n  operator_id: A\n", r":6: remote_id\.id_kind: ", id="no kind"),
        pytest.param(
            "  uas_id: A\n  operator_id: A\n  operator: {lat: 95, lon: 0}\n",
            r":7: remote_id\.operator\.lat: ",
            id="lat",
        ),
    ],
)
def test_what_cannot_be_broadcast_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        section(tmp_path, text)
    assert "\n" not in str(caught.value)


FLEET = """name: Town
roads: {file: roads.geojson}
docks: [{id: a, lat: 30.5, lon: 114.4}]
remote_id: {operator_id: CHN-OP-1}
fleet:
  - {vehicle_id: u1, system_id: 1, dock: a, uas_id: SKY-1}
  - {vehicle_id: u2, system_id: 2, dock: a, uas_id: %s}
"""


def test_each_aircraft_of_a_fleet_is_told_by_its_own_id(tmp_path: Path) -> None:
    path = tmp_path / "mission.yaml"
    path.write_text(FLEET % "SKY-2", encoding="utf-8")
    mission = load_mission(path).mission
    own = [mission.remote_id_of(one) for one in mission.fleet]
    assert [one.uas_id for one in own if one is not None] == ["SKY-1", "SKY-2"]
    path.write_text(FLEET % "SKY-1", encoding="utf-8")
    with pytest.raises(InputError, match=r":7: fleet\.1\.uas_id: SKY-1 is taken by another"):
        load_mission(path)


def test_a_plan_keeps_it(tmp_path: Path) -> None:
    save_plan(with_hash(PLAN), tmp_path / "plan.json")
    assert load_plan(tmp_path / "plan.json").remote_id == SELF


def test_messages_survive_the_wire_with_the_operators_height_above_the_ellipsoid() -> None:
    messages = remote_id_messages(SELF, PLAN, utc_s=1_780_000_000.5, undulation_m=-15.0)
    encoder, decoder = Encoder(255, 190), Decoder()
    heard = [decoder.decode(encoder.encode(message))[0].message for message in messages]
    basic, operator, about, system = heard
    assert bytes(basic.fields["uas_id"]) == b"1596F0123456789ABCDE"  # type: ignore[call-overload]
    assert (basic.integer("id_type"), basic.integer("ua_type")) == (1, 2)
    assert operator.text("operator_id") == "CHN-OP-0001"
    assert about.text("description") == "road patrol"
    assert (system.integer("operator_latitude"), system.integer("operator_longitude")) == (305000000, 1144000000)
    assert system.integer("operator_location_type") == 2
    assert system.number("operator_altitude_geo") == pytest.approx(25.0)
    assert system.integer("timestamp") == 1_780_000_000 - 1_546_300_800


def test_an_operator_who_says_no_place_is_at_the_dock_and_an_unknown_height_is_said_to_be_unknown() -> None:
    at_dock = SELF.model_copy(update={"operator": None})
    system = remote_id_messages(at_dock, PLAN, utc_s=0.0, undulation_m=None)[-1]
    assert system.integer("operator_latitude") == round(DOCK.lat_deg * 1e7)
    assert system.integer("operator_location_type") == 0
    assert (system.number("operator_altitude_geo"), system.integer("timestamp")) == (-1000.0, 0)


async def test_they_are_told_each_second_of_the_vehicles_time_to_a_vehicle_that_has_remote_id() -> None:
    flight, told = flight_of(PLAN, vehicle_says(), configured(PLAN, DID_ENABLE=1.0))
    assert isinstance(flight.link, ScriptedLink)
    flight.beside(tell_remote_id(flight))
    for boot_s in range(51, 55):
        await asyncio.sleep(0.12)
        flight.link.publish(Message("ATTITUDE", {"time_boot_ms": boot_s * 1000 + 200, "roll": 0, "pitch": 0, "yaw": 0}))
    await flight.stop_beside()
    systems = [message for message in flight.link.sent if message.name == "OPEN_DRONE_ID_SYSTEM"]
    assert 3 <= len(systems) <= 5
    assert systems[0].number("operator_altitude_geo") == pytest.approx(25.0), "the GPS knows the geoid"
    assert "telling 1596F0123456789ABCDE of CHN-OP-0001 each second" in texts(told)


@pytest.mark.parametrize("changes", [{}, {"DID_ENABLE": 0.0}])
async def test_a_vehicle_without_remote_id_is_told_nothing(changes: dict[str, float]) -> None:
    flight, _ = flight_of(PLAN, vehicle_says(), configured(PLAN, **changes))
    assert isinstance(flight.link, ScriptedLink)
    await asyncio.wait_for(tell_remote_id(flight), 1.0)
    assert flight.link.sent == []
