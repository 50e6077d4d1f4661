"""`patrol plan`, `check`, `export` and a search of `replan` broken off, as a person types them."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from missions import InputError
from missions.formats.plan_file import load_plan, save_plan
from missions.formats.qgc_reader import from_qgc
from missions.formats.wpl import from_wpl
from missions.items import mission_items
from patrol.commands.plan import check, export
from patrol.commands.plan import plan as plan_command
from patrol.commands.replan import replan
from planner import check_plan
from planner.search import Effort

app = typer.Typer()
for command in (plan_command, check, export, replan):
    app.command(command.__name__)(command)


def test_plan_prints_one_json_object(example_mission: Path, tmp_path: Path) -> None:
    out, picture = tmp_path / "p.json", tmp_path / "p.png"
    line = ["plan", str(example_mission), "-o", str(out), "--map", str(picture), "--iterations", "50", "--json"]
    result = CliRunner().invoke(app, line)
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said["feasible"] is True
    assert said["violations"] == []
    assert said["covered_m"] == pytest.approx(said["required_m"], rel=0.01)
    assert len(said["sorties"]) == 1
    assert load_plan(out).plan_hash == said["plan_hash"]
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_plan_is_explained_to_scripts_and_people(example_mission: Path, tmp_path: Path) -> None:
    line = ["plan", str(example_mission), "-o", str(tmp_path / "p.json"), "--iterations", "50"]
    said = json.loads(CliRunner().invoke(app, [*line, "--json"]).stdout)
    assert said["gap"] == pytest.approx(said["total_flight_s"] / said["lower_bound_s"] - 1)
    assert 0 < said["gap"] < 0.5
    told = CliRunner().invoke(app, [*line, "--why"]).stdout
    assert "% more" in told
    assert "dead flight is" in told
    assert "what binds it" in told


def test_ctrl_c_ends_the_search_and_its_best_plan_is_written(
    example_mission: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[float] = []

    def press(_effort: Effort, fraction: float, _price: float) -> None:
        told.append(fraction)
        if len(told) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(Effort, "tell", press)
    out = tmp_path / "best.json"
    result = CliRunner().invoke(app, ["plan", str(example_mission), "-o", str(out), "--iterations", "1000000000"])
    assert result.exit_code == 130, result.output
    assert check_plan(load_plan(out)) == ()
    told.clear()
    rest = tmp_path / "rest.json"
    line = ["replan", str(example_mission), str(out), "--at", "1:6", "-o", str(rest), "--iterations", "1000000000"]
    result = CliRunner().invoke(app, line)
    assert result.exit_code == 130, result.output
    assert check_plan(load_plan(rest)) == ()


def test_the_example_of_a_fleet_fills_its_morning(example_mission: Path, tmp_path: Path) -> None:
    out, times = tmp_path / "p.json", tmp_path / "t.png"
    mission = example_mission.with_name("fleet.yaml")
    line = ["plan", str(mission), "-o", str(out), "--timetable", str(times), "--iterations", "300"]
    result = CliRunner().invoke(app, line)
    assert result.exit_code == 0, result.output
    assert "08:00:00" in result.stdout
    assert "uav-2" in result.stdout
    assert times.read_bytes().startswith(b"\x89PNG")
    assert CliRunner().invoke(app, ["check", str(out)]).exit_code == 0


def test_the_table_names_the_sortie(example_mission: Path, tmp_path: Path) -> None:
    line = ["plan", str(example_mission), "-o", str(tmp_path / "p.json"), "--iterations", "20"]
    result = CliRunner().invoke(app, line)
    assert "sortie-1" in result.stdout
    assert "Wh" in result.stdout


def test_check_finds_nothing_in_a_fresh_plan(plan_file: Path) -> None:
    result = CliRunner().invoke(app, ["check", str(plan_file), "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["violations"] == []


def test_a_plan_edited_by_hand_is_refused_as_input(plan_file: Path, tmp_path: Path) -> None:
    edited = tmp_path / "edited.json"
    document = json.loads(plan_file.read_text(encoding="utf-8"))
    document["sorties"][0]["waypoints"][1]["position"]["lat_deg"] += 0.05
    edited.write_text(json.dumps(document), encoding="utf-8")
    result = CliRunner().invoke(app, ["check", str(edited)])
    assert isinstance(result.exception, InputError)
    assert result.exception.exit_code == 2


def test_check_fails_on_a_plan_that_crosses_its_own_fence(plan_file: Path, tmp_path: Path) -> None:
    """Edited and hashed again, as a program of somebody else's might: the check still finds it."""
    document = json.loads(plan_file.read_text(encoding="utf-8"))
    document["sorties"][0]["waypoints"][1]["position"]["lat_deg"] += 0.05
    made = load_plan(plan_file)
    from missions import Plan
    from missions.codec import from_jsonable

    crossed = tmp_path / "crossed.json"
    save_plan(from_jsonable(Plan, document), crossed)
    result = CliRunner().invoke(app, ["check", str(crossed)])
    assert result.exit_code == 1
    assert "fence" in result.stdout
    refused = CliRunner().invoke(app, ["export", str(crossed), "-o", str(tmp_path / "x.plan")])
    assert isinstance(refused.exception, InputError)
    assert not (tmp_path / "x.plan").exists()
    assert made.sorties


@pytest.mark.parametrize("form", ["qgc", "wpl"])
def test_an_export_reads_back_as_the_items_of_the_sortie(plan_file: Path, tmp_path: Path, form: str) -> None:
    out = tmp_path / "patrol.out"
    result = CliRunner().invoke(app, ["export", str(plan_file), "--format", form, "-o", str(out)])
    assert result.exit_code == 0, result.output
    made = load_plan(plan_file)
    count = len(mission_items(made, made.sorties[0]))
    text = out.read_text(encoding="utf-8")
    items = from_qgc(text).items if form == "qgc" else from_wpl(text).items
    assert len(items) in {count, count - 1}  # a .plan keeps home apart


def test_geojson_holds_the_whole_plan(plan_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "patrol.geojson"
    CliRunner().invoke(app, ["export", str(plan_file), "-f", "geojson", "-o", str(out)])
    assert json.loads(out.read_text(encoding="utf-8"))["type"] == "FeatureCollection"


def test_several_sorties_go_to_numbered_files(plan: object, blocks: object, tmp_path: Path) -> None:
    made = plan(blocks, reserve_pct=75)  # type: ignore[operator]  # the fixture is a function
    save_plan(made, tmp_path / "plan.json")
    CliRunner().invoke(app, ["export", str(tmp_path / "plan.json"), "-o", str(tmp_path / "fly.plan")])
    written = sorted(file.name for file in tmp_path.glob("fly*"))
    assert written == [f"fly-{n}.plan" for n in range(1, len(made.sorties) + 1)]
    wrong = CliRunner().invoke(
        app, ["export", str(tmp_path / "plan.json"), "-o", str(tmp_path / "one.plan"), "--sortie", "99"]
    )
    assert isinstance(wrong.exception, InputError)
    assert not (tmp_path / "one.plan").exists()
