"""GPX in: the plans `plan_gpx.py` writes as they were, and routes of other programs that say elevations.

A route of another program becomes a flight through its points at `ele`, above mean sea level. Tracks are records of
what was, not plans, and are left out.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

from missions.errors import InputError
from missions.flight_path import FlightPath, RallyPoint
from missions.formats.path_points import PathPoint, path_items
from missions.formats.safe_xml import local_name, parse_xml
from missions.formats.xml_text import XmlElement, XmlReader, child, text_of
from missions.geopoint import Altitude, AltitudeReference, GeoPoint

SOURCE: Final = "GPX"
_KINDS: Final = ("dock", "rally")


def from_gpx(data: bytes, *, file: Path | str) -> tuple[FlightPath, ...]:
    """Return the routes of a GPX document as flights.

    Raises:
        InputError: naming the element that is missing or wrong.

    """
    root = parse_xml(data, file=file, remedy="GPX as its program wrote it")
    reader = _Reader(file)
    routes = [element for element in root if local_name(element) == "rte"]
    if local_name(root) != "gpx" or not routes:
        raise InputError("holds no route", file=file, remedy="GPX with at least one rte")
    places = {
        kind: [e for e in root if local_name(e) == "wpt" and text_of(child(e, "type")) == kind] for kind in _KINDS
    }
    docks = places["dock"]
    home = reader.place(docks[0]) if docks else None
    home_amsl_m = reader.number_at(docks[0], "ele") if docks else None
    rally = tuple(RallyPoint(position=reader.place(e), altitude=reader.height(e)) for e in places["rally"])
    tracks = sum(local_name(element) == "trk" for element in root)
    notes = (f"{tracks} tracks are left out: they are records, not plans",) if tracks else ()
    around = FlightPath(name="", source=SOURCE, home=home, home_amsl_m=home_amsl_m, items=(), rally=rally, notes=notes)
    return tuple(reader.route(route, number, around) for number, route in enumerate(routes, start=1))


class _Reader(XmlReader):
    """Takes a GPX document apart."""

    def place(self, element: XmlElement) -> GeoPoint:
        return self.point(element, element.get("lat", ""), element.get("lon", ""))

    def height(self, element: XmlElement) -> Altitude:
        """Return the height as commanded, or `ele`, which is above sea level."""
        metres = self.number_at(element, "extensions", "height_m")
        if metres is not None:
            return self.altitude(element, metres, text_of(child(element, "extensions", "above")))
        return Altitude(metres=self.number(self.needed(element, "ele")), above=AltitudeReference.AMSL)

    def route(self, route: XmlElement, number: int, around: FlightPath) -> FlightPath:
        """Return the flight of a route, what belongs to every one of them taken from `around`."""
        points = [
            PathPoint(
                position=self.place(element),
                altitude=self.height(element),
                speed_m_s=self.number_at(element, "extensions", "speed_m_s"),
                gimbal_pitch_deg=self.number_at(element, "extensions", "gimbal_pitch_deg"),
            )
            for element in route
            if local_name(element) == "rtept"
        ]
        if not points:
            raise self.refused(route, "holds no point", "at least one rtept")
        takeoff_m = self.number_at(route, "extensions", "takeoff_height_m")
        name = text_of(child(route, "name")) or f"route {number}"
        if takeoff_m is None:
            items = path_items(points, home=around.home, takeoff=None, ends_with=None)
            note = "a route of another program: it says no take-off and no return"
            return replace(around, name=name, items=items, notes=(*around.notes, note))
        takeoff = Altitude(metres=takeoff_m, above=AltitudeReference.HOME)
        return replace(around, name=name, items=path_items(points, home=around.home, takeoff=takeoff))
