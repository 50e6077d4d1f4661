"""Road files that were damaged on the way: read all the same, or refused in one line that names the file."""

import bz2
import json
import logging
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import osmium
import pytest

from missions import InputError
from missions.roads import Road, RoadNetwork, load_network, save_network
from tests.missions.vector_writer import write_roads

MUTATIONS = int(os.environ.get("SKYPATROL_MUTATIONS", "60"))
"""Of each format; SKYPATROL_MUTATIONS=200 takes half a minute."""
ROADS = tuple(
    Road(
        road_id=str(number),
        name=name,
        road_class="primary",
        oneway=number % 2 == 0,
        lanes=number or None,
        node_ids=tuple(f"{number}/{at}" for at in range(3)),
        lat_lon_deg=np.array([(30.45, 114.41), (30.451, 114.41 + number / 1000), (30.452, 114.42)]),
        other_names=(("ref", f"S{number}"),),
    )
    for number, name in enumerate(("高新大道", "Elm", "", "Third Road"))
)


def _osm(folder: Path) -> Path:
    nodes = "".join(f'<node id="{n}" lat="{30 + n / 1000}" lon="{114 + n % 3 / 1000}"/>\n' for n in range(1, 9))
    ways = "".join(
        f'<way id="{w}"><nd ref="{w}"/><nd ref="{w + 1}"/><nd ref="{w + 3}"/><tag k="highway" v="primary"/></way>\n'
        for w in range(1, 5)
    )
    path = folder / "roads.osm"
    path.write_text(f'<?xml version="1.0"?>\n<osm version="0.6" generator="x">\n{nodes}{ways}</osm>')
    return path


def _pbf(folder: Path) -> Path:
    path = folder / "roads.osm.pbf"
    writer = osmium.SimpleWriter(str(path))
    for entity in osmium.FileProcessor(str(_osm(folder))):
        writer.add(entity)
    writer.close()
    return path


def _bzip2(folder: Path) -> Path:
    path = folder / "roads.osm.bz2"
    path.write_bytes(bz2.compress(_osm(folder).read_bytes()))
    return path


def _overpass(folder: Path) -> Path:
    nodes = [{"type": "node", "id": n, "lat": 30 + n / 1000, "lon": 114 + n % 3 / 1000} for n in range(1, 9)]
    ways = [{"type": "way", "id": w, "nodes": [w, w + 1, w + 3], "tags": {"highway": "primary"}} for w in range(1, 5)]
    path = folder / "roads.json"
    path.write_text(json.dumps({"version": 0.6, "elements": [*nodes, *ways]}, indent=1))
    return path


def _geojson(folder: Path) -> Path:
    save_network(RoadNetwork(roads=ROADS, source="here"), folder / "roads.geojson")
    return folder / "roads.geojson"


def _shapefile(folder: Path) -> Path:
    return write_roads(folder / "roads.shp", ROADS, "ESRI Shapefile", encoding="UTF-8")


def _zipped(folder: Path) -> Path:
    _shapefile(folder)
    with zipfile.ZipFile(folder / "roads.zip", "w") as archive:
        for path in sorted(folder.glob("roads.*")):
            if path.suffix != ".zip":
                archive.write(path, path.name)
    return folder / "roads.zip"


def _edge_list(folder: Path) -> Path:
    (folder / "nodeData").write_text("".join(f"{n} {n}.5 0 {30 + n / 1000} 114.0 50\n" for n in range(1, 9)))
    (folder / "edgeList").write_text("".join(f"{n} {n + 1}\n" for n in range(1, 8)))
    return folder / "edgeList"


WRITERS: dict[str, Callable[[Path], Path]] = {
    "osm xml": _osm,
    "osm pbf": _pbf,
    "osm bzip2": _bzip2,
    "overpass": _overpass,
    "geojson": _geojson,
    "kml": lambda folder: write_roads(folder / "roads.kml", ROADS, "LIBKML"),
    "kmz": lambda folder: write_roads(folder / "roads.kmz", ROADS, "LIBKML"),
    "gpx": lambda folder: write_roads(folder / "roads.gpx", ROADS, "GPX", GPX_USE_EXTENSIONS="YES"),
    "shapefile": _shapefile,
    "zipped shapefile": _zipped,
    "geopackage": lambda folder: write_roads(folder / "roads.gpkg", ROADS, "GPKG"),
    "edge list": _edge_list,
}


def _mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """Cut off, flip, remove, repeat or overwrite some of the bytes."""
    data = bytearray(content)
    kind = rng.integers(5)
    at, length = int(rng.integers(len(data))), int(rng.integers(1, 40))
    if kind == 0:
        del data[at:]
    elif kind == 1:
        for place in rng.integers(len(data), size=int(rng.integers(1, 8))):
            data[place] = int(rng.integers(256))
    elif kind == 2:
        del data[at : at + length]
    elif kind == 3:
        data[at:at] = data[at : at + length]
    else:
        junk = (b"\xff\x00\x80\x7f", b"-1e999", b"\"'<>{}[]", b"999999999999", "火".encode())[int(rng.integers(5))]
        data[at : at + len(junk)] = junk
    return bytes(data)


@pytest.mark.parametrize("kind", WRITERS)
def test_a_damaged_file_is_read_or_refused_in_one_line_that_names_it(
    tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = WRITERS[kind](tmp_path)
    files = [beside for beside in sorted(path.parent.iterdir()) if beside.stem == path.stem or kind == "edge list"]
    whole = {beside: beside.read_bytes() for beside in files}
    rng = np.random.default_rng(len(kind))
    caplog.set_level(logging.CRITICAL, logger="pyogrio")
    refusals: list[str] = []
    for _ in range(MUTATIONS):
        victim = files[int(rng.integers(len(files)))] if kind in {"shapefile", "edge list"} else path
        victim.write_bytes(_mutated(whole[victim], rng))
        try:
            assert load_network(path).roads
        except InputError as exc:
            refusals.append(str(exc))
        victim.write_bytes(whole[victim])
    assert load_network(path).roads
    assert len(refusals) > MUTATIONS / 20
    assert all("\n" not in refusal and str(path.parent) in refusal for refusal in refusals)
