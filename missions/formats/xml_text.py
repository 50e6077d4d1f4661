"""Elements of XML, read and written the same way in every format of ours; what is wrong is said by line and name."""

import math
from pathlib import Path
from typing import Any, Final

from missions.errors import InputError
from missions.formats.safe_xml import local_name
from missions.geopoint import Altitude, AltitudeReference, GeoPoint

XmlElement = Any
"""An `lxml.etree` element; lxml comes without types."""
_PLACES: Final = 9  # of a degree: a tenth of a millimetre, finer than any format's own step


def child(element: XmlElement, *names: str) -> XmlElement | None:
    """Return the first child at a path of names, whatever their namespaces; None where there is none."""
    for name in names:
        element = next((inner for inner in element if local_name(inner) == name), None)
        if element is None:
            return None
    return element


def text_of(element: XmlElement | None) -> str:
    """Return the trimmed text of an element, "" where there is none."""
    return "" if element is None else (element.text or "").strip()


class XmlReader:
    """Takes numbers and places out of elements and says by line and name where they are wrong."""

    def __init__(self, file: Path | str) -> None:
        self.file = file

    def refused(self, element: XmlElement, what: str, remedy: str, *, field: str | None = None) -> InputError:
        """Return the error that names an element."""
        return InputError(
            what, file=self.file, line=element.sourceline, field=field or local_name(element), remedy=remedy
        )

    def needed(self, element: XmlElement, *names: str) -> XmlElement:
        """Return the child at a path of names.

        Raises:
            InputError: there is none.

        """
        found = child(element, *names)
        if found is None:
            raise self.refused(element, "is missing", f"in {local_name(element)}", field=".".join(names))
        return found

    def number(self, element: XmlElement, text: str | None = None, *, field: str | None = None) -> float:
        """Return the finite number in an element, or in a text of it.

        Raises:
            InputError: it is none.

        """
        said = text_of(element) if text is None else text
        try:
            value = float(said)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self.refused(element, f"is {said[:40]!r}", "a finite number", field=field)
        return value

    def number_at(self, element: XmlElement, *names: str) -> float | None:
        """Return the number at a path of names, None where there is no such child."""
        found = child(element, *names)
        return None if found is None else self.number(found)

    def point(self, element: XmlElement, lat: str, lon: str) -> GeoPoint:
        """Return the place of two texts of an element.

        Raises:
            InputError: it is none on earth.

        """
        lat_deg, lon_deg = self.number(element, lat), self.number(element, lon)
        if abs(lat_deg) > 90 or abs(lon_deg) > 180:
            raise self.refused(element, f"latitude {lat_deg:g}, longitude {lon_deg:g} is no place", "WGS84 degrees")
        return GeoPoint(lat_deg=lat_deg, lon_deg=lon_deg)

    def lon_lat(self, element: XmlElement) -> list[tuple[GeoPoint, float | None]]:
        """Return the places and third numbers of KML's `coordinates`: tuples of longitude, latitude and a height."""
        places: list[tuple[GeoPoint, float | None]] = []
        for part in text_of(element).split():
            numbers = part.split(",")
            if len(numbers) not in {2, 3}:
                raise self.refused(element, f"is {part[:40]!r}", "longitude,latitude,height")
            height = self.number(element, numbers[2]) if len(numbers) == 3 and numbers[2] else None
            places.append((self.point(element, numbers[1], numbers[0]), height))
        if not places:
            raise self.refused(element, "holds no place", "longitude,latitude,height")
        return places

    def altitude(self, element: XmlElement, metres: float, above: str) -> Altitude:
        """Return a height over a datum that the file names.

        Raises:
            InputError: nobody here knows it.

        """
        try:
            return Altitude(metres=metres, above=AltitudeReference(above))
        except ValueError as exc:
            known = ", ".join(AltitudeReference)
            raise self.refused(element, f"heights above {above[:40]!r} are not understood", f"one of {known}") from exc


def add(parent: XmlElement, tag: str, text: str | float | None = None, **attributes: str) -> XmlElement:
    """Append an element and return it; numbers are written plainly."""
    from lxml import etree

    element = etree.SubElement(parent, tag, attributes)
    if text is not None:
        element.text = text if isinstance(text, str) else plain(text)
    return element


def plain(value: float) -> str:
    """Return a number without exponent, in as few digits as it needs, to nine places."""
    text = f"{value:.{_PLACES}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def document(root: XmlElement) -> bytes:
    """Return the document as UTF-8, indented, ending with a line."""
    from lxml import etree

    etree.indent(root, space="  ")
    data: bytes = etree.tostring(root, xml_declaration=False, encoding="UTF-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + data + b"\n"
