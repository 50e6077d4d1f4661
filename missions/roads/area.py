"""The area whose roads are wanted: corners of the mission, or polygons of a GeoJSON or KML file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import shapely

from missions.errors import InputError
from missions.formats.safe_xml import local_name, parse_xml
from missions.mission import Place

_REMEDY: Final = "a GeoJSON or KML file with a Polygon, WGS84"
Ring = list[tuple[float, float]]


def area_of(polygon: Path | tuple[Place, ...]) -> shapely.Geometry:
    """Return the area; its coordinates are latitude, longitude, WGS84 degrees.

    Raises:
        InputError: the file holds no polygon, or a border crosses itself.

    """
    if not isinstance(polygon, Path):
        return _checked([[[(place.lat, place.lon) for place in polygon]]], None)
    try:
        content = polygon.read_bytes()
    except OSError as exc:
        raise InputError(f"cannot be read: {exc.strerror}", file=polygon, remedy=_REMEDY) from exc
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    readers = {b"{": _geojson_polygons, b"<": _kml_polygons}
    if start not in readers:
        raise InputError("is no area of a known type", file=polygon, remedy=_REMEDY)
    polygons = list(readers[start](content, polygon))
    if not polygons:
        raise InputError("holds no polygon", file=polygon, remedy=_REMEDY)
    return _checked(polygons, polygon)


def _checked(polygons: list[list[Ring]], file: Path | None) -> shapely.Geometry:
    """Return the polygons, each an outer ring and its holes, as one area."""
    field = "roads.keep.polygon" if file is None else None
    for rings in polygons:
        for ring in rings:
            for lat, lon in ring:
                if not (-90 <= lat <= 90 and -180 <= lon <= 180):
                    what, remedy = f"has latitude {lat:g}, longitude {lon:g}", "WGS84 degrees"
                    raise InputError(what, file=file, field=field, remedy=remedy)
            if len(ring) < 3:
                raise InputError(f"has {len(ring)} corners", file=file, field=field, remedy="at least three corners")
    shapes = [shapely.Polygon(rings[0], rings[1:]) for rings in polygons if rings]
    for shape in shapes:
        if not shape.is_valid or shape.area == 0.0:
            why = shapely.is_valid_reason(shape).partition("[")[0].lower() if not shape.is_valid else "no area"
            raise InputError(f"is no polygon: {why}", file=file, field=field, remedy="corners in order round the area")
    return shapely.union_all(shapes)


def _geojson_polygons(content: bytes, file: Path) -> Iterator[list[Ring]]:
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except json.JSONDecodeError as exc:
        what = f"is not whole JSON: {exc.msg}, column {exc.colno}"
        raise InputError(what, file=file, line=exc.lineno, remedy=_REMEDY) from exc
    except (ValueError, RecursionError) as exc:
        raise InputError("is not whole JSON", file=file, remedy=_REMEDY) from exc
    try:
        for geometry in _geometries(data):
            coordinates = geometry["coordinates"]
            for rings in [coordinates] if geometry["type"] == "Polygon" else coordinates:
                yield [[(float(place[1]), float(place[0])) for place in ring] for ring in rings]
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError, OverflowError) as exc:
        what = "holds a polygon whose coordinates are not positions"
        raise InputError(what, file=file, remedy="rings of [longitude, latitude] pairs") from exc


def _geometries(data: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - parsed JSON
    kind = data["type"]
    if kind == "FeatureCollection":
        for feature in data["features"]:
            yield from _geometries(feature)
    elif kind == "Feature" and data["geometry"] is not None:
        yield from _geometries(data["geometry"])
    elif kind == "GeometryCollection":
        for geometry in data["geometries"]:
            yield from _geometries(geometry)
    elif kind in {"Polygon", "MultiPolygon"}:
        yield data


def _kml_polygons(content: bytes, file: Path) -> Iterator[list[Ring]]:
    root = parse_xml(content, file=file, remedy=_REMEDY)
    for polygon in root.iter("{*}Polygon"):
        outer = [_ring(part, file) for part in polygon.iter("{*}coordinates") if _boundary(part) == "outerBoundaryIs"]
        inner = [_ring(part, file) for part in polygon.iter("{*}coordinates") if _boundary(part) == "innerBoundaryIs"]
        if outer:
            yield [outer[0], *inner]


def _boundary(part: Any) -> str:  # noqa: ANN401 - lxml's elements are untyped
    return next((local_name(up) for up in part.iterancestors() if local_name(up).endswith("BoundaryIs")), "")


def _ring(part: Any, file: Path) -> Ring:  # noqa: ANN401 - as above
    try:
        rows = [row.split(",") for row in (part.text or "").split()]
        return [(float(row[1]), float(row[0])) for row in rows]
    except (ValueError, IndexError) as exc:
        what = "holds something that is no position"
        raise InputError(
            what, file=file, line=part.sourceline, field="coordinates", remedy="longitude,latitude in degrees"
        ) from exc
