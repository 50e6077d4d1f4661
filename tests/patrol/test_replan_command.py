"""`patrol replan` and `patrol detour` as a person types them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from archive import Archive
from missions import Breakpoint, InputError, Plan
from missions.codec import to_jsonable
from missions.fleet_plan import DockSite, FleetPlan
from missions.formats.plan_file import load_plan, save_plan
from missions.items import mission_items
from missions.mission_file import load_mission
from missions.roads import load_network
from patrol.breakpoints import parse_breakpoint
from patrol.checked_plan import refuse_in_air
from patrol.commands.detour import detour
from patrol.commands.plan import check, export, plan
from patrol.commands.replan import replan

app = typer.Typer()
for command in (plan, check, replan, detour, export):
    app.command(command.__name__)(command)


def _run(*line: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in line])


def _refusal(*line: object) -> str:
    result = _run(*line)
    assert isinstance(result.exception, InputError), result.output
    assert result.exception.exit_code == 2
    return str(result.exception)


def test_what_is_left_is_planned_in_the_wind_of_now(example_mission: Path, plan_file: Path, tmp_path: Path) -> None:
    out, picture = tmp_path / "new.json", tmp_path / "new.png"
    line = ("--at", "1:6:0.5", "--wind", "4@270", "--battery", "60", "--iterations", "20", "--map", picture, "--json")
    result = _run("replan", example_mission, plan_file, *line, "-o", out)
    assert result.exit_code == 0, result.output
    said, made, whole = json.loads(result.stdout), load_plan(out), load_plan(plan_file)
    assert said["plan_hash"] == made.plan_hash
    assert said["violations"] == []
    assert 0 < said["required_m"] < sum(stretch.length_m for stretch in whole.stretches)
    assert said["notes"][0].startswith(f"goes on from sortie-1 item 6 at 50 % of plan {whole.plan_hash[:12]}")
    assert (made.wind_m_s, made.wind_from_deg) == (4.0, 270.0)
    assert made.sorties[0].battery_pct == 60.0
    assert made.mission_hash == whole.mission_hash
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert _run("check", out).exit_code == 0


def test_the_table_is_the_one_of_plan(example_mission: Path, plan_file: Path, tmp_path: Path) -> None:
    result = _run("replan", example_mission, plan_file, "--at", "1:6", "--iterations", "10", "-o", tmp_path / "n.json")
    assert "along roads km" in result.stdout
    assert "goes on from sortie-1 item 6" in result.stdout


def test_the_archive_of_a_patrol_says_where_it_was_broken_off(
    example_mission: Path, plan_file: Path, tmp_path: Path
) -> None:
    folder, made = tmp_path / "archive", load_plan(plan_file)
    loaded = load_mission(example_mission)
    archive = Archive.create(
        folder, patrol_id="p", mission_file=example_mission, roads=load_network(loaded.roads_file), plan=made
    )
    line = ("replan", example_mission, plan_file, "--archive", folder, "--iterations", "10", "-o", tmp_path / "n.json")
    archive.close("interrupted")  # type: ignore[arg-type]
    assert "no leg was begun" in _refusal(*line)
    with Archive.open(folder) as archive:
        archive.reopen()
        archive.set_fact("breakpoint", to_jsonable(Breakpoint(sortie_id="sortie-1", item_seq=6, fraction=0.0)))
    result = _run(*line)
    assert result.exit_code == 0, result.output
    assert load_plan(tmp_path / "n.json").notes[0].startswith("goes on from sortie-1 item 6 of plan")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--at", "9:3"), "no sortie sortie-9"),
        (("--at", "sortie-1:999"), "no item 999"),
        (("--at", "1:6:1.5"), "a number from 0 to 1"),
        (("--at", "1:6:nan"), "a number from 0 to 1"),
        (("--at", "somewhere"), "SORTIE:ITEM"),
        (("--at", "1:-6"), "SORTIE:ITEM"),
        ((), "one of --at"),
        (("--at", "1:6", "--report", "r.json"), "more than one place"),
        (("--report", "absent.json"), "cannot be read"),
        (("--archive", "."), "not the archive"),
        (("--at", "1:6", "--wind", "6"), "SPEED@FROM"),
        (("--at", "1:6", "--wind", "nan@1"), "SPEED@FROM"),
        (("--at", "1:6", "--wind", "29@1"), "flies in up to"),
        (("--at", "1:6", "--battery", "20"), "are the reserve"),
        (("--at", "1:6", "--from", "30.5,114.4"), "LAT,LON,HEIGHT"),
        (("--at", "1:6", "--from", "30.5,114.4,nan"), "LAT,LON,HEIGHT"),
        (("--at", "1:6", "--from", "route", "--battery", "20"), "are the reserve"),
        (("--at", "1:6", "--by", "uav-2"), "is for a fleet"),
        (("--at", "1:6", "--vehicle", "uav-2"), "uav-2"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(
    example_mission: Path, plan_file: Path, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    out = tmp_path / "new.json"
    text = _refusal("replan", example_mission, plan_file, *options, "-o", out, "--iterations", "10")
    assert said in text
    assert "\n" not in text
    assert not out.exists()


def test_a_plan_of_another_mission_is_refused(example_mission: Path, plan_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    save_plan(replace(load_plan(plan_file), mission_hash="another"), other)
    assert "another mission" in _refusal("replan", example_mission, other, "--at", "1:6", "-o", tmp_path / "n.json")


def test_an_aircraft_in_the_air_goes_on_and_is_not_flown_from_the_ground(
    example_mission: Path, plan_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "new.json"
    line = ("--at", "1:6:0.5", "--from", "route", "--battery", "70", "--iterations", "20", "--json")
    result = _run("replan", example_mission, plan_file, *line, "-o", out)
    assert result.exit_code == 0, result.output
    made = load_plan(out)
    assert made.sorties[0].begins is not None
    assert made.sorties[0].battery_pct == 70.0
    assert _run("check", out).exit_code == 0
    for any_plan in (made, _fleet_of(made)):
        with pytest.raises(InputError, match="begins in the air"):
            refuse_in_air(any_plan, out)
    assert _run("export", out, "-o", tmp_path / "x.plan").exit_code == 0
    assert "begins in the air" in _refusal("export", out, "-f", "kml", "-o", tmp_path / "x.kml")


def test_an_aircraft_of_a_fleet_goes_to_look_and_the_timetable_is_checked(plan_file: Path, tmp_path: Path) -> None:
    one, file = load_plan(plan_file), tmp_path / "fleet.json"
    save_plan(_fleet_of(one), file)
    out, (at, look) = tmp_path / "n.json", _flying_by(one)
    line = ("detour", file, "--at", at, "--look", look, "-o", out)
    assert "no plan of 'uav-9'" in _refusal(*line, "--vehicle", "uav-9")
    assert not out.exists()
    result = _run(*line, "--vehicle", one.vehicle_id)
    assert result.exit_code == 0, result.output
    assert f"{one.vehicle_id}: sortie-1 leaves its route" in " ".join(result.stdout.split())
    assert _run("check", out).exit_code == 0


def test_a_report_of_another_plan_is_refused(example_mission: Path, plan_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("{}", encoding="utf-8")
    line = ("replan", example_mission, plan_file, "--report", file, "-o", tmp_path / "n.json")
    assert "report.json" in _refusal(*line)


def _fleet_of(one: Plan) -> FleetPlan:
    """Return a fleet of one aircraft."""
    site = DockSite(dock_id="d", position=one.dock, amsl_m=one.dock_amsl_m, swap_s=60.0)
    return FleetPlan(
        mission_name=one.mission_name,
        mission_hash=one.mission_hash,
        goal="makespan",
        plans=(one,),
        docks=(site,),
        dock_ids=("d",),
        stretches=one.stretches,
        separation_m=50.0,
        layer_m=10.0,
        makespan_s=one.estimate.time_s,
        estimate=one.estimate,
    )


def _flying_by(made: Plan) -> tuple[str, str]:
    """Return a place of the route and another 80 m north of the dock."""
    item = next(row.seq for row in mission_items(made, made.sorties[0]) if row.waypoint_index == 1)
    return f"1:{item}:0.5", f"{made.dock.lat_deg + 0.0007:.6f},{made.dock.lon_deg:.6f}"


@pytest.mark.parametrize("how", [(), ("--loiter", "30"), ("--orbit", "25")])
def test_a_detour_is_written_and_passes_its_check(plan_file: Path, tmp_path: Path, how: tuple[str, ...]) -> None:
    out, (at, look) = tmp_path / "detour.json", _flying_by(load_plan(plan_file))
    result = _run("detour", plan_file, "--at", at, "--look", look, *how, "-o", out, "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said["more_s"] > 10
    assert said["more_wh"] > 0
    assert _run("check", out).exit_code == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--at", "1:6", "--look", "x"), "LAT,LON"),
        (("--at", "1:6", "--look", "95,10"), "LAT,LON"),
        (("--at", "1:6", "--look", "10,10"), "outside the plan's geofence"),
        (("--at", "x", "--look", "10,10"), "SORTIE:ITEM"),
        (("--at", "1:6", "--look", "10,10", "--loiter", "5", "--orbit", "30"), "one of them"),
    ],
)
def test_a_bad_detour_is_one_line_and_nothing_is_written(
    plan_file: Path, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    out = tmp_path / "detour.json"
    assert said in _refusal("detour", plan_file, *options, "-o", out)
    assert not out.exists()


def test_a_sortie_may_be_named_by_its_number() -> None:
    assert parse_breakpoint("2:17:0.4") == Breakpoint(sortie_id="sortie-2", item_seq=17, fraction=0.4)
    assert parse_breakpoint("night-3:17") == Breakpoint(sortie_id="night-3", item_seq=17, fraction=0.0)
