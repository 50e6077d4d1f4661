"""GPX: the segments of tracks, and routes. Waypoints are no roads."""

from collections.abc import Iterator
from typing import Any

from missions.errors import InputError
from missions.formats.safe_xml import local_name, parse_xml
from missions.roads.attributes import id_from_columns, tags_from_columns
from missions.roads.source import RoadSource
from missions.roads.ways import Way, place_ids, way_from_tags


def ways_from_gpx(source: RoadSource) -> list[Way]:
    """Return every track segment and route; what stands in a track's `extensions` are its columns.

    Raises:
        InputError: with the line of the element that is wrong.

    """
    root = parse_xml(source.path.read_bytes(), file=source.path, remedy="export the file again")
    source.says.extend(filter(None, (root.get("creator"), *_titles(root))))
    ways = [way for number, item in enumerate(_items(root), start=1) for way in _ways_of(item, number, source)]
    places = sum(1 for child in root if local_name(child) == "wpt")
    if not ways:
        what = f"holds no track or route, but {places} waypoints" if places else "holds no track or route"
        raise InputError(what, file=source.path, remedy="roads as <trk> or <rte>")
    if places:
        source.dropped["not a line (waypoint)"] += places
    return ways


def _titles(root: Any) -> Iterator[str | None]:  # noqa: ANN401 - lxml's elements are untyped
    for metadata in root.iterfind("{*}metadata"):
        yield from (child.text for child in metadata if local_name(child) in {"name", "desc"})


def _items(root: Any) -> Iterator[Any]:  # noqa: ANN401 - as above
    return (child for child in root if local_name(child) in {"trk", "rte"})


def _ways_of(item: Any, number: int, source: RoadSource) -> Iterator[Way]:  # noqa: ANN401 - as above
    columns = _columns(item)
    way_id = id_from_columns(columns) or f"{local_name(item)}-{number}"
    segments = [item] if local_name(item) == "rte" else list(item.iterfind("{*}trkseg"))
    for index, segment in enumerate(segments):
        points = [child for child in segment if local_name(child) in {"trkpt", "rtept"}]
        line = [_position(point, source) for point in points]
        yield way_from_tags(
            tags_from_columns(columns),
            way_id=way_id if len(segments) == 1 else f"{way_id}/{index + 1}",
            origin=f"{local_name(item)} {number} ({way_id}), line {item.sourceline}",
            node_ids=place_ids(line),
            lat_lon_deg=tuple(line),
        )


def _columns(item: Any) -> dict[str, object]:  # noqa: ANN401 - as above
    """Return name and type, and every leaf of the extensions by its name."""
    columns: dict[str, object] = {}
    for child in item:
        if local_name(child) in {"name", "type"} and child.text:
            columns[local_name(child)] = child.text.strip()
    for extensions in item.iterfind("{*}extensions"):
        for leaf in extensions.iter():
            if len(leaf) == 0 and leaf.text and leaf is not extensions:
                columns[local_name(leaf)] = leaf.text.strip()
    return columns


def _position(point: Any, source: RoadSource) -> tuple[float, float]:  # noqa: ANN401 - as above
    try:
        return float(point.get("lat")), float(point.get("lon"))
    except (TypeError, ValueError) as exc:
        raise InputError(
            "needs lat and lon", file=source.path, line=point.sourceline, field=local_name(point),
            remedy="numbers, degrees",
        ) from exc  # fmt: skip
