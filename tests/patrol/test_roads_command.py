"""`patrol roads import` as a user types it."""

import json
from copy import deepcopy
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from geo import wgs84_to_gcj02
from missions import InputError
from missions.roads import load_network
from patrol.commands.roads import roads_import
from patrol.mission_roads import load_mission_roads

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
        pytest.param(["--avenue", "佳园路"], "--avenue: is not whole .--avenue NAME --from", id="avenue without ends"),
        pytest.param(
            ["--avenue", "佳园路", "--from", "30.4", "--to", "30,114"],
            "--from: is '30.4' .two numbers",
            id="half a place",
        ),
        pytest.param(["--polygon", "none.kml"], "none.kml: cannot be read: No such file", id="no such polygon"),
        pytest.param(["--against", "none.osm"], "none.osm: cannot be read: No such file", id="no such reference"),
    ],
)
def test_a_wrong_wish_writes_nothing(example_mission: Path, tmp_path: Path, arguments: list[str], message: str) -> None:
    out = tmp_path / "kept.geojson"
    source = str(example_mission.parent / "roads.geojson")
    with pytest.raises(InputError, match=message):
        CliRunner().invoke(app, [source, "-o", str(out), *arguments], catch_exceptions=False)
    assert list(tmp_path.iterdir()) == []


def test_every_command_that_reads_a_mission_warns_of_a_datum_that_is_likely_another(
    example_mission: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = json.loads((example_mission.parent / "roads.geojson").read_text(encoding="utf-8")) | {"generator": "AMap"}
    (tmp_path / "roads.geojson").write_text(json.dumps(data), encoding="utf-8")
    text = example_mission.read_text(encoding="utf-8")
    (tmp_path / "mission.yaml").write_text(text, encoding="utf-8")
    found = load_mission_roads(tmp_path / "mission.yaml")
    assert len(found.kept.roads) < len(found.all_roads.roads)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "says 'AMap', but is read as wgs84" in " ".join(printed.err.split())


def test_an_avenue_is_imported_from_one_place_to_another(example_mission: Path, tmp_path: Path) -> None:
    out = tmp_path / "avenue.geojson"
    source = str(example_mission.parent / "roads.geojson")
    ends = ["--from", "30.4573,114.4125", "--to", "30.4574,114.4155"]
    result = CliRunner().invoke(app, [source, "-o", str(out), "--avenue", "gaoxin avenue", *ends, "--json"])
    assert result.exit_code == 0
    summary = json.loads(result.stdout)
    assert summary["matched"] == [
        {"wanted": "gaoxin avenue", "tag": "part of name", "value": "Gaoxin Avenue", "roads": 3}
    ]
    assert summary["km"] == pytest.approx(0.288, abs=0.002)
    assert {road.name for road in load_network(out).roads} == {"高新大道 Gaoxin Avenue"}


def test_what_was_repaired_and_what_looks_shifted_is_said(example_mission: Path, tmp_path: Path) -> None:
    source, out = example_mission.parent / "roads.geojson", tmp_path / "out.geojson"
    dirty = json.loads(source.read_text(encoding="utf-8"))
    dirty["features"].append(deepcopy(dirty["features"][1]))
    dirty["generator"] = "AMap"
    for feature in dirty["features"]:
        line = feature["geometry"]["coordinates"]
        line[:] = [list(wgs84_to_gcj02(lat, lon)[::-1]) for lon, lat in line]
    (tmp_path / "dirty.geojson").write_text(json.dumps(dirty), encoding="utf-8")
    arguments = [str(tmp_path / "dirty.geojson"), "-o", str(out), "--against", str(source)]
    result = CliRunner().invoke(app, [*arguments, "--json"])
    summary = json.loads(result.stdout)
    assert summary["repaired"]["drawn_twice"]["count"] == 1
    assert summary["repaired"]["drawn_twice"]["metres"] == pytest.approx(230, abs=1)
    assert (summary["against"]["shifted"], summary["against"]["best_datum"]) == (True, "gcj02")
    assert len(summary["warnings"]) == 2
    assert result.stderr.count("warning: ") == 2
    printed = CliRunner().invoke(app, [*arguments, "--datum", "gcj02"])
    assert "repaired: 1 lines drawn over others, 230 m" in printed.stdout
    assert "gcj02 100 %" in printed.stdout
    assert printed.stderr == ""
