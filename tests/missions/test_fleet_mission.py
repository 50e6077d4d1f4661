"""Missions of several docks and aircraft, and of a day of revisits."""

import json
from pathlib import Path

import pytest

from missions import InputError
from missions.mission_file import load_mission, mission_schema

RIGHT = """\
version: 1
name: Town
roads:
  file: roads.geojson
  revisit:
    - {names: [Ring], every_min: 30}
  priority:
    - {classes: [primary], rank: 2}
day: {begin: "08:00", end: "18:30"}
docks:
  - {id: west, lat: 30.5, lon: 114.4, amsl_m: 30}
  - {id: east, lat: 30.5, lon: 114.41, amsl_m: 35, swap_s: 300}
fleet:
  - {vehicle_id: uav-1, system_id: 1, dock: east}
  - {vehicle_id: uav-2, system_id: 2, dock: west, gimbal_pitch_deg: -70}
flight: {goal: makespan, swap_s: 90}
"""


def _file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mission.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_fleet_is_read_and_its_first_aircraft_stands_for_one(tmp_path: Path) -> None:
    mission = load_mission(_file(tmp_path, RIGHT)).mission
    assert [one.dock for one in mission.fleet] == ["east", "west"]
    assert mission.aircraft.vehicle_id == "uav-1"
    assert mission.dock.amsl_m == 35
    assert mission.has_timetable
    assert mission.day is not None
    assert mission.day.length_s == 10.5 * 3600
    assert mission.roads.revisit[0].hold(name="RING", road_class="")
    assert not mission.roads.revisit[0].hold(name="Avenue", road_class="primary")


WRONG = (
    pytest.param("name: Town", "name: Town\ndock: {lat: 30.5, lon: 114.4}", 11, "stands beside dock", id="both docks"),
    pytest.param("name: Town", "name: Town\naircraft: {}", 14, "stands beside aircraft", id="both aircraft"),
    pytest.param("dock: west", "dock: north", 15, "no dock 'north': one of west, east", id="unknown dock"),
    pytest.param("vehicle_id: uav-2", "vehicle_id: uav-1", 15, "uav-1 is taken", id="twin ids"),
    pytest.param("system_id: 2", "system_id: 1", 15, "1 is taken", id="twin system ids"),
    pytest.param("id: east", "id: west", 12, "west is taken", id="twin docks"),
    pytest.param('"18:30"', '"07:00"', 9, "not after it begins", id="a day that ends first"),
    pytest.param('"18:30"', '"6 pm"', 9, "day.end", id="no clock"),
    pytest.param('day: {begin: "08:00", end: "18:30"}', "", 5, "needs day", id="revisits without a day"),
    pytest.param("{names: [Ring], every_min: 30}", "{every_min: 30}", 6, "neither names nor classes", id="no roads"),
    pytest.param("goal: makespan", "goal: beauty", 16, "flight.goal", id="unknown goal"),
    pytest.param("airframe", "airframe", 0, "", id="nothing wrong"),
)


@pytest.mark.parametrize(("old", "new", "line", "words"), WRONG)
def test_a_wrong_fleet_is_refused_with_its_line(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    file = _file(tmp_path, RIGHT.replace(old, new, 1))
    if not line:
        load_mission(file)
        return
    with pytest.raises(InputError) as caught:
        load_mission(file)
    assert caught.value.line == line
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("section", "words"), [("docks", "fleet: needs docks too"), ("fleet", "docks: needs fleet too")]
)
def test_docks_and_fleet_come_together(tmp_path: Path, section: str, words: str) -> None:
    lines = RIGHT.splitlines()
    at = lines.index(f"{section}:")
    instead = ["dock: {lat: 30.5, lon: 114.4}"] if section == "docks" else []
    with pytest.raises(InputError, match=words):
        load_mission(_file(tmp_path, "\n".join([*lines[:at], *instead, *lines[at + 3 :]])))


def test_the_unknown_airframe_of_one_of_a_fleet_is_named_with_its_line(tmp_path: Path) -> None:
    text = RIGHT.replace("gimbal_pitch_deg: -70", "airframe: warp-drive")
    with pytest.raises(InputError, match=r"mission.yaml:15: fleet.1.airframe"):
        load_mission(_file(tmp_path, text))


def test_the_schema_takes_dock_or_docks() -> None:
    schema = json.loads(mission_schema())
    assert "dock" not in schema["required"]
    assert {"required": ["docks", "fleet"]} in schema["oneOf"]
