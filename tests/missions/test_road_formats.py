"""Roads from the files of other programs: the same lines, names, classes, directions and lanes come in."""

import itertools
import json
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest

from missions import InputError
from missions.roads import Road, RoadNetwork, import_roads, load_network, save_network
from tests.missions.vector_writer import write_roads

Place = tuple[float, float]


def _road(places: list[Place], **facts: Any) -> Road:
    stated = {"name": "", "road_class": "residential", "oneway": False, "lanes": None, "other_names": ()} | facts
    return Road(
        road_id=str(stated.pop("road_id", "a")),
        node_ids=tuple(f"{lat},{lon}" for lat, lon in places),
        lat_lon_deg=np.array(places, float),
        **stated,
    )


AVENUE = _road(
    [(30.45, 114.41), (30.4501, 114.412)],
    road_id="7",
    name="高新大道",
    road_class="primary",
    oneway=True,
    lanes=6,
    other_names=(("ref", "S7"),),
)
LANE = _road([(30.4501, 114.412), (30.452, 114.4121), (30.453, 114.4125)], road_id="8")
BOTH = (AVENUE, LANE)

WRITERS: dict[str, Callable[..., Path]] = {
    "kml": lambda folder, roads, **more: write_roads(folder / "r.kml", roads, "LIBKML", **more),
    "older kml": lambda folder, roads, **more: write_roads(folder / "r.kml", roads, "KML", **more),
    "kmz": lambda folder, roads, **more: write_roads(folder / "r.kmz", roads, "LIBKML", **more),
    "gpx": lambda folder, roads, **more: write_roads(folder / "r.gpx", roads, "GPX", GPX_USE_EXTENSIONS="YES", **more),
    "gpx tracks": lambda folder, roads, **more: write_roads(
        folder / "r.gpx", roads, "GPX", GPX_USE_EXTENSIONS="YES", FORCE_GPX_TRACK="YES", **more
    ),
    "shapefile": lambda folder, roads, **more: write_roads(
        folder / "r.shp", roads, "ESRI Shapefile", encoding="UTF-8", **more
    ),
    "zipped shapefile": lambda folder, roads, **more: _zipped(
        write_roads(folder / "r.shp", roads, "ESRI Shapefile", encoding="UTF-8", **more)
    ),
    "geopackage": lambda folder, roads, **more: write_roads(folder / "r.gpkg", roads, "GPKG", **more),
}


def _zipped(shapefile: Path) -> Path:
    packed = shapefile.with_suffix(".zip")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(shapefile.parent.glob("r.*")):
            if path != packed:
                archive.write(path, f"streets/{path.name}")
    return packed


def _assert_same(found: RoadNetwork, wanted: tuple[Road, ...]) -> None:
    def key(road: Road) -> tuple[object, ...]:
        return road.lat_lon_deg.round(6).tolist(), road.road_id

    assert len(found.roads) == len(wanted)
    for road, other in zip(sorted(found.roads, key=key), sorted(wanted, key=key), strict=True):
        np.testing.assert_allclose(road.lat_lon_deg, other.lat_lon_deg, rtol=0, atol=1e-7)
        facts, others = ((r.name, r.road_class, r.oneway, r.lanes) for r in (road, other))
        assert facts == others


@pytest.mark.parametrize("kind", WRITERS)
def test_a_file_of_another_program_gives_the_roads_written_to_it(tmp_path: Path, kind: str) -> None:
    network = load_network(WRITERS[kind](tmp_path, BOTH))
    _assert_same(network, BOTH)
    assert [road.road_id for road in network.roads] == ["7", "8"]
    assert dict(network.roads[0].other_names)["ref"] == "S7"
    assert network.roads[0].node_ids[-1] == network.roads[1].node_ids[0]


@pytest.mark.parametrize("kind", WRITERS)
def test_a_one_way_road_drawn_against_its_traffic_is_turned_round(tmp_path: Path, kind: str) -> None:
    _assert_same(load_network(WRITERS[kind](tmp_path, BOTH, backwards=True)), BOTH)


@pytest.mark.parametrize("kind", WRITERS)
def test_content_tells_the_format_whatever_the_file_is_called(tmp_path: Path, kind: str) -> None:
    (tmp_path / "there").mkdir()
    path = WRITERS[kind](tmp_path / "there", BOTH)
    for beside in path.parent.iterdir():  # a Shapefile keeps its table beside it
        name = "streets" if beside == path else f"streets{beside.suffix}"
        beside.rename(tmp_path / name)
    network = load_network(tmp_path / "streets")
    np.testing.assert_allclose(network.roads[0].lat_lon_deg, AVENUE.lat_lon_deg, atol=1e-7)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((name, kind) for name in ("osm-xml/rio.osm", "osm-xml/west-oakland.osm.bz2") for kind in WRITERS),
        ("osm-xml/naples.osm", "geopackage"),
    ],
)
def test_a_citys_roads_survive_every_format(shared_data: Path, tmp_path: Path, name: str, kind: str) -> None:
    roads = load_network(shared_data / "roads" / name).roads
    found = import_roads(WRITERS[kind](tmp_path, roads), snap_m=0.0)
    _assert_same(found.network, _joined_by_place(roads, tmp_path))
    assert not found.dropped


@pytest.mark.shared
def test_every_one_kilometre_network_survives_a_format(shared_data: Path, tmp_path: Path) -> None:
    answers = sorted((shared_data / "roads" / "1km").glob("*/overpass.json"))
    for answer, kind in zip(answers, itertools.cycle(("kml", "gpx", "shapefile", "geopackage")), strict=False):
        roads = load_network(answer).roads
        (folder := tmp_path / answer.parent.name).mkdir()
        again = load_network(WRITERS[kind](folder, roads), snap_m=0.0)
        _assert_same(again, _joined_by_place(roads, folder))
        assert _degrees(again.roads) == pytest.approx(_degrees(roads), rel=1e-6)


def _joined_by_place(roads: tuple[Road, ...], folder: Path) -> tuple[Road, ...]:
    """The roads as a file without nodes says them: they also meet where two nodes lie at one place."""
    save_network(RoadNetwork(roads=roads, source="here"), folder / "plain.geojson")
    data = json.loads((folder / "plain.geojson").read_text(encoding="utf-8"))
    del data["generator"]
    for feature in data["features"]:
        del feature["properties"]["node_ids"]
    (folder / "plain.geojson").write_text(json.dumps(data), encoding="utf-8")
    return load_network(folder / "plain.geojson", snap_m=0.0).roads


def _degrees(roads: tuple[Road, ...]) -> float:
    return float(sum(np.linalg.norm(np.diff(road.lat_lon_deg, axis=0), axis=1).sum() for road in roads))


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:4547", "EPSG:4490"])
@pytest.mark.parametrize(("driver", "name"), [("ESRI Shapefile", "r.shp"), ("GPKG", "r.gpkg")])
def test_another_projection_is_brought_to_wgs84(tmp_path: Path, driver: str, name: str, crs: str) -> None:
    to_crs = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    path = write_roads(
        tmp_path / name,
        BOTH,
        driver,
        crs=crs,
        encoding="UTF-8",
        reproject=lambda xy: np.column_stack(to_crs.transform(xy[:, 0], xy[:, 1])),
    )
    _assert_same(load_network(path), BOTH)


@pytest.mark.parametrize("encoding", ["GB18030", "UTF-8", "ISO-8859-1"])
def test_a_table_that_hides_its_encoding_is_read_where_it_lies(tmp_path: Path, encoding: str) -> None:
    shift, name = (-80.0, "Rua São João") if encoding == "ISO-8859-1" else (0.0, "高新大道")
    road = _road([(30.45, 114.41 + shift), (30.4501, 114.412 + shift)], name=name)
    path = write_roads(tmp_path / "r.shp", (road,), "ESRI Shapefile", encoding=encoding)
    path.with_suffix(".cpg").unlink()
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    table[29] = 0
    path.with_suffix(".dbf").write_bytes(table)
    assert [road.name for road in load_network(path).roads] == [name]


def test_a_shapefile_without_its_index_table_or_projection_is_read_and_left_alone(tmp_path: Path) -> None:
    path = write_roads(tmp_path / "r.shp", BOTH, "ESRI Shapefile")
    for suffix in (".shx", ".dbf", ".prj", ".cpg"):
        path.with_suffix(suffix).unlink()
    assert [road.road_class for road in load_network(path).roads] == ["road", "road"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["r.shp"]


def test_a_geopackage_of_several_layers_wants_one_named(tmp_path: Path) -> None:
    path = write_roads(tmp_path / "r.gpkg", (AVENUE,), "GPKG", layer="main")
    write_roads(path, (LANE,), "GPKG", layer="lanes", append=True)
    with pytest.raises(InputError, match=r"layer: holds 2 layers of lines \(name one of main, lanes\)"):
        load_network(path)
    with pytest.raises(InputError, match=r"layer: has no layer rivers \(it has main, lanes\)"):
        load_network(path, layer="rivers")
    _assert_same(load_network(path, layer="lanes"), (LANE,))
    assert [entry.name for entry in tmp_path.iterdir()] == ["r.gpkg"]


def test_a_zip_of_several_shapefiles_wants_one_named(tmp_path: Path) -> None:
    write_roads(tmp_path / "main.shp", (AVENUE,), "ESRI Shapefile", encoding="UTF-8")
    write_roads(tmp_path / "lanes.shp", (LANE,), "ESRI Shapefile", encoding="UTF-8")
    with zipfile.ZipFile(tmp_path / "both.zip", "w") as archive:
        for path in tmp_path.glob("*.???"):
            if path.suffix != ".zip":
                archive.write(path, path.name)
    with pytest.raises(InputError, match=r"layer: holds 2 Shapefiles \(name one of lanes, main"):
        load_network(tmp_path / "both.zip")
    _assert_same(load_network(tmp_path / "both.zip", layer="main"), (AVENUE,))


def test_a_format_without_layers_refuses_one(tmp_path: Path) -> None:
    path = WRITERS["kml"](tmp_path, BOTH)
    with pytest.raises(InputError, match=r"r\.kml: layer: has no layers, so none named main"):
        load_network(path, layer="main")


@pytest.mark.parametrize(
    ("stated", "oneway", "turned"),
    [
        pytest.param("F", True, False, id="with the points"),
        pytest.param("T", True, True, id="against them"),
        pytest.param("B", False, False, id="both ways"),
    ],
)
def test_geofabriks_letters_tell_the_direction(tmp_path: Path, stated: str, oneway: bool, turned: bool) -> None:
    path = WRITERS["kml"](tmp_path, (AVENUE,))
    text = path.read_text(encoding="utf-8").replace('name="oneway">F<', f'name="oneway">{stated}<')
    path.write_text(text, encoding="utf-8")
    road = load_network(path).roads[0]
    assert road.oneway is oneway
    assert (road.lat_lon_deg[0].tolist() == [30.4501, 114.412]) is turned


def _kml(*placemarks: str) -> str:
    inside = "\n".join(f"<Placemark>{placemark}</Placemark>" for placemark in placemarks)
    return f'<?xml version="1.0"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>\n{inside}</Document></kml>'


LINE = "<LineString><coordinates>{}</coordinates></LineString>"


def test_a_kml_drawn_by_hand_is_read_with_its_folders_tracks_and_data(tmp_path: Path) -> None:
    data = "".join(
        f'<Data name="{key}"><value>{value}</value></Data>'
        for key, value in (("HIGHWAY", "tertiary"), ("oneway", "-1"), ("Lanes", "3"), ("name:en", "Third Road"))
    )
    track = (
        '<name>ridden</name><gx:Track xmlns:gx="http://www.google.com/kml/ext/2.2"><when>2026-01-01T00:00:00Z</when>'
        "<gx:coord>114.5 30.5 20</gx:coord><gx:coord>114.501 30.5 20</gx:coord></gx:Track>"
    )
    several = "<MultiGeometry>" + LINE.format("114.6,30.6 114.61,30.6") + LINE.format("114.7, 30.7, 1 114.71, 30.7, 1")
    path = tmp_path / "drawn.kml"
    path.write_text(
        _kml(
            f"<name>光谷三路</name><ExtendedData>{data}</ExtendedData>" + LINE.format("114.4,30.4,0 114.401,30.4,0"),
            track,
            several + "</MultiGeometry>",
            "<Point><coordinates>114.4,30.4</coordinates></Point>",
        ),
        encoding="utf-8",
    )
    found = import_roads(path)
    first, ridden, *_ = found.network.roads
    assert (first.name, first.road_class, first.oneway, first.lanes) == ("光谷三路", "tertiary", True, 3)
    assert first.lat_lon_deg.tolist() == [[30.4, 114.401], [30.4, 114.4]]
    assert first.other_names == (("name:en", "Third Road"),)
    assert (ridden.name, ridden.road_class, ridden.lanes) == ("ridden", "road", None)
    assert len(found.network.roads) == 4
    assert found.dropped == {"not a line (Point)": 1}


def test_gpx_waypoints_are_no_roads_and_a_ride_is_no_class(tmp_path: Path) -> None:
    path = tmp_path / "ride.gpx"
    points = '<trkpt lat="30.4" lon="114.4"/><trkpt lat="30.401" lon="114.4"><ele>3</ele></trkpt>'
    path.write_text(
        '<gpx xmlns="http://www.topografix.com/GPX/1/1" creator="x"><wpt lat="1" lon="2"/>'
        f"<trk><name>loop</name><type>cycling</type><trkseg>{points}</trkseg><trkseg/></trk></gpx>"
    )
    found = import_roads(path)
    assert [(road.name, road.road_class) for road in found.network.roads] == [("loop", "road")]
    assert found.dropped == {"not a line (waypoint)": 1, "only one point": 1}


def test_gdals_bundle_of_other_tags_is_taken_apart(tmp_path: Path) -> None:
    path = tmp_path / "r.geojson"
    tags = r'"lanes"=>"2","oneway"=>"-1","name:en"=>"Third Road"'.replace('"', r"\"")
    path.write_text(
        '{"type":"Feature","properties":{"highway":"primary","other_tags":"' + tags + '"},'
        '"geometry":{"type":"LineString","coordinates":[[114,30],[114.001,30]]}}'
    )
    road = load_network(path).roads[0]
    assert (road.lanes, road.oneway, road.other_names) == (2, True, (("name:en", "Third Road"),))
    assert road.lat_lon_deg[0].tolist() == [30.0, 114.001]


@pytest.mark.shared
@pytest.mark.parametrize(("name", "edges"), [("naples", 644), ("uncc", 768)])
def test_the_graphs_of_line_coverage_research_are_read_from_either_list(
    shared_data: Path, name: str, edges: int
) -> None:
    folder = shared_data / "formats" / "road_networks" / name
    network = load_network(folder / "edgeList")
    assert sum(len(road.node_ids) - 1 for road in network.roads) == edges
    same = load_network(folder / "nodeData")
    assert [road.node_ids for road in same.roads] == [road.node_ids for road in network.roads]
    meets = {end for road in network.roads for end in (road.node_ids[0], road.node_ids[-1])}
    assert not any(node in meets for road in network.roads for node in road.node_ids[1:-1])


def test_half_a_graph_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "edgeList").write_text("1 2\n2 3\n")
    with pytest.raises(InputError, match=r"edgeList: is half of a graph: nodeData or .* is not beside it"):
        load_network(tmp_path / "edgeList")
    (tmp_path / "nodeData").write_text("1 0 0 30.0 114.0 50\n2 0 0 30.001 114.0 50\n")
    with pytest.raises(InputError, match=r"edgeList:2: node 3 is not in the list of nodes"):
        load_network(tmp_path / "edgeList")
    (tmp_path / "nodeData").write_text("1 0 0 30.0 114.0 50\n2 0 0 here 114.0 50\n")
    with pytest.raises(InputError, match=r"nodeData:2: '2 0 0 here 114.0 50' is no node"):
        load_network(tmp_path / "edgeList")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("a.kml", _kml("<Point/>").encode(), "holds no lines, but 1 Point", id="points only"),
        pytest.param("a.kml", _kml(LINE.format("114,30 x,y")).encode(), r"a\.kml:3: coordinates: 'x,y'", id="words"),
        pytest.param("a.kml", b"<kml><Document>", r"a\.kml:1: is not whole XML", id="cut off"),
        pytest.param(
            "a.kml", b'<!DOCTYPE kml [<!ENTITY e "e">]>\n<kml>&e;</kml>', "declares a document type", id="entities"
        ),
        pytest.param("a.gpx", b"<gpx><wpt/></gpx>", "holds no track or route, but 1 waypoints", id="waypoints only"),
        pytest.param(
            "a.gpx", b"<gpx>\n<rte>\n<rtept lat='1'/></rte></gpx>", r"a\.gpx:3: rtept: needs lat and lon", id="no lon"
        ),
        pytest.param("a.zip", b"PK\x03\x04 and no more", "is a damaged ZIP file", id="half a zip"),
        pytest.param("a.gpkg", b"SQLite format 3\x00 and no more", "is damaged", id="half a geopackage"),
        pytest.param("a.shp", b"\x00\x00\x27\x0a and no more", "is damaged", id="half a shapefile"),
        pytest.param("a.txt", b"1 2\n", "is half of a graph", id="edges alone"),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        load_network(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_archives_that_hold_no_roads_or_too_much_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("letter.txt", "hello")
    with pytest.raises(InputError, match=r"a\.zip: is a ZIP file that holds letter\.txt"):
        load_network(path)
    monkeypatch.setattr("missions.formats.bounded_zip.MOST_BYTES", 1 << 20)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", b" " * (2 << 20))
    with pytest.raises(InputError, match=r"doc\.kml: unpacks to more than 1 MB"):
        load_network(path)


def test_another_database_is_no_geopackage(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "notes.db") as database:
        database.execute("CREATE TABLE notes (text TEXT)")
    database.close()
    with pytest.raises(InputError, match=r"notes\.db: .*(is damaged|holds no layer of lines)"):
        load_network(tmp_path / "notes.db")


def test_a_shapefile_of_points_holds_no_lines(tmp_path: Path) -> None:
    header = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, 64) + struct.pack("<2i8d", 1000, 1, *[0.0] * 8)
    record = struct.pack(">2i", 1, 10) + struct.pack("<i2d", 1, 114.0, 30.0)
    (tmp_path / "a.shp").write_bytes(header[:24] + struct.pack(">i", 64) + header[28:] + record)
    with pytest.raises(InputError, match=r"a\.shp: holds no lines, but 1 Point"):
        load_network(tmp_path / "a.shp")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param('GEOGCS["x",DATUM["y"', r"its coordinate system \(\.prj\) cannot be read", id="cut off"),
        pytest.param('LOCAL_CS["site grid",UNIT["metre",1]]', "its coordinate system is not known", id="a site's grid"),
    ],
)
def test_a_projection_nobody_knows_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = write_roads(tmp_path / "r.shp", BOTH, "ESRI Shapefile")
    path.with_suffix(".prj").write_text(text)
    with pytest.raises(InputError, match=message):
        load_network(path)
