"""Road files of any known format to a `RoadNetwork`."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

from geo import gcj02_to_wgs84
from missions.errors import InputError
from missions.geopoint import GeoPoint
from missions.mission import KeepRoads
from missions.roads.assemble import Shift, roads_from_ways
from missions.roads.coordinates import check_coordinates
from missions.roads.geojson import ways_from_geojson
from missions.roads.keep import kept_roads
from missions.roads.network import Road, RoadNetwork
from missions.roads.osm_file import ways_from_osm
from missions.roads.overpass import ways_from_overpass
from missions.roads.ways import Way

Datum = Literal["wgs84", "gcj02"]

_KNOWN: Final = "Overpass JSON, OSM .osm/.osm.bz2/.osm.gz/.osm.pbf, or GeoJSON lines"
_SHIFTS: Final[dict[str, Shift | None]] = {"wgs84": None, "gcj02": gcj02_to_wgs84}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadImport:
    """A network and what became of the file it came from."""

    network: RoadNetwork
    lines_read: int
    """Lines that stood in the file as roads."""
    dropped: Mapping[str, int]
    """What was left out: reason to count, the commonest first."""


def load_network(
    path: Path, *, datum: Datum = "wgs84", keep: KeepRoads | None = None, near: GeoPoint | None = None
) -> RoadNetwork:
    """Read roads from Overpass JSON, OSM XML or PBF, or GeoJSON lines; the content tells which, not the name.

    Without `keep` all roads are returned, footways too, which is what walking needs. Roads are cut at their junctions
    before `keep` is asked, so a road has the same id in both networks. `near` (the dock) reveals swapped axes.

    Raises:
        InputError: with file, element and remedy.

    """
    return import_roads(path, datum=datum, keep=keep, near=near).network


def import_roads(
    path: Path, *, datum: Datum = "wgs84", keep: KeepRoads | None = None, near: GeoPoint | None = None
) -> RoadImport:
    """Read roads as `load_network` does, and say what was left out.

    Raises:
        InputError: with file, element and remedy.

    """
    if datum not in _SHIFTS:
        raise InputError(f"unknown datum {datum!r}", field="datum", remedy="wgs84 or gcj02")
    dropped: Counter[str] = Counter()
    ways = _read(path, dropped)
    check_coordinates(ways, file=path, near=near)
    roads = roads_from_ways(ways, shift=_SHIFTS[datum], dropped=dropped)
    if not roads:
        raise _no_roads(path, dropped)
    if keep is not None:
        roads = kept_roads(roads, keep, file=path, dropped=dropped)
    network = RoadNetwork(roads=tuple[Road, ...](roads), source=str(path))
    return RoadImport(network=network, lines_read=len(ways), dropped=dict(dropped.most_common()))


def _no_roads(path: Path, dropped: Counter[str]) -> InputError:
    found = ", ".join(f"{count} x {reason}" for reason, count in dropped.most_common(6))
    return InputError("holds no roads", file=path, remedy=f"found only {found}" if found else f"roads as {_KNOWN}")


def _read(path: Path, dropped: Counter[str]) -> list[Way]:
    """Return the lines of a file, told apart by its first bytes."""
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as exc:
        raise InputError(f"cannot be read: {exc.strerror}", file=path, remedy=_KNOWN) from exc
    if not _text(start):
        raise InputError("is empty", file=path, remedy=_KNOWN)
    for begins_so, read in _FORMATS:
        if begins_so(start):
            return read(path, dropped=dropped)
    raise InputError("is no road file of a known type", file=path, remedy=_KNOWN)


def _text(start: bytes) -> bytes:
    return start.removeprefix(b"\xef\xbb\xbf").lstrip()


def _ways_from_json(path: Path, *, dropped: Counter[str]) -> list[Way]:
    data = _parse(path)
    for member, read in _JSON_FORMATS.items():
        if member in data:
            return read(data, file=path, dropped=dropped)
    raise InputError("is JSON, but no road file of a known type", file=path, remedy=_KNOWN)


def _parse(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as exc:
        raise InputError("is not UTF-8 text", file=path, remedy=_KNOWN) from exc
    except json.JSONDecodeError as exc:
        what = f"is not whole JSON: {exc.msg}, column {exc.colno}"
        raise InputError(what, file=path, line=exc.lineno, remedy="fetch or export the file again") from exc
    except RecursionError as exc:
        raise InputError("is nested too deeply", file=path, remedy=_KNOWN) from exc
    if not isinstance(data, dict):
        raise InputError("is a list, not an object", file=path, line=1, remedy=_KNOWN)
    return data


_JSON_FORMATS: Final = {"elements": ways_from_overpass, "type": ways_from_geojson}
"""The member of the document that tells the format, and its reader."""
_FORMATS: Final[tuple[tuple[Callable[[bytes], bool], Callable[..., list[Way]]], ...]] = (
    (lambda start: _text(start).startswith((b"{", b"[")), _ways_from_json),
    (lambda start: start.startswith(b"BZh"), partial(ways_from_osm, kind="osm.bz2")),
    (lambda start: start.startswith(b"\x1f\x8b"), partial(ways_from_osm, kind="osm.gz")),
    (lambda start: b"OSMHeader" in start[:64], partial(ways_from_osm, kind="pbf")),
    (lambda start: _text(start).startswith(b"<") and b"<osm" in start, partial(ways_from_osm, kind="osm")),
)
"""What a file of the format begins with, and its reader; the first that fits is taken."""
