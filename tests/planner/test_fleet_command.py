"""`patrol plan`, `check`, `export` and `fly` with a fleet, as a person types them, over the real roads of Wuhan."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from missions import FleetPlan, InputError
from missions.formats.plan_file import load_any_plan, load_plan, save_plan
from missions.formats.qgc_plan import from_qgc
from patrol.checked_plan import checked_plan
from patrol.commands.fly import fly
from patrol.commands.plan import check, export
from patrol.commands.plan import plan as plan_command
from patrol.commands.replan import replan
from patrol.commands.run import run
from patrol.plan_tables import clock

app = typer.Typer()
for command in (plan_command, check, export, fly, run, replan):
    app.command(command.__name__)(command)

pytestmark = pytest.mark.shared

MISSION = """\
version: 1
name: Wuhan fleet
roads: {{file: {roads}}}
docks:
  - {{id: west, lat: 30.545, lon: 114.320, amsl_m: 24}}
  - {{id: east, lat: 30.551, lon: 114.338, amsl_m: 30, swap_s: 180}}
fleet:
  - {{vehicle_id: uav-1, system_id: 1, dock: west}}
  - {{vehicle_id: uav-2, system_id: 2, dock: east}}
  - {{vehicle_id: uav-3, system_id: 3, dock: east}}
flight: {{goal: makespan, wind: {{speed_m_s: 3, from_deg: 45}}}}
"""


@pytest.fixture(scope="module")
def folder(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the mission, its plan, map and timetable, and what the command said."""
    place = tmp_path_factory.mktemp("fleet")
    roads = shared_data / "roads" / "wuhan_1km.geojson"
    (place / "mission.yaml").write_text(MISSION.format(roads=roads), encoding="utf-8")
    words = ["plan", str(place / "mission.yaml"), "-o", str(place / "plan.json"), "--iterations", "1500", "--json"]
    words += ["--map", str(place / "map.png"), "--timetable", str(place / "times.png")]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    (place / "said.json").write_text(result.stdout, encoding="utf-8")
    return place


def _said(*words: str) -> tuple[int, str, BaseException | None]:
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.stdout, result.exception


def test_two_docks_and_three_aircraft_become_a_checked_plan(folder: Path) -> None:
    said = json.loads((folder / "said.json").read_text(encoding="utf-8"))
    assert said["feasible"] is True
    assert said["covered_m"] == pytest.approx(said["required_m"], rel=0.01)
    assert said["required_m"] == pytest.approx(23_527, rel=0.005)  # planning notes
    assert {row["vehicle_id"]: row["dock"] for row in said["sorties"]} == {
        "uav-1": "west", "uav-2": "east", "uav-3": "east",
    }  # fmt: skip
    swaps_s = {"west": 120.0, "east": 180.0}
    landed: dict[str, float] = {}
    for row in said["sorties"]:
        before = landed.get(row["vehicle_id"])
        assert before is None or row["starts_s"] >= before + swaps_s[row["dock"]] - 0.1
        landed[row["vehicle_id"]] = row["lands_s"]
    assert max(landed.values()) == pytest.approx(said["makespan_s"])
    assert said["makespan_s"] < 1.25 * (said["total_flight_s"] + 3 * 180) / 3
    assert sum(row["flight_s"] for row in said["sorties"]) == pytest.approx(said["total_flight_s"])
    for picture in ("map.png", "times.png"):
        assert (folder / picture).read_bytes().startswith(b"\x89PNG")


def test_check_reads_the_fleet_and_finds_nothing(folder: Path) -> None:
    code, said, _ = _said("check", str(folder / "plan.json"))
    assert code == 0
    assert "3 aircraft" in said
    assert "no violation" in said


def test_check_names_the_two_that_come_too_near(folder: Path, tmp_path: Path) -> None:
    fleet = load_any_plan(folder / "plan.json")
    assert isinstance(fleet, FleetPlan)
    low = [
        replace(
            plan,
            sorties=tuple(
                replace(
                    sortie,
                    takeoff_height_m=60.0,
                    waypoints=tuple(
                        replace(waypoint, altitude=replace(waypoint.altitude, metres=60.0))
                        for waypoint in sortie.waypoints
                    ),
                )
                for sortie in plan.sorties
            ),
        )
        for plan in fleet.plans
    ]
    together = [replace(plan, sorties=(replace(plan.sorties[0], starts_s=0.0), *plan.sorties[1:])) for plan in low]
    save_plan(replace(fleet, plans=tuple(together)), tmp_path / "near.json")
    code, said, _ = _said("check", str(tmp_path / "near.json"), "--json")
    assert code == 1
    near = [row for row in json.loads(said)["violations"] if row["rule"] == "separation"]
    assert near
    assert near[0]["vehicle_id"]
    assert near[0]["place"] is not None
    code, said, _ = _said("check", str(tmp_path / "near.json"))
    assert "aircraft" in said
    with pytest.raises(InputError, match="may not be flown"):
        checked_plan(tmp_path / "near.json", vehicle_id="uav-1")


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("fly", "{}/plan.json", "--link", "udpin:127.0.0.1:14599"), id="fly"),
        pytest.param(("export", "{}/plan.json", "-o", "{}/x.plan"), id="export"),
        pytest.param(("run", "{}/mission.yaml", "--link", "udpin:127.0.0.1:14599"), id="run"),
        pytest.param(
            ("run", "{}/mission.yaml", "--plan", "{}/plan.json", "--link", "udpin:127.0.0.1:14599"), id="run a plan"
        ),
    ],
)
def test_several_aircraft_and_none_named_is_one_line_with_their_ids(folder: Path, words: tuple[str, ...]) -> None:
    _, _, error = _said(*(word.format(folder) for word in words))
    assert isinstance(error, InputError)
    assert error.exit_code == 2
    assert error.field == "--vehicle"
    assert "uav-1, uav-2, uav-3" in str(error)
    assert not (folder / "x.plan").exists()


def test_an_aircraft_nobody_knows_is_refused(folder: Path) -> None:
    _, _, error = _said("export", str(folder / "plan.json"), "--vehicle", "uav-9", "-o", str(folder / "x.plan"))
    assert isinstance(error, InputError)
    assert "no plan of 'uav-9'" in str(error)


def test_fly_takes_the_named_aircrafts_plan(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flown: list[object] = []

    async def fly(plan: object, link: str, _settings: object, **_: object) -> None:
        flown.append(plan)
        raise InputError(f"stop before {link}")

    monkeypatch.setattr("patrol.commands.fly._fly", fly)
    words = ("fly", str(folder / "plan.json"), "--vehicle", "uav-2", "--link", "udpin:127.0.0.1:14599")
    _, _, error = _said(*words)
    assert "stop before" in str(error)
    assert flown == [load_plan(folder / "plan.json", vehicle_id="uav-2")]


def test_export_writes_the_named_aircrafts_sorties(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "one.plan"
    words = ("export", str(folder / "plan.json"), "--vehicle", "uav-1", "--sortie", "1", "-o", str(out))
    code, _, _ = _said(*words)
    assert code == 0
    own = load_plan(folder / "plan.json", vehicle_id="uav-1")
    assert from_qgc(out.read_text(encoding="utf-8")).home == own.dock


def test_a_fleets_plan_edited_by_hand_is_refused(folder: Path, tmp_path: Path) -> None:
    text = (folder / "plan.json").read_text(encoding="utf-8")
    (tmp_path / "edited.json").write_text(text.replace('"separation_m": 30.0', '"separation_m": 3.0'), encoding="utf-8")
    with pytest.raises(InputError, match="was changed after it was made"):
        load_any_plan(tmp_path / "edited.json")


def test_the_clock_of_a_timetable() -> None:
    assert clock(754.6, None) == "12:35"
    assert clock(3 * 3600 + 61, "22:30") == "01:31:01"


def test_plan_and_check_say_of_a_fleet_how_many_metres_its_pictures_show(folder: Path) -> None:
    planned = json.loads((folder / "said.json").read_text(encoding="utf-8"))
    code, text, _ = _said("check", str(folder / "plan.json"), "--json")
    assert code == 0
    checked = json.loads(text)["coverage"]
    assert checked == planned["coverage"]
    assert {"required_m", "seen_m", "seen_twice_m", "full_width_m", "unseen_m", "reasons", "stretches"} <= set(checked)
    assert checked["seen_m"] + checked["unseen_m"] == pytest.approx(checked["required_m"])
    assert planned["covered_m"] == checked["seen_m"]
    _, text, _ = _said("check", str(folder / "plan.json"))
    assert f"seen {checked['seen_m'] / 1000:.2f} of {checked['required_m'] / 1000:.2f} km" in text


def test_an_aircraft_breaks_off_and_the_others_fly_on(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "rest.json"
    line = ("replan", str(folder / "mission.yaml"), str(folder / "plan.json"), "--at", "1:20:0.5", "-o", str(out))
    code, text, error = _said(*line, "--vehicle", "uav-1", "--seconds", "0.5", "--json")
    assert code == 0, error
    said = json.loads(text)
    assert said["violations"] == []
    assert said["notes"][0].startswith("uav-1 goes on from sortie-1 item 20 at 50 %")
    code, text, _ = _said("check", str(out))
    assert code == 0
    assert "no violation" in text
    _, _, error = _said(*line)
    assert isinstance(error, InputError)
    assert "--vehicle" in str(error)
