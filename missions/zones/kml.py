"""KML and KMZ placemarks with polygons to drawn areas.

The XML is read without entities, without a document type and without the network; of a KMZ no more than `MOST_BYTES`
are unpacked. An extruded polygon of one height ends at that height; other heights say nothing about a zone.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from missions.formats.bounded_zip import open_zip, read_member
from missions.formats.safe_xml import local_name, parse_xml
from missions.formats.xml_text import XmlElement, child, text_of
from missions.geopoint import Altitude, AltitudeReference
from missions.zones.drawn import Drawing, DrawnArea, Place, Ring
from missions.zones.geojson_rings import lat_lon

MOST_BYTES: Final = 64 * 1024 * 1024
"""Of a document, unpacked."""
_ABOVE: Final = {"absolute": AltitudeReference.AMSL, "relativeToGround": AltitudeReference.TERRAIN}
_COORDINATES: Final = "longitude,latitude[,height] separated by blanks"


def kml_of_kmz(path: Path) -> bytes:
    """Return the document of a KMZ: doc.kml, else the first .kml in it.

    Raises:
        InputError: it is damaged, holds no KML, or unpacks to too much.

    """
    place = Place(file=path)
    with open_zip(path) as archive:
        found = [name for name in archive.namelist() if name.lower().endswith(".kml")]
        if not found:
            raise place.refusal("is a ZIP file without a .kml in it", "a KMZ with doc.kml")
        text = read_member(archive, next((name for name in found if name.lower() == "doc.kml"), found[0]), file=path)
    if len(text) > MOST_BYTES:
        raise place.refusal(f"unpacks to more than {MOST_BYTES >> 20} MiB", "a smaller file")
    return text


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


def _root(text: bytes, file: Path) -> XmlElement:
    root = parse_xml(text, file=file, remedy="export the file again")
    if local_name(root) != "kml":
        name = local_name(root)[:40]
        raise Place(file=file, line=root.sourceline).refusal(f"is XML of another kind: {name}", "<kml>")
    return root


def _all(element: XmlElement, name: str) -> list[XmlElement]:
    return [child for child in element.iter() if local_name(child) == name]


def _text(element: XmlElement, name: str) -> str:
    return " ".join(text_of(child(element, name)).split())[:200]


def _kind(placemark: XmlElement) -> str:
    kinds = ("Point", "LineString", "LinearRing", "Track", "Model")
    return next((kind for kind in kinds if _all(placemark, kind)), "Placemark without geometry")


def _area(polygon: XmlElement, name: str, file: Path) -> DrawnArea:
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


def _ring(ring: XmlElement, place: Place) -> tuple[Ring, set[float]]:
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


def _upper(polygon: XmlElement, heights: set[float]) -> Altitude | None:
    above = _ABOVE.get(_text(polygon, "altitudeMode"))
    if above is None or _text(polygon, "extrude") not in {"1", "true"} or len(heights) != 1:
        return None
    (metres,) = heights
    return Altitude(metres=metres, above=above) if 0 < metres < 1e5 else None
