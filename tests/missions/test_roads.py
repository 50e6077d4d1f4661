"""Importing small road files written down here."""

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import wgs84_to_gcj02
from missions import InputError
from missions.mission import KeepRoads
from missions.roads import Road, RoadNetwork, import_roads, load_network, save_network
from missions.roads.keep import kept_roads

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


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("a.geojson", b"", "is empty", id="empty"),
        pytest.param("a.osm", b" \n ", "is empty", id="blank"),
        pytest.param("a.png", b"\x89PNG\r\n\x1a\n", "no road file of a known type", id="a picture"),
        pytest.param("a.osm", b"<html><body>429</body></html>", "no road file of a known type", id="a web page"),
        pytest.param("a.osm", b'<osm version="0.6"></osm>', "holds no roads", id="osm without ways"),
        pytest.param("a.osm", b'<osm version="0.6"><node id="1"', ":1: breaks off or is damaged", id="cut xml"),
        pytest.param("a.json", b"[1, 2]", "is a list, not an object", id="a list"),
        pytest.param("a.json", b'{"a": 1}', "is JSON, but no road file", id="other json"),
        pytest.param("a.json", b'{"type":\n"Feat', ":2: is not whole JSON", id="cut json"),
        pytest.param("a.json", b'{"name": "\xff"}', "is not UTF-8", id="not utf-8"),
        pytest.param("a.json", b'{"a":' * 100_000, "is nested too deeply|is not whole JSON", id="nested"),
        pytest.param("a.json", b'{"elements": []}', "elements: holds no elements", id="no elements"),
        pytest.param("a.json", b'{"elements": 3}', "elements: is not a list", id="elements of another type"),
        pytest.param(
            "a.json", b'{"elements": [{"type": "node", "id": 1}]}', "elements.0: needs lat and lon", id="bare node"
        ),
        pytest.param("a.json", b'{"elements": [{"type": "way"}]}', "holds no roads", id="bare way"),
        pytest.param(
            "a.json", b'{"elements": [{"type": "node", "lat": 1, "lon": 2}]}', "elements.0: needs an id", id="no id"
        ),
        pytest.param(
            "a.json", b'{"elements": [{"type": "way", "tags": "x"}]}', "elements.0: tags is no dict", id="tags"
        ),
        pytest.param("a.json", b'{"type": "FeatureCollection", "features": []}', "holds no features", id="no features"),
        pytest.param(
            "a.json",
            b'{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}',
            "holds no lines, but 1 Polygon",
            id="an area",
        ),
        pytest.param(
            "a.json",
            b'{"type": "LineString", "coordinates": [["a", 1], [2, 3]]}',
            r"features\.0\.geometry\.coordinates: are not positions",
            id="words for numbers",
        ),
        pytest.param(
            "a.json",
            b'{"type": "LineString", "coordinates": [[1, NaN], [2, 3]]}',
            r"feature 0 .* not a finite number",
            id="not a number",
        ),
        pytest.param(
            "a.json",
            b'{"type": "LineString", "coordinates": [[12736000, 3563000], [12736100, 3563000]]}',
            r"not degrees \(reproject",
            id="metres",
        ),
        pytest.param(
            "a.json",
            b'{"type": "MultiLineString", "coordinates": [[[114, 30], [114.1, 30]], [[114, 91], [114, 91.1]]]}',
            "has latitude 91, longitude 114 .latitude -90..90",
            id="one point out of range",
        ),
        pytest.param(
            "a.json",
            b'{"type": "LineString", "coordinates": [[114, 30], [0, 0]]}',
            "jumps 1[0-9]+ km between two points",
            id="a jump to 0, 0",
        ),
        pytest.param(
            "a.json",
            b'{"type": "Feature", "properties": {"node_ids": [1]}, '
            b'"geometry": {"type": "LineString", "coordinates": [[1, 2], [2, 3]]}}',
            "node_ids: do not match the positions .a list of 2 ids",
            id="too few node ids",
        ),
        pytest.param(
            "a.json",
            b'{"type": "FeatureCollection", "crs": {"properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}, '
            b'"features": [{}]}',
            "crs: is in urn:ogc:def:crs:EPSG::3857",
            id="another projection",
        ),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_in_one_line(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        load_network(_write(tmp_path, name, content))
    assert "\n" not in str(caught.value)
    assert str(tmp_path / name) in str(caught.value)


def test_a_file_that_is_not_there_and_a_datum_nobody_knows(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.osm: cannot be read: No such file"):
        load_network(tmp_path / "none.osm")
    with pytest.raises(InputError, match="datum: unknown datum 'bd09'"):
        load_network(tmp_path / "none.osm", datum="bd09")  # type: ignore[arg-type]


@given(content=st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_roads_or_a_clear_refusal(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    try:
        network = load_network(_write(tmp_path_factory.getbasetemp(), "any", content))
    except InputError:
        return
    assert network.roads


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(-200, 200) | st.integers(1, 3) | st.sampled_from(["", "1", "yes", "way"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["type", "coordinates", "highway", "id", "name", "lat", "lon"]), inner)
    ),
    max_leaves=8,
)
_PLACES = st.lists(st.lists(st.floats(-90, 90), min_size=2, max_size=2) | _JSON, max_size=4)
_ELEMENT = st.fixed_dictionaries(
    {"type": st.sampled_from(["node", "way"])},
    optional={
        "id": st.integers(1, 3) | _JSON,
        "lat": st.floats(-90, 90) | _JSON,
        "lon": st.floats(-90, 90) | _JSON,
        "nodes": st.lists(st.integers(1, 3), max_size=4) | _JSON,
        "tags": st.dictionaries(st.sampled_from(["highway", "oneway", "lanes"]), _JSON) | _JSON,
        "geometry": _JSON,
    },
)
_FEATURE = st.fixed_dictionaries(
    {"type": st.just("Feature")},
    optional={
        "geometry": st.fixed_dictionaries(
            {"type": st.sampled_from(["LineString", "MultiLineString"]), "coordinates": _PLACES | _JSON}
        )
        | _JSON,
        "properties": st.dictionaries(st.sampled_from(["id", "lanes", "oneway", "node_ids", "highway"]), _JSON) | _JSON,
    },
)


@given(
    rows=st.tuples(st.just("features"), st.lists(_FEATURE, max_size=3))
    | st.tuples(st.just("elements"), st.lists(_ELEMENT, max_size=5))
)
@settings(max_examples=150, deadline=None)
def test_any_json_is_roads_or_a_clear_refusal(
    tmp_path_factory: pytest.TempPathFactory, rows: tuple[str, list[object]]
) -> None:
    text = json.dumps({"type": "FeatureCollection", rows[0]: rows[1]})
    try:
        network = load_network(_write(tmp_path_factory.getbasetemp(), "any.json", text.encode()))
    except InputError:
        return
    assert network.roads


def _network(lines: list[list[Place]]) -> RoadNetwork:
    return RoadNetwork(
        roads=tuple(
            Road(
                road_id=f"r{number}",
                name="",
                road_class="road",
                oneway=False,
                lanes=None,
                node_ids=tuple(f"{number}/{index}" for index in range(len(line))),
                lat_lon_deg=np.array(line, float),
            )
            for number, line in enumerate(lines)
        ),
        source="here",
    )


_LINES = st.lists(
    st.lists(st.tuples(st.floats(30.0, 30.01), st.floats(114.0, 114.01)), min_size=2, max_size=6),
    min_size=1,
    max_size=4,
)


@given(lines=_LINES)
@settings(max_examples=60, deadline=None)
def test_any_network_survives_saving(tmp_path_factory: pytest.TempPathFactory, lines: list[list[Place]]) -> None:
    network = _network(lines)
    path = tmp_path_factory.getbasetemp() / "saved.geojson"
    save_network(network, path)
    again = load_network(path)
    assert [road.road_id for road in again.roads] == [road.road_id for road in network.roads]
    for road, other in zip(network.roads, again.roads, strict=True):
        assert road.node_ids == other.node_ids
        np.testing.assert_array_equal(road.lat_lon_deg, other.lat_lon_deg)


@given(lines=_LINES)
@settings(max_examples=150, deadline=None)
def test_a_box_cuts_roads_as_shapely_does(lines: list[list[Place]]) -> None:
    box = (30.002, 114.002, 30.008, 114.008)
    clipped = [shapely.clip_by_rect(shapely.LineString(line), *box) for line in lines]
    wanted_m = sum(part.length for part in clipped)
    try:
        kept = kept_roads(_network(lines).roads, KeepRoads(bbox=box), file=Path("here"), dropped=Counter())
    except InputError:
        assert wanted_m < 1e-9
        return
    pieces = [shapely.LineString(road.lat_lon_deg) for road in kept]
    assert math.isclose(sum(piece.length for piece in pieces), wanted_m, abs_tol=1e-9)
    assert all(len(road.node_ids) == len(road.lat_lon_deg) for road in kept)
    inside = shapely.box(box[0] - 1e-9, box[1] - 1e-9, box[2] + 1e-9, box[3] + 1e-9)
    assert all(inside.covers(piece) for piece in pieces)


def test_a_road_that_leaves_the_box_and_returns_becomes_two() -> None:
    network = _network([[(30.0, 114.0), (30.0, 114.02), (30.001, 114.02), (30.001, 114.0)]])
    dropped: Counter[str] = Counter()
    kept = kept_roads(network.roads, KeepRoads(bbox=(29.9, 113.9, 30.1, 114.01)), file=Path("here"), dropped=dropped)
    assert [(road.road_id, road.node_ids) for road in kept] == [
        ("r0|1", ("0/0", "cut:30.0000000,114.0100000")),
        ("r0|2", ("cut:30.0010000,114.0100000", "0/3")),
    ]


@pytest.mark.parametrize(
    ("keep", "message"),
    [
        pytest.param(KeepRoads(names=("Elm",)), r"no road named Elm is left \(it has 佳园路", id="name"),
        pytest.param(KeepRoads(bbox=(0, 0, 1, 1)), r"no road is left after keep \(its roads span 30", id="box"),
        pytest.param(KeepRoads(bbox=(31, 114, 30, 115)), "holds nothing .south, west, north, east", id="upside down"),
        pytest.param(KeepRoads(classes=("Primary",)), r"no road of class Primary in it \(it has primary 3", id="case"),
    ],
)
def test_keeping_nothing_says_what_there_is(example_mission: Path, keep: KeepRoads, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_network(example_mission.parent / "roads.geojson", keep=keep)


def test_names_are_matched_without_regard_to_case(example_mission: Path) -> None:
    keep = KeepRoads(names=("高新大道 GAOXIN avenue",))
    assert len(load_network(example_mission.parent / "roads.geojson", keep=keep).roads) == 3


def test_a_network_is_saved_whole_or_not_at_all(example_mission: Path, tmp_path: Path) -> None:
    network = load_network(example_mission.parent / "roads.geojson")
    with pytest.raises(InputError, match="cannot be written: No such file or directory"):
        save_network(network, tmp_path / "absent" / "roads.geojson")
    (tmp_path / "folder.geojson").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        save_network(network, tmp_path / "folder.geojson")
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder.geojson"]
