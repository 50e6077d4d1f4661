"""Choosing roads: by polygon, by name in any language, and "this avenue from A to B"."""

import json
import math
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from geo import LocalFrame
from missions import InputError
from missions.roads import Road, RoadImport, RoadIndex, RoadNetwork, import_roads, load_network
from missions.roads.keep import kept_roads
from missions.roads.names import matched
from missions.roads_section import Avenue, KeepRoads
from missions.section import Place

FRAME = LocalFrame(lat_deg=30.45, lon_deg=114.41)
Point = tuple[float, float]


def _road(points_m: list[Point], road_id: str, *, name: str = "", **other_names: str) -> Road:
    """A road given as east, north metres; it meets others at equal points."""
    places = FRAME.enu_to_geodetic(np.array(points_m, float))
    return Road(
        road_id=road_id,
        name=name,
        road_class="primary",
        oneway=False,
        lanes=None,
        node_ids=tuple(f"{x:g},{y:g}" for x, y in points_m),
        lat_lon_deg=places[:, :2],
        other_names=tuple((tag.replace("__", ":"), value) for tag, value in other_names.items()),
    )


def _place(x: float, y: float) -> Place:
    lat, lon, _ = FRAME.enu_to_geodetic(np.array([[x, y]], float))[0]
    return Place(lat=float(lat), lon=float(lon))


def _avenue(name: str, start: Point, end: Point) -> KeepRoads:
    return KeepRoads(avenue=Avenue(name=name, from_=_place(*start), to=_place(*end)))


def _kept(roads: list[Road], keep: KeepRoads) -> list[Road]:
    return kept_roads(roads, keep, file=Path("here"), dropped=Counter())


def _xy(road: Road) -> list[Point]:
    places = FRAME.geodetic_to_enu(road.lat_lon_deg[:, 0], road.lat_lon_deg[:, 1])
    return [(round(float(x), 1) + 0.0, round(float(y), 1) + 0.0) for x, y, _ in places]


def _length_m(roads: list[Road] | tuple[Road, ...]) -> float:
    return float(RoadIndex(RoadNetwork(roads=tuple(roads), source="here")).lengths_m.sum())


def test_an_avenue_is_cut_at_the_places_nearest_to_both_ends() -> None:
    roads = [
        _road([(0, 0), (500, 0)], "a", name="Elm"),
        _road([(500, 0), (1000, 0)], "b", name="Elm"),
        _road([(500, 0), (500, 400)], "side", name="Oak"),
    ]
    kept = _kept(roads, _avenue("ELM", (200, 30), (700, -20)))
    assert [(road.road_id, _xy(road)) for road in kept] == [("a", [(200, 0), (500, 0)]), ("b", [(500, 0), (700, 0)])]
    assert kept[0].node_ids[-1] == kept[1].node_ids[0] == "500,0"
    assert _length_m(_kept(roads, _avenue("elm", (700, -20), (200, 30)))) == pytest.approx(500, abs=0.1)


@pytest.mark.parametrize("joined", [True, False], ids=["carriageways that meet", "carriageways apart"])
def test_both_carriageways_of_a_dual_carriageway_are_kept(joined: bool) -> None:
    east = [_road([(0, 0), (400, 0)], "e1", name="Elm"), _road([(400, 0), (1000, 0)], "e2", name="Elm")]
    west = [_road([(1000, 20), (400, 20)], "w1", name="Elm"), _road([(400, 20), (0, 20)], "w2", name="Elm")]
    links = [_road([(x, 0), (x, 20)], f"l{x}", name="Elm") for x in (0, 1000)] if joined else []
    kept = _kept([*east, *west, *links], _avenue("Elm", (100, 5), (900, 5)))
    assert _length_m(kept) == pytest.approx(1600, abs=1)
    assert {road.road_id for road in kept} == {"e1", "e2", "w1", "w2"}


def test_a_stretch_of_the_name_elsewhere_is_left_out() -> None:
    roads = [
        _road([(0, 0), (1000, 0)], "main", name="Elm"),
        _road([(500, 0), (500, 300)], "spur", name="Elm"),
        _road([(1000, 0), (1000, 700)], "beyond", name="Elm"),
    ]
    assert {road.road_id for road in _kept(roads, _avenue("Elm", (10, 0), (990, 0)))} == {"main"}


def test_the_shorter_of_two_ways_round_a_ring_road_is_kept() -> None:
    ring = [(500 * math.cos(a), 500 * math.sin(a)) for a in np.linspace(0, 2 * math.pi, 73)[:-1]]
    roads = [_road([*ring, ring[0]], "ring", name="Ring")]
    assert _length_m(_kept(roads, _avenue("Ring", (500, 10), (0, 500)))) == pytest.approx(500 * math.pi / 2, rel=0.03)


def test_a_gap_in_the_avenue_is_named_with_its_place_and_width() -> None:
    roads = [
        _road([(0, 0), (500, 0)], "a", name="Elm"),
        _road([(500, 0), (585, 0)], "bridge", name="Iron Bridge"),
        _road([(585, 0), (1000, 0)], "b", name="Elm"),
    ]
    start, end = _place(500, 0), _place(585, 0)
    with pytest.raises(InputError) as caught:
        _kept(roads, _avenue("Elm", (100, 0), (900, 0)))
    assert "85 m without a road of that name" in str(caught.value)
    assert all(f"{place.lat:.5f},{place.lon:.5f}" in str(caught.value) for place in (start, end))


def test_an_avenue_that_breaks_off_shortly_before_the_place_is_a_gap_too() -> None:
    roads = [_road([(0, 0), (500, 0)], "a", name="Elm"), _road([(509, 0), (560, 0)], "b", name="Elm")]
    with pytest.raises(InputError, match="9 m without a road of that name"):
        _kept(roads, _avenue("Elm", (100, 0), (540, 0)))
    assert _length_m(_kept(roads, _avenue("Elm", (100, 0), (504, 0)))) == pytest.approx(400, abs=0.1)


@pytest.mark.parametrize(
    ("keep", "message"),
    [
        pytest.param(_avenue("Oak", (0, 0), (900, 0)), r"no road named Oak in it \(it has Elm\)", id="name"),
        pytest.param(_avenue("Elm", (0, 4000), (900, 0)), r"keep\.avenue\.from: .* lies 4\.0 km from Elm", id="far"),
        pytest.param(_avenue("Elm", (300, 9), (300, 0)), "from and to meet Elm at the same place", id="nowhere"),
    ],
)
def test_an_avenue_that_cannot_be_meant_is_refused(keep: KeepRoads, message: str) -> None:
    with pytest.raises(InputError, match=message):
        _kept([_road([(0, 0), (1000, 0)], "a", name="Elm")], keep)


@given(start=st.floats(0, 1200), end=st.floats(0, 1200))
@settings(max_examples=60, deadline=None)
def test_any_two_places_of_an_avenue_give_what_lies_between(start: float, end: float) -> None:
    assume(abs(start - end) > 2)
    corners: list[Point] = [(0, 0), (300, 0), (300, 300), (600, 300), (900, 300)]  # 1200 m long
    line = shapely.LineString(corners)
    roads = [_road([a, b], f"r{n}", name="Elm") for n, (a, b) in enumerate(pairwise(corners))]
    at = [shapely.get_coordinates(line.interpolate(place))[0].tolist() for place in (start, end)]
    assert _length_m(_kept(roads, _avenue("Elm", at[0], at[1]))) == pytest.approx(abs(start - end), abs=0.5)


@pytest.mark.shared
def test_a_street_of_rio_is_kept_between_two_corners(shared_data: Path) -> None:
    path = shared_data / "roads" / "osm-xml" / "rio.osm"
    street = [road for road in load_network(path).roads if road.name == "Rua Voluntários da Pátria"]
    ends = np.vstack([road.lat_lon_deg for road in street])
    start, end = ends[ends[:, 1].argmin()], ends[ends[:, 1].argmax()]
    inner = [start + share * (end - start) for share in (0.25, 0.75)]
    places = [Place(lat=float(lat), lon=float(lon)) for lat, lon in inner]
    avenue = Avenue(name="rua voluntários da pátria", from_=places[0], to=places[1])
    kept = import_roads(path, keep=KeepRoads(avenue=avenue))
    straight_m = places[0].point.distance_m(places[1].point)
    assert straight_m <= _length_m(kept.network.roads) <= 1.1 * straight_m
    assert [match.tag for match in kept.matches] == ["name"]


@pytest.mark.parametrize(
    ("wanted", "tag"),
    [
        ("高新大道 GAOXIN  avenue", "name"),
        ("gaoxin avenue", "part of name"),
        ("高新大道", "part of name"),
        ("High-Tech Avenue", "name:en"),
        ("s7", "ref"),
        ("Old Road", "alt_name"),
        ("Gaoxin", None),
    ],
)
def test_a_name_is_found_in_any_language_the_file_gives(wanted: str, tag: str | None) -> None:
    road = _road(
        [(0, 0), (9, 0)],
        "a",
        name="高新大道 Gaoxin Avenue",
        name__en="High-Tech Avenue",
        ref="G4;S7",
        alt_name="Old Road",
    )
    found = matched(road, wanted)
    assert (found[0] if found else None) == tag


def test_an_import_says_which_names_matched(example_mission: Path) -> None:
    keep = KeepRoads(names=("Gaoxin Avenue", "佳园路 Jiayuan Road"))
    found = import_roads(example_mission.parent / "roads.geojson", keep=keep)
    assert [tuple(match) for match in found.matches] == [
        ("Gaoxin Avenue", "part of name", "Gaoxin Avenue", 3),
        ("佳园路 Jiayuan Road", "name", "佳园路 Jiayuan Road", 1),
    ]


CORNERS: list[Point] = [(100, -50), (400, -50), (400, 50), (250, 10), (100, 50)]


def _polygon_file(tmp_path: Path, kind: str) -> Path:
    places = [_place(*corner) for corner in CORNERS]
    ring = [[place.lon, place.lat] for place in [*places, places[0]]]
    if kind == "geojson":
        path = tmp_path / "area.geojson"
        geometry = {"type": "Polygon", "coordinates": [ring]}
        path.write_text(
            json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": geometry}]})
        )
    else:
        path = tmp_path / "area.kml"
        text = " ".join(f"{lon},{lat},0" for lon, lat in ring)
        boundary = f"<outerBoundaryIs><LinearRing><coordinates>{text}</coordinates></LinearRing></outerBoundaryIs>"
        path.write_text(f"<kml><Placemark><Polygon>{boundary}</Polygon></Placemark></kml>")
    return path


@pytest.mark.parametrize("kind", ["geojson", "kml", "corners"])
def test_roads_are_cut_at_the_border_of_a_polygon(tmp_path: Path, kind: str) -> None:
    polygon = tuple(_place(*corner) for corner in CORNERS) if kind == "corners" else _polygon_file(tmp_path, kind)
    roads = [
        _road([(0, 0), (500, 0)], "through"),
        _road([(0, 30), (500, 30)], "over the notch"),
        _road([(150, -20), (200, -20)], "inside"),
        _road([(0, 90), (500, 90)], "outside"),
    ]
    dropped: Counter[str] = Counter()
    kept = kept_roads(roads, KeepRoads(polygon=polygon), file=Path("here"), dropped=dropped)
    assert [(road.road_id, _xy(road)) for road in kept] == [
        ("through", [(100, 0), (400, 0)]),
        ("over the notch|1", [(100, 30), (175, 30)]),
        ("over the notch|2", [(325, 30), (400, 30)]),
        ("inside", [(150, -20), (200, -20)]),
    ]
    assert kept[3] is roads[2]
    assert dropped == {"outside the polygon": 1}


_POINTS = st.lists(st.tuples(st.floats(0, 500), st.floats(-100, 100)), min_size=2, max_size=6)


@given(line=_POINTS)
@example(line=[(0.0, 0.0), (187.0, 27.0), (1.0, 0.0)])  # out and in again within a centimetre
@settings(max_examples=100, deadline=None)
def test_a_polygon_cuts_roads_as_shapely_does(line: list[Point]) -> None:
    road = _road(line, "a")
    area = shapely.Polygon([(place.lat, place.lon) for place in (_place(*corner) for corner in CORNERS)])
    wanted = shapely.LineString(road.lat_lon_deg)
    inside = sum(
        shapely.intersection(shapely.LineString(piece), area).length
        for piece in np.stack([road.lat_lon_deg[:-1], road.lat_lon_deg[1:]], axis=1)
    )
    try:
        kept = _kept([road], KeepRoads(polygon=tuple(_place(*corner) for corner in CORNERS)))
    except InputError:
        assert inside < 1e-9
        return
    assert sum(shapely.LineString(part.lat_lon_deg).length for part in kept) == pytest.approx(inside, abs=1e-9)
    assert wanted.buffer(1e-7).covers(shapely.MultiLineString([part.lat_lon_deg for part in kept]))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param("{", r"area:1: is not whole JSON", id="cut off"),
        pytest.param('{"type": "Point", "coordinates": [114, 30]}', "holds no polygon", id="a point"),
        pytest.param('{"type": "Polygon", "coordinates": [[["a"]]]}', "are not positions", id="words"),
        pytest.param('{"type": "Polygon", "coordinates": [[[1, 2], [2, 3]]]}', "has 2 corners", id="two corners"),
        pytest.param(
            '{"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}',
            "is no polygon: self-intersection",
            id="a bow tie",
        ),
        pytest.param(
            '{"type": "Polygon", "coordinates": [[[30, 114], [31, 114], [31, 115], [30, 114]]]}',
            "has latitude 114: axes look swapped",
            id="swapped axes",
        ),
        pytest.param("<kml>", r"area:1: is not whole XML", id="cut off xml"),
        pytest.param(
            "<kml><Placemark><Polygon><outerBoundaryIs>\n<LinearRing><coordinates>x</coordinates></LinearRing>"
            "</outerBoundaryIs></Polygon></Placemark></kml>",
            r"area:2: 'x' is no position",
            id="words in kml",
        ),
    ],
)
def test_a_file_that_is_no_polygon_is_refused(
    example_mission: Path, tmp_path: Path, content: str, message: str
) -> None:
    (tmp_path / "area").write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        load_network(example_mission.parent / "roads.geojson", keep=KeepRoads(polygon=tmp_path / "area"))
    assert "\n" not in str(caught.value)
    assert str(tmp_path / "area") in str(caught.value)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["Via Medina", "Galleria della Vittoria"])
def test_both_carriageways_of_a_street_of_naples_are_kept(shared_data: Path, name: str) -> None:
    path = shared_data / "roads" / "osm-xml" / "naples.osm"
    named = [road for road in load_network(path).roads if road.name == name]
    ends = np.vstack([road.lat_lon_deg for road in named])
    first, last = ends[ends.sum(axis=1).argmin()], ends[ends.sum(axis=1).argmax()]
    places = [Place(lat=float(lat), lon=float(lon)) for lat, lon in (first, last)]
    kept = load_network(path, keep=KeepRoads(avenue=Avenue(name=name, from_=places[0], to=places[1]))).roads
    assert _length_m(kept) == pytest.approx(_length_m(named), rel=0.01)
    assert _length_m(kept) > 1.9 * places[0].point.distance_m(places[1].point)


@pytest.mark.shared
def test_a_polygon_round_everything_keeps_everything(shared_data: Path) -> None:
    path = shared_data / "roads" / "osm-xml" / "rio.osm"
    whole: RoadImport = import_roads(path)
    south, west, north, east = whole.network.bounds_deg
    corners = tuple(
        Place(lat=lat, lon=lon) for lat, lon in ((south, west), (south, east), (north, east), (north, west))
    )
    kept = import_roads(path, keep=KeepRoads(polygon=corners)).network
    assert [road.road_id for road in kept.roads] == [road.road_id for road in whole.network.roads]
