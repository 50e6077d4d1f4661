"""Importing small road files written down here."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geo import wgs84_to_gcj02
from missions import InputError
from missions.roads import import_roads, load_network

Place = tuple[float, float]


def _feature(places: list[Place], **properties: object) -> dict[str, Any]:
    """A line given as latitude, longitude."""
    geometry = {"type": "LineString", "coordinates": [[lon, lat] for lat, lon in places]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _geojson(tmp_path: Path, *features: dict[str, Any], **members: object) -> Path:
    path = tmp_path / "roads.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **members}), encoding="utf-8")
    return path


def _overpass(tmp_path: Path, *elements: dict[str, Any], **members: object) -> Path:
    path = tmp_path / "overpass.json"
    path.write_text(json.dumps({"version": 0.6, "elements": elements, **members}), encoding="utf-8")
    return path


def _write(tmp_path: Path, name: str, content: bytes) -> Path:
    (tmp_path / name).write_bytes(content)
    return tmp_path / name


NODES = [{"type": "node", "id": n, "lat": 30.0 + n / 1000, "lon": 114.0} for n in range(1, 6)]


def test_the_example_network_has_its_six_roads(example_mission: Path) -> None:
    network = load_network(example_mission.parent / "roads.geojson")
    assert [road.road_id for road in network.roads] == [
        "avenue-west",
        "avenue-mid",
        "avenue-east",
        "guanggu-3",
        "jiayuan",
        "lane-north",
    ]
    west, mid = network.roads[:2]
    assert west.node_ids[-1] == mid.node_ids[0]
    assert (west.name, west.road_class, west.lanes, west.oneway) == ("高新大道 Gaoxin Avenue", "primary", 6, False)


def test_a_line_is_cut_where_another_ends_on_one_of_its_points(tmp_path: Path) -> None:
    through = _feature([(30.0, 114.0), (30.0, 114.001), (30.0, 114.002)], id="through")
    side = _feature([(30.001, 114.001), (30.0, 114.001)], id="side")
    roads = load_network(_geojson(tmp_path, through, side)).roads
    assert [road.road_id for road in roads] == ["through-1", "through-2", "side"]
    assert roads[0].node_ids[-1] == roads[1].node_ids[0] == roads[2].node_ids[-1]


def test_lines_that_cross_without_a_common_point_are_a_bridge(tmp_path: Path) -> None:
    east = _feature([(30.0, 114.0), (30.0, 114.002)])
    north = _feature([(29.999, 114.001), (30.001, 114.001)])
    roads = load_network(_geojson(tmp_path, east, north)).roads
    assert len(roads) == 2
    assert not set(roads[0].node_ids) & set(roads[1].node_ids)


def test_points_meet_to_the_seventh_decimal(tmp_path: Path) -> None:
    one = _feature([(30.0, 114.0), (30.0, 114.00100000001)])
    two = _feature([(30.0, 114.00099999999), (30.001, 114.001)])
    roads = load_network(_geojson(tmp_path, one, two)).roads
    assert roads[0].node_ids[-1] == roads[1].node_ids[0]
    np.testing.assert_array_equal(roads[0].lat_lon_deg[-1], roads[1].lat_lon_deg[0])


def test_a_ring_stays_one_road_and_a_figure_of_eight_becomes_two(tmp_path: Path) -> None:
    centre = (30.0, 114.0)
    ring = [(30.01, 114.0), (30.01, 114.001), (30.011, 114.0), (30.01, 114.0)]
    eight = [
        centre, (30.001, 114.0), (30.001, 114.001), centre, (29.999, 114.0), (29.999, 113.999), centre,
    ]  # fmt: skip
    roads = load_network(_geojson(tmp_path, _feature(ring, id="ring"), _feature(eight, id="eight"))).roads
    assert [road.road_id for road in roads] == ["ring", "eight-1", "eight-2"]


def test_a_road_drawn_twice_is_one_road_and_keeps_its_name(tmp_path: Path) -> None:
    places: list[Place] = [(30.0, 114.0), (30.0, 114.001)]
    path = _geojson(tmp_path, _feature(places, id="a"), _feature(places[::-1], id="b", name="Named"))
    found = import_roads(path)
    assert [(road.road_id, road.name) for road in found.network.roads] == [("b", "Named")]
    assert found.dropped == {"drawn twice": 1}


def test_equal_ids_are_told_apart(tmp_path: Path) -> None:
    path = _geojson(tmp_path, _feature([(30, 114), (30, 114.1)], id="a"), _feature([(31, 114), (31, 114.1)], id="a"))
    assert [road.road_id for road in load_network(path).roads] == ["a", "a~2"]


def test_what_carries_no_traffic_is_left_out_and_counted(tmp_path: Path) -> None:
    places: list[Place] = [(30.0, 114.0), (30.0, 114.001)]
    site, road = _feature(places, highway="construction"), _feature([(31.0, 114.0), (31.0, 114.1)], highway="primary")
    found = import_roads(_geojson(tmp_path, site, road))
    assert [road.road_class for road in found.network.roads] == ["primary"]
    assert found.dropped == {"not a road (construction)": 1}
    with pytest.raises(InputError, match=r"holds no roads \(found only 1 x not a road \(construction\)\)"):
        load_network(_geojson(tmp_path, site))


def test_features_that_are_no_lines_are_counted_beside_lines(tmp_path: Path) -> None:
    crossing = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [114, 30]}}
    bare = {"type": "Feature", "properties": None, "geometry": None}
    dot = _feature([(30.0, 114.0), (30.0, 114.0)])
    found = import_roads(_geojson(tmp_path, crossing, bare, dot, _feature([(30.0, 114.0), (30.0, 114.1)])))
    assert len(found.network.roads) == 1
    assert found.dropped == {"not a line (Point)": 1, "not a line (no geometry)": 1, "only one point": 1}


def test_parts_of_a_multi_line_become_roads(tmp_path: Path) -> None:
    lines = [[[114.0, 30.0], [114.1, 30.0]], [[114.0, 31.0], [114.1, 31.0, 42.0]]]
    feature = {
        "type": "Feature",
        "id": 7,
        "properties": {"name": ["A", "B"], "lanes": ["3", "4"]},
        "geometry": {"type": "MultiLineString", "coordinates": lines},
    }
    roads = load_network(_geojson(tmp_path, feature)).roads
    assert [(road.road_id, road.name, road.lanes) for road in roads] == [("7/1", "A", 3), ("7/2", "A", 3)]


def test_a_file_drawn_on_a_chinese_map_lands_on_wgs84(tmp_path: Path) -> None:
    truth = [(30.4573, 114.4127505), (30.4588335, 114.4126256)]
    roads = load_network(_geojson(tmp_path, _feature([wgs84_to_gcj02(*place) for place in truth])), datum="gcj02").roads
    np.testing.assert_allclose(roads[0].lat_lon_deg, truth, atol=1e-9)


def test_overpass_answers_with_geometry_need_no_nodes(tmp_path: Path) -> None:
    way = {
        "type": "way",
        "id": 5,
        "nodes": [1, 2, 3, 4, 5],
        "geometry": [{"lat": 30.0, "lon": 114.0}, {"lat": 30.001, "lon": 114.0}, None, *NODES[3:]],
        "tags": {"highway": "residential", "name": "光谷三路", "lanes": "2;3", "oneway": "-1"},
    }
    found = import_roads(_overpass(tmp_path, way))
    assert [(r.road_id, r.node_ids, r.oneway, r.lanes) for r in found.network.roads] == [
        ("5/1", ("2", "1"), True, None),
        ("5/2", ("5", "4"), True, None),
    ]
    assert found.dropped == {"points without a place": 1}


def test_overpass_answers_with_tags_give_roads_and_leave_out_houses(tmp_path: Path) -> None:
    road = {"type": "way", "id": 1, "nodes": [1, 2], "tags": {"highway": "tertiary", "junction": "roundabout"}}
    house = {"type": "way", "id": 2, "nodes": [3, 4, 5, 3], "tags": {"building": "yes"}}
    found = import_roads(_overpass(tmp_path, *NODES, road, house))
    assert [(r.road_id, r.oneway) for r in found.network.roads] == [("1", True)]
    assert found.dropped == {"not a road (no highway tag)": 1}


def test_osm_xml_with_its_axes_swapped_is_refused(tmp_path: Path) -> None:
    nodes = "".join(f'<node id="{n["id"]}" lat="{n["lon"]}" lon="{n["lat"]}"/>' for n in NODES)
    way = '<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="service"/></way>'
    path = _write(tmp_path, "a.osm", f'<osm version="0.6">{nodes}{way}</osm>'.encode())
    with pytest.raises(InputError, match=r"axes look swapped: way 1 has latitude 114 \(exchange"):
        load_network(path)


def test_osm_xml_marks_motorways_and_reversed_ways(tmp_path: Path) -> None:
    nodes = "".join(f'<node id="{n["id"]}" lat="{n["lat"]}" lon="{n["lon"]}"/>' for n in NODES)
    ways = (
        '<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="99"/><tag k="highway" v="motorway"/></way>'
        '<way id="2"><nd ref="3"/><nd ref="4"/><tag k="highway" v="service"/><tag k="oneway" v="-1"/>'
        '<tag k="lanes" v="2"/></way><way id="3"><nd ref="3"/><nd ref="5"/><tag k="waterway" v="river"/></way>'
    )
    found = import_roads(_write(tmp_path, "a.osm", f'<osm version="0.6">{nodes}{ways}</osm>'.encode()))
    facts = [(r.road_id, r.road_class, r.node_ids, r.oneway, r.lanes) for r in found.network.roads]
    assert facts == [("1", "motorway", ("1", "2"), True, None), ("2", "service", ("4", "3"), True, 2)]
    assert found.dropped == {"points without a place": 1}
