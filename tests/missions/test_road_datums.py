"""Datums of Chinese maps: brought to WGS84, hinted at by a file's own words, betrayed by a reference."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from geo import bd09_to_wgs84, gcj02_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02
from missions import InputError
from missions.roads import RoadNetwork, alignment, import_roads, load_network, save_network
from missions.roads.datums import Datum

Shift = Callable[[float, float], tuple[float, float]]
SHIFTS: dict[Datum, Shift] = {
    "wgs84": lambda lat, lon: (lat, lon),
    "gcj02": wgs84_to_gcj02,
    "bd09": wgs84_to_bd09,
}
CHINESE = ("beijing", "nanjing", "shenzhen")


def _moved(network: RoadNetwork, shift: Shift) -> RoadNetwork:
    roads = (
        replace(road, lat_lon_deg=np.array([shift(float(lat), float(lon)) for lat, lon in road.lat_lon_deg]))
        for road in network.roads
    )
    return RoadNetwork(roads=tuple(roads), source="moved")


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_file_of_a_shifted_datum_lands_on_wgs84(example_mission: Path, tmp_path: Path, datum: Datum) -> None:
    network = load_network(example_mission.parent / "roads.geojson")
    save_network(_moved(network, SHIFTS[datum]), tmp_path / "moved.geojson")
    again = load_network(tmp_path / "moved.geojson", datum=datum)
    for road, other in zip(network.roads, again.roads, strict=True):
        np.testing.assert_allclose(road.lat_lon_deg, other.lat_lon_deg, atol=1e-9)


@pytest.mark.shared
@pytest.mark.parametrize("city", CHINESE)
@pytest.mark.parametrize("drawn", ["wgs84", "gcj02", "bd09"])
@pytest.mark.parametrize("stated", ["wgs84", "gcj02", "bd09"])
def test_a_reference_tells_in_which_datum_a_citys_roads_are_drawn(
    shared_data: Path, city: str, drawn: Datum, stated: Datum
) -> None:
    truth = load_network(shared_data / "roads" / "1km" / city / "overpass.json")
    back: dict[Datum, Shift] = {"wgs84": SHIFTS["wgs84"], "gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}
    found = alignment(_moved(_moved(truth, SHIFTS[drawn]), back[stated]), truth, stated=stated)
    assert found.fits[0].datum == drawn
    assert found.shifted is (drawn != stated)
    assert (found.warning is None) is (drawn == stated)


@pytest.mark.shared
def test_a_part_of_a_town_is_recognised_in_the_whole(shared_data: Path) -> None:
    part = load_network(shared_data / "roads" / "wuhan_1km.geojson")
    whole = load_network(shared_data / "roads" / "wuhan_3km.geojson")
    assert not alignment(part, whole, stated="wgs84").shifted
    found = alignment(_moved(part, wgs84_to_gcj02), whole, stated="wgs84")
    assert found.warning is not None
    assert "look shifted: read as wgs84" in found.warning
    assert found.warning.endswith("(datum gcj02?)")


@pytest.mark.shared
def test_roads_of_another_drawing_fit_no_datum_and_of_another_town_are_refused(shared_data: Path) -> None:
    wuhan = load_network(shared_data / "roads" / "wuhan_1km.geojson")
    aside = _moved(wuhan, lambda lat, lon: (lat + 0.001, lon + 0.0013))
    found = alignment(aside, wuhan, stated="wgs84")
    assert not found.shifted
    assert found.warning is not None
    assert "in no datum" in found.warning
    beijing = load_network(shared_data / "roads" / "1km" / "beijing" / "overpass.json")
    with pytest.raises(InputError, match=r"overpass\.json: --against: has no road where .* has some"):
        alignment(wuhan, beijing, stated="wgs84")


@pytest.mark.parametrize(
    ("members", "datum", "hinted"),
    [
        pytest.param({"generator": "AMap JS API"}, "wgs84", "gcj02", id="amap"),
        pytest.param({"name": "高德地图导出"}, "wgs84", "gcj02", id="gaode"),
        pytest.param({"crs": {"type": "name", "properties": {"name": "GCJ02"}}}, "wgs84", "gcj02", id="crs"),
        pytest.param({"source": "百度地图"}, "gcj02", "bd09", id="baidu read as gcj02"),
        pytest.param({"generator": "AMap JS API"}, "gcj02", None, id="stated"),
        pytest.param({"generator": "overpass-turbo"}, "wgs84", None, id="another program"),
    ],
)
def test_a_file_that_names_a_shifting_map_service_warns_unless_the_datum_is_stated(
    example_mission: Path, tmp_path: Path, members: dict[str, object], datum: Datum, hinted: Datum | None
) -> None:
    data = json.loads((example_mission.parent / "roads.geojson").read_text(encoding="utf-8")) | members
    path = tmp_path / "roads.geojson"
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    warnings = import_roads(path, datum=datum).warnings
    assert len(warnings) == (hinted is not None)
    if hinted:
        assert f"is read as {datum}" in warnings[0]
        assert warnings[0].endswith(f"(datum {hinted}?)")


def test_outside_china_no_map_service_shifts_anything(tmp_path: Path) -> None:
    path = tmp_path / "roads.geojson"
    line = {"type": "LineString", "coordinates": [[13.4, 52.5], [13.41, 52.5]]}
    path.write_text(json.dumps({"generator": "AMap", **line}))
    assert import_roads(path).warnings == ()
