"""QGroundControl's `.plan`, version 1 of the file and 2 of its mission, out: one flight.

Positions there are latitude, longitude. Home is `plannedHomePosition` and no item, so `doJumpId` counts from 1. The
format holds all of a flight but the names of its zones.
"""

import json
import math
from typing import Any, Final

from missions.flight_path import Circle, FlightPath, RallyPoint, path_of
from missions.formats.mav_commands import (
    MAV_CMD_DO_CHANGE_SPEED,
)
from missions.formats.qgc_reader import FILE_VERSION, MISSION_VERSION, SOURCE, from_qgc
from missions.formats.stored_item import StoredItem
from missions.geopoint import AltitudeReference
from missions.plan import Plan, Sortie
from missions.zone import Zone, ZoneRule

_ARDUPILOT: Final = 3  # MAV_AUTOPILOT_ARDUPILOTMEGA
_QUADROTOR: Final = 2  # MAV_TYPE_QUADROTOR
_USUAL_M_S: Final = 5.0  # QGroundControl's own hover speed, where a flight says none
_ALTITUDE_MODES: Final = {AltitudeReference.HOME: 1, AltitudeReference.AMSL: 2, AltitudeReference.TERRAIN: 4}
"""QGroundControl's own numbers for relative, absolute and terrain altitudes."""


def to_qgc(plan: Plan, sortie: Sortie) -> str:
    """Return one sortie with the plan's fence and rally points as the text of a `.plan` file."""
    return path_to_qgc(path_of(plan, sortie))


def path_to_qgc(path: FlightPath) -> str:
    """Return a flight as the text of a `.plan` file.

    What was read from a `.plan` and is as it was is written as it stood there, keys that nobody here knows included.
    """
    known = path.source == SOURCE and bool(path.source_text)
    document = json.loads(path.source_text) if known else _blank(path)
    was = from_qgc(path.source_text) if known else None
    if was is None or not _same_items(path, was):
        document["mission"]["items"] = [_item_json(item) for item in path.items]
    if was is None or (path.home, path.home_amsl_m) != (was.home, was.home_amsl_m):
        document["mission"]["plannedHomePosition"] = _home_json(path)
    if was is None or (path.zones, path.circles) != (was.zones, was.circles):
        document["geoFence"] = {
            "version": 2,
            "circles": [_circle_json(circle) for circle in path.circles],
            "polygons": [_polygon_json(zone) for zone in path.zones],
        }
    if was is None or path.rally != was.rally:
        document["rallyPoints"] = {"version": 2, "points": [_rally_json(point) for point in path.rally]}
    return json.dumps(document, indent=4, ensure_ascii=False, allow_nan=False) + "\n"


def _same_items(path: FlightPath, other: FlightPath) -> bool:
    return len(path.items) == len(other.items) and all(
        one.same_as(two) for one, two in zip(path.items, other.items, strict=True)
    )


def _blank(path: FlightPath) -> dict[str, Any]:
    """Return a document but for its items, home, fence and rally points."""
    speeds = [item.params[1] for item in path.items if item.command == MAV_CMD_DO_CHANGE_SPEED] or [_USUAL_M_S]
    return {
        "fileType": "Plan",
        "groundStation": "QGroundControl",
        "version": FILE_VERSION,
        "mission": {
            "version": MISSION_VERSION,
            "firmwareType": _ARDUPILOT,
            "vehicleType": _QUADROTOR,
            "cruiseSpeed": max(speeds),
            "hoverSpeed": speeds[0],
            "globalPlanAltitudeMode": _ALTITUDE_MODES[AltitudeReference.HOME],
        },
    }


def _home_json(path: FlightPath) -> list[float | None] | None:
    if path.home is None:
        return None
    return [path.home.lat_deg, path.home.lon_deg, path.home_amsl_m]


def _item_json(item: StoredItem) -> dict[str, Any]:
    row: dict[str, Any] = {
        "type": "SimpleItem",
        "autoContinue": item.autocontinue,
        "command": item.command,
        "doJumpId": item.seq,
        "frame": item.frame,
        "params": [None if math.isnan(value) else value for value in item.params],
    }
    if item.altitude is not None:
        row |= {
            "Altitude": row["params"][6],
            "AltitudeMode": _ALTITUDE_MODES[item.altitude.above],
            "AMSLAltAboveTerrain": None,
        }
    return row


def _polygon_json(zone: Zone) -> dict[str, Any]:
    return {
        "version": 1,
        "inclusion": zone.rule is ZoneRule.STAY_IN,
        "polygon": [[corner.lat_deg, corner.lon_deg] for corner in zone.corners],
    }


def _circle_json(circle: Circle) -> dict[str, Any]:
    return {
        "version": 1,
        "inclusion": circle.rule is ZoneRule.STAY_IN,
        "circle": {"center": [circle.centre.lat_deg, circle.centre.lon_deg], "radius": circle.radius_m},
    }


def _rally_json(point: RallyPoint) -> list[float | None]:
    return [point.position.lat_deg, point.position.lon_deg, point.altitude.metres if point.altitude else None]
