"""Which reader a road file needs: its content tells, not its name."""

import json
import re
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from missions.errors import InputError
from missions.roads.edge_list import ways_from_edge_list
from missions.roads.geojson import ways_from_geojson
from missions.roads.gpx import ways_from_gpx
from missions.roads.kml import ways_from_kml, ways_from_kmz
from missions.roads.osm_file import ways_from_osm
from missions.roads.overpass import ways_from_overpass
from missions.roads.source import KNOWN_FORMATS, RoadSource
from missions.roads.vector_file import ways_from_geopackage, ways_from_shapefile, ways_from_zipped_shapefile
from missions.roads.ways import Way

Reader = Callable[[RoadSource], list[Way]]
_LAYERED: Final = (ways_from_geopackage, ways_from_shapefile, ways_from_zipped_shapefile)
_PROLOGUE: Final = re.compile(rb"^(\s*(<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(\[.*?\]\s*)?>))*\s*", re.DOTALL)
_ROOT: Final = re.compile(rb"<(?:[\w.-]+:)?([\w.-]+)")
_NUMBERS: Final = re.compile(rb"^\d+([ \t]+-?\d+(\.\d+)?){1,5}[ \t]*\r?$", re.MULTILINE)


def read_ways(source: RoadSource) -> list[Way]:
    """Return the lines of a file of any known format.

    Raises:
        InputError: it is of none, or damaged, or has no layers where one is wanted.

    """
    try:
        with source.path.open("rb") as file:
            start = file.read(4096)
    except OSError as exc:
        raise InputError(f"cannot be read: {exc.strerror}", file=source.path, remedy=KNOWN_FORMATS) from exc
    if not _text(start):
        raise InputError("is empty", file=source.path, remedy=KNOWN_FORMATS)
    reader = _reader(start)
    if reader is None:
        raise InputError("is no road file of a known type", file=source.path, remedy=KNOWN_FORMATS)
    if source.layer is not None and reader not in {*_LAYERED, _ways_from_zip}:
        what = f"has no layers, so none named {source.layer}"
        raise InputError(what, file=source.path, field="layer", remedy="leave it out; GeoPackages and zips have layers")
    return reader(source)


def _text(start: bytes) -> bytes:
    return start.removeprefix(b"\xef\xbb\xbf").lstrip()


def _reader(start: bytes) -> Reader | None:
    text = _text(start)
    if text.startswith(b"<"):
        root = _ROOT.match(_PROLOGUE.sub(b"", text, count=1))
        return _XML_FORMATS.get(root.group(1)) if root else None
    return next((read for begins_so, read in _FORMATS if begins_so(start)), None)


def _ways_from_zip(source: RoadSource) -> list[Way]:
    """Read a ZIP by what is inside: a Shapefile, or KML."""
    try:
        with zipfile.ZipFile(source.path) as archive:
            names = [name.casefold() for name in archive.namelist()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as exc:
        raise InputError(f"is a damaged ZIP file: {exc}", file=source.path, remedy="pack the file again") from exc
    if any(name.endswith(".shp") for name in names):
        return ways_from_zipped_shapefile(source)
    if any(name.endswith(".kml") for name in names):
        return ways_from_kmz(source)
    shown = ", ".join(name for name in names[:6]) or "nothing"
    raise InputError(f"is a ZIP file that holds {shown}", file=source.path, remedy="a .shp with its .dbf, or a .kml")


def _ways_from_json(source: RoadSource) -> list[Way]:
    data = _parse(source)
    source.says.extend(_titles(data))
    for member, read in _JSON_FORMATS.items():
        if member in data:
            source.nodes_stated = member == "elements"
            return read(data, file=source.path, dropped=source.dropped)
    raise InputError("is JSON, but no road file of a known type", file=source.path, remedy=KNOWN_FORMATS)


def _titles(data: dict[str, Any]) -> Iterator[str]:
    """Yield what the document says of itself beside its features."""
    for key in ("generator", "name", "title", "description", "source", "copyright", "attribution", "datum", "crs"):
        value = data.get(key)
        if isinstance(value, dict):
            value = json.dumps(value)
        if isinstance(value, str):
            yield value


def _parse(source: RoadSource) -> dict[str, Any]:
    path = source.path
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as exc:
        raise InputError("is not UTF-8 text", file=path, remedy=KNOWN_FORMATS) from exc
    except json.JSONDecodeError as exc:
        what = f"is not whole JSON: {exc.msg}, column {exc.colno}"
        raise InputError(what, file=path, line=exc.lineno, remedy="fetch or export the file again") from exc
    except RecursionError as exc:
        raise InputError("is nested too deeply", file=path, remedy=KNOWN_FORMATS) from exc
    except ValueError as exc:  # a number of thousands of digits
        raise InputError(f"is not whole JSON: {exc}", file=path, remedy="fetch or export the file again") from exc
    if not isinstance(data, dict):
        raise InputError("is a list, not an object", file=path, line=1, remedy=KNOWN_FORMATS)
    return data


_JSON_FORMATS: Final = {"elements": ways_from_overpass, "type": ways_from_geojson}
"""The member of the document that tells the format, and its reader."""
_XML_FORMATS: Final[dict[bytes, Reader]] = {
    b"osm": partial(ways_from_osm, kind="osm"),
    b"kml": ways_from_kml,
    b"gpx": ways_from_gpx,
}
"""The root element that tells the format, and its reader."""
_FORMATS: Final[tuple[tuple[Callable[[bytes], bool], Reader], ...]] = (
    (lambda start: _text(start).startswith((b"{", b"[")), _ways_from_json),
    (lambda start: start.startswith(b"BZh"), partial(ways_from_osm, kind="osm.bz2")),
    (lambda start: start.startswith(b"\x1f\x8b"), partial(ways_from_osm, kind="osm.gz")),
    (lambda start: b"OSMHeader" in start[:64], partial(ways_from_osm, kind="pbf")),
    (lambda start: start.startswith(b"PK\x03\x04"), _ways_from_zip),
    (lambda start: start.startswith(b"\x00\x00\x27\x0a"), ways_from_shapefile),
    (lambda start: start.startswith(b"SQLite format 3\x00"), ways_from_geopackage),
    (lambda start: bool(_NUMBERS.match(_text(start))), ways_from_edge_list),
)
"""What a file of the format begins with, and its reader; the first that fits is taken."""
