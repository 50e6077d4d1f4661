"""A plan as KML 2.2, for Google Earth and GIS: a folder for each sortie, its legs coloured by kind, dock, areas, rally.

KML knows heights above sea level and above the ground only. A height above home is drawn above the ground, which is
right where the ground is as high as the dock's; what was commanded, with its datum, stands in the `ExtendedData` of
each waypoint and comes back from `plan_kml_reader.py` as it was, to nine decimal places.
"""

from typing import Final

from missions.formats.legs import Leg, legs_of
from missions.formats.xml_text import XmlElement, add, document, plain
from missions.geopoint import Altitude, AltitudeReference, GeoPoint
from missions.items import rally_items
from missions.plan import Plan, Sortie
from missions.waypoint import LegKind, MissionItem, Waypoint
from missions.zone import Zone

KML: Final = "http://www.opengis.net/kml/2.2"
_ALTITUDE_MODES: Final = {
    AltitudeReference.HOME: "relativeToGround",
    AltitudeReference.TERRAIN: "relativeToGround",
    AltitudeReference.AMSL: "absolute",
}
_LINES: Final = {
    LegKind.SERVICE.value: ("ff2fa84f", 4),
    LegKind.DEADHEAD.value: ("ff9e9e9e", 2),
    "fence": ("ffd18b2d", 2),
    "keep_out": ("ff2a2ad1", 2),
}
"""Colour as KML has it, alpha blue green red, and width in pixels."""
_FILLS: Final = {"fence": "00ffffff", "keep_out": "552a2ad1"}


def to_kml(plan: Plan) -> bytes:
    """Return the plan as a KML document."""
    from lxml import etree

    root = etree.Element("kml", nsmap={None: KML})
    body = add(root, "Document")
    add(body, "name", plan.mission_name)
    for style, (colour, width_px) in _LINES.items():
        _style(body, style, colour, width_px)
    _point(body, "dock", "dock", plan.dock, None, amsl_m=plan.dock_amsl_m)
    for sortie in plan.sorties:
        _sortie(body, plan, sortie)
    for kind, zone in (("fence", plan.fence), *(("keep_out", zone) for zone in plan.keep_out)):
        _zone(body, kind, zone)
    for item in rally_items(plan):
        _rally(body, item)
    return document(root)


def _style(body: XmlElement, style: str, colour: str, width_px: int) -> None:
    element = add(body, "Style", id=style)
    line = add(element, "LineStyle")
    add(line, "color", colour)
    add(line, "width", width_px)
    if style in _FILLS:
        add(add(element, "PolyStyle"), "color", _FILLS[style])


def _data(parent: XmlElement, **said: float | str | None) -> None:
    data = add(parent, "ExtendedData")
    for name, value in said.items():
        if value is not None:
            add(add(data, "Data", name=name), "value", value)


def _coordinates(parent: XmlElement, places: list[tuple[GeoPoint, float | None]]) -> None:
    rows = [
        ",".join(plain(value) for value in (point.lon_deg, point.lat_deg, height) if value is not None)
        for point, height in places
    ]
    add(parent, "coordinates", " ".join(rows))


def _point(
    parent: XmlElement, kind: str, name: str, place: GeoPoint, altitude: Altitude | None, **said: float | str | None
) -> None:
    mark = add(parent, "Placemark")
    add(mark, "name", name)
    if altitude is not None:
        said |= {"height_m": altitude.metres, "above": altitude.above.value}
    _data(mark, kind=kind, **said)
    point = add(mark, "Point")
    if altitude is not None:
        add(point, "altitudeMode", _ALTITUDE_MODES[altitude.above])
    _coordinates(point, [(place, altitude.metres if altitude else None)])


def _sortie(body: XmlElement, plan: Plan, sortie: Sortie) -> None:
    folder = add(body, "Folder")
    add(folder, "name", sortie.sortie_id)
    _data(folder, kind="sortie", takeoff_height_m=sortie.takeoff_height_m)
    for number, leg in enumerate(legs_of(plan, sortie), start=1):
        _leg(folder, leg, number)
    places = add(folder, "Folder")
    add(places, "name", "waypoints")
    add(places, "visibility", "0")
    for number, waypoint in enumerate(sortie.waypoints, start=1):
        _waypoint(places, waypoint, number)


def _leg(folder: XmlElement, leg: Leg, number: int) -> None:
    mark = add(folder, "Placemark")
    add(mark, "name", f"{number} {leg.stretch_id or leg.kind.value}")
    add(mark, "styleUrl", f"#{leg.kind.value}")
    _data(mark, kind="leg", leg=leg.kind.value, stretch_id=leg.stretch_id)
    line = add(mark, "LineString")
    add(line, "tessellate", "0")
    add(line, "altitudeMode", _ALTITUDE_MODES[leg.above])
    heights = [waypoint.altitude.metres for waypoint in leg.waypoints] or [leg.height_m]
    _coordinates(line, list(zip(leg.places, [heights[0], *heights], strict=True)))


def _waypoint(folder: XmlElement, waypoint: Waypoint, number: int) -> None:
    _point(
        folder,
        "waypoint",
        str(number),
        waypoint.position,
        waypoint.altitude,
        speed_m_s=waypoint.speed_m_s,
        gimbal_pitch_deg=waypoint.gimbal_pitch_deg,
        leg=waypoint.leg.value,
        stretch_id=waypoint.stretch_id,
    )


def _zone(body: XmlElement, kind: str, zone: Zone) -> None:
    mark = add(body, "Placemark")
    add(mark, "name", zone.zone_id)
    add(mark, "styleUrl", f"#{kind}")
    _data(mark, kind=kind, rule=zone.rule.value)
    ring = add(add(add(mark, "Polygon"), "outerBoundaryIs"), "LinearRing")
    _coordinates(ring, [(corner, None) for corner in (*zone.corners, zone.corners[0])])


def _rally(body: XmlElement, item: MissionItem) -> None:
    assert item.position is not None
    _point(body, "rally", f"rally {item.seq + 1}", item.position, item.altitude)
