"""A plan exported to each format and read back is the same plan, as far as the format holds it."""

import json
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from missions import AltitudeReference, InputError, Plan
from missions.flight_path import FlightPath, path_of, paths_of
from missions.formats.any_plan import read_flight_paths
from missions.formats.plan_file import save_plan
from missions.formats.plan_geojson import to_geojson
from missions.formats.plan_geojson_reader import from_plan_geojson
from missions.formats.plan_gpx import to_gpx
from missions.formats.plan_gpx_reader import from_gpx
from missions.formats.plan_kml import to_kml
from missions.formats.plan_kml_reader import from_kml
from missions.formats.qgc_plan import path_to_qgc, to_qgc
from missions.formats.qgc_reader import from_qgc
from missions.formats.wpl import from_wpl, path_to_wpl, to_wpl
from missions.formats.wpml import TEMPLATE, WAYLINES, WpmlSettings, to_wpml
from missions.formats.wpml_reader import from_wpml
from tests.missions.generated_plans import around, assert_same_items, plans

ANY_DATUM = st.sampled_from(AltitudeReference)
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def assert_same_surroundings(found: FlightPath, meant: FlightPath, *, names: bool = True) -> None:
    assert [around(zone, names=names) for zone in found.zones] == [around(zone, names=names) for zone in meant.zones]
    assert found.rally == meant.rally


@FEW
@given(plan=plans(above=ANY_DATUM, waypoints=1))
def test_a_qgc_plan_holds_all_of_a_flight(plan: Plan) -> None:
    for meant in paths_of(plan):
        found = from_qgc(path_to_qgc(meant))
        assert_same_items(found, meant, within=0.0)
        assert_same_surroundings(found, meant, names=False)
        assert json.loads(path_to_qgc(found)) == json.loads(path_to_qgc(meant))


@FEW
@given(plan=plans(above=ANY_DATUM, waypoints=1))
def test_wpl_holds_the_items_and_home(plan: Plan) -> None:
    for sortie in plan.sorties:
        found = from_wpl(to_wpl(plan, sortie))
        assert_same_items(found, path_of(plan, sortie), within=1e-6)
        assert path_to_wpl(found) == to_wpl(plan, sortie)


@FEW
@given(plan=plans(waypoints=2))
def test_wpml_holds_the_items_and_home(plan: Plan) -> None:
    for sortie in plan.sorties:
        (found,) = from_wpml(_unzipped(to_wpml(plan, sortie)), file="made.kmz")
        assert_same_items(found, path_of(plan, sortie), within=1e-9)
        assert (found.zones, found.rally) == ((), ())


@FEW
@given(plan=plans(above=ANY_DATUM, waypoints=1))
def test_kml_holds_all_of_a_plan(plan: Plan) -> None:
    for found, meant in zip(from_kml(to_kml(plan), file="made.kml"), paths_of(plan), strict=True):
        assert found.name == meant.name
        assert_same_items(found, meant, within=1e-9)
        assert_same_surroundings(found, meant)


@FEW
@given(plan=plans(above=ANY_DATUM, waypoints=1))
def test_gpx_holds_all_but_areas(plan: Plan) -> None:
    for found, meant in zip(from_gpx(to_gpx(plan), file="made.gpx"), paths_of(plan), strict=True):
        assert found.name == meant.name
        assert_same_items(found, meant, within=1e-9)
        assert found.rally == meant.rally


@FEW
@given(plan=plans(above=ANY_DATUM, waypoints=1))
def test_geojson_holds_all_of_a_plan(plan: Plan) -> None:
    for found, meant in zip(from_plan_geojson(to_geojson(plan)), paths_of(plan), strict=True):
        assert found.name == meant.name
        assert_same_items(found, meant, within=0.0)
        assert_same_surroundings(found, meant)


def test_our_own_file_is_read_as_its_flights(plan: Plan, tmp_path: Path) -> None:
    save_plan(plan, tmp_path / "plan.json")
    assert read_flight_paths(tmp_path / "plan.json") == paths_of(plan)


WRITERS: dict[str, Callable[[Plan], str | bytes]] = {
    "QGroundControl .plan": lambda plan: to_qgc(plan, plan.sorties[0]),
    "QGC WPL 110": lambda plan: to_wpl(plan, plan.sorties[0]),
    "DJI WPML": lambda plan: to_wpml(plan, plan.sorties[0]),
    "KML": to_kml,
    "GPX": to_gpx,
    "GeoJSON": to_geojson,
}


@pytest.mark.parametrize("source", WRITERS)
def test_a_file_is_known_by_its_content_whatever_its_name(plan: Plan, tmp_path: Path, source: str) -> None:
    written = WRITERS[source](plan)
    file = tmp_path / "noname"
    file.write_bytes(written.encode() if isinstance(written, str) else written)
    found = read_flight_paths(file)
    assert found[0].source == source
    assert_same_items(found[0], path_of(plan, plan.sorties[0]), within=1e-6)


@pytest.mark.parametrize("source", WRITERS)
def test_the_same_plan_gives_the_same_bytes(plan: Plan, source: str) -> None:
    assert WRITERS[source](plan) == WRITERS[source](plan)


def test_a_plan_of_another_program_is_written_back_as_it_stood(plan: Plan) -> None:
    """Keys and values that nobody here knows are kept; what was changed is written anew, and nothing else."""
    from dataclasses import replace

    document = json.loads(to_qgc(plan, plan.sorties[0]))
    document["mission"]["items"][1]["someKey"] = {"deep": [1, None]}
    document["geoFence"]["breachReturn"] = [1, 2, 3]
    document["vendor"] = "x"
    found = from_qgc(json.dumps(document))
    assert json.loads(path_to_qgc(found)) == document
    moved = json.loads(path_to_qgc(replace(found, rally=())))
    assert moved["rallyPoints"]["points"] == []
    assert moved | {"rallyPoints": document["rallyPoints"]} == document


@pytest.mark.shared
def test_every_plan_of_qgroundcontrol_is_written_back_unchanged(shared_data: Path) -> None:
    unchanged = 0
    for file in sorted((shared_data / "formats" / "plans").glob("*.plan")):
        try:
            (path,) = read_flight_paths(file)
        except InputError:
            continue
        assert json.loads(path_to_qgc(path)) == json.loads(file.read_text())
        unchanged += 1
    assert unchanged == 4


def test_wpml_has_the_structure_of_the_files_dji_writes(plan: Plan) -> None:
    data = to_wpml(plan, plan.sorties[0], WpmlSettings(drone=(67, 1), payload=(53, 2, 1)))
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert archive.namelist() == [TEMPLATE, WAYLINES]
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    from lxml import etree

    root = etree.fromstring(_unzipped(data)[WAYLINES])
    names = {"k": "http://www.opengis.net/kml/2.2", "w": "http://www.dji.com/wpmz/1.0.6"}

    def said(name: str) -> list[str]:
        return [element.text for element in root.iterfind(f".//w:{name}", names)]

    assert said("finishAction") == ["goHome"]
    assert said("executeHeightMode") == ["relativeToStartPoint"]
    assert (said("droneEnumValue"), said("droneSubEnumValue")) == (["67"], ["1"])
    assert (said("payloadEnumValue"), said("payloadSubEnumValue")) == (["53"], ["2"])
    assert said("takeOffSecurityHeight") == ["60"]
    assert said("globalTransitionalSpeed") == ["10"]  # to the first waypoint
    assert said("waypointSpeed") == ["8", "8", "8"]  # from the first on
    assert said("executeHeight") == ["60", "60", "60"]
    assert said("gimbalPitchRotateAngle") == ["-60", "-70"]  # at the start, and at the second waypoint for the third
    groups = [mark.find("w:actionGroup", names) is not None for mark in root.iterfind(".//k:Placemark", names)]
    assert groups == [False, True, False]
    coordinates = [element.text for element in root.iterfind(".//k:coordinates", names)]
    assert coordinates[0] == "114.4115011,30.4572459"


@pytest.mark.shared
def test_wpml_has_no_element_that_djis_own_files_do_not_have(plan: Plan, shared_data: Path) -> None:
    """But for `startActionGroup`, which DJI's pages describe and the samples do without, and the reference point."""
    from lxml import etree

    def elements(data: bytes, name: str) -> set[str]:
        return {
            etree.QName(e).localname for e in etree.fromstring(_unzipped(data)[name]).iter() if isinstance(e.tag, str)
        }

    samples = [file.read_bytes() for file in sorted((shared_data / "formats" / "kmz").glob("*.kmz"))]
    for name, more in ((TEMPLATE, set()), (WAYLINES, {"startActionGroup"})):
        known = set.union(*(elements(sample, name) for sample in samples))
        assert elements(to_wpml(plan, plan.sorties[0]), name) - known <= more


def test_kml_has_a_folder_for_each_sortie_and_colours_legs_by_kind(plan: Plan) -> None:
    text = to_kml(plan).decode()
    assert text.count("<name>sortie-") == 2
    assert text.count("#service") == 3
    assert text.count("#deadhead") == 4
    assert "relativeToGround" in text
    assert "absolute" not in text
    assert text.count("<Polygon>") == 2


def test_gpx_elevations_are_above_sea_level(plan: Plan) -> None:
    text = to_gpx(plan).decode()
    assert text.count("<ele>92</ele>") == 5  # 32 m of the dock and 60 m above it
    assert text.count("<ele>97</ele>") == 2  # rally points at the higher take-off height, 65 m
    assert text.count("<rte>") == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"waypoints": 1}, r"sortie-1 has 1 waypoints \(WPML needs two or more\)"),
        ({"speed_m_s": 17.0}, r"sortie-1, waypoint 2 is flown at 17 m/s \(WPML holds 1 to 15\)"),
        ({"above": AltitudeReference.AMSL}, r"sortie-1, waypoint 2 is above amsl \(WPML needs heights above home\)"),
        ({"takeoff_height_m": 1.0}, r"sortie-1 takes off to 1 m \(WPML holds 1.2 to 1500 m\)"),
    ],
)
def test_what_wpml_cannot_hold_is_refused(plan: Plan, changes: dict[str, object], message: str) -> None:
    from dataclasses import replace

    from missions import Altitude

    sortie = plan.sorties[0]
    waypoints = list(sortie.waypoints)
    if "speed_m_s" in changes:
        waypoints[1] = replace(waypoints[1], speed_m_s=17.0)
    if "above" in changes:
        waypoints[1] = replace(waypoints[1], altitude=Altitude(metres=60.0, above=AltitudeReference.AMSL))
    changed = replace(
        sortie,
        waypoints=tuple(waypoints[:1] if "waypoints" in changes else waypoints),
        takeoff_height_m=float(str(changes.get("takeoff_height_m", 60.0))),
    )
    with pytest.raises(InputError, match=message):
        to_wpml(plan, changed)
