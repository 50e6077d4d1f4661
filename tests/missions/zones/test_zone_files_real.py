"""Every real zone file beside the project is read as its expected result says, or refused in one line with a place."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from shapely import Polygon, union_all
from shapely.geometry import shape

from missions import AltitudeReference, InputError, Zone
from missions.zones import area_m2, load_zones

pytestmark = pytest.mark.shared

AGL, AMSL = AltitudeReference.TERRAIN, AltitudeReference.AMSL
GROUND = (0.0, AGL)


def _drawn(zones: Sequence[Zone]) -> Polygon:
    return union_all([Polygon([(c.lon_deg, c.lat_deg) for c in zone.corners]) for zone in zones])


def _limits(zone: Zone) -> list[tuple[float, AltitudeReference] | None]:
    return [limit and (limit.metres, limit.above) for limit in (zone.lower, zone.upper)]


READ: Any = {
    "airway.txt": ("Axe 1", (2743.2, AMSL), (4267.2, AMSL), 59.5),
    "arc-angle-single-vx.txt": ("R-2903A STEVENS LAKE, FL", GROUND, (7010.095, AMSL), 227.8),
    "arc-cw-ccw.txt": ("TMA NICE partie 3", (762.0, AMSL), (5943.6, AMSL), 1591.5),
    "arc-first.txt": ("JENA 1 0800-2200 MON-FRI and BY NOTAM", (457.505, AGL), (1524.0, AMSL), 90.6),
    "check-limits-unit-conversion.txt": ("R3804C BY NOTAM", (5486.4, AMSL), (10668.0, AMSL), None),
    "circular.txt": ("ED-R3 Geesthacht H24", GROUND, (670.56, AMSL), 13.04),
    "in-output-openair.txt": ("PYRENNEES", GROUND, (304.8, AGL), None),
    "laser-beam.txt": ("Lampedusa(LaserBeam)", GROUND, None, 2.793e-5),
    "meter-altitude-unit.txt": ("22 Nord", (3000.0, AMSL), (4572.0, AMSL), None),
    "missing-AY.txt": ("LI-R64 Cuneo", (1066.8, AMSL), (9448.8, AMSL), None),
    "polygon.txt": ("ED-R10B Todendorf-Putlos MON-SAT+", GROUND, (12192.0, AMSL), None),
    "round-altitude-values.txt": ("22 Nord", (490.0, AMSL), (2743.2, AMSL), None),
    "self-intersecting.txt": ("PARC/RESERVE PYRENNEES 1000M/SOL", GROUND, (1000.0, AGL), 455.8),
    "skipped-tokens.txt": ("LED52B Ocaña: Daily HJ LELT TFC 123.375", (304.8, AGL), (2895.6, AMSL), None),
    "start-end-coordinates-not-equal.txt": ("RMZ Rochefort 119.3", GROUND, (609.6, AMSL), None),
    "version-2-warn-if-expired.txt": ("TMA Todendorf-Putlos", GROUND, (12192.0, AMSL), None),
}  # fmt: skip
"""Name, lower and upper limit, and the area in km² where it is not drawn with corners alone.

`missing-AY` lacks what only version 2 of the format has, and is whole as version 1.
"""
REFUSED: Any = {
    "activation-times-invalid.txt": (9, "ends before it begins"),
    "activation-times-invalid-with-none.txt": (9, "AA NONE .by NOTAM. stands beside other times"),
    "activation-times-invalid-with-none-none.txt": (8, "neither a beginning nor an end"),
    "ceiling-definitions-duplicate.txt": (4, "AL stands twice"),
    "coordinate-minutes-60.txt": (6, "is no position"),
    "empty-name.txt": (1, "lacks AN"),
    "flight-level-missing-number.txt": (6, "'FL' is no height"),
    "invalid-coordinates.txt": (14, "is no position"),
    "missing-ah-al.txt": (3, "lacks AL, AH"),
    "single-airspace-ag-but-missing-af.txt": (5, "AG names a station without a frequency"),
    "transponder-code-invalid.txt": (8, "AX 7891 is no transponder code"),
}


def _corners_in(path: Path) -> list[Any]:
    """The corners as a person reads them in the file, without the last where it is the first again."""
    rows = re.findall(r"^DP\s+(\d+):(\d+):(\d+) N\s+(\d+):(\d+):(\d+) ([EW])", path.read_text("utf-8"), re.MULTILINE)
    places = [
        (int(a) + int(b) / 60 + int(c) / 3600, (int(d) + int(e) / 60 + int(f) / 3600) * (-1 if side == "W" else 1))
        for a, b, c, d, e, f, side in rows
    ]
    return [pytest.approx(place, abs=1e-12) for place in (places[:-1] if places[0] == places[-1] else places)]


def test_no_openair_file_is_without_a_case(shared_data: Path) -> None:
    names = {path.name for path in (shared_data / "formats" / "airspace_openair").glob("*.txt")}
    assert names == READ.keys() | REFUSED.keys()


@pytest.mark.parametrize("name", READ)
def test_an_airspace_has_its_name_limits_and_area(shared_data: Path, name: str) -> None:
    found = load_zones(shared_data / "formats" / "airspace_openair" / name)
    called, lower, upper, km2 = READ[name]
    assert found.format == "OpenAir"
    assert {zone.name for zone in found.zones} == {called}
    assert _limits(found.zones[0]) == [lower, upper]
    if km2 is None:
        assert [(c.lat_deg, c.lon_deg) for c in found.zones[0].corners] == _corners_in(found.path)
    else:
        assert sum(area_m2(zone.corners) for zone in found.zones) / 1e6 == pytest.approx(km2, rel=0.006)


@pytest.mark.parametrize("name", REFUSED)
def test_a_broken_airspace_is_refused_with_its_line(shared_data: Path, name: str) -> None:
    path = shared_data / "formats" / "airspace_openair" / name
    line, words = REFUSED[name]
    with pytest.raises(InputError, match=rf"{name}:{line}: .*{words}") as caught:
        load_zones(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("arc-cw-ccw.txt", "arc-cw-ccw-result.json"),
        ("circular.txt", "circular-result.json"),
        ("self-intersecting.txt", "fixed-self-intersecting.json"),
    ],
)
def test_an_airspace_is_where_its_expected_result_has_it(shared_data: Path, name: str, result: str) -> None:
    folder = shared_data / "formats" / "airspace_openair"
    expected = shape(json.loads((folder / result).read_text(encoding="utf-8"))["features"][0]["geometry"])
    zones = load_zones(folder / name).zones
    assert _drawn(zones[:1]).symmetric_difference(expected).area < 0.005 * expected.area
    assert expected.difference(_drawn(zones)).area < 0.001 * expected.area  # the result is drawn on a sphere
    (said,) = load_zones(folder / result).zones
    assert (said.name, _limits(said)) == (zones[0].name, _limits(zones[0]))
    assert _drawn([said]).symmetric_difference(expected).area == pytest.approx(0, abs=1e-12)


def test_what_a_crossing_outline_encloses_beside_its_largest_part_is_kept_too(shared_data: Path) -> None:
    zones = load_zones(shared_data / "formats" / "airspace_openair" / "self-intersecting.txt").zones
    assert [zone.zone_id.rsplit("/", 1)[1] for zone in zones] == ["1", "2", "3"]
    areas = [_drawn([zone]).area for zone in zones]
    assert areas == sorted(areas, reverse=True)
    assert sum(areas[1:]) == pytest.approx(0.06 * areas[0], rel=0.05)


def test_times_of_an_airspace_are_its_own(shared_data: Path) -> None:
    (zone,) = load_zones(shared_data / "formats" / "airspace_openair" / "version-2-warn-if-expired.txt").zones
    spans = [(time.from_utc_s, time.until_utc_s) for time in zone.active]
    assert spans == [
        (1735732800.0, 1735736400.0), (1735740000.0, 1735743600.0), (None, 1738497600.0), (1741000800.0 - 1200, None),
    ]  # fmt: skip


def test_the_concert_the_airfield_and_the_park_of_ed269(shared_data: Path) -> None:
    found = load_zones(shared_data / "formats" / "geozones" / "interuss_che1_scenario.json")
    assert found.format == "ED-269"
    assert found.left_out == ("Gantrisch Nature Park: NO_RESTRICTION",)
    names = [zone.zone_id for zone in found.zones]
    assert len(set(names)) == 9
    concert, *field = found.zones[:4]
    (time,) = concert.active
    assert (time.days, time.day_from_s, time.day_until_s) == (("SAT", "SUN"), 61200.0, 86399.0)
    assert _limits(concert) == [GROUND, (6259.0, AMSL)]
    assert [zone.lower.metres for zone in field if zone.lower] == [0.0, 50.0, 100.0]
    assert _limits(found.zones[-1]) == [GROUND, (76.2, AGL)]  # 250 ft


def test_the_sample_of_ed269_with_nulls_and_numbers_in_quotes(shared_data: Path) -> None:
    (zone,) = load_zones(shared_data / "formats" / "geozones" / "interuss_ed269.json").zones
    assert (zone.zone_id, zone.name, len(zone.corners)) == ("LSXX", "LSXX City Sample", 4)
    assert _limits(zone) == [GROUND, None]
    assert zone.active == ()


def test_the_zones_of_ed318(shared_data: Path) -> None:
    found = load_zones(shared_data / "formats" / "geozones" / "interuss_ed318.json")
    assert found.format == "ED-318"
    assert [(zone.zone_id, zone.name, len(zone.corners)) for zone in found.zones] == [
        ("LSZB003", "LSZB Bern-Belp 2", 27),
        ("BLns058", "Protected natural object Langmatt", 17),
        ("LSTB002", found.zones[2].name, 8),
    ]
    assert [_limits(zone) for zone in found.zones] == [[(60.0, AGL), None], [GROUND, None], [GROUND, None]]


@pytest.mark.parametrize(
    ("name", "polygons"),
    [
        ("interuss_che_rid_zurich.kml", 10),
        ("interuss_test_invalid_no_accuracy_h.kml", 10),
        ("interuss_usa_netrid_dcdemo.kml", 13),
        ("qgc_polygon_good.kml", 1),
    ],
)
def test_every_polygon_of_a_kml_is_a_zone(shared_data: Path, name: str, polygons: int) -> None:
    path = shared_data / "formats" / "kml" / name
    assert path.read_text(encoding="utf-8").count("<Polygon>") == polygons
    found = load_zones(path)
    assert found.format == "KML"
    assert {zone.zone_id.split("/")[0] for zone in found.zones} == {zone.zone_id for zone in found.zones}
    assert len(found.zones) == polygons


def test_an_extruded_polygon_of_one_height_ends_there(shared_data: Path) -> None:
    zones = load_zones(shared_data / "formats" / "kml" / "interuss_che_rid_zurich.kml").zones
    assert [(zone.zone_id, _limits(zone)) for zone in zones[:3]] == [
        ("alt: Takeoff", [None, None]), ("alt: High", [None, (570.0, AMSL)]), ("alt: Low", [None, (478.0, AMSL)]),
    ]  # fmt: skip


def test_a_kml_that_is_no_xml_is_refused(shared_data: Path) -> None:
    with pytest.raises(InputError, match=r"qgc_polygon_bad_coordinates_node\.kml:1: is not whole XML"):
        load_zones(shared_data / "formats" / "kml" / "qgc_polygon_bad_coordinates_node.kml")


@pytest.mark.parametrize("name", ["wpml_waypoint.kmz", "wpml_mavic3_pilot2_seed.kmz"])
def test_a_flight_plan_in_a_kmz_holds_no_zones(shared_data: Path, name: str) -> None:
    with pytest.raises(InputError, match=rf"{name}: holds no areas to keep out of, only \d x Point"):
        load_zones(shared_data / "formats" / "kmz" / name)
