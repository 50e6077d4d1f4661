"""Zone files of any known format to zones; the content tells the format, not the name."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from missions.errors import InputError
from missions.formats.json_text import parse_json
from missions.zone import Zone
from missions.zones.drawn import Drawing, Place, zones_of
from missions.zones.ed269 import areas_from_ed269, looks_like_ed269
from missions.zones.ed318 import areas_from_ed318, looks_like_ed318
from missions.zones.geojson import areas_from_geojson
from missions.zones.kml import MOST_BYTES, areas_from_kml, kml_of_kmz
from missions.zones.openair import areas_from_openair, begins_like_openair

KNOWN: Final = "GeoJSON polygons, ED-269 or ED-318 zones, KML, KMZ or OpenAir"


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneFile:
    """The no-fly zones of a file."""

    path: Path
    format: str
    zones: tuple[Zone, ...]
    left_out: tuple[str, ...]
    """What in the file is no zone to keep out of, and why."""


def load_zones(path: Path) -> ZoneFile:
    """Read every zone of a file.

    Circles, arcs and airways become polygons that contain them. An area with holes, or one whose outline crosses
    itself, becomes several zones `ID/1`, `ID/2`, the largest first.

    Raises:
        InputError: with file, line or element, and what would be right.

    """
    name, drawing = _drawing(_read(path), path)
    if not drawing.areas and not drawing.left_out:
        raise InputError("holds no zones", file=path, remedy=KNOWN)
    if not drawing.areas:
        raise InputError(f"holds no areas to keep out of, only {drawing.left_out[0]}", file=path, remedy=KNOWN)
    return ZoneFile(path=path, format=name, zones=zones_of(drawing.areas), left_out=tuple(drawing.left_out))


def drawing_of(path: Path) -> Drawing:
    """Read what a file draws, areas with their holes, without a word on what they are for.

    Raises:
        InputError: as `load_zones`, but a file may hold no area.

    """
    return _drawing(_read(path), path)[1]


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as exc:
        raise InputError(f"cannot be read: {exc.strerror}", file=path, remedy=KNOWN) from exc
    if len(data) > MOST_BYTES:
        raise InputError(f"is larger than {MOST_BYTES >> 20} MiB", file=path, remedy="the zones of one region")
    if not data.removeprefix(b"\xef\xbb\xbf").strip():
        raise InputError("is empty", file=path, remedy=KNOWN)
    return data


def _drawing(data: bytes, path: Path) -> tuple[str, Drawing]:
    """Return the format's name and what is drawn."""
    if data.startswith(b"PK\x03\x04"):
        return "KMZ", areas_from_kml(kml_of_kmz(path), file=path)
    begin = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if begin.startswith((b"{", b"[")):
        return _from_json(data, path)
    if begin.startswith(b"<") or b"<kml" in begin[:4096]:
        return "KML", areas_from_kml(data.removeprefix(b"\xef\xbb\xbf"), file=path)
    text = _text(data)
    if begins_like_openair(text):
        return "OpenAir", areas_from_openair(text, file=path)
    raise InputError("is no zone file of a known type", file=path, remedy=KNOWN)


def _text(data: bytes) -> str:
    """Return the text of an OpenAir file: UTF-8, or the Latin alphabet of older ones."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _from_json(data: bytes, path: Path) -> tuple[str, Drawing]:
    document = _parse(data, path)
    place = Place(file=path)
    for name, looks_like, areas in _JSON_FORMATS:
        if looks_like(document):
            return name, areas(document, place=place)
    raise InputError("is JSON, but no zone file of a known type", file=path, remedy=KNOWN)


def _parse(data: bytes, path: Path) -> dict[str, Any]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise InputError("is not UTF-8 text", file=path, remedy=KNOWN) from exc
    document = parse_json(text, file=path, remedy="fetch or export the file again")
    if not isinstance(document, dict):
        raise InputError("is a list, not an object", file=path, line=1, remedy=KNOWN)
    return document


_JSON_FORMATS: Final[tuple[tuple[str, Callable[[dict[str, Any]], bool], Callable[..., Drawing]], ...]] = (
    ("ED-269", looks_like_ed269, areas_from_ed269),
    ("ED-318", looks_like_ed318, areas_from_ed318),
    ("GeoJSON", lambda document: "type" in document, areas_from_geojson),
)
"""A format's name, what tells it and its reader; the first that fits is taken."""
