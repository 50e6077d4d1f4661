"""Zone files as a person uses them: `patrol zones`, and `patrol plan` of a mission that names one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from missions import InputError
from missions.formats.plan_file import load_plan
from patrol.contents import app
from tests.missions.zones.zone_samples import ED269, GEOJSON, KML, OPENAIR

SQUARE = """AC P
AN Yard
AL GND
AH 1000ft AGL
DP 30:27:27 N 114:24:45 E
DP 30:27:27 N 114:24:48 E
DP 30:27:25 N 114:24:48 E
DP 30:27:25 N 114:24:45 E
"""


def _run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.fixture
def folder(tmp_path: Path, example_mission: Path) -> Path:
    """The example mission in a folder of its own, with a zone over its avenue and a mast beside it."""
    text = example_mission.read_text(encoding="utf-8")
    text += "\nno_fly:\n  - file: yard.txt\nobstacles:\n"
    text += "  - {id: mast, lat: 30.4573, lon: 114.4122, radius_m: 6, top_agl_m: 80}\n"
    (tmp_path / "mission.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "roads.geojson").write_bytes((example_mission.parent / "roads.geojson").read_bytes())
    (tmp_path / "yard.txt").write_text(SQUARE, encoding="utf-8")
    return tmp_path


def _plan(folder: Path) -> Result:
    return _run("plan", str(folder / "mission.yaml"), "-o", str(folder / "plan.json"), "--iterations", "20", "--json")


def test_a_plan_flies_round_the_zones_of_a_file_and_its_check_agrees(folder: Path) -> None:
    result = _plan(folder)
    assert result.exit_code == 0, result.output
    made = load_plan(folder / "plan.json")
    assert [zone.zone_id for zone in made.keep_out] == ["Yard", "obstacle mast"]
    assert [obstacle.obstacle_id for obstacle in made.obstacles] == ["mast"]
    assert any("lie in a no-fly zone" in note for note in json.loads(result.stdout)["notes"])
    assert _run("check", str(folder / "plan.json")).exit_code == 0


def test_a_plan_keeps_the_zones_of_its_own_mission_and_breaks_another_missions(folder: Path) -> None:
    """Also a zone over it all, which it flies under; the same zone begins at the ground in the other mission."""
    high = SQUARE.replace("AN Yard", "AN High").replace("AL GND", "AL 500ft AGL").replace("1000ft", "2000ft")
    wide = high.replace("30:27:27", "30:27:50").replace("30:27:25", "30:27:00")
    (folder / "yard.txt").write_text(SQUARE + wide, encoding="utf-8")
    assert _plan(folder).exit_code == 0
    assert [zone.zone_id for zone in load_plan(folder / "plan.json").keep_out] == ["Yard", "obstacle mast"]
    against = ["check", str(folder / "plan.json"), "--mission", str(folder / "mission.yaml"), "--json"]
    assert _run(*against).exit_code == 0
    (folder / "yard.txt").write_text(SQUARE + wide.replace("AL 500ft AGL", "AL GND"), encoding="utf-8")
    result = _run(*against)
    assert result.exit_code == 1
    assert {row["rule"] for row in json.loads(result.stdout)["violations"]} == {"keep_out"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (SQUARE.replace("30:27:25 N 114:24:48 E", "30:27:61 N 114:24:48 E"), "yard.txt:7: '30:27:61 N"),
        (SQUARE[: SQUARE.index("DP")], "yard.txt:1: airspace Yard"),
        ("{", "yard.txt:1: is not whole JSON"),
        ("", "yard.txt: is empty"),
    ],
)
def test_a_broken_zone_file_ends_a_plan_with_one_line_and_writes_nothing(
    folder: Path, content: str, message: str
) -> None:
    (folder / "yard.txt").write_text(content, encoding="utf-8")
    result = _plan(folder)
    assert isinstance(result.exception, InputError)
    assert result.exception.exit_code == 2
    assert message in str(result.exception)
    assert not (folder / "plan.json").exists()


def test_the_program_itself_ends_with_2_and_one_line(folder: Path) -> None:
    (folder / "yard.txt").write_text(SQUARE.replace("AN Yard\n", ""), encoding="utf-8")
    command = [sys.executable, "-m", "patrol", "plan", str(folder / "mission.yaml"), "-o", str(folder / "plan.json")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "80"})
    assert ended.returncode == 2
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert line.startswith("error: ")
    assert "yard.txt:1: airspace here lacks AN" in line


def test_a_file_that_is_not_there_is_named_with_its_whole_path(folder: Path) -> None:
    (folder / "yard.txt").unlink()
    result = _plan(folder)
    assert f"{folder / 'yard.txt'}: cannot be read" in str(result.exception)


@pytest.mark.parametrize(
    ("content", "form", "zones"),
    [(GEOJSON, "GeoJSON", 4), (ED269, "ED-269", 2), (KML, "KML", 2), (OPENAIR, "OpenAir", 2)],
)
def test_a_zone_file_is_shown_as_one_json_object(tmp_path: Path, content: str, form: str, zones: int) -> None:
    path = tmp_path / "zones"
    path.write_text(content, encoding="utf-8")
    result = _run("zones", str(path), "--json")
    assert result.exit_code == 0
    said = json.loads(result.stdout)
    assert (said["format"], len(said["zones"])) == (form, zones)
    for zone in said["zones"]:
        assert zone.keys() == {"id", "name", "lower", "upper", "area_km2", "corners", "active"}
        assert zone["area_km2"] > 0
        assert zone["corners"] >= 3


def test_the_table_says_limits_with_their_datum_and_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patrol.commands.zones.stdout.width", 200)
    path = tmp_path / "zones.json"
    path.write_text(ED269, encoding="utf-8")
    shown = _run("zones", str(path)).stdout
    times = "2026-05-01T00:00Z/2026-06-01T00:00Z SAT,SUN 17:00Z-23:00Z"
    limits = ("ground", "122 m AMSL", "50 m AGL", "120 m AGL")
    for words in ("zones.json: ED-269, 2 zones", *limits, times, "left out: A2: NO_RESTRICTION"):
        assert words in shown


def test_a_broken_zone_file_is_refused_by_zones_too(tmp_path: Path) -> None:
    path = tmp_path / "zones.txt"
    path.write_text(OPENAIR.replace("AL GND", "AL low"), encoding="utf-8")
    result = _run("zones", str(path))
    assert isinstance(result.exception, InputError)
    assert "zones.txt:4: 'low' is no height" in str(result.exception)
