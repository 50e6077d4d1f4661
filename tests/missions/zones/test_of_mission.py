"""The no-fly zones of a mission file: drawn in it, or read from the files it names."""

from pathlib import Path

import pytest

from missions import AltitudeReference, InputError
from missions.mission_file import load_mission
from missions.zones.of_mission import NoFlyZones, drawn_no_fly, load_no_fly
from tests.missions.zones.zone_samples import SAMPLES

MISSION = """name: Test
roads: {{file: roads.geojson}}
dock: {{lat: {lat}, lon: {lon}}}
no_fly:
{no_fly}
"""


def _no_fly(folder: Path, *lines: str, lat: float = 30.5, lon: float = 114.4) -> NoFlyZones:
    for name, data in SAMPLES.items():
        (folder / name).write_bytes(data)
    path = folder / "mission.yaml"
    path.write_text(MISSION.format(no_fly="\n".join(f"  {line}" for line in lines), lat=lat, lon=lon), encoding="utf-8")
    return load_no_fly(load_mission(path))


DRAWN = (
    "- {id: A1, corners: [{lat: 30, lon: 114}, {lat: 30, lon: 115}, {lat: 31, lon: 115}], lower: {m: 500, above: agl}}"
)


def test_drawn_zones_and_files_stand_side_by_side_each_id_once(tmp_path: Path) -> None:
    found = _no_fly(tmp_path, DRAWN, "- file: ed269.json", "- {file: openair.txt, ids: [Tower]}")
    assert [zone.zone_id for zone in found.zones] == ["A1", "A1 [2]", "A1 (2)", "Tower"]
    lower = found.zones[0].lower
    assert lower is not None
    assert (lower.metres, lower.above) == (500.0, AltitudeReference.TERRAIN)


def test_a_name_or_an_id_chooses_all_parts_of_an_area(tmp_path: Path) -> None:
    assert [z.zone_id for z in _no_fly(tmp_path, "- {file: zones.geojson, ids: [Gate]}").zones] == ["Gate", "Gate (2)"]
    assert [z.zone_id for z in _no_fly(tmp_path, "- {file: zones.geojson, ids: [park]}").zones] == ["park/1", "park/2"]
    assert [z.zone_id for z in _no_fly(tmp_path, "- {file: ed269.json, ids: [Stadium]}").zones] == ["A1", "A1 (2)"]


def test_times_are_taken_to_hold_unless_the_mission_says_when(tmp_path: Path) -> None:
    always = _no_fly(tmp_path, "- file: ed269.json")
    assert always.notes[1] == "ed269.json: A1, A1 (2) hold at times only, taken to hold (no_fly.when leaves some out)"
    on_monday = _no_fly(tmp_path, "- {file: ed269.json, when: 2026-05-04T08:00Z/2026-05-04T10:00Z}")
    assert on_monday.zones == ()
    assert on_monday.notes[1] == (
        "ed269.json: A1, A1 (2) do not hold from 2026-05-04T08:00Z until 2026-05-04T10:00Z, left out"
    )
    assert len(_no_fly(tmp_path, "- {file: ed269.json, when: 2026-05-02T08:00Z/2026-05-04T10:00Z}").zones) == 2


def test_what_a_file_holds_beside_zones_is_said(tmp_path: Path) -> None:
    assert _no_fly(tmp_path, "- file: zones.kml").notes == ("zones.kml: left out 1 x Point: no area",)
    assert _no_fly(tmp_path, "- file: ed269.json").notes[0] == "ed269.json: left out A2: NO_RESTRICTION"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "- {file: zones.geojson, ids: [gate]}",
            r"mission.yaml:5: no_fly.0.ids: gate is no zone .*mean Gate\?",
        ),
        ("- {file: ed269.json, when: tomorrow}", "mission.yaml:5: no_fly.0.when: 'tomorrow' is not FROM/UNTIL"),
        ("- {file: ed269.json, when: NONE/2026-05-04T10:00Z}", "no_fly.0.when: needs a beginning and an end"),
        ("- {file: none.kml}", r"none\.kml: cannot be read"),
        ("- {id: a}", "mission.yaml:5: no_fly.0: needs either id and corners, or a file"),
        ("- {id: a, file: zones.kml}", "mission.yaml:5: no_fly.0: has a file and an area drawn here"),
        (DRAWN[:-1] + ", ids: [a]}", "mission.yaml:5: no_fly.0: ids and when are for the areas of a file"),
        (DRAWN.replace("agl", "sea"), "mission.yaml:5: no_fly.0.lower.above: Input should be 'agl', 'amsl' or 'home'"),
    ],
)
def test_what_a_mission_asks_wrongly_is_refused_with_its_line(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        _no_fly(tmp_path, line)
    assert "\n" not in str(caught.value)


def test_zones_with_their_axes_exchanged_are_refused_once_the_dock_is_known(tmp_path: Path) -> None:
    text = SAMPLES["zones.geojson"].decode().replace("114.4", "8.4").replace("30.5", "47.5")
    swapped = text.replace("8.4", "x").replace("47.5", "8.4").replace("x", "47.5")
    (tmp_path / "right.geojson").write_text(text, encoding="utf-8")
    (tmp_path / "swapped.geojson").write_text(swapped, encoding="utf-8")
    assert len(_no_fly(tmp_path, "- file: right.geojson", lat=47.5, lon=8.4).zones) == 4
    with pytest.raises(InputError, match=r"swapped\.geojson: axes look swapped"):
        _no_fly(tmp_path, "- file: swapped.geojson", lat=47.5, lon=8.4)


def test_a_zone_file_is_never_forgotten(tmp_path: Path) -> None:
    """Who plans without having read the files is refused."""
    _no_fly(tmp_path, "- file: zones.kml")
    with pytest.raises(InputError, match=r"no_fly\.0\.file: names a zone file, which was not read"):
        drawn_no_fly(load_mission(tmp_path / "mission.yaml").mission)
