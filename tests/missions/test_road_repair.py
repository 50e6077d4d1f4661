"""Dirty networks: what is repaired, what is left, what is said."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import shapely
import shapely.ops
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import LocalFrame
from missions.roads import FindingKind, RoadImport, import_roads, load_network, save_network
from missions.roads.repair import repaired_ways
from missions.roads.ways import Way, place_ids

FRAME = LocalFrame(lat_deg=30.45, lon_deg=114.41)
Point = tuple[float, float]


def _way(points_m: list[Point], way_id: str = "w", *, layer: str = "0", name: str = "", oneway: bool = False) -> Way:
    """A line given as east, north metres."""
    places = FRAME.enu_to_geodetic(np.array(points_m, float))
    lat_lon = tuple((float(lat), float(lon)) for lat, lon, _ in places)
    return Way(
        way_id=way_id,
        origin=way_id,
        name=name,
        road_class="residential",
        oneway=oneway,
        lanes=None,
        node_ids=place_ids(lat_lon),
        lat_lon_deg=lat_lon,
        layer=layer,
    )


def _xy(way: Way) -> list[Point]:
    places = np.array(way.lat_lon_deg, float)
    return [(round(float(x), 2), round(float(y), 2)) for x, y, _ in FRAME.geodetic_to_enu(places[:, 0], places[:, 1])]


def _repair(*ways: Way, snap_m: float = 1.0) -> tuple[list[Way], dict[FindingKind, tuple[int, float]]]:
    repaired, findings = repaired_ways(ways, snap_m=snap_m)
    return repaired, {found.kind: (found.count, round(found.metres, 2)) for found in findings}


def test_a_clean_network_comes_back_as_it_was() -> None:
    ways = [_way([(0, 0), (100, 0)], "a"), _way([(100, 0), (100, 80)], "b"), _way([(0, 3), (97, 3.5)], "other lane")]
    repaired, findings = _repair(*ways)
    assert repaired == ways
    assert findings == {}


def test_ends_that_miss_each_other_by_less_than_a_metre_meet() -> None:
    one, other = _way([(0, 0), (100, 0)], "a"), _way([(100.6, 0), (200, 0)], "b")
    repaired, findings = _repair(one, other)
    assert repaired[0].node_ids[-1] == repaired[1].node_ids[0]
    assert findings == {FindingKind.GAP_CLOSED: (1, 0.6)}
    assert _repair(one, other, snap_m=0.5)[0] == [one, other]


def test_a_ring_that_was_not_closed_is_closed() -> None:
    repaired, findings = _repair(_way([(0, 0), (50, 0), (50, 50), (0, 50), (0, 0.4)]))
    assert repaired[0].node_ids[0] == repaired[0].node_ids[-1]
    assert findings == {FindingKind.GAP_CLOSED: (1, 0.4)}


@pytest.mark.parametrize("end_m", [0.7, -0.7], ids=["too short", "too long"])
def test_a_loose_end_beside_a_road_ends_on_it(end_m: float) -> None:
    repaired, findings = _repair(_way([(0, 0), (100, 0)], "a"), _way([(40, end_m), (40, 60)], "b"))
    assert _xy(repaired[0]) == [(0, 0), (40, 0), (100, 0)]
    assert repaired[0].node_ids[1] == repaired[1].node_ids[0]
    assert _xy(repaired[1])[0] == (40, 0)
    assert findings == {FindingKind.GAP_CLOSED: (1, 0.7)}


def test_a_road_that_ends_under_a_bridge_does_not_end_on_it() -> None:
    ways = [_way([(0, 0), (100, 0)], "bridge", layer="1"), _way([(40, 0.5), (40, 60)], "below")]
    assert _repair(*ways)[0] == ways


def test_a_loose_end_of_a_file_with_nodes_of_its_own_is_left_beside_a_road() -> None:
    ways = [_way([(0, 0), (100, 0)], "a"), _way([(40, 0.5), (40, 60)], "b")]
    assert repaired_ways(ways, nodes_stated=True)[0] == ways


def test_a_short_link_between_two_roads_stays() -> None:
    ways = [_way([(0, 0), (100, 0)], "a"), _way([(100, 0), (100, 0.8)], "link"), _way([(100, 0.8), (0, 30)], "b")]
    assert _repair(*ways)[0] == ways


def test_crossings_without_a_common_point_are_left_and_counted() -> None:
    ways = [_way([(0, 0), (100, 0)], "a"), _way([(50, -50), (50, 50)], "b")]
    assert _repair(*ways) == (ways, {FindingKind.CROSSING: (1, 0.0)})


def test_points_that_stand_twice_are_dropped() -> None:
    again = _way([(0, 0), (50, 0), (50, 0), (100, 0)])
    repaired, findings = _repair(again)
    assert _xy(repaired[0]) == [(0, 0), (50, 0), (100, 0)]
    assert findings == {FindingKind.ZERO_LENGTH: (1, 0.0)}


def test_a_line_drawn_twice_is_dropped_whole_and_the_named_one_stays() -> None:
    line: list[Point] = [(0, 0), (50, 5), (100, 0)]
    repaired, findings = _repair(_way(line, "plain"), _way(line[::-1], "named", name="Elm"))
    assert [way.way_id for way in repaired] == ["named"]
    assert findings == {FindingKind.DRAWN_TWICE: (1, 100.5)}


def test_a_line_drawn_over_another_for_a_stretch_keeps_only_the_rest() -> None:
    long = _way([(0, 0), (100, 0), (200, 0)], "long")
    over = _way([(60, 80), (60, 0.3), (100, 0.3), (150, 0.2), (150, -70)], "over")
    repaired, findings = _repair(long, over)
    assert [way.way_id for way in repaired] == ["long", "over/1", "over/2"]
    assert repaired[1].node_ids[-1] in repaired[0].node_ids
    assert repaired[2].node_ids[0] in repaired[0].node_ids
    assert findings[FindingKind.OVERLAP] == (1, pytest.approx(90.0, abs=0.5))
    assert sum(shapely.LineString(_xy(way)).length for way in repaired) == pytest.approx(200 + 80 + 70, abs=1.0)


def test_two_carriageways_on_two_levels_are_two_roads() -> None:
    ways = [_way([(0, 0), (200, 0)], "street"), _way([(0, 0.2), (200, 0.2)], "elevated", layer="1")]
    assert _repair(*ways) == (ways, {})


def test_two_carriageways_stay_two_however_far_ends_are_joined() -> None:
    ways = [_way([(0, 0), (200, 0)], "east"), _way([(190, 4), (10, 4)], "west")]
    assert _repair(*ways, snap_m=3.0)[0] == ways


def test_a_bridge_meets_its_ramp_across_a_gap() -> None:
    ramp, bridge = _way([(0, 0), (200, 0)], "ramp"), _way([(200.4, 0), (300, 10)], "bridge", layer="1")
    repaired, findings = _repair(ramp, bridge)
    assert repaired[0].node_ids[-1] == repaired[1].node_ids[0]
    assert findings == {FindingKind.GAP_CLOSED: (1, 0.4)}


def test_opposite_one_way_lines_on_one_another_carry_traffic_both_ways() -> None:
    line: list[Point] = [(0, 0), (50, 0), (100, 0)]
    there, back = _way(line, "there", oneway=True), _way(line[:0:-1], "back", oneway=True)
    repaired, _ = _repair(there, back)
    assert [(way.way_id, way.oneway, _xy(way)) for way in repaired] == [
        ("there/1", True, [(0, 0), (50, 0)]),
        ("there/2", False, [(50, 0), (100, 0)]),
    ]


def test_sharp_forks_are_no_overlap() -> None:
    ways = [_way([(0, 0), (60, 0), (300, 0)], "a"), _way([(0, 0), (60, 4), (300, 30)], "ramp")]
    assert _repair(*ways) == (ways, {})


_GRID = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from([(1, 0), (0, 1)]), st.integers(1, 3)),
    min_size=1,
    max_size=6,
)
_NUDGE = st.tuples(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))
_DIRT = st.lists(st.tuples(st.integers(0, 5), st.floats(0, 1), st.floats(0, 1), _NUDGE, st.booleans()), max_size=4)


def _street(start_x: int, start_y: int, step: tuple[int, int], blocks: int) -> list[Point]:
    return [(100.0 * (start_x + step[0] * i), 100.0 * (start_y + step[1] * i)) for i in range(blocks + 1)]


def _dirty(
    grid: list[tuple[int, int, tuple[int, int], int]],
    dirt: list[tuple[int, float, float, Point, bool]],
) -> list[Way]:
    """Streets of a grid, and parts of them drawn again a little aside, some of them backwards."""
    streets = [_street(*street) for street in grid]
    ways = [_way(street, f"s{number}") for number, street in enumerate(streets)]
    for number, (which, low, high, nudge, backwards) in enumerate(dirt):
        line = shapely.LineString(streets[which % len(streets)])
        part = shapely.ops.substring(line, min(low, high), max(low, high), normalized=True)
        points = [(x + nudge[0], y + nudge[1]) for x, y in shapely.get_coordinates(part)]
        ways.append(_way(points[::-1] if backwards else points, f"d{number}"))
    return ways


def _union(ways: list[Way]) -> shapely.Geometry:
    return shapely.union_all([shapely.LineString(_xy(way)) for way in ways if len(way.node_ids) > 1])


@given(grid=_GRID, dirt=_DIRT)
@settings(max_examples=150, deadline=None)
def test_a_repaired_network_covers_what_the_dirty_one_did_and_is_not_repaired_again(
    grid: list[tuple[int, int, tuple[int, int], int]], dirt: list[tuple[int, float, float, Point, bool]]
) -> None:
    ways = _dirty(grid, dirt)
    repaired, _ = repaired_ways(ways)
    before, after = _union(ways), _union(repaired)
    assert shapely.hausdorff_distance(before, after, densify=0.05) < 1.5
    streets = _union(ways[: len(grid)])
    assert after.length == pytest.approx(streets.length, abs=12.0 * len(dirt) + 0.1)
    again, findings = repaired_ways(repaired)
    assert again == repaired
    assert not any(found.repaired for found in findings)


@given(
    lines=st.lists(
        st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=5), min_size=1, max_size=6
    ),
    unit_m=st.sampled_from([0.3, 1.0, 4.0]),
)
@settings(max_examples=200, deadline=None)
def test_any_tangle_comes_to_rest_near_where_it_was(lines: list[list[tuple[int, int]]], unit_m: float) -> None:
    ways = [_way([(x * unit_m, y * unit_m) for x, y in line], f"w{n}") for n, line in enumerate(lines)]
    repaired, _ = repaired_ways(ways)
    again, findings = repaired_ways(repaired)
    assert again == repaired
    assert not any(found.repaired for found in findings)
    after = shapely.MultiPoint([point for way in repaired for point in _xy(way)])
    for way in repaired:
        assert all(math.isfinite(value) for place in way.lat_lon_deg for value in place)
    assert shapely.hausdorff_distance(after, shapely.MultiPoint([p for way in ways for p in _xy(way)])) < 60.0


def _imported(tmp_path: Path, *lines: list[Point]) -> RoadImport:
    features = [
        {
            "type": "Feature",
            "properties": {"highway": "residential"},
            "geometry": {"type": "LineString", "coordinates": [place[::-1] for place in _way(line).lat_lon_deg]},
        }
        for line in lines
    ]
    path = tmp_path / "roads.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return import_roads(path)


def test_islands_are_kept_and_said_with_their_length(tmp_path: Path) -> None:
    found = _imported(
        tmp_path, [(0, 0), (500, 0)], [(500, 0), (500, 100)], [(0, 300), (120, 300)], [(0, 600), (0, 650)]
    )
    assert len(found.network.roads) == 4
    (island,) = found.findings
    assert (island.kind, island.count, island.repaired) == (FindingKind.ISLAND, 2, False)
    assert island.metres == pytest.approx(170, abs=0.01)


def test_a_network_saved_after_repair_is_taken_as_it_stands(tmp_path: Path) -> None:
    found = _imported(tmp_path, [(0, 0), (100, 0)], [(100.5, 0), (200, 0)], [(20, 0.2), (80, 0.2)])
    assert {finding.kind for finding in found.findings} == {FindingKind.GAP_CLOSED, FindingKind.DRAWN_TWICE}
    assert found.dropped == {"drawn twice": 1}
    save_network(found.network, tmp_path / "saved.geojson")
    again = import_roads(tmp_path / "saved.geojson")
    assert not again.findings
    assert [road.node_ids for road in again.network.roads] == [road.node_ids for road in found.network.roads]


@pytest.mark.shared
def test_naples_is_repaired_where_it_is_drawn_twice_and_rio_is_clean(shared_data: Path) -> None:
    folder = shared_data / "roads" / "osm-xml"
    naples = {found.kind: found for found in import_roads(folder / "naples.osm").findings}
    assert naples[FindingKind.OVERLAP].count == 20
    assert naples[FindingKind.OVERLAP].metres == pytest.approx(383, abs=1)
    rio = import_roads(folder / "rio.osm")
    assert {found.kind for found in rio.findings} == {FindingKind.CROSSING, FindingKind.ISLAND}


@pytest.mark.shared
def test_a_city_torn_apart_is_put_together_again(shared_data: Path, tmp_path: Path) -> None:
    """Every road of Rio on its own, shortened by up to 0.4 m at both ends: what met meets again."""
    network = load_network(shared_data / "roads" / "osm-xml" / "rio.osm")
    rng = np.random.default_rng(7)
    features = []
    for road in network.roads:
        line = network.frame.geodetic_to_enu(road.lat_lon_deg[:, 0], road.lat_lon_deg[:, 1])[:, :2]
        if np.linalg.norm(np.diff(line, axis=0), axis=1).sum() > 5:
            for at, onward in ((0, 1), (-1, -2)):
                step = line[onward] - line[at]
                line[at] += step / np.linalg.norm(step) * min(rng.uniform(0, 0.4), np.linalg.norm(step) / 2)
        places = network.frame.enu_to_geodetic(line)[:, 1::-1].tolist()
        features.append(
            {"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": places}}
        )
    path = tmp_path / "torn.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    torn, whole = (import_roads(path, snap_m=snap_m) for snap_m in (0.0, 1.0))
    parts = [{f.kind: f.count for f in found.findings}[FindingKind.ISLAND] for found in (torn, whole)]
    assert parts[0] > 400
    assert parts[1] <= 15
