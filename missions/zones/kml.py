"""KML and KMZ placemarks with polygons to drawn areas.

The XML is read without entities, without a document type and without the network; of a KMZ no more than `MOST_BYTES`
are unpacked. An extruded polygon of one height ends at that height; other heights say nothing about a zone.
"""

import lzma
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from missions.geopoint import Altitude, AltitudeReference
from missions.zones.drawn import Drawing, DrawnArea, Place, Ring
from missions.zones.geojson_rings import lat_lon

if TYPE_CHECKING:
    from lxml.etree import _Element

MOST_BYTES: Final = 64 * 1024 * 1024
"""Of a document, unpacked."""
_MOST_ENTRIES: Final = 10_000
_ABOVE: Final = {"absolute": AltitudeReference.AMSL, "relativeToGround": AltitudeReference.TERRAIN}
_COORDINATES: Final = "longitude,latitude[,height] separated by blanks"


def kml_of_kmz(data: bytes, *, file: Path) -> bytes:
    """Return the document of a KMZ: doc.kml, else the first .kml in it.

    Raises:
        InputError: it is damaged, holds no KML, or unpacks to too much.

    """
    place = Place(file=file)
    try:
        text = _unpacked(data)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError) as exc:
        raise place.refusal("is a damaged zip archive", "pack or fetch the file again") from exc
    if text is None:
        raise place.refusal("is a zip archive without a .kml in it", "a KMZ with doc.kml")
    if len(text) > MOST_BYTES:
        raise place.refusal(f"unpacks to more than {MOST_BYTES >> 20} MiB", "a smaller file")
    return text


def _unpacked(data: bytes) -> bytes | None:
    """Return the document, but no more of it than is too much; None where there is none."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        found = [name for name in archive.namelist()[:_MOST_ENTRIES] if name.lower().endswith(".kml")]
        if not found:
            return None
        chosen = next((name for name in found if name.lower() == "doc.kml"), found[0])
        with archive.open(chosen) as document:
            return document.read(MOST_BYTES + 1)


def areas_from_kml(text: bytes, *, file: Path) -> Drawing:
    """Return every polygon of every placemark; placemarks without one are told in `left_out`.

    Raises:
        InputError: with the line that is wrong and what would be right.

    """
    drawing = Drawing()
    others: Counter[str] = Counter()
    for placemark in _all(_root(text, file), "Placemark"):
        name = _text(placemark, "name")
        found = _all(placemark, "Polygon")
        for polygon in found:
            drawing.areas.append(_area(polygon, name, file))
        if not found:
            others[_kind(placemark)] += 1
    drawing.left_out += [f"{count} x {kind}: no area" for kind, count in others.most_common()]
    return drawing


def _root(text: bytes, file: Path) -> "_Element":
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(text, parser)
    except etree.XMLSyntaxError as exc:
        line = exc.lineno or None
        words = " ".join(str(exc.msg).split())[:120]
        raise Place(file=file, line=line).refusal(f"is not well-formed XML: {words}", "export the file again") from exc
    except ValueError as exc:  # an encoding that lxml does not take
        raise Place(file=file, line=1).refusal("is no XML that can be read", "KML in UTF-8") from exc
    if root.getroottree().docinfo.doctype:
        raise Place(file=file, line=1).refusal("has a document type, which KML has not", "KML without <!DOCTYPE>")
    if _local(root) != "kml":
        raise Place(file=file, line=root.sourceline).refusal(f"is XML of another kind: {_local(root)[:40]}", "<kml>")
    return root


def _local(element: "_Element") -> str:
    """Return a name without its namespace, which old files have in several versions; of a comment, nothing."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _all(element: "_Element", name: str) -> "list[_Element]":
    return [child for child in element.iter() if _local(child) == name]


def _text(element: "_Element", name: str) -> str:
    found = next((child for child in element if _local(child) == name), None)
    return " ".join((found.text or "").split())[:200] if found is not None else ""


def _kind(placemark: "_Element") -> str:
    kinds = ("Point", "LineString", "LinearRing", "Track", "Model")
    return next((kind for kind in kinds if _all(placemark, kind)), "Placemark without geometry")


def _area(polygon: "_Element", name: str, file: Path) -> DrawnArea:
    place = Place(file=file, line=polygon.sourceline, field=name or None)
    outer = [ring for boundary in _all(polygon, "outerBoundaryIs") for ring in _all(boundary, "LinearRing")]
    if len(outer) != 1:
        raise place.refusal(f"a Polygon with {len(outer)} outlines", "one LinearRing in outerBoundaryIs")
    holes = [ring for boundary in _all(polygon, "innerBoundaryIs") for ring in _all(boundary, "LinearRing")]
    outline, heights = _ring(outer[0], place)
    return DrawnArea(
        place=place,
        area_id=name,
        name=name,
        outline=outline,
        holes=tuple(_ring(hole, place)[0] for hole in holes),
        upper=_upper(polygon, heights),
    )


def _ring(ring: "_Element", place: Place) -> tuple[Ring, set[float]]:
    """Return the corners, and the heights that stand beside them."""
    here = Place(file=place.file, line=ring.sourceline, field=place.field)
    words = " ".join(element.text or "" for element in _all(ring, "coordinates"))
    places, heights = [], set()
    for numbers in _tuples(words, here):
        places.append(lat_lon(numbers[1], numbers[0], here))
        heights.add(numbers[2] if len(numbers) > 2 else 0.0)
    if not places:
        raise here.refusal("a LinearRing without coordinates", _COORDINATES)
    return tuple(places), heights


def _tuples(words: str, place: Place) -> Iterator[list[float]]:
    for word in re.sub(r"\s*,\s*", ",", words).split():
        try:
            numbers = [float(part) for part in word.split(",")]
        except ValueError:
            numbers = []
        if len(numbers) not in {2, 3}:
            raise place.refusal(f"{word[:40]!r} is no position", _COORDINATES)
        yield numbers


def _upper(polygon: "_Element", heights: set[float]) -> Altitude | None:
    above = _ABOVE.get(_text(polygon, "altitudeMode"))
    if above is None or _text(polygon, "extrude") not in {"1", "true"} or len(heights) != 1:
        return None
    (metres,) = heights
    return Altitude(metres=metres, above=above) if 0 < metres < 1e5 else None
