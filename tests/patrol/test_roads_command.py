"""`patrol roads import` as a user types it."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from missions import InputError
from missions.roads import load_network
from patrol.commands.roads import roads_import

app = typer.Typer()
app.command()(roads_import)


def test_an_import_prints_one_object_and_writes_what_it_counts(example_mission: Path, tmp_path: Path) -> None:
    out = tmp_path / "kept.geojson"
    source = str(example_mission.parent / "roads.geojson")
    result = CliRunner().invoke(app, [source, "-o", str(out), "--class", "primary", "--class", "footway", "--json"])
    assert result.exit_code == 0
    summary = json.loads(result.stdout)
    assert (summary["roads"], summary["lines_read"]) == (4, 6)
    assert summary["classes"]["primary"]["roads"] == 3
    assert summary["dropped"] == {"class secondary": 1, "class residential": 1}
    assert summary["km"] == pytest.approx(sum(row["km"] for row in summary["classes"].values()), abs=0.002)
    assert len(load_network(out).roads) == 4


def test_the_table_names_classes_lengths_bounds_and_what_was_left_out(example_mission: Path, tmp_path: Path) -> None:
    out = tmp_path / "kept.geojson"
    source = str(example_mission.parent / "roads.geojson")
    result = CliRunner().invoke(
        app, [source, "-o", str(out), "--bbox", "30.4565,114.412,30.4575,114.416", "--name", "佳园路 jiayuan road"]
    )
    assert result.exit_code == 0
    assert "residential" in result.stdout
    assert "from 30.45650,114.41513 to 30.45735,114.41517" in result.stdout
    assert "left out: 5 x other names" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--bbox", "1,2,3"], "--bbox: is '1,2,3' .four numbers", id="short box"),
        pytest.param(["--name", "Elm"], "no road named Elm is left", id="no such name"),
    ],
)
def test_a_wrong_wish_writes_nothing(example_mission: Path, tmp_path: Path, arguments: list[str], message: str) -> None:
    out = tmp_path / "kept.geojson"
    source = str(example_mission.parent / "roads.geojson")
    with pytest.raises(InputError, match=message):
        CliRunner().invoke(app, [source, "-o", str(out), *arguments], catch_exceptions=False)
    assert list(tmp_path.iterdir()) == []
