"""KML in: the plans `plan_kml.py` writes as they were, and lines of other programs that say heights.

A line of another program becomes a flight through its places: heights above sea level where its `altitudeMode` is
absolute, above the ground where it is relativeToGround. A line on the ground has no height to fly at and is refused.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from missions.errors import InputError
from missions.flight_path import FlightPath, RallyPoint
from missions.formats.path_points import PathPoint, path_items
from missions.formats.safe_xml import local_name, parse_xml
from missions.formats.xml_text import XmlElement, XmlReader, child, text_of
from missions.geopoint import Altitude, AltitudeReference, GeoPoint
from missions.zone import Zone, ZoneRule

SOURCE: Final = "KML"
_ABOVE: Final = {"absolute": AltitudeReference.AMSL, "relativeToGround": AltitudeReference.TERRAIN}
_REMEDY: Final = "a plan of `patrol export --format kml`, or a LineString with heights"


def from_kml(data: bytes, *, file: Path | str) -> tuple[FlightPath, ...]:
    """Return the flights of a KML document.

    Raises:
        InputError: naming the element that is missing or wrong.

    """
    root = parse_xml(data, file=file, remedy=_REMEDY)
    reader = _Reader(file)
    marks = [element for element in root.iter() if local_name(element) == "Placemark"]
    folders = [
        element for element in root.iter() if local_name(element) == "Folder" and reader.kind(element) == "sortie"
    ]
    if folders:
        around = reader.around(marks)
        return tuple(reader.sortie(folder, around) for folder in folders)
    lines = [(mark, line) for mark in marks if (line := child(mark, "LineString")) is not None]
    if not lines:
        raise InputError("holds no flight", file=file, remedy=_REMEDY)
    return tuple(reader.line(mark, line, number) for number, (mark, line) in enumerate(lines, start=1))


class _Reader(XmlReader):
    """Takes a KML document apart."""

    def said(self, element: XmlElement) -> dict[str, XmlElement]:
        """Return the values of an element's own ExtendedData by name."""
        data = child(element, "ExtendedData")
        rows = [] if data is None else [row for row in data if local_name(row) == "Data"]
        return {row.get("name", ""): value for row in rows if (value := child(row, "value")) is not None}

    def kind(self, element: XmlElement) -> str:
        return text_of(self.said(element).get("kind"))

    def value(self, element: XmlElement, name: str) -> float:
        value = self.said(element).get(name)
        if value is None:
            raise self.refused(element, "is missing", "as `patrol export` writes it", field=name)
        return self.number(value, field=name)

    def place(self, mark: XmlElement) -> GeoPoint:
        return self.lon_lat(self.needed(mark, "Point", "coordinates"))[0][0]

    def height(self, mark: XmlElement) -> Altitude:
        return self.altitude(mark, self.value(mark, "height_m"), text_of(self.said(mark).get("above")))

    def around(self, marks: list[XmlElement]) -> FlightPath:
        """Return what belongs to every flight of the document."""
        docks = [mark for mark in marks if self.kind(mark) == "dock"]
        return FlightPath(
            name="",
            source=SOURCE,
            items=(),
            home=self.place(docks[0]) if docks else None,
            home_amsl_m=self.value(docks[0], "amsl_m") if docks else None,
            zones=tuple(self.zone(mark) for mark in marks if self.kind(mark) in {"fence", "keep_out"}),
            rally=tuple(
                RallyPoint(position=self.place(mark), altitude=self.height(mark))
                for mark in marks
                if self.kind(mark) == "rally"
            ),
        )

    def zone(self, mark: XmlElement) -> Zone:
        ring = self.needed(mark, "Polygon", "outerBoundaryIs", "LinearRing", "coordinates")
        corners = [place for place, _ in self.lon_lat(ring)]
        if len(corners) > 1 and corners[0] == corners[-1]:
            corners.pop()
        if len(corners) < 3:
            raise self.refused(ring, f"is a polygon of {len(corners)} corners", "at least 3")
        fence = self.kind(mark) == "fence"
        return Zone(
            zone_id=text_of(child(mark, "name")),
            rule=ZoneRule.STAY_IN if fence else ZoneRule.KEEP_OUT,
            corners=tuple(corners),
        )

    def sortie(self, folder: XmlElement, around: FlightPath) -> FlightPath:
        takeoff = Altitude(metres=self.value(folder, "takeoff_height_m"), above=AltitudeReference.HOME)
        items = path_items(list(self.waypoints(folder)), home=around.home, takeoff=takeoff)
        return replace(around, name=text_of(child(folder, "name")), items=items)

    def waypoints(self, folder: XmlElement) -> Iterator[PathPoint]:
        for mark in folder.iter():
            if local_name(mark) == "Placemark" and self.kind(mark) == "waypoint":
                yield PathPoint(
                    position=self.place(mark),
                    altitude=self.height(mark),
                    speed_m_s=self.value(mark, "speed_m_s"),
                    gimbal_pitch_deg=self.value(mark, "gimbal_pitch_deg"),
                )

    def line(self, mark: XmlElement, line: XmlElement, number: int) -> FlightPath:
        mode = text_of(child(line, "altitudeMode")) or "clampToGround"
        coordinates = self.needed(line, "coordinates")
        places = self.lon_lat(coordinates)
        if mode not in _ABOVE or any(height is None for _, height in places):
            what = f"is a line without heights to fly at (altitudeMode {mode[:40]})"
            raise self.refused(coordinates, what, "heights, absolute or relativeToGround")
        points = [
            PathPoint(position=place, altitude=Altitude(metres=height or 0.0, above=_ABOVE[mode]))
            for place, height in places
        ]
        return FlightPath(
            name=text_of(child(mark, "name")) or f"line {number}",
            source=SOURCE,
            home=None,
            home_amsl_m=None,
            items=path_items(points, home=None, takeoff=None, ends_with=None),
            notes=("a line of another program: it says no home, speeds, take-off or return",),
        )
