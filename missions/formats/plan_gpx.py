"""A plan as GPX 1.1, for hand-held and desktop GPS programs: a route for each sortie, dock and rally points.

`ele` is above mean sea level, from the dock's height; heights above the terrain have none. Speed, gimbal and the height
as it was commanded, with its datum, stand in `extensions` and come back from `plan_gpx_reader.py` as they were, to nine
decimal places. GPX has no areas, so fence and keep-out zones are left out; a plan knows no times, so points have none.
"""

from typing import Final

from missions.formats.xml_text import XmlElement, add, document, plain
from missions.geopoint import Altitude, AltitudeReference, GeoPoint
from missions.items import rally_items
from missions.plan import Plan, Sortie

GPX: Final = "http://www.topografix.com/GPX/1/1"
OURS: Final = "urn:skypatrol:plan:1"


def to_gpx(plan: Plan) -> bytes:
    """Return the plan as a GPX document."""
    from lxml import etree

    root = etree.Element("gpx", nsmap={None: GPX, "patrol": OURS}, version="1.1", creator="skypatrol")
    add(add(root, "metadata"), "name", plan.mission_name)
    dock = Altitude(metres=plan.dock_amsl_m, above=AltitudeReference.AMSL)
    _place(root, "wpt", plan.dock, dock, plan.dock_amsl_m, name="dock", kind="dock")
    for item in rally_items(plan):
        assert item.position is not None
        assert item.altitude is not None
        name = f"rally {item.seq + 1}"
        _said(
            _place(root, "wpt", item.position, item.altitude, plan.dock_amsl_m, name=name, kind="rally"), item.altitude
        )
    for sortie in plan.sorties:
        _route(root, plan, sortie)
    return document(root)


def _route(root: XmlElement, plan: Plan, sortie: Sortie) -> None:
    route = add(root, "rte")
    add(route, "name", sortie.sortie_id)
    add(add(route, "extensions"), f"{{{OURS}}}takeoff_height_m", sortie.takeoff_height_m)
    for number, waypoint in enumerate(sortie.waypoints, start=1):
        name = str(number)
        place = _place(
            route, "rtept", waypoint.position, waypoint.altitude, plan.dock_amsl_m, name=name, kind=waypoint.leg
        )
        said = _said(place, waypoint.altitude)
        add(said, f"{{{OURS}}}speed_m_s", waypoint.speed_m_s)
        add(said, f"{{{OURS}}}gimbal_pitch_deg", waypoint.gimbal_pitch_deg)


def _place(
    parent: XmlElement, tag: str, position: GeoPoint, altitude: Altitude, dock_amsl_m: float, *, name: str, kind: str
) -> XmlElement:
    place = add(parent, tag, lat=plain(position.lat_deg), lon=plain(position.lon_deg))
    if altitude.above is not AltitudeReference.TERRAIN:
        home_m = dock_amsl_m if altitude.above is AltitudeReference.HOME else 0.0
        add(place, "ele", home_m + altitude.metres)
    add(place, "name", name)
    add(place, "type", kind)
    return place


def _said(place: XmlElement, altitude: Altitude) -> XmlElement:
    """Return the extensions of a place, its height as commanded written."""
    said = add(place, "extensions")
    add(said, f"{{{OURS}}}height_m", altitude.metres)
    add(said, f"{{{OURS}}}above", altitude.above.value)
    return said
