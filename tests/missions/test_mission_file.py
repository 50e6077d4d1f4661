"""Mission files: what is right is read, what is wrong is said with its line."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions import InputError
from missions.mission_file import load_mission, mission_schema

RIGHT = """\
version: 1
name: Town
roads:
  file: roads.geojson
  keep:
    classes: [primary]
dock: {lat: 30.5, lon: 114.4, amsl_m: 30}
flight:
  height_m: 60
  wind: {speed_m_s: 3, from_deg: 45}
staff:
  - id: desk
    name: Desk
  - id: gate
    name: Gate
    position: {lat: 30.5, lon: 114.4}
    equipment: [extinguisher]
    language: zh-CN
"""


def _mission(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mission.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_missions_are_right(example_mission: Path) -> None:
    loaded = load_mission(example_mission)
    assert loaded.mission.name == "Gaoxin Avenue"
    assert loaded.roads_file == (example_mission.parent / "roads.geojson").resolve()
    other = load_mission(example_mission.parent.parent / "osm-extract" / "mission.yaml")
    assert other.mission.roads.keep.named_only


def test_the_roster_holds_staff_in_their_language_and_those_who_can_go(tmp_path: Path) -> None:
    roster = load_mission(_mission(tmp_path, RIGHT)).mission.roster
    assert [(person.person_id, person.language) for person in roster.staff] == [("desk", "en"), ("gate", "zh-CN")]
    assert [(r.person_id, r.equipment) for r in roster.responders] == [("gate", ("extinguisher",))]


def test_the_hash_follows_what_is_said_and_not_how_it_is_laid_out(tmp_path: Path) -> None:
    first = load_mission(_mission(tmp_path, RIGHT)).mission_hash
    assert load_mission(_mission(tmp_path, "# remark\n" + RIGHT.replace("60", "60.0"))).mission_hash == first
    assert load_mission(_mission(tmp_path, RIGHT.replace("60", "61"))).mission_hash != first


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param(
            "height_m", "hieght_m", r":9: flight\.hieght_m: unknown field \(did you mean height_m\?\)", id="typo"
        ),
        pytest.param("name: Town", "qqqq: 1", r":2: qqqq: unknown field|:1: name: is missing", id="foreign field"),
        pytest.param("  wind:", "  zzzz: 1\n  wind:", r":10: flight\.zzzz: unknown field \(one of alt", id="no like"),
        pytest.param("name: Town\n", "", "name: is missing", id="missing"),
        pytest.param(
            "lat: 30.5, lon: 114.4, amsl", "lat: 114.4, lon: 30.5, amsl", r":7: dock\.lat: .*90", id="swapped"
        ),
        pytest.param("height_m: 60", "height_m: high", r":9: flight\.height_m: .*not 'high'", id="word for number"),
        pytest.param("height_m: 60", "height_m: 400", "altitude_cap_m 120", id="above the cap"),
        pytest.param("from_deg: 45", "from_deg: 360", r":10: flight\.wind\.from_deg: ", id="wind from 360"),
        pytest.param("version: 1", "version: 2", ":1: version: ", id="version"),
        pytest.param("  - id: gate", "  - id: desk", "two members of staff have the same id", id="same id"),
        pytest.param("zh-CN", "fr", r":18: staff\.1\.language: .*not 'fr'", id="language"),
        pytest.param("[primary]", "primary", r":6: roads\.keep\.classes: ", id="word for list"),
        pytest.param("keep:", "keep:\n    bbox: [1, 2, 3]", r":6: roads\.keep\.bbox", id="short box"),
        pytest.param("name: Town", "name: Town\nname: City", ":3: found duplicate key", id="key twice"),
        pytest.param("name: Town", "name: [Town", r"mission\.yaml:\d+: ", id="not yaml"),
        pytest.param("name: Town", "name: !!python/object:os.system x", "name", id="a tag"),
        pytest.param("name: Town", "name:\tTown: x", r"mission\.yaml:2: ", id="colon in a value"),
    ],
)
def test_a_wrong_mission_is_refused_with_line_field_and_remedy(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in RIGHT
    with pytest.raises(InputError, match=message) as caught:
        load_mission(_mission(tmp_path, RIGHT.replace(old, new, 1)))
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "is not a mapping of fields", id="empty"),
        pytest.param(b"- a\n- b\n", "is not a mapping of fields", id="a list"),
        pytest.param(b"name: \xff\xfe", "is not UTF-8 text", id="not utf-8"),
        pytest.param(b"\x00\x01", "special characters are not allowed|mission.yaml", id="binary"),
    ],
)
def test_what_is_no_mission_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "mission.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        load_mission(path)
    assert "\n" not in str(caught.value)


def test_roads_are_chosen_by_polygon_and_avenue_and_a_polygons_file_lies_beside_the_mission(tmp_path: Path) -> None:
    ends = "{name: Elm, from: {lat: 30.5, lon: 114.4}, to: {lat: 30.5, lon: 114.5}}"
    text = RIGHT.replace("classes: [primary]", f"polygon: area.kml\n    avenue: {ends}")
    loaded = load_mission(_mission(tmp_path, text))
    assert loaded.keep.polygon == (tmp_path / "area.kml").resolve()
    assert loaded.keep.avenue is not None
    assert (loaded.keep.avenue.name, loaded.keep.avenue.from_.lon, loaded.keep.avenue.to.lon) == ("Elm", 114.4, 114.5)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert load_mission(_mission(elsewhere, text)).mission_hash == loaded.mission_hash


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        pytest.param("polygon: [{lat: 30, lon: 114}]", r":6: roads\.keep\.polygon: .*at least 3", id="one corner"),
        pytest.param(
            "polygon: [{lat: 0, lon: 0}, {lat: 1, lon: 1}, {lat: 0, lon: 1}, {lat: 1, lon: 0}]",
            r":6: roads\.keep\.polygon: its border crosses itself",
            id="a bow tie",
        ),
        pytest.param(
            "polygon: [{lat: 30, lon: 114}, {lat: 30}, {lat: 31, lon: 114}]",
            r":6: roads\.keep\.polygon\.1\.lon: is missing",
            id="half a corner",
        ),
        pytest.param(
            "avenue: {name: Elm, to: {lat: 1, lon: 2}}", r":6: roads\.keep\.avenue\.from: is missing", id="no end"
        ),
        pytest.param(
            "avenue: {name: Elm, form: {lat: 1, lon: 2}, from: {lat: 1, lon: 2}, to: {lat: 1, lon: 2}}",
            r":6: roads\.keep\.avenue\.form: unknown field \(did you mean from\?\)",
            id="a slip of the pen",
        ),
    ],
)
def test_a_choice_of_roads_that_cannot_be_meant_is_refused_with_its_line(
    tmp_path: Path, wish: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        load_mission(_mission(tmp_path, RIGHT.replace("classes: [primary]", wish)))


def test_a_mission_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.yaml: cannot be read: No such file or directory"):
        load_mission(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        load_mission(tmp_path)


@given(text=st.text(max_size=60))
def test_any_text_is_a_mission_or_a_clear_refusal(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    with pytest.raises(InputError):
        load_mission(path)


def test_the_schema_names_every_section() -> None:
    schema = json.loads(mission_schema())
    assert {"roads", "dock", "aircraft", "flight", "watch", "staff"} <= set(schema["properties"])
    assert schema["additionalProperties"] is False
