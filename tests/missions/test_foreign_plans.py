"""Real files of other programs, and their ruins: read, with numbers taken from them by hand, or refused in one line."""

import zipfile
from pathlib import Path

import pytest

from missions import AltitudeReference, InputError, Plan, ZoneRule
from missions.flight_path import FlightPath
from missions.formats.any_plan import read_flight_paths
from missions.formats.plan_file import save_plan
from missions.formats.plan_geojson import to_geojson
from missions.formats.plan_gpx import to_gpx
from missions.formats.plan_kml import to_kml
from missions.formats.qgc_plan import to_qgc
from missions.formats.wpl import to_wpl
from missions.formats.wpml import to_wpml
from tests.missions.ruins import ruins

HOME, AMSL = AltitudeReference.HOME, AltitudeReference.AMSL
Place = tuple[float, float, float, AltitudeReference]

READ = {
    "plans/dronekit_mpmission.waypoints": (
        [22, 16, 16, 16, 16, 16],
        (-35.363262, 149.165237, 584.0),
        (-35.361988, 149.163753, 100.0, AMSL),
        (-35.362150, 149.165046, 100.0, AMSL),
    ),
    "plans/mavsdk_mission_planner_sample.txt": (
        [22, 16, 16, 20],
        None,
        (47.3978101, 8.5455380, 15.0, AMSL),
        (47.3977883, 8.5453958, 15.0, AMSL),
    ),
    "plans/mavsdk_qgroundcontrol_sample.plan": (
        [22, 16, 2000, 16, 16, 20],
        (47.3977507, 8.5456075, 488.93101752001763),
        (47.3977507, 8.5456075, 50.0, HOME),
        (47.39827842, 8.54560824, 50.0, HOME),
    ),
    "plans/mavsdk_qgroundcontrol_sample_with_survey.plan": (
        [530, 16, 206, 16, 206, 16, 16, 16, 16, 206, 16, 16, 206],
        (47.39801775617688, 8.545149580000002, 483.4261075265049),
        (47.397705960554916, 8.546339694155481, 50.0, HOME),
        (47.39748113014056, 8.546342098220613, 50.0, HOME),
    ),
    "kmz/wpml_waypoint.kmz": (
        [22, 178, 16, 178, 1000, 16, 16, 16, 16, 16, 20],
        (22.581243, 113.938206, 5.340793559),
        (22.581243, 113.938206, 20.0, HOME),
        (22.5784087383396, 113.937265903983, 54.352061536, HOME),
    ),
    "kmz/wpml_mavic3_pilot2_seed.kmz": (
        [22, 178, 16, 16, 20],
        None,
        (49.7155414935301, -101.148371034063, 10.0, HOME),
        (49.7144592965208, -101.148551278706, 10.0, HOME),
    ),
}
"""Commands; home and its height; first and last place."""

REFUSED = {
    "sample_without_mission": "mission: is missing",
    "sample_wrong_mission_version": "mission.version: version 7 is not understood (version 2)",
    "sample_wrong_overall_version": "version: version 42 is not understood (version 1)",
    "sample_with_survey_wrong_version": "mission.items.1.version: survey version 9 is not understood",
    "sample_with_survey_missing_items": "mission.items.1.TransectStyleComplexItem.Items: is missing",
}


def _places(path: FlightPath) -> list[Place]:
    return [
        (item.position.lat_deg, item.position.lon_deg, item.altitude.metres, item.altitude.above)
        for item in path.items
        if item.position is not None and item.altitude is not None
    ]


@pytest.mark.shared
@pytest.mark.parametrize("name", READ)
def test_a_file_of_another_program_is_read_as_it_stands(shared_data: Path, name: str) -> None:
    commands, home, first, last = READ[name]
    (path,) = read_flight_paths(shared_data / "formats" / name)
    assert [item.command for item in path.items] == commands
    assert [item.seq for item in path.items] == list(range(1, len(commands) + 1))
    said = (path.home.lat_deg, path.home.lon_deg, path.home_amsl_m) if path.home else None
    assert said == home
    assert (_places(path)[0], _places(path)[-1]) == (first, last)


@pytest.mark.shared
def test_every_file_of_plans_is_read_or_refused_as_its_name_says(shared_data: Path) -> None:
    special = {
        "plans/mavsdk_qgroundcontrol_sample_with_digicam_control.plan",
        "plans/qgc_geofence_inclusion_exclusion.plan",
    }
    refused = {f"plans/mavsdk_qgroundcontrol_{name}.plan" for name in REFUSED}
    folder = shared_data / "formats"
    there = {f"{file.parent.name}/{file.name}" for kind in ("plans", "kmz") for file in (folder / kind).iterdir()}
    assert there == READ.keys() | special | refused
    for name in sorted(refused):
        with pytest.raises(InputError):
            read_flight_paths(folder / name)


@pytest.mark.shared
@pytest.mark.parametrize("name", REFUSED)
def test_a_broken_plan_is_refused_in_one_line(shared_data: Path, name: str) -> None:
    file = shared_data / "formats" / "plans" / f"mavsdk_qgroundcontrol_{name}.plan"
    with pytest.raises(InputError) as refusal:
        read_flight_paths(file)
    assert str(refusal.value).startswith(f"{file}: {REFUSED[name]}")
    assert "\n" not in str(refusal.value)


@pytest.mark.shared
def test_a_fence_alone_is_a_flight_without_items(shared_data: Path) -> None:
    (path,) = read_flight_paths(shared_data / "formats" / "plans" / "qgc_geofence_inclusion_exclusion.plan")
    assert path.items == ()
    assert [(zone.rule, len(zone.corners)) for zone in path.zones] == [(ZoneRule.STAY_IN, 4), (ZoneRule.KEEP_OUT, 4)]
    corner = path.zones[1].corners[2]
    assert (corner.lat_deg, corner.lon_deg) == (38.75064163995635, -77.4969987226922)
    assert path.home_amsl_m == 30


@pytest.mark.shared
def test_the_shutter_command_keeps_its_fifth_parameter_and_home_at_0_0_is_none(shared_data: Path) -> None:
    file = shared_data / "formats" / "plans" / "mavsdk_qgroundcontrol_sample_with_digicam_control.plan"
    (path,) = read_flight_paths(file)
    assert [(item.command, item.params, item.position) for item in path.items] == [(203, (1, 0, 0, 0, 1, 0, 0), None)]
    assert path.home is None


@pytest.mark.shared
def test_what_wpml_has_and_a_flight_has_not_is_said(shared_data: Path) -> None:
    (path,) = read_flight_paths(shared_data / "formats" / "kmz" / "wpml_waypoint.kmz")
    assert "13 orientedShoot actions are not represented" in path.notes
    speeds = [item.params[1] for item in path.items if item.command == 178]
    assert speeds == [15, 10]  # on the way to the first waypoint, and from there
    assert [item.params[0] for item in path.items if item.command == 1000] == [
        0
    ]  # where the turns at the first waypoint end


@pytest.mark.shared
def test_ellipsoidal_heights_of_wpml_are_read_above_the_sea_from_the_template_or_refused(
    shared_data: Path, tmp_path: Path
) -> None:
    sample = shared_data / "formats" / "kmz" / "wpml_mavic3_pilot2_seed.kmz"
    relative = "relativeToStartPoint"
    for mode, above in (("EGM96", AMSL), ("aboveGroundLevel", AltitudeReference.TERRAIN), ("WGS84", None)):
        with zipfile.ZipFile(sample) as whole, zipfile.ZipFile(tmp_path / "x.kmz", "w") as archive:
            for name, other in (("wpmz/template.kml", mode), ("wpmz/waylines.wpml", "WGS84")):
                archive.writestr(name, whole.read(name).decode().replace(relative, other))
        if above is None:
            with pytest.raises(InputError, match=r"x\.kmz/wpmz/waylines\.wpml:\d+: executeHeightMode: heights of mode"):
                read_flight_paths(tmp_path / "x.kmz")
            continue
        (path,) = read_flight_paths(tmp_path / "x.kmz")
        assert [(metres, datum) for _, _, metres, datum in _places(path)] == [(10.0, above)] * 2


def test_a_jump_names_the_item_with_that_do_jump_id() -> None:
    from missions.formats.qgc_reader import from_qgc

    def row(command: int, jump_id: int, *params: float) -> str:
        numbers = list(params) + [0.0] * (7 - len(params))
        return (
            f'{{"type": "SimpleItem", "command": {command}, "frame": {3 if command == 16 else 2}, '
            f'"doJumpId": {jump_id}, "params": {numbers}}}'
        )

    def plan(*rows: str) -> str:
        return f'{{"fileType": "Plan", "version": 1, "mission": {{"version": 2, "items": [{", ".join(rows)}]}}}}'

    found = from_qgc(plan(row(16, 10, 0, 0, 0, 0, 1, 2, 30), row(177, 20, 10, 3)))
    assert found.items[1].params[:2] == (1.0, 3.0)
    with pytest.raises(InputError, match=r"mission\.items\.1: jumps to 11, which no item has as its doJumpId"):
        from_qgc(plan(row(16, 10, 0, 0, 0, 0, 1, 2, 30), row(177, 20, 11, 3)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param("hello", "is no plan that is understood", id="words"),
        pytest.param("<svg/>", "is no plan that is understood", id="other XML"),
        pytest.param("<kml><Document></Document>", "f:1: is not whole XML", id="cut XML"),
        pytest.param("<kml/>", "holds no flight", id="empty KML"),
        pytest.param(
            "<kml><Placemark><LineString><coordinates>1,2 3,4</coordinates></LineString></Placemark></kml>",
            r"f:1: coordinates: is a line without heights to fly at \(altitudeMode clampToGround\)",
            id="a road",
        ),
        pytest.param("<gpx><wpt/></gpx>", "holds no route", id="GPX without route"),
        pytest.param('<gpx><rte><rtept lat="1" lon="2"/></rte></gpx>', "f:1: ele: is missing", id="no elevation"),
        pytest.param('<gpx><rte><rtept lat="x" lon="2"/></rte></gpx>', "rtept: is 'x' .a finite number", id="a word"),
        pytest.param(
            '<gpx><rte><rtept lat="91" lon="2"/></rte></gpx>', "latitude 91, longitude 2 is no place", id="off"
        ),
        pytest.param('{"type": "FeatureCollection", "features": []}', "holds no flight", id="empty GeoJSON"),
        pytest.param('{"type": "FeatureCollection", "features": [1]}', r"features\.0: is no whole", id="no feature"),
        pytest.param("QGC WPL 110\n0 1 0 16 0 0 0 0 1 2 3 1\n2 0 3 16 0 0 0 0 1 2 3 1", "f:3: seq: is 2", id="a hole"),
        pytest.param("QGC WPL 110\n0 1 0 16 0 0 0 0 91 2 3 1", "f:2: 91, 2 is no latitude", id="off the earth"),
        pytest.param("QGC WPL 110\n0 1 1 16 0 0 0 0 1 2 3 1", "f:2: frame 1 of command 16", id="a local frame"),
        pytest.param("QGC WPL 110\n0 1 3 5001 4 0 0 0 1 2 3 1", "5001 belongs to a fence", id="a fence"),
        pytest.param('{"a": 1}', "Plan", id="other JSON"),
        pytest.param(
            '{"fileType": "Plan", "version": 1, "mission": {"version": 2, "items": [{"type": "SimpleItem", '
            '"command": 20, "frame": 2, "doJumpId": {}, "params": [0, 0, 0, 0, 0, 0, 0]}]}}',
            r"mission\.items\.0\.doJumpId: is \{\} \(a number\)",
            id="a number that is none",
        ),
        pytest.param('{"fileType": "Plan", "x": NaN}', "a value no program could write", id="NaN"),
        pytest.param('{"fileType": "Plan", "x": 1e999}', "a value no program could write", id="infinite"),
        pytest.param('{"fileType": "Plan", "x": "\\ud800"}', "a value no program could write", id="half a character"),
        pytest.param('{"fileType": "Plan", "x": ' + "[" * 100_000, "JSON", id="nested without end"),
    ],
)
def test_what_is_no_plan_is_refused_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "f"
    file.write_text(text)
    with pytest.raises(InputError, match=message) as refusal:
        read_flight_paths(file)
    assert str(file) in str(refusal.value)


def test_a_line_of_another_program_keeps_its_datum(tmp_path: Path) -> None:
    text = (
        "<kml><Placemark><LineString><altitudeMode>MODE</altitudeMode>"
        "<coordinates>1,2,50 3,4,60</coordinates></LineString></Placemark></kml>"
    )
    for mode, above in (("absolute", AMSL), ("relativeToGround", AltitudeReference.TERRAIN)):
        (tmp_path / "line.kml").write_text(text.replace("MODE", mode))
        (path,) = read_flight_paths(tmp_path / "line.kml")
        assert _places(path) == [(2.0, 1.0, 50.0, above), (4.0, 3.0, 60.0, above)]
        assert path.notes == ("a line of another program: it says no home, speeds, take-off or return",)


def test_a_zipped_kml_is_read_as_its_kml(plan: Plan, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "plan.kmz", "w") as archive:
        archive.writestr("doc.kml", to_kml(plan))
    assert [path.name for path in read_flight_paths(tmp_path / "plan.kmz")] == ["sortie-1", "sortie-2"]


def _refusal(file: Path) -> str | None:
    try:
        read_flight_paths(file)
    except InputError as refusal:
        return str(refusal)
    return None


def _refusals(data: bytes, folder: Path) -> list[str]:
    """Return how ruins of a file are refused; what is read is none. Anything else fails the test."""
    file = folder / "ruin"
    said: list[str] = []
    for ruin in ruins(data):
        file.write_bytes(ruin)
        refusal = _refusal(file)
        if refusal is not None:
            assert refusal.startswith(str(file)), refusal
            assert "\n" not in refusal
            said.append(refusal)
    return said


SAMPLES = (
    *READ,
    "plans/mavsdk_qgroundcontrol_sample_with_digicam_control.plan",
    "plans/qgc_geofence_inclusion_exclusion.plan",
)


@pytest.mark.shared
@pytest.mark.parametrize("name", SAMPLES)
def test_200_ruins_of_a_real_file_are_read_or_refused(shared_data: Path, tmp_path: Path, name: str) -> None:
    assert _refusals((shared_data / "formats" / name).read_bytes(), tmp_path)


@pytest.mark.parametrize("form", ["own", "qgc", "wpl", "wpml", "kml", "gpx", "geojson"])
def test_200_ruins_of_a_file_of_ours_are_read_or_refused(plan: Plan, tmp_path: Path, form: str) -> None:
    save_plan(plan, tmp_path / "own")
    sortie = plan.sorties[0]
    written = {
        "own": (tmp_path / "own").read_bytes(),
        "qgc": to_qgc(plan, sortie).encode(),
        "wpl": to_wpl(plan, sortie).encode(),
        "wpml": to_wpml(plan, sortie),
        "kml": to_kml(plan),
        "gpx": to_gpx(plan),
        "geojson": to_geojson(plan).encode(),
    }
    assert _refusals(written[form], tmp_path)
