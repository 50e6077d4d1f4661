"""QGroundControl's `.plan`, version 1 of the file and 2 of its mission: one sortie out, any file in.

Positions there are latitude, longitude. Home is `plannedHomePosition` and no item, so `doJumpId` counts from 1.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from missions.errors import InputError
from missions.formats.mav_commands import MAV_FRAME_GLOBAL_TERRAIN_ALT, MAV_FRAME_MISSION
from missions.formats.stored_item import FRAME_OF, StoredItem, stored
from missions.geopoint import AltitudeReference, GeoPoint
from missions.items import mission_items, rally_items
from missions.plan import Plan, Sortie
from missions.zone import Zone, ZoneRule

_FILE_VERSION: Final = 1
_MISSION_VERSION: Final = 2
_SURVEY_VERSIONS: Final = range(1, 6)
_LARGEST: Final = 1e12  # beyond this a number in a plan is a mistake, or infinite
_ARDUPILOT: Final = 3  # MAV_AUTOPILOT_ARDUPILOTMEGA
_QUADROTOR: Final = 2  # MAV_TYPE_QUADROTOR
_ALTITUDE_MODES: Final = {
    FRAME_OF[AltitudeReference.HOME]: 1,
    FRAME_OF[AltitudeReference.AMSL]: 2,
    MAV_FRAME_GLOBAL_TERRAIN_ALT: 4,
}
"""QGroundControl's own numbers for relative, absolute and terrain altitudes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """A round fence, which QGroundControl has and our plans have not."""

    centre: GeoPoint
    radius_m: float
    rule: ZoneRule


@dataclass(frozen=True, slots=True, kw_only=True)
class QgcPlan:
    """What stands in a `.plan` file, as plain values."""

    items: tuple[StoredItem, ...]
    """In `seq` order from 1, surveys and corridors unrolled; home is not among them."""
    home: GeoPoint | None
    """None where the file has none."""
    home_amsl_m: float
    cruise_m_s: float
    """NaN where the file has none, as for `hover_m_s`."""
    hover_m_s: float
    zones: tuple[Zone, ...]
    circles: tuple[Circle, ...]
    rally: tuple[GeoPoint, ...]


def to_qgc(plan: Plan, sortie: Sortie) -> str:
    """Return one sortie with the plan's fence and rally points as the text of a `.plan` file."""
    items = [_item_json(stored(item)) for item in mission_items(plan, sortie)[1:]]
    speeds = [waypoint.speed_m_s for waypoint in sortie.waypoints] or [5.0]
    document = {
        "fileType": "Plan",
        "groundStation": "QGroundControl",
        "version": _FILE_VERSION,
        "mission": {
            "version": _MISSION_VERSION,
            "firmwareType": _ARDUPILOT,
            "vehicleType": _QUADROTOR,
            "cruiseSpeed": max(speeds),
            "hoverSpeed": speeds[0],
            "globalPlanAltitudeMode": _ALTITUDE_MODES[FRAME_OF[AltitudeReference.HOME]],
            "plannedHomePosition": [plan.dock.lat_deg, plan.dock.lon_deg, plan.dock_amsl_m],
            "items": items,
        },
        "geoFence": {
            "version": 2,
            "circles": [],
            "polygons": [_polygon_json(zone) for zone in (plan.fence, *plan.keep_out)],
        },
        "rallyPoints": {
            "version": 2,
            "points": [
                [item.position.lat_deg, item.position.lon_deg, item.altitude.metres]
                for item in rally_items(plan)
                if item.position is not None and item.altitude is not None
            ],
        },
    }
    return json.dumps(document, indent=4, ensure_ascii=False, allow_nan=False) + "\n"


def _item_json(item: StoredItem) -> dict[str, Any]:
    row: dict[str, Any] = {
        "type": "SimpleItem",
        "autoContinue": item.autocontinue,
        "command": item.command,
        "doJumpId": item.seq,
        "frame": item.frame,
        "params": [None if math.isnan(value) else value for value in item.params],
    }
    if item.frame != MAV_FRAME_MISSION:
        row |= {
            "Altitude": item.params[6],
            "AltitudeMode": _ALTITUDE_MODES[item.frame],
            "AMSLAltAboveTerrain": None,
        }
    return row


def _polygon_json(zone: Zone) -> dict[str, Any]:
    return {
        "version": 1,
        "inclusion": zone.rule is ZoneRule.STAY_IN,
        "polygon": [[corner.lat_deg, corner.lon_deg] for corner in zone.corners],
    }


def from_qgc(text: str, *, file: Path | str | None = None) -> QgcPlan:
    """Return what stands in a `.plan` file.

    Raises:
        InputError: naming the field that is missing, wrong or of a version nobody here knows.

    """
    try:
        document = json.loads(text)
    except json.JSONDecodeError as exc:
        what = f"is not whole JSON: {exc.msg}, column {exc.colno}"
        raise InputError(what, file=file, line=exc.lineno, remedy="a QGroundControl .plan") from exc
    reader = _Reader(file)
    if not isinstance(document, dict) or document.get("fileType") != "Plan":
        raise InputError("is no QGroundControl plan", file=file, field="fileType", remedy='"fileType": "Plan"')
    reader.version(document, "version", _FILE_VERSION)
    mission = reader.part(document, "mission")
    reader.version(mission, "mission.version", _MISSION_VERSION)
    home, home_amsl_m = reader.home(mission)
    fence, rally = reader.part(document, "geoFence", needed=False), reader.part(document, "rallyPoints", needed=False)
    return QgcPlan(
        items=reader.items(mission),
        home=home,
        home_amsl_m=home_amsl_m,
        cruise_m_s=reader.number(mission.get("cruiseSpeed"), "mission.cruiseSpeed"),
        hover_m_s=reader.number(mission.get("hoverSpeed"), "mission.hoverSpeed"),
        zones=tuple(reader.zone(row, field) for field, row in reader.rows(fence, "geoFence.polygons")),
        circles=tuple(reader.circle(row, field) for field, row in reader.rows(fence, "geoFence.circles")),
        rally=tuple(reader.point(place, field) for field, place in reader.rows(rally, "rallyPoints.points")),
    )


class _Reader:
    """Takes a document apart and says where it is wrong."""

    def __init__(self, file: Path | str | None) -> None:
        self.file = file

    def part(self, document: dict[str, Any], name: str, *, needed: bool = True) -> dict[str, Any]:
        part = document.get(name)
        if part is None and not needed:
            return {}
        if not isinstance(part, dict):
            what = "is missing" if part is None else "is no object"
            raise InputError(what, file=self.file, field=name, remedy="a QGroundControl .plan")
        return part

    def rows(self, part: dict[str, Any], field: str) -> list[tuple[str, Any]]:
        """Return the entries of a list, each with its field; none where the list is absent."""
        rows = part.get(field.rpartition(".")[2], [])
        if not isinstance(rows, list):
            raise InputError("is no list", file=self.file, field=field, remedy="a list")
        return [(f"{field}.{number}", row) for number, row in enumerate(rows)]

    def number(self, value: object, field: str) -> float:
        """Return a number, NaN where there is none."""
        if value is None:
            return math.nan
        if not isinstance(value, int | float) or abs(value) > _LARGEST:
            raise InputError(f"is {value!r}", file=self.file, field=field, remedy="a number")
        return float(value)

    def version(self, part: dict[str, Any], field: str, known: int) -> None:
        version = part.get("version")
        if version != known:
            what = f"version {version} is not understood"
            raise InputError(what, file=self.file, field=field, remedy=f"version {known}")

    def home(self, mission: dict[str, Any]) -> tuple[GeoPoint | None, float]:
        place = mission.get("plannedHomePosition")
        if not place:
            return None, 0.0
        point = self.point(place, "mission.plannedHomePosition")
        amsl_m = self.number(place[2] if len(place) > 2 else None, "mission.plannedHomePosition.2")
        return point, 0.0 if math.isnan(amsl_m) else amsl_m

    def point(self, place: object, field: str) -> GeoPoint:
        if isinstance(place, list) and len(place) >= 2:
            lat_deg, lon_deg = (self.number(value, field) for value in place[:2])
            if abs(lat_deg) <= 90 and abs(lon_deg) <= 180:
                return GeoPoint(lat_deg=lat_deg, lon_deg=lon_deg)
        raise InputError("is no position", file=self.file, field=field, remedy="[latitude, longitude]")

    def items(self, mission: dict[str, Any]) -> tuple[StoredItem, ...]:
        if "items" not in mission:
            raise InputError("is missing", file=self.file, field="mission.items", remedy="a list of items")
        rows = self.rows(mission, "mission.items")
        simple = [inner for field, row in rows for inner in self._unrolled(row, field)]
        return tuple(self._item(row, seq, field) for seq, (field, row) in enumerate(simple, start=1))

    def _unrolled(self, row: object, field: str) -> list[tuple[str, Any]]:
        """Return the simple items a row stands for: itself, or those a survey or corridor was turned into."""
        if not isinstance(row, dict):
            raise InputError("is no item", file=self.file, field=field, remedy="an object")
        if row.get("type") == "SimpleItem":
            return [(field, row)]
        kind = row.get("complexItemType")
        transect = row.get("TransectStyleComplexItem")
        if not isinstance(transect, dict):
            what = f"{kind or row.get('type')} is not understood"
            raise InputError(what, file=self.file, field=field, remedy="waypoints, surveys or corridor scans")
        if row.get("version") not in _SURVEY_VERSIONS:
            what = f"{kind} version {row.get('version')} is not understood"
            raise InputError(what, file=self.file, field=f"{field}.version", remedy="version 5 or older")
        where = f"{field}.TransectStyleComplexItem.Items"
        if "Items" not in transect:
            raise InputError("is missing", file=self.file, field=where, remedy="save the plan again in QGroundControl")
        return self.rows(transect, where)

    def _item(self, row: object, seq: int, field: str) -> StoredItem:
        remedy = "command, frame and seven params"
        params = row.get("params") if isinstance(row, dict) else None
        if not isinstance(row, dict) or not isinstance(params, list) or len(params) != 7:
            raise InputError("is no whole item", file=self.file, field=field, remedy=remedy)
        command, frame = row.get("command"), row.get("frame")
        if not isinstance(command, int) or not isinstance(frame, int):
            raise InputError("is no whole item", file=self.file, field=field, remedy=remedy)
        p1, p2, p3, p4, x, y, z = (self.number(value, f"{field}.params") for value in params)
        return StoredItem(
            seq=seq,
            command=command,
            frame=frame,
            params=(p1, p2, p3, p4, x, y, z),
            autocontinue=bool(row.get("autoContinue", True)),
        )

    def zone(self, row: object, field: str) -> Zone:
        corners = row.get("polygon") if isinstance(row, dict) else None
        if not isinstance(row, dict) or not isinstance(corners, list) or len(corners) < 3:
            raise InputError("needs at least 3 corners", file=self.file, field=field, remedy="a polygon")
        return Zone(
            zone_id=f"polygon-{int(field.rpartition('.')[2]) + 1}",
            rule=ZoneRule.STAY_IN if row.get("inclusion") else ZoneRule.KEEP_OUT,
            corners=tuple(self.point(place, f"{field}.polygon.{index}") for index, place in enumerate(corners)),
        )

    def circle(self, row: object, field: str) -> Circle:
        circle = row.get("circle") if isinstance(row, dict) else None
        if not isinstance(row, dict) or not isinstance(circle, dict) or "radius" not in circle:
            raise InputError("is no circle", file=self.file, field=field, remedy="center and radius")
        return Circle(
            centre=self.point(circle.get("center"), f"{field}.circle.center"),
            radius_m=self.number(circle["radius"], f"{field}.circle.radius"),
            rule=ZoneRule.STAY_IN if row.get("inclusion") else ZoneRule.KEEP_OUT,
        )
