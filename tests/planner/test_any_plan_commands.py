"""`patrol check` and `export` with plans of other programs, as a person types them."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from missions import InputError
from missions.flight_path import path_of
from missions.formats.any_plan import read_flight_paths
from missions.formats.plan_file import load_plan
from patrol.commands.plan import ExportFormat, check, export
from patrol.commands.plan import plan as plan_command

app = typer.Typer()
for command in (plan_command, check, export):
    app.command(command.__name__)(command)


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


@pytest.mark.parametrize("form", ExportFormat)
def test_every_export_is_checked_as_a_foreign_plan_and_breaks_nothing(
    plan_file: Path, tmp_path: Path, example_mission: Path, form: ExportFormat
) -> None:
    out = tmp_path / "out"
    _, said = run("export", plan_file, "-f", form, "-o", out, "--json")
    assert json.loads(said) == {"plan": str(plan_file), "format": form, "files": [str(out)]}
    made = load_plan(plan_file)
    (path,) = read_flight_paths(out)
    assert len(path.items) == len(path_of(made, made.sorties[0]).items)
    code, said = run("check", out, "--mission", example_mission, "--json")
    assert (code, json.loads(said)["violations"]) == (0, [])
    code, said = run("check", out)
    assert code == 0
    assert "1 flight, " in said
    assert "no violation" in said


def test_a_lower_cap_is_broken_by_ours_and_by_others(plan_file: Path, tmp_path: Path) -> None:
    run("export", plan_file, "-o", tmp_path / "out.plan")
    for file in (plan_file, tmp_path / "out.plan"):
        code, said = run("check", file, "--altitude-cap-m", "50", "--json")
        found = json.loads(said)
        assert code == 1
        assert {row["rule"] for row in found["violations"]} == {"altitude"}
        assert found["violations"][-1]["size"] == pytest.approx(10.0)
        assert found["violations"][-1]["item_seq"] > 1


def test_a_missions_no_fly_zone_is_crossed_by_ours_and_by_others(
    plan_file: Path, tmp_path: Path, example_mission: Path
) -> None:
    made = load_plan(plan_file)
    run("export", plan_file, "-o", tmp_path / "out.plan")
    first = made.sorties[0].waypoints[0].position
    lat, lon = (first.lat_deg + made.dock.lat_deg) / 2, (first.lon_deg + made.dock.lon_deg) / 2
    corners = [{"lat": lat + a * 5e-5, "lon": lon + b * 5e-5} for a, b in ((-1, -1), (-1, 1), (1, 1), (1, -1))]
    text = (
        example_mission.read_text(encoding="utf-8") + f"\nno_fly: {json.dumps([{'id': 'new', 'corners': corners}])}\n"
    )
    mission = tmp_path / "mission.yaml"
    mission.write_text(text.replace("roads.geojson", str(example_mission.parent / "roads.geojson")), encoding="utf-8")
    for file in (plan_file, tmp_path / "out.plan"):
        code, said = run("check", file, "--mission", mission, "--json")
        assert code == 1
        rows = json.loads(said)["violations"]
        assert {row["rule"] for row in rows} == {"keep_out"}
        assert "zone new" in rows[0]["text"]
        assert run("check", file)[0] == 0


@pytest.mark.shared
def test_a_plan_below_its_own_home_is_found(shared_data: Path) -> None:
    """DroneKit's sample flies at 100 m above the sea, from a home that is 584 m above it."""
    file = shared_data / "formats" / "plans" / "dronekit_mpmission.waypoints"
    code, said = run("check", file, "--json")
    found = json.loads(said)
    assert code == 1
    assert [row["rule"] for row in found["violations"]] == ["landing", *["altitude"] * 6]
    assert found["violations"][1]["text"] == "item 1: -484 m above home is too low"
    assert found["format"] == "QGC WPL 110"


@pytest.mark.shared
def test_the_table_and_the_notes_are_printed(shared_data: Path) -> None:
    code, said = run("check", shared_data / "formats" / "plans" / "mavsdk_mission_planner_sample.txt")
    assert code == 1
    assert "datum" in said
    assert "note: home is unknown" in said


@pytest.mark.shared
@pytest.mark.parametrize("form", ["qgc", "wpl"])
def test_a_plan_of_another_program_is_written_for_a_ground_station(
    shared_data: Path, tmp_path: Path, form: str
) -> None:
    file = shared_data / "formats" / "plans" / "mavsdk_qgroundcontrol_sample_with_survey.plan"
    run("export", file, "-f", form, "-o", tmp_path / "out")
    (found,), (meant,) = read_flight_paths(tmp_path / "out"), read_flight_paths(file)
    assert [item.command for item in found.items] == [item.command for item in meant.items]
    if form == "qgc":
        assert json.loads((tmp_path / "out").read_text()) == json.loads(file.read_text())


def test_what_cannot_be_exported_says_why_and_writes_nothing(plan_file: Path, tmp_path: Path) -> None:
    run("export", plan_file, "-f", "wpl", "-o", tmp_path / "wpl")
    before = sorted(tmp_path.iterdir())
    for words, message in (
        (
            ("export", tmp_path / "wpl", "-f", "kml"),
            r"--format: is kml, which holds plans of ours only \(one of qgc, wpl\)",
        ),
        (("export", tmp_path / "wpl", "--sortie", "2"), "--sortie: is 2 .1 to 1"),
        (("export", plan_file, "--dji-drone", "77"), "--dji-drone: is '77' .2 whole numbers"),
        (("export", plan_file, "--dji-payload", "a:b:c"), "--dji-payload: is 'a:b:c' .3 whole numbers"),
    ):
        with pytest.raises(InputError, match=message):
            run(*words, "-o", tmp_path / "out")
    assert sorted(tmp_path.iterdir()) == before


def test_dji_numbers_reach_the_file(plan_file: Path, tmp_path: Path) -> None:
    from missions.formats.wpml_reader import unzipped

    run("export", plan_file, "-f", "wpml", "-o", tmp_path / "a.kmz", "--dji-drone", "91:1", "--dji-payload", "81:0:0")
    text = unzipped(tmp_path / "a.kmz")["wpmz/waylines.wpml"].decode()
    assert "<wpml:droneEnumValue>91</wpml:droneEnumValue>" in text
    assert "<wpml:payloadEnumValue>81</wpml:payloadEnumValue>" in text
