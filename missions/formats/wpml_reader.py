"""DJI's WPML (`.kmz`), in: every wayline of `wpmz/waylines.wpml` as a flight, home and datum from `wpmz/template.kml`.

WPML's speeds and gimbal turns are of the leg that begins at a waypoint; here they move to the waypoint where that leg
ends. Heights above the start are above home, those that follow the surface above the terrain. Executed heights above
the ellipsoid have no datum of ours, so the template's heights above sea level (EGM96) or ground stand for them.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from missions.errors import InputError
from missions.flight_path import FlightPath
from missions.formats.bounded_zip import open_zip, read_member
from missions.formats.mav_commands import MAV_CMD_NAV_LAND, MAV_CMD_NAV_RETURN_TO_LAUNCH
from missions.formats.path_points import PathPoint, path_items
from missions.formats.safe_xml import local_name, parse_xml
from missions.formats.wpml import TEMPLATE, WAYLINES
from missions.formats.xml_text import XmlElement, XmlReader, child, text_of
from missions.geopoint import Altitude, AltitudeReference, GeoPoint

SOURCE: Final = "DJI WPML"
_REMEDY: Final = "a .kmz of DJI Pilot 2 or FlightHub 2"
_ENDS: Final = {
    "goHome": MAV_CMD_NAV_RETURN_TO_LAUNCH,
    "autoLand": MAV_CMD_NAV_LAND,
    "noAction": None,
    "gotoFirstWaypoint": None,
}
_EXECUTED: Final = {"relativeToStartPoint": AltitudeReference.HOME, "realTimeFollowSurface": AltitudeReference.TERRAIN}
_PLANNED: Final = {
    "EGM96": AltitudeReference.AMSL,
    "relativeToStartPoint": AltitudeReference.HOME,
    "aboveGroundLevel": AltitudeReference.TERRAIN,
    "realTimeFollowSurface": AltitudeReference.TERRAIN,
}
_TURNS_GIMBAL: Final = frozenset({"gimbalRotate", "gimbalEvenlyRotate"})


def unzipped(path: Path) -> dict[str, bytes]:
    """Return the documents of a `.kmz` by name.

    Raises:
        InputError: it is damaged, locked or too large.

    """
    with open_zip(path) as archive:
        names = [name for name in archive.namelist() if name.lower().endswith((".kml", ".wpml"))]
        return {name: read_member(archive, name, file=path) for name in names}


def from_wpml(files: dict[str, bytes], *, file: Path | str) -> tuple[FlightPath, ...]:
    """Return the waylines of an unzipped `.kmz` as flights.

    Raises:
        InputError: naming the element that is missing, wrong or of a datum nobody here knows.

    """
    if WAYLINES not in files:
        raise InputError("is missing", file=file, field=WAYLINES, remedy=_REMEDY)
    reader = _Reader(f"{file}/{WAYLINES}")
    body = reader.needed(parse_xml(files[WAYLINES], file=reader.file, remedy=_REMEDY), "Document")
    template_reader = _Reader(f"{file}/{TEMPLATE}")
    template = None
    if TEMPLATE in files:
        template = child(parse_xml(files[TEMPLATE], file=template_reader.file, remedy=_REMEDY), "Document")
    home, home_amsl_m = template_reader.home(template)
    heights = template_reader.planned_heights(template)
    config = reader.needed(body, "missionConfig")
    folders = [element for element in body if local_name(element) == "Folder"]
    if not folders:
        raise reader.refused(body, "holds no wayline", "at least one Folder", field="Folder")
    return tuple(
        FlightPath(
            name=f"wayline {number}",
            source=SOURCE,
            home=home,
            home_amsl_m=home_amsl_m,
            items=path_items(
                reader.points(folder, config, heights),
                home=home,
                takeoff=reader.takeoff(config),
                ends_with=reader.ending(config),
            ),
            notes=tuple(reader.notes(folder, config, home)),
        )
        for number, folder in enumerate(folders, start=1)
    )


class _Reader(XmlReader):
    """Takes WPML documents apart."""

    def home(self, template: XmlElement | None) -> tuple[GeoPoint | None, float | None]:
        config = None if template is None else child(template, "missionConfig")
        start = None if config is None else child(config, "takeOffRefPoint")
        if config is None or start is None or not text_of(start):
            return None, None
        lat_lon = text_of(start).split(",")
        if len(lat_lon) < 2:
            raise self.refused(start, f"is {text_of(start)[:40]!r}", "latitude,longitude,height")
        return self.point(start, lat_lon[0], lat_lon[1]), self.number_at(config, "takeOffRefPointAGLHeight")

    def planned_heights(self, template: XmlElement | None) -> dict[int, Altitude]:
        """Return a waypoint template's heights by waypoint, none where it says no datum of ours."""
        folder = None if template is None else child(template, "Folder")
        if folder is None or text_of(child(folder, "templateType")) != "waypoint":
            return {}  # the points of a mapping template are an outline, not what is flown
        above = _PLANNED.get(text_of(child(folder, "waylineCoordinateSysParam", "heightMode")))
        shared = self.number_at(folder, "globalHeight")
        heights: dict[int, Altitude] = {}
        for number, mark in enumerate(_marks(folder)):
            own = self.number_at(mark, "height")
            metres = shared if own is None or text_of(child(mark, "useGlobalHeight")) == "1" else own
            if above is not None and metres is not None:
                heights[number] = Altitude(metres=metres, above=above)
        return heights

    def takeoff(self, config: XmlElement) -> Altitude:
        metres = self.number(self.needed(config, "takeOffSecurityHeight"))
        return Altitude(metres=metres, above=AltitudeReference.HOME)

    def ending(self, config: XmlElement) -> int | None:
        action = self.needed(config, "finishAction")
        if text_of(action) not in _ENDS:
            raise self.refused(action, f"is {text_of(action)[:40]!r}", "one of " + ", ".join(_ENDS))
        return _ENDS[text_of(action)]

    def points(self, folder: XmlElement, config: XmlElement, planned: dict[int, Altitude]) -> list[PathPoint]:
        marks = _marks(folder)
        if not marks:
            raise self.refused(folder, "holds no waypoint", "Placemarks", field="Placemark")
        planned = planned if len(planned) == len(marks) else {}
        usual = self.number_at(folder, "autoFlightSpeed")
        speed, pitch = self.number_at(config, "globalTransitionalSpeed"), self.turned(child(folder, "startActionGroup"))
        points = []
        for number, mark in enumerate(marks):
            points.append(
                PathPoint(
                    position=self.lon_lat(self.needed(mark, "Point", "coordinates"))[0][0],
                    altitude=self.height(folder, mark, planned.get(number)),
                    speed_m_s=speed,
                    gimbal_pitch_deg=pitch,
                )
            )
            speed = self.number_at(mark, "waypointSpeed")
            speed = usual if speed is None else speed
            for group in _groups(mark):
                pitch = self.turned(group, otherwise=pitch)
        return points

    def height(self, folder: XmlElement, mark: XmlElement, planned: Altitude | None) -> Altitude:
        mode = self.needed(folder, "executeHeightMode")
        if text_of(mode) in _EXECUTED:
            metres = self.number(self.needed(mark, "executeHeight"))
            return Altitude(metres=metres, above=_EXECUTED[text_of(mode)])
        if text_of(mode) == "WGS84" and planned is not None:
            return planned
        what = f"heights of mode {text_of(mode)[:40]!r} have no datum that is known here"
        raise self.refused(mode, what, "relativeToStartPoint, or a template with heights above sea level")

    def turned(self, group: XmlElement | None, *, otherwise: float | None = None) -> float | None:
        """Return the pitch to which a group of actions turns the gimbal, `otherwise` where it does not."""
        for action in [] if group is None else [e for e in group if local_name(e) == "action"]:
            param = child(action, "actionActuatorFuncParam")
            angle = None if param is None else child(param, "gimbalPitchRotateAngle")
            if param is None or angle is None or text_of(child(action, "actionActuatorFunc")) not in _TURNS_GIMBAL:
                continue
            relative = text_of(child(param, "gimbalRotateMode")) == "relativeAngle"
            if text_of(child(param, "gimbalPitchRotateEnable")) != "0":
                otherwise = self.number(angle) + (otherwise or 0.0 if relative else 0.0)
        return otherwise

    def notes(self, folder: XmlElement, config: XmlElement, home: GeoPoint | None) -> Iterable[str]:
        """Say what a wayline has and a flight here has not."""
        if home is None:
            yield "says no take-off place (takeOffRefPoint): the ways from and to home are unknown"
        functions = [text_of(e) for e in folder.iter() if local_name(e) == "actionActuatorFunc"]
        for name, count in sorted(Counter(functions).items()):
            if name not in _TURNS_GIMBAL:
                yield f"{count} {name} actions are not represented"
        modes = {text_of(e) for e in folder.iter() if local_name(e) == "waypointTurnMode"}
        if any("Stop" not in mode for mode in modes):
            yield "corners may be cut or rounded (waypointTurnMode): legs are taken as straight"
        if text_of(child(config, "finishAction")) == "gotoFirstWaypoint":
            yield "the flight back to the first waypoint (finishAction) is not represented"


def _marks(folder: XmlElement) -> list[XmlElement]:
    return [element for element in folder if local_name(element) == "Placemark"]


def _groups(mark: XmlElement) -> list[XmlElement]:
    return [element for element in mark if local_name(element) == "actionGroup"]
