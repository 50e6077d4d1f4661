"""Real road files: every city, every format."""

import bz2
import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import osmium
import pytest

from missions import GeoPoint, InputError
from missions.roads import Road, RoadIndex, RoadNetwork, import_roads, load_network, save_network
from missions.roads_section import KeepRoads

pytestmark = pytest.mark.shared
Place = tuple[float, float]

CITIES = [
    "ahmedabad", "bangkok", "beijing", "bogota", "cairo", "chennai", "delhi", "dongguan", "hangzhou", "hong_kong",
    "istanbul", "karachi", "kolkata", "lagos", "lima", "luanda", "mexico_city", "mumbai", "nagoya", "nanjing", "osaka",
    "rio_de_janeiro", "seoul", "shenzhen", "wuhan",
]  # fmt: skip


def _pieces(network: RoadNetwork) -> set[frozenset[Place]]:
    """Every straight piece as its two ends: Chennai's file has two nodes at one place, which become one."""
    return {frozenset(map(_place, pair)) for road in network.roads for pair in pairwise(road.lat_lon_deg.tolist())}


def _place(lat_lon_deg: Sequence[float | str]) -> Place:
    return round(float(lat_lon_deg[0]), 7), round(float(lat_lon_deg[1]), 7)


def _length_m(network: RoadNetwork) -> float:
    return float(RoadIndex(network).lengths_m.sum())


def _facts(road: Road) -> tuple[object, ...]:
    return (
        road.road_id,
        road.name,
        road.road_class,
        road.oneway,
        road.lanes,
        road.node_ids,
        road.lat_lon_deg.tolist(),
    )


@pytest.mark.parametrize("city", CITIES)
def test_a_citys_overpass_answer_has_the_edges_its_dataset_lists(shared_data: Path, city: str) -> None:
    folder = shared_data / "roads" / "1km" / city
    rows = [row.split() for row in (folder / "edges.txt").read_text().splitlines() if row.strip()]
    places = {row.split()[0]: row.split()[1:5] for row in (folder / "nodes.txt").read_text().splitlines()}
    listed_m = sum(math.dist(map(float, places[a][:2]), map(float, places[b][:2])) for a, b in rows)
    network = load_network(folder / "overpass.json")
    assert _pieces(network) == {frozenset(_place(places[node][2:]) for node in row) for row in rows}
    assert _length_m(network) == pytest.approx(listed_m, rel=2e-3)


def test_roads_run_between_junctions_and_have_ids_of_their_own(shared_data: Path) -> None:
    network = load_network(shared_data / "roads" / "osm-xml" / "rio.osm")
    ends = {end for road in network.roads for end in (road.node_ids[0], road.node_ids[-1])}
    assert not any(node in ends for road in network.roads for node in road.node_ids[1:-1])
    assert len({road.road_id for road in network.roads}) == len(network.roads)
    assert all(len(road.node_ids) == len(road.lat_lon_deg) >= 2 for road in network.roads)


def test_rios_xml_keeps_classes_names_lanes_and_directions(shared_data: Path) -> None:
    network = load_network(shared_data / "roads" / "osm-xml" / "rio.osm")
    assert {"residential", "footway", "secondary", "steps"} <= {road.road_class for road in network.roads}
    volunteers = [road for road in network.roads if road.name == "Rua Voluntários da Pátria"]
    assert volunteers
    assert all(road.oneway and road.road_class == "secondary" for road in volunteers)
    assert {road.lanes for road in volunteers} == {3, None}


@pytest.mark.parametrize(("name", "least"), [("naples.osm", 800), ("west-oakland.osm.bz2", 60), ("rio.osm", 500)])
def test_osm_extracts_are_read(shared_data: Path, name: str, least: int) -> None:
    assert len(load_network(shared_data / "roads" / "osm-xml" / name).roads) >= least


def test_pbf_bzip2_and_gzip_give_the_roads_of_the_xml(shared_data: Path, tmp_path: Path) -> None:
    xml = shared_data / "roads" / "osm-xml" / "rio.osm"
    pbf, packed = tmp_path / "rio.osm.pbf", tmp_path / "named-without-its-type"
    writer = osmium.SimpleWriter(str(pbf))
    for entity in osmium.FileProcessor(str(xml)):
        writer.add(entity)
    writer.close()
    packed.write_bytes(bz2.compress(xml.read_bytes(), 1))
    wanted = [_facts(road) for road in load_network(xml).roads]
    assert [_facts(road) for road in load_network(pbf).roads] == wanted
    assert [_facts(road) for road in load_network(packed).roads] == wanted


@pytest.mark.parametrize("cut", [0.01, 0.5, 0.99])
def test_a_pbf_that_breaks_off_is_refused(shared_data: Path, tmp_path: Path, cut: float) -> None:
    whole, part = tmp_path / "whole.osm.pbf", tmp_path / "part.osm.pbf"
    writer = osmium.SimpleWriter(str(whole))
    for entity in osmium.FileProcessor(str(shared_data / "roads" / "osm-xml" / "west-oakland.osm.bz2")):
        writer.add(entity)
    writer.close()
    data = whole.read_bytes()
    part.write_bytes(data[: int(len(data) * cut)])
    with pytest.raises(InputError, match=r"part\.osm\.pbf.*(breaks off|no road file)"):
        load_network(part)


@pytest.mark.parametrize("name", ["rio.osm", "west-oakland.osm.bz2"])
def test_an_osm_file_that_breaks_off_is_refused(shared_data: Path, tmp_path: Path, name: str) -> None:
    part = tmp_path / name
    data = (shared_data / "roads" / "osm-xml" / name).read_bytes()
    part.write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match="breaks off or is damaged"):
        load_network(part)


@pytest.mark.parametrize("name", ["1km/wuhan/overpass.json", "wuhan_1km.geojson"])
def test_json_that_breaks_off_is_refused_with_its_line(shared_data: Path, tmp_path: Path, name: str) -> None:
    part = tmp_path / "part.json"
    part.write_bytes((shared_data / "roads" / name).read_bytes()[:9000])
    with pytest.raises(InputError, match=r"part\.json:1: is not whole JSON"):
        load_network(part)


def test_wuhans_geojson_is_the_network_of_its_overpass_answer(shared_data: Path) -> None:
    lines = load_network(shared_data / "roads" / "wuhan_1km.geojson")
    answer = load_network(shared_data / "roads" / "1km" / "wuhan" / "overpass.json")
    assert _length_m(lines) == pytest.approx(_length_m(answer), rel=1e-9)
    assert len(lines.roads) == len(answer.roads)
    assert {road.road_class for road in lines.roads} == {"road"}


def test_the_larger_wuhan_network_is_read_whole(shared_data: Path) -> None:
    found = import_roads(shared_data / "roads" / "wuhan_3km.geojson")
    assert found.lines_read == 703
    assert _length_m(found.network) == pytest.approx(50166, abs=5)


@pytest.mark.parametrize("name", ["roads/osm-xml/rio.osm", "roads/wuhan_1km.geojson"])
def test_saved_roads_come_back_as_they_were(shared_data: Path, tmp_path: Path, name: str) -> None:
    network = load_network(shared_data / name)
    save_network(network, tmp_path / "roads.geojson")
    again = load_network(tmp_path / "roads.geojson")
    assert [_facts(road) for road in again.roads] == [_facts(road) for road in network.roads]
    assert [entry.name for entry in tmp_path.iterdir()] == ["roads.geojson"]


def test_kept_roads_have_the_ids_they_have_in_the_whole_network(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "roads" / "osm-xml" / "rio.osm"
    whole = {road.road_id: _facts(road) for road in load_network(path).roads}
    kept = load_network(path, keep=KeepRoads(classes=("secondary", "tertiary"), named_only=True))
    assert 0 < len(kept.roads) < len(whole)
    assert all(whole[road.road_id] == _facts(road) for road in kept.roads)
    save_network(kept, tmp_path / "kept.geojson")
    again = load_network(tmp_path / "kept.geojson")
    assert [_facts(road) for road in again.roads] == [_facts(road) for road in kept.roads]


def test_keeping_a_class_that_is_not_there_names_those_that_are(shared_data: Path) -> None:
    with pytest.raises(InputError, match=r"rio\.osm: no road of class motorway in it \(it has residential \d+"):
        load_network(shared_data / "roads" / "osm-xml" / "rio.osm", keep=KeepRoads(classes=("motorway",)))


def test_keeping_named_roads_of_a_file_without_names_says_so(shared_data: Path) -> None:
    with pytest.raises(InputError, match="no road in it has a name"):
        load_network(shared_data / "roads" / "wuhan_1km.geojson", keep=KeepRoads(named_only=True))


def test_wuhan_with_its_axes_swapped_is_refused_without_help(shared_data: Path, tmp_path: Path) -> None:
    import json

    data = json.loads((shared_data / "roads" / "wuhan_1km.geojson").read_text())
    for feature in data["features"]:
        feature["geometry"]["coordinates"] = [place[::-1] for place in feature["geometry"]["coordinates"]]
    (tmp_path / "swapped.geojson").write_text(json.dumps(data))
    with pytest.raises(InputError, match=r"axes look swapped: feature 0 \(27619530\) has latitude 114\.333"):
        load_network(tmp_path / "swapped.geojson")


def test_rio_with_its_axes_swapped_is_refused_once_the_dock_is_known(shared_data: Path, tmp_path: Path) -> None:
    import json

    save_network(load_network(shared_data / "roads" / "osm-xml" / "rio.osm"), tmp_path / "rio.geojson")
    data = json.loads((tmp_path / "rio.geojson").read_text())
    for feature in data["features"]:
        feature["geometry"]["coordinates"] = [place[::-1] for place in feature["geometry"]["coordinates"]]
    (tmp_path / "swapped.geojson").write_text(json.dumps(data))
    dock = GeoPoint(lat_deg=-22.953, lon_deg=-43.19)
    assert load_network(tmp_path / "rio.geojson", near=dock).roads
    with pytest.raises(InputError, match=r"axes look swapped: the roads lie \d+ km from the dock"):
        load_network(tmp_path / "swapped.geojson", near=dock)
    with pytest.raises(InputError, match=r"the roads lie \d+ km from the dock at 52,13 \(another road file"):
        load_network(tmp_path / "rio.geojson", near=GeoPoint(lat_deg=52, lon_deg=13))
