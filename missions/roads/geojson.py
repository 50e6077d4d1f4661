"""GeoJSON lines, in and out. Positions are longitude, latitude: known here and in `formats/plan_geojson.py` only."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from missions.errors import InputError
from missions.formats.atomic import write_atomically
from missions.roads.attributes import id_from_columns, tags_from_columns, text_of
from missions.roads.datums import hinted_datum
from missions.roads.network import Road, RoadNetwork
from missions.roads.ways import Way, place_ids, way_from_tags

REPAIRED: Final = "skypatrol: roads repaired and cut at their junctions"
"""The title of files that `save_network` writes: their roads are taken as they stand."""
_WGS84_NAMES: Final = ("CRS84", "4326", "4490")
"""4490 is CGCS2000, which lies within a metre of WGS84."""


def ways_from_geojson(data: dict[str, Any], *, file: Path, dropped: Counter[str]) -> list[Way]:
    """Return every LineString and every part of a MultiLineString; other geometries are counted in `dropped`.

    Lines meet where they share a position to 1e-7 degrees, or a node id where `node_ids` says so.

    Raises:
        InputError: naming the feature that is wrong, or what stands there in place of lines.

    """
    _refuse_other_datum(data, file)
    features = _features(data, file)
    others: Counter[str] = Counter()
    ways: list[Way] = []
    for number, feature in enumerate(features):
        geometry = feature.get("geometry")
        if geometry is None:
            others["no geometry"] += 1
            continue
        if not isinstance(geometry, dict):
            raise InputError("is not an object", file=file, field=f"features.{number}.geometry", remedy="a LineString")
        lines = _lines(geometry, number, file)
        if lines is None:
            others[str(geometry.get("type"))] += 1
            continue
        ways.extend(_ways_of(feature, number, lines, file))
    if not ways:
        found = ", ".join(f"{count} {kind}" for kind, count in others.most_common()) or "no feature"
        raise InputError(f"holds no lines, but {found}", file=file, remedy="roads as LineString or MultiLineString")
    dropped.update({f"not a line ({kind})": count for kind, count in others.items()})
    return ways


def _features(data: dict[str, Any], file: Path) -> list[dict[str, Any]]:
    kind = data.get("type")
    if kind == "Feature":
        return [data]
    if kind != "FeatureCollection":
        return [{"type": "Feature", "properties": {}, "geometry": data}]
    features = data.get("features")
    if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features):
        raise InputError("is not a list of features", file=file, field="features", remedy="a GeoJSON FeatureCollection")
    if not features:
        raise InputError("holds no features", file=file, field="features", remedy="roads as LineString")
    return features


def _refuse_other_datum(data: dict[str, Any], file: Path) -> None:
    """GeoJSON of 2008 may name a coordinate system; one that is none of the datums we know would land elsewhere."""
    crs = data.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    if name and not name.endswith(_WGS84_NAMES) and hinted_datum((name,)) is None:
        raise InputError(f"is in {name}", file=file, field="crs", remedy="reproject the file to WGS84, EPSG:4326")


def _lines(geometry: dict[str, Any], number: int, file: Path) -> list[list[tuple[float, float]]] | None:
    """Return the lines of a geometry as latitude, longitude; None where it is no line."""
    kind = str(geometry.get("type"))
    coordinates: Any = geometry.get("coordinates")
    if kind not in {"LineString", "MultiLineString"}:
        return None
    parts = [coordinates] if kind == "LineString" else coordinates
    try:
        return [[(float(place[1]), float(place[0])) for place in part] for part in parts]
    except (TypeError, ValueError, IndexError, KeyError, OverflowError) as exc:
        field = f"features.{number}.geometry.coordinates"
        raise InputError("are not positions", file=file, field=field, remedy="[longitude, latitude] pairs") from exc


def _ways_of(feature: dict[str, Any], number: int, lines: list[list[tuple[float, float]]], file: Path) -> Iterator[Way]:
    raw = feature.get("properties")
    properties: dict[str, Any] = raw if isinstance(raw, dict) else {}
    way_id = id_from_columns(properties) or text_of(feature.get("id")) or f"line-{number + 1}"
    for index, line in enumerate(lines):
        yield way_from_tags(
            tags_from_columns(properties),
            way_id=way_id if len(lines) == 1 else f"{way_id}/{index + 1}",
            origin=f"feature {number} ({way_id})",
            node_ids=_node_ids(properties if len(lines) == 1 else {}, line, number, file),
            lat_lon_deg=tuple(line),
        )


def _node_ids(properties: dict[str, Any], line: list[tuple[float, float]], number: int, file: Path) -> tuple[str, ...]:
    own = properties.get("node_ids")
    if own is None:
        return place_ids(line)
    if not isinstance(own, list) or len(own) != len(line):
        field = f"features.{number}.properties.node_ids"
        raise InputError("do not match the positions", file=file, field=field, remedy=f"a list of {len(line)} ids")
    return tuple(str(node) for node in own)


def save_network(network: RoadNetwork, path: Path) -> None:
    """Write the roads as GeoJSON, whole or not at all; `load_network` gives the same roads back."""
    features = [_feature(road) for road in network.roads]
    rows = ",\n".join(json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features)
    write_atomically(path, f'{{"type":"FeatureCollection","generator":"{REPAIRED}","features":[\n{rows}\n]}}\n')


def _feature(road: Road) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {
            "id": road.road_id,
            "name": road.name,
            "highway": road.road_class,
            "oneway": road.oneway,
            "lanes": road.lanes,
            "node_ids": list(road.node_ids),
            **dict(road.other_names),
        },
        "geometry": {
            "type": "LineString",
            "coordinates": [[float(lon), float(lat)] for lat, lon in road.lat_lon_deg],
        },
    }
