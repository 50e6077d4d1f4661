"""OSM files: XML, plain or compressed, and PBF, read by osmium."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

import osmium

from missions.errors import InputError
from missions.roads.source import RoadSource
from missions.roads.ways import Way, way_from_tags

_UNREADABLE: Final = (RuntimeError, ValueError, osmium.InvalidLocationError)
"""All that osmium raises for a file it cannot read."""
_UNDEFINED: Final = 2_147_483_647
"""osmium's coordinate of a node that is not in the file."""
_Point = tuple[str, tuple[float, float]]


def ways_from_osm(source: RoadSource, *, kind: str) -> list[Way]:
    """Return the ways with a `highway` tag; `kind` is osmium's name of the format: osm, osm.bz2, osm.gz, pbf.

    Raises:
        InputError: the file breaks off or is not what its first bytes promise.

    """
    file = osmium.io.File(str(source.path), kind)
    highways = osmium.filter.KeyFilter("highway")
    highways.enable_for(osmium.osm.WAY)
    source.nodes_stated = True
    ways: list[Way] = []
    try:
        source.says.append(_generator(file))
        for entity in osmium.FileProcessor(file).with_locations().with_filter(highways):
            if isinstance(entity, osmium.osm.Way):
                ways.extend(_ways_of(entity, source.dropped))
    except _UNREADABLE as exc:
        line = re.search(r"line (\d+)", str(exc))
        what = f"breaks off or is damaged: {exc}"
        raise InputError(
            what, file=source.path, line=int(line.group(1)) if line else None, remedy="fetch the file again"
        ) from exc
    return ways


def _generator(file: osmium.io.File) -> str:
    """Return the program that wrote the file, as its header says."""
    with osmium.io.Reader(file, osmium.osm.NOTHING) as reader:
        return str(reader.header().get("generator"))


def _ways_of(entity: osmium.osm.Way, dropped: Counter[str]) -> Iterator[Way]:
    """Yield the parts of a way whose nodes are in the file; an extract's border cuts some off."""
    parts = list(_known_parts(entity, dropped))
    tags = {tag.k: tag.v for tag in entity.tags}
    for index, part in enumerate(parts):
        yield way_from_tags(
            tags,
            way_id=str(entity.id) if len(parts) == 1 else f"{entity.id}/{index + 1}",
            origin=f"way {entity.id}",
            node_ids=tuple(node for node, _ in part),
            lat_lon_deg=tuple(place for _, place in part),
        )


def _known_parts(entity: osmium.osm.Way, dropped: Counter[str]) -> Iterator[list[_Point]]:
    part: list[_Point] = []
    for node in entity.nodes:
        location = node.location
        if location.x != _UNDEFINED:  # out of range is kept: the check of all coordinates says what is wrong with it
            part.append((str(node.ref), (location.lat_without_check(), location.lon_without_check())))
            continue
        dropped["points without a place"] += 1
        if part:
            yield part
            part = []
    if part:
        yield part
