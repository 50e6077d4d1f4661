"""DJI's WPML 1.0 (`.kmz`), out: one flight for Pilot 2, FlightHub 2 and docks, as the Cloud API's pages describe it.

The archive holds `wpmz/template.kml`, which people edit, and `wpmz/waylines.wpml`, which the aircraft flies. Speed and
gimbal of our waypoints are of the leg that ends there, WPML's are of the leg that begins there, so both move up by one:
the first leg has `globalTransitionalSpeed` and the `startActionGroup`. The aircraft stops at every waypoint and flies
straight between them, because those are the lines that were checked; `coordinateTurn` would cut corners. Hover is an
action; what the camera is kept on becomes the place the nose points at.

WPML holds no fence, zones or rally points, heights above the start only, and speeds from 1 to 15 m/s. The way home is
DJI's own, at `globalRTHHeight`. `takeOffRefPoint` asks for an ellipsoidal height, which no plan knows: it is given the
one above sea level, as a place to plan from; nothing is flown by it. Nothing in the file depends on when it was made.
"""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from missions.errors import InputError
from missions.formats.xml_text import XmlElement, add, document, plain
from missions.geopoint import AltitudeReference
from missions.plan import Plan, Sortie
from missions.waypoint import LookAt, Waypoint

KML: Final = "http://www.opengis.net/kml/2.2"
WPML: Final = "http://www.dji.com/wpmz/1.0.6"
TEMPLATE: Final = "wpmz/template.kml"
WAYLINES: Final = "wpmz/waylines.wpml"
_SPEEDS_M_S: Final = (1.0, 15.0)
_TAKEOFF_M: Final = (1.2, 1500.0)
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can say


@dataclass(frozen=True, slots=True, kw_only=True)
class WpmlSettings:
    """What a DJI flight needs to know and a plan does not say, under WPML's own names and numbers."""

    drone: tuple[int, int] = (77, 0)
    """droneEnumValue and droneSubEnumValue; 77, 0 is a Mavic 3 Enterprise."""
    payload: tuple[int, int, int] = (66, 0, 0)
    """payloadEnumValue, payloadSubEnumValue and payloadPositionIndex; 66 is the Mavic 3 Enterprise's camera."""
    fly_to_wayline_mode: str = "safely"
    """Up to the security height first, then across."""
    exit_on_rc_lost: str = "executeLostAction"
    """Where the radio is lost the aircraft does what the next field says, and comes home."""
    execute_rc_lost_action: str = "goBack"


def to_wpml(plan: Plan, sortie: Sortie, settings: WpmlSettings | None = None) -> bytes:
    """Return one sortie as a `.kmz`; the same plan gives the same bytes.

    Raises:
        InputError: WPML cannot hold the sortie.

    """
    _refuse_what_wpml_cannot_hold(sortie)
    chosen = settings or WpmlSettings()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in ((TEMPLATE, _template(plan, sortie, chosen)), (WAYLINES, _waylines(sortie, chosen))):
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return buffer.getvalue()


def _refuse_what_wpml_cannot_hold(sortie: Sortie) -> None:
    if len(sortie.waypoints) < 2:
        raise InputError(f"{sortie.sortie_id} has {len(sortie.waypoints)} waypoints", remedy="WPML needs two or more")
    low_m, high_m = _TAKEOFF_M
    if not low_m <= sortie.takeoff_height_m <= high_m:
        what = f"{sortie.sortie_id} takes off to {sortie.takeoff_height_m:g} m"
        raise InputError(what, remedy=f"WPML holds {low_m:g} to {high_m:g} m")
    slow, fast = _SPEEDS_M_S
    for number, waypoint in enumerate(sortie.waypoints, start=1):
        where = f"{sortie.sortie_id}, waypoint {number}"
        if waypoint.altitude.above is not AltitudeReference.HOME:
            raise InputError(f"{where} is above {waypoint.altitude.above}", remedy="WPML needs heights above home")
        if not slow <= waypoint.speed_m_s <= fast:
            raise InputError(
                f"{where} is flown at {waypoint.speed_m_s:g} m/s", remedy=f"WPML holds {slow:g} to {fast:g}"
            )


def _root() -> XmlElement:
    from lxml import etree

    return etree.Element(f"{{{KML}}}kml", nsmap={None: KML, "wpml": WPML})


def _kml(parent: XmlElement, name: str, text: str | None = None) -> XmlElement:
    return add(parent, f"{{{KML}}}{name}", text)


def _wpml(parent: XmlElement, **said: str | float | None) -> XmlElement:
    """Append WPML elements in order and return the last; None is an element that holds others."""
    element = parent
    for name, value in said.items():
        element = add(parent, f"{{{WPML}}}{name}", value)
    return element


def _config(body: XmlElement, sortie: Sortie, settings: WpmlSettings, *, start: str | None, amsl_m: float) -> None:
    config = _wpml(body, missionConfig=None)
    _wpml(
        config,
        flyToWaylineMode=settings.fly_to_wayline_mode,
        finishAction="goHome",
        exitOnRCLost=settings.exit_on_rc_lost,
        executeRCLostAction=settings.execute_rc_lost_action,
        takeOffSecurityHeight=sortie.takeoff_height_m,
    )
    if start is not None:
        _wpml(config, takeOffRefPoint=start, takeOffRefPointAGLHeight=amsl_m)
    _wpml(config, globalTransitionalSpeed=sortie.waypoints[0].speed_m_s, globalRTHHeight=sortie.takeoff_height_m)
    kind, sub_kind = settings.drone
    _wpml(_wpml(config, droneInfo=None), droneEnumValue=kind, droneSubEnumValue=sub_kind)
    payload, sub_payload, place = settings.payload
    _wpml(
        _wpml(config, payloadInfo=None),
        payloadEnumValue=payload,
        payloadSubEnumValue=sub_payload,
        payloadPositionIndex=place,
    )


def _template(plan: Plan, sortie: Sortie, settings: WpmlSettings) -> bytes:
    root = _root()
    body = _kml(root, "Document")
    _wpml(body, author="skypatrol")
    start = ",".join(plain(value) for value in (plan.dock.lat_deg, plan.dock.lon_deg, plan.dock_amsl_m))
    _config(body, sortie, settings, start=start, amsl_m=plan.dock_amsl_m)
    folder = _kml(body, "Folder")
    _wpml(folder, templateType="waypoint", templateId=0)
    _wpml(_wpml(folder, waylineCoordinateSysParam=None), coordinateMode="WGS84", heightMode="relativeToStartPoint")
    speed_m_s, height_m = sortie.waypoints[0].speed_m_s, sortie.waypoints[0].altitude.metres
    _wpml(folder, autoFlightSpeed=speed_m_s, globalHeight=height_m, caliFlightEnable=0, gimbalPitchMode="manual")
    _heading(_wpml(folder, globalWaypointHeadingParam=None), executed=False)
    _wpml(folder, globalWaypointTurnMode="toPointAndStopWithDiscontinuityCurvature", globalUseStraightLine=1)
    for index, waypoint in enumerate(sortie.waypoints):
        mark = _mark(folder, waypoint, index)
        height_m = waypoint.altitude.metres
        _wpml(mark, ellipsoidHeight=height_m, height=height_m, waypointSpeed=_speed_from(sortie.waypoints, index))
        _flown(mark, sortie.waypoints, index, executed=False)
        own = int(any(one.look_at for one in sortie.waypoints[index : index + 2]))
        _wpml(mark, useGlobalHeight=0, useGlobalSpeed=0, useGlobalHeadingParam=1 - own, useGlobalTurnParam=1)
        _wpml(mark, useStraightLine=1)
        _look(mark, sortie.waypoints, index, settings)
        _wpml(mark, isRisky=0)
    _wpml(_wpml(folder, payloadParam=None), payloadPositionIndex=settings.payload[2])
    return document(root)


def _waylines(sortie: Sortie, settings: WpmlSettings) -> bytes:
    root = _root()
    body = _kml(root, "Document")
    _config(body, sortie, settings, start=None, amsl_m=0.0)
    folder = _kml(body, "Folder")
    _wpml(folder, templateId=0, executeHeightMode="relativeToStartPoint", waylineId=0)
    _wpml(folder, distance=sortie.estimate.distance_m, duration=sortie.estimate.time_s)
    _wpml(folder, autoFlightSpeed=sortie.waypoints[0].speed_m_s)
    first_deg = sortie.waypoints[0].gimbal_pitch_deg
    _rotate(_wpml(_wpml(folder, startActionGroup=None), action=None), first_deg, settings)
    for index, waypoint in enumerate(sortie.waypoints):
        mark = _mark(folder, waypoint, index)
        _wpml(mark, executeHeight=waypoint.altitude.metres, waypointSpeed=_speed_from(sortie.waypoints, index))
        _flown(mark, sortie.waypoints, index, executed=True)
        _wpml(mark, useStraightLine=1)
        _look(mark, sortie.waypoints, index, settings)
        _wpml(mark, isRisky=0, waypointWorkType=0)
    return document(root)


def _mark(folder: XmlElement, waypoint: Waypoint, index: int) -> XmlElement:
    mark = _kml(folder, "Placemark")
    place = f"{plain(waypoint.position.lon_deg)},{plain(waypoint.position.lat_deg)}"
    _kml(_kml(mark, "Point"), "coordinates", place)
    _wpml(mark, index=index)
    return mark


def _speed_from(waypoints: Sequence[Waypoint], index: int) -> float:
    """Return the speed of the leg that begins at a waypoint; the last one keeps its own."""
    return waypoints[min(index + 1, len(waypoints) - 1)].speed_m_s


def _flown(mark: XmlElement, waypoints: Sequence[Waypoint], index: int, *, executed: bool) -> None:
    look = waypoints[min(index + 1, len(waypoints) - 1)].look_at or (
        waypoints[index].look_at if waypoints[index].hold_s else None
    )
    _heading(_wpml(mark, waypointHeadingParam=None), executed=executed, look=look)
    turn = _wpml(mark, waypointTurnParam=None)
    _wpml(turn, waypointTurnMode="toPointAndStopWithDiscontinuityCurvature", waypointTurnDampingDist=0)


def _heading(param: XmlElement, *, executed: bool, look: LookAt | None = None) -> None:
    """Say that the nose follows the line, or points at a place."""
    _wpml(param, waypointHeadingMode="followWayline" if look is None else "towardPOI", waypointHeadingAngle=0)
    lat, lon = (0.0, 0.0) if look is None else (look.position.lat_deg, look.position.lon_deg)
    _wpml(param, waypointPoiPoint=f"{lat:.6f},{lon:.6f},0.000000")
    if executed:
        _wpml(param, waypointHeadingAngleEnable=0)
    _wpml(param, waypointHeadingPathMode="followBadArc", waypointHeadingPoiIndex=0)


def _look(mark: XmlElement, waypoints: Sequence[Waypoint], index: int, settings: WpmlSettings) -> None:
    """Hover at a waypoint and turn the gimbal for the leg that begins there, where it changes."""
    hold_s, pitch_deg = waypoints[index].hold_s, waypoints[min(index + 1, len(waypoints) - 1)].gimbal_pitch_deg
    turns = pitch_deg != waypoints[index].gimbal_pitch_deg
    if not hold_s and not turns:
        return
    group = _wpml(mark, actionGroup=None)
    _wpml(
        group, actionGroupId=index, actionGroupStartIndex=index, actionGroupEndIndex=index, actionGroupMode="sequence"
    )
    _wpml(_wpml(group, actionTrigger=None), actionTriggerType="reachPoint")
    if hold_s:
        hover = _wpml(group, action=None)
        _wpml(hover, actionId=0, actionActuatorFunc="hover")
        _wpml(_wpml(hover, actionActuatorFuncParam=None), hoverTime=hold_s)
    if turns:
        _rotate(_wpml(group, action=None), pitch_deg, settings, action_id=1 if hold_s else 0)


def _rotate(action: XmlElement, pitch_deg: float, settings: WpmlSettings, *, action_id: int = 0) -> None:
    _wpml(action, actionId=action_id, actionActuatorFunc="gimbalRotate")
    _wpml(
        _wpml(action, actionActuatorFuncParam=None),
        gimbalHeadingYawBase="aircraft",
        gimbalRotateMode="absoluteAngle",
        gimbalPitchRotateEnable=1,
        gimbalPitchRotateAngle=pitch_deg,
        gimbalRollRotateEnable=0,
        gimbalRollRotateAngle=0,
        gimbalYawRotateEnable=0,
        gimbalYawRotateAngle=0,
        gimbalRotateTimeEnable=0,
        gimbalRotateTime=0,
        payloadPositionIndex=settings.payload[2],
    )
