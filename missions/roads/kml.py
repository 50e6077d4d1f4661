"""KML and KMZ: the lines and tracks of every Placemark. Positions are longitude, latitude[, altitude]."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from missions.errors import InputError
from missions.formats.bounded_zip import open_zip, read_member
from missions.formats.safe_xml import local_name, parse_xml
from missions.roads.attributes import id_from_columns, tags_from_columns
from missions.roads.source import RoadSource
from missions.roads.ways import Way, place_ids, way_from_tags

Line = list[tuple[float, float]]
_LINES: Final = frozenset({"LineString", "Track"})
_OTHERS: Final = frozenset({"Point", "Polygon", "Model", "LinearRing"})
_REMEDY: Final = "export the file again"


def ways_from_kml(source: RoadSource) -> list[Way]:
    """Return every LineString and gx:Track; other geometries are counted as dropped.

    A Placemark's name is the road's name; `Data` and `SimpleData` of its ExtendedData are its columns.

    Raises:
        InputError: with the line of the element that is wrong.

    """
    return _ways([(source.path, source.path.read_bytes())], source)


def ways_from_kmz(source: RoadSource) -> list[Way]:
    """Return the lines of every .kml inside; `doc.kml`, which may only point at the others, comes first.

    Raises:
        InputError: the archive is damaged or the KML inside is wrong.

    """
    with open_zip(source.path) as archive:
        names = sorted(
            (name for name in archive.namelist() if name.casefold().endswith(".kml")),
            key=lambda name: (name.count("/"), name.casefold() != "doc.kml", name),
        )
        if not names:
            raise InputError("holds no .kml", file=source.path, remedy="a KMZ file")
        documents = [(f"{source.path}/{name}", read_member(archive, name, file=source.path)) for name in names]
    return _ways(documents, source)


def _ways(documents: Sequence[tuple[Path | str, bytes]], source: RoadSource) -> list[Way]:
    """Return the lines of documents, each with the name messages give it."""
    others: Counter[str] = Counter()
    ways: list[Way] = []
    for file, content in documents:
        root = parse_xml(content, file=file, remedy=_REMEDY)
        source.says.extend(_titles(root))
        for number, placemark in enumerate(root.iter("{*}Placemark"), start=1):
            lines = [_positions(element, file) for element in placemark.iter() if local_name(element) in _LINES]
            others.update(_other_geometry(placemark))
            ways.extend(_ways_of(placemark, number, lines))
    if not ways:
        found = ", but " + ", ".join(f"{count} {kind}" for kind, count in others.most_common()) if others else ""
        raise InputError(f"holds no lines{found}", file=source.path, remedy="roads as LineString")
    source.dropped.update({f"not a line ({kind})": count for kind, count in others.items()})
    return ways


def _titles(root: Any) -> Iterator[str]:  # noqa: ANN401 - lxml's elements are untyped
    for element in root.iter("{*}Document", "{*}Folder"):
        for child in element:
            if local_name(child) in {"name", "description"} and child.text:
                yield child.text


def _other_geometry(placemark: Any) -> Iterator[str]:  # noqa: ANN401 - as above
    for element in placemark.iter():
        kind = local_name(element)
        if kind in _OTHERS and not (kind == "LinearRing" and "Boundary" in local_name(element.getparent())):
            yield kind


def _ways_of(placemark: Any, number: int, lines: list[Line]) -> Iterator[Way]:  # noqa: ANN401 - as above
    columns = _columns(placemark)
    way_id = id_from_columns(columns) or placemark.get("id") or f"line-{number}"
    for index, line in enumerate(lines):
        yield way_from_tags(
            tags_from_columns(columns),
            way_id=way_id if len(lines) == 1 else f"{way_id}/{index + 1}",
            origin=f"Placemark {number} ({way_id}), line {placemark.sourceline}",
            node_ids=place_ids(line),
            lat_lon_deg=tuple(line),
        )


def _columns(placemark: Any) -> dict[str, object]:  # noqa: ANN401 - as above
    """Return the Placemark's name and extended data."""
    columns: dict[str, object] = {}
    for element in placemark.iter("{*}Data", "{*}SimpleData"):
        value = next((child.text for child in element if local_name(child) == "value"), element.text)
        columns[str(element.get("name"))] = (value or "").strip()
    for child in placemark:
        if local_name(child) == "name" and child.text and child.text.strip():
            columns["name"] = child.text.strip()
    return columns


def _positions(element: Any, file: Path | str) -> Line:  # noqa: ANN401 - as above
    """Return the places of a LineString (`lon,lat,alt lon,lat,alt`) or of a gx:Track (`lon lat alt` each)."""
    if local_name(element) == "Track":
        rows = [(coord, (coord.text or "").split()) for coord in element.iter("{*}coord")]
    else:
        rows = [
            (part, row.split(","))
            for part in element.iter("{*}coordinates")
            for row in re.sub(r"\s*,\s*", ",", part.text or "").split()
        ]
    return [_position(part, numbers, file) for part, numbers in rows]


def _position(element: Any, numbers: list[str], file: Path | str) -> tuple[float, float]:  # noqa: ANN401 - as above
    try:
        return float(numbers[1]), float(numbers[0])
    except (ValueError, IndexError) as exc:
        what = f"{','.join(numbers)[:40]!r} is no position"
        raise InputError(
            what, file=file, line=element.sourceline, field="coordinates", remedy="longitude,latitude in degrees"
        ) from exc
