"""Walking distances against a graph made of every single drawn point."""

from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from missions import GeoPoint
from missions.roads import Road, RoadIndex, RoadNetwork, WalkingGraph, load_network, nearest_road


def _point(lat_lon: np.ndarray) -> GeoPoint:
    return GeoPoint(lat_deg=float(lat_lon[0]), lon_deg=float(lat_lon[1]))


def _length_m(network: RoadNetwork, route: tuple[GeoPoint, ...]) -> float:
    places = network.frame.geodetic_to_enu([p.lat_deg for p in route], [p.lon_deg for p in route])[:, :2]
    return float(np.linalg.norm(np.diff(places, axis=0), axis=1).sum())


def _graph_of_points(network: RoadNetwork) -> "nx.Graph[str]":
    index = RoadIndex(network)
    graph: nx.Graph[str] = nx.Graph()
    for road, line in zip(network.roads, index.lines_m, strict=True):
        for (a, b), metres in zip(pairwise(road.node_ids), np.linalg.norm(np.diff(line, axis=0), axis=1), strict=True):
            graph.add_edge(a, b, weight=min(float(metres), graph.get_edge_data(a, b, {"weight": np.inf})["weight"]))
    return graph


def _connected(network: RoadNetwork) -> RoadNetwork:
    """The largest part of the network whose roads all reach each other."""
    nodes = max(nx.connected_components(_graph_of_points(network)), key=len)
    return RoadNetwork(roads=tuple(road for road in network.roads if road.node_ids[0] in nodes), source="largest part")


@pytest.fixture(scope="module")
def rio(shared_data: Path) -> RoadNetwork:
    return _connected(load_network(shared_data / "roads" / "osm-xml" / "rio.osm"))


@pytest.fixture
def example(example_mission: Path) -> RoadNetwork:
    return load_network(example_mission.parent / "roads.geojson")


@pytest.mark.shared
def test_distances_between_drawn_points_are_those_of_the_graph_of_all_points(rio: RoadNetwork) -> None:
    graph, walking = _graph_of_points(rio), WalkingGraph(rio)
    places = {n: p for road in rio.roads for n, p in zip(road.node_ids, road.lat_lon_deg, strict=True)}
    rng = np.random.default_rng(3)
    names = sorted(places)
    for start in rng.choice(names, 8, replace=False):
        metres = nx.single_source_dijkstra_path_length(graph, start)
        for end in rng.choice(names, 12, replace=False):
            a, b = _point(places[start]), _point(places[end])
            assert walking.distance_m(a, b) == pytest.approx(metres[end], abs=1e-3)
            assert _length_m(rio, walking.route(a, b)) == pytest.approx(metres[end], abs=0.05)


@pytest.mark.shared
def test_any_two_places_are_as_far_in_both_directions_and_never_nearer_than_straight(rio: RoadNetwork) -> None:
    walking, rng = WalkingGraph(rio), np.random.default_rng(5)
    south, west, north, east = rio.bounds_deg
    for _ in range(60):
        a, b = (_point(rng.uniform((south, west), (north, east))) for _ in range(2))
        there, back = walking.distance_m(a, b), walking.distance_m(b, a)
        assert there is not None
        assert there == pytest.approx(back, abs=1e-6)
        assert there >= _length_m(rio, (a, b)) - 1e-6
        route = walking.route(a, b)
        assert (route[0], route[-1]) == (a, b)
        assert _length_m(rio, route) == pytest.approx(there, abs=0.05)


def test_a_walk_along_one_road_counts_the_bits_on_and_off(example: RoadNetwork) -> None:
    walking, frame = WalkingGraph(example), example.frame
    west, east = example.roads[0].lat_lon_deg
    a_enu, b_enu = frame.geodetic_to_enu(*west)[0], frame.geodetic_to_enu(*east)[0]
    along = (b_enu - a_enu) / np.linalg.norm(b_enu - a_enu)
    left = np.array([-along[1], along[0], 0.0])
    start = frame.enu_to_geodetic(a_enu + 20 * along + 10 * left)[0]
    end = frame.enu_to_geodetic(a_enu + 70 * along - 5 * left)[0]
    assert walking.distance_m(_point(start), _point(end)) == pytest.approx(50 + 10 + 5, abs=0.01)
    assert len(walking.route(_point(start), _point(end))) == 4


def test_walking_uses_footways_and_goes_against_oneways(example: RoadNetwork) -> None:
    footway = next(road for road in example.roads if road.road_class == "footway")
    a, b = _point(footway.lat_lon_deg[0]), _point(footway.lat_lon_deg[-1])
    by_footway = WalkingGraph(example).distance_m(a, b)
    without = RoadNetwork(roads=tuple(road for road in example.roads if road is not footway), source="")
    by_streets = WalkingGraph(without).distance_m(a, b)
    assert by_footway is not None
    assert by_streets is not None
    assert by_footway < by_streets - 50


def _road(road_id: str, *places: tuple[float, float]) -> Road:
    return Road(
        road_id=road_id,
        name=road_id,
        road_class="road",
        oneway=True,
        lanes=None,
        node_ids=tuple(f"{lat},{lon}" for lat, lon in places),
        lat_lon_deg=np.array(places, float),
    )


def test_no_way_is_known_to_another_part_of_the_network() -> None:
    network = RoadNetwork(roads=(_road("a", (0, 0), (0, 0.001)), _road("b", (0.1, 0), (0.1, 0.001))), source="")
    walking = WalkingGraph(network)
    a, b = GeoPoint(lat_deg=0, lon_deg=0), GeoPoint(lat_deg=0.1, lon_deg=0)
    assert walking.distance_m(a, b) is None
    assert walking.route(a, b) == ()


def test_an_island_beside_the_road_does_not_trap_a_walker() -> None:
    island = _road("island", (0.0002, 0.0), (0.0002, 0.0001))
    street = _road("street", (0.0, 0.0), (0.0, 0.01))
    walking = WalkingGraph(RoadNetwork(roads=(island, street), source=""))
    a, b = GeoPoint(lat_deg=0.0003, lon_deg=0.0), GeoPoint(lat_deg=0.0, lon_deg=0.01)
    assert walking.distance_m(a, b) == pytest.approx(1113.2 + 33.2, rel=0.002)


def test_a_ring_and_two_roads_between_the_same_ends_are_walked_the_short_way() -> None:
    short = _road("short", (0, 0), (0, 0.001))
    around = _road("around", (0, 0), (0.001, 0.0005), (0, 0.001))
    ring = _road("ring", (0, 0.001), (0.001, 0.002), (0, 0.002), (0, 0.001))
    walking = WalkingGraph(RoadNetwork(roads=(around, short, ring), source=""))
    assert walking.distance_m(GeoPoint(lat_deg=0, lon_deg=0), GeoPoint(lat_deg=0, lon_deg=0.001)) == pytest.approx(
        111.32, rel=0.002
    )
    a, b = GeoPoint(lat_deg=0, lon_deg=0.0019), GeoPoint(lat_deg=0.0001, lon_deg=0.0011)
    assert walking.distance_m(a, b) == pytest.approx(111.32 * (0.9 + np.hypot(0.1, 0.1)), rel=0.002)


def test_the_same_place_is_no_walk(example: RoadNetwork) -> None:
    place = _point(example.roads[1].lat_lon_deg[1])
    assert WalkingGraph(example).distance_m(place, place) == pytest.approx(0.0, abs=1e-6)
    assert WalkingGraph(example).route(place, place) == (place, place)


@given(lat=st.floats(30.45, 30.465), lon=st.floats(114.40, 114.42))
@settings(max_examples=60, deadline=None)
def test_the_nearest_road_is_the_one_shapely_measures(example_network: RoadNetwork, lat: float, lon: float) -> None:
    point = GeoPoint(lat_deg=lat, lon_deg=lon)
    index = RoadIndex(example_network)
    gaps = [shapely.LineString(line).distance(shapely.Point(index.enu_m(point))) for line in index.lines_m]
    road, distance_m = nearest_road(example_network, point)
    assert distance_m == pytest.approx(min(gaps), abs=1e-9)
    assert gaps[example_network.roads.index(road)] == pytest.approx(distance_m, abs=1e-9)


@pytest.fixture(scope="session")
def example_network(example_mission: Path) -> RoadNetwork:
    return load_network(example_mission.parent / "roads.geojson")
