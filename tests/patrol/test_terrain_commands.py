"""`patrol plan` and `check` over terrain, as a person types them."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from missions import InputError
from missions.formats.plan_file import load_plan
from patrol.commands.plan import check, export
from patrol.commands.plan import plan as plan_command

app = typer.Typer()
for command in (plan_command, check, export):
    app.command(command.__name__)(command)

MISSION = """\
version: 1
name: Over the hill
roads: {file: roads.geojson}
dock: {lat: 37.7945, lon: -122.406}
flight: {height_m: 60}
terrain: {file: dem.tif, clearance_m: 30}
"""


def _run(*line: Any) -> Any:
    return CliRunner().invoke(app, [str(part) for part in line])


def _roads(path: Path) -> None:
    lines = [[[-122.4075, lat], [-122.4045, lat]] for lat in np.linspace(37.7920, 37.7970, 4)]
    features = [
        {"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": line}} for line in lines
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))


def _dem(path: Path, *, top_m: float = 60.0) -> None:
    import rasterio
    from rasterio.transform import Affine

    east, north = np.meshgrid(np.linspace(-3, 3, 100), np.linspace(-3, 3, 100))
    heights = (top_m * np.exp(-(east**2 + north**2))).astype("float32")
    with rasterio.open(
        path, "w", driver="GTiff", width=100, height=100, count=1, dtype="float32", crs="EPSG:4326",
        transform=Affine(0.0003, 0.0, -122.421, 0.0, -0.0003, 37.8095),
    ) as raster:  # fmt: skip
        raster.write(heights, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A mission with a hill, planned."""
    (tmp_path / "mission.yaml").write_text(MISSION)
    _roads(tmp_path / "roads.geojson")
    _dem(tmp_path / "dem.tif")
    return tmp_path


def _planned(folder: Path, out: Path) -> dict[str, Any]:
    result = _run("plan", folder / "mission.yaml", "-o", out, "--iterations", 20, "--json")
    assert result.exit_code == 0, result.output
    said: dict[str, Any] = json.loads(result.stdout)
    return said


def test_a_plan_remembers_its_terrain_and_says_what_is_seen(folder: Path) -> None:
    said = _planned(folder, folder / "plan.json")
    assert said["required_m"] == pytest.approx(said["coverage"]["required_m"])
    assert said["covered_m"] == pytest.approx(said["coverage"]["seen_m"])
    assert said["covered_m"] > 0.99 * said["required_m"]
    assert {"seen_twice_m", "unseen_m", "reasons", "stretches"} <= said["coverage"].keys()
    plan = load_plan(folder / "plan.json")
    assert plan.terrain is not None
    assert (plan.terrain.file, plan.terrain.clearance_m, plan.terrain.datum) == ("dem.tif", 30.0, "egm96")


def test_check_finds_the_terrain_beside_the_plan_and_tests_it(folder: Path) -> None:
    _planned(folder, folder / "plan.json")
    said = json.loads(_run("check", folder / "plan.json", "--json").stdout)
    assert said["violations"] == []
    assert said["not_tested"] == []
    assert said["coverage"]["seen_m"] > 0


def test_check_without_the_terrain_says_so_in_a_line_and_takes_it_where_it_is_named(folder: Path) -> None:
    elsewhere = folder / "out"
    elsewhere.mkdir()
    _planned(folder, elsewhere / "plan.json")
    alone = _run("check", elsewhere / "plan.json")
    assert alone.exit_code == 0
    assert alone.stderr.startswith(
        "note: heights above ground and over obstacles, and what is seen, were not tested: dem.tif"
    )
    assert len(alone.stderr.strip().splitlines()) == 1
    named = _run("check", elsewhere / "plan.json", "--terrain", folder / "dem.tif")
    assert named.exit_code == 0
    assert named.stderr == ""


def test_another_terrain_under_the_same_name_is_refused(folder: Path) -> None:
    _planned(folder, folder / "plan.json")
    _dem(folder / "dem.tif", top_m=90.0)
    result = _run("check", folder / "plan.json")
    assert isinstance(result.exception, InputError)
    assert "is not the terrain the plan was made over (dem.tif" in str(result.exception)


def test_a_plan_made_without_terrain_can_be_tested_against_one(folder: Path) -> None:
    text = MISSION.replace("terrain: {file: dem.tif, clearance_m: 30}\n", "").replace("height_m: 60", "height_m: 35")
    (folder / "mission.yaml").write_text(text)
    _dem(folder / "dem.tif", top_m=-200.0)
    _planned(folder, folder / "plan.json")
    assert _run("check", folder / "plan.json").exit_code == 0
    tested = _run("check", folder / "plan.json", "--terrain", folder / "dem.tif", "--json")
    assert tested.exit_code == 1
    assert {violation["rule"] for violation in json.loads(tested.stdout)["violations"]} == {"terrain"}


def test_a_plan_of_another_program_is_tested_over_the_terrain_named_or_the_missions(folder: Path) -> None:
    """From a dock in a hollow a flight at 60 m above ground is higher than 120 m above home."""
    _dem(folder / "dem.tif", top_m=-300.0)
    _planned(folder, folder / "plan.json")
    assert _run("export", folder / "plan.json", "-o", folder / "sortie.plan").exit_code == 0
    alone = _run("check", folder / "sortie.plan", "--json")
    assert {violation["rule"] for violation in json.loads(alone.stdout)["violations"]} == {"altitude"}
    for option in (("--terrain", folder / "dem.tif"), ("--mission", folder / "mission.yaml")):
        tested = _run("check", folder / "sortie.plan", *option)
        assert tested.exit_code == 0, tested.output
        assert _run("check", folder / "plan.json", *option).exit_code == 0
    assert _run("check", folder / "sortie.plan", "--mission", folder / "mission.yaml", "--altitude-cap-m", 50).exit_code
    assert _run("check", folder / "plan.json", "--altitude-cap-m", 50).exit_code


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        pytest.param(lambda f: (f / "dem.tif").unlink(), r"dem\.tif: cannot be read: No such file", id="absent"),
        pytest.param(lambda f: (f / "dem.tif").write_bytes(b"GIF89a"), r"dem\.tif: is no terrain file", id="no tiff"),
        pytest.param(
            lambda f: (f / "mission.yaml").write_text(MISSION.replace("clearance_m: 30", "clearence_m: 30")),
            r"mission\.yaml:6: terrain\.clearence_m: unknown field \(did you mean clearance_m\?\)",
            id="typo",
        ),
        pytest.param(
            lambda f: (f / "mission.yaml").write_text(MISSION.replace("height_m: 60", "height_m: 20")),
            r"mission\.yaml:5: flight\.height_m: 20 m is lower than terrain\.clearance_m 30",
            id="lower than the clearance",
        ),
        pytest.param(
            lambda f: (f / "mission.yaml").write_text(MISSION.replace("clearance_m: 30", "datum: navd88")),
            r"mission\.yaml:6: terrain\.datum: .*not 'navd88'",
            id="a datum nobody knows",
        ),
    ],
)
def test_wrong_terrain_is_one_line_with_its_place(folder: Path, damage: Any, message: str) -> None:
    damage(folder)
    result = _run("plan", folder / "mission.yaml", "-o", folder / "plan.json", "--iterations", 5)
    assert isinstance(result.exception, InputError)
    import re

    assert re.search(message, str(result.exception)), str(result.exception)
    assert "\n" not in str(result.exception)
    assert not (folder / "plan.json").exists()


@pytest.mark.shared
def test_the_real_hill_is_planned_from_its_file(folder: Path, shared_data: Path) -> None:
    shutil.copy(shared_data / "roads" / "elevation" / "elevation1.tif", folder / "dem.tif")
    said = _planned(folder, folder / "plan.json")
    assert said["feasible"] is True
    assert _run("check", folder / "plan.json").exit_code == 0
