"""QGroundControl's `.plan`, version 1 of the file and 2 of its mission, in: any plan as a flight.

Surveys and corridor scans are unrolled to the items QGroundControl saved with them; structure scans and landing
patterns hold none, so they are refused. Jumps name a `doJumpId` there and an item's `seq` here. A fence of the file's
first version, one polygon to stay in, is read too.
"""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from missions.errors import InputError
from missions.flight_path import Circle, FlightPath, RallyPoint
from missions.formats.json_text import parse_json
from missions.formats.mav_commands import MAV_CMD_DO_JUMP
from missions.formats.stored_item import StoredItem
from missions.geopoint import Altitude, AltitudeReference, GeoPoint
from missions.zone import Zone, ZoneRule

SOURCE: Final = "QGroundControl .plan"
FILE_VERSION: Final = 1
MISSION_VERSION: Final = 2
_SURVEY_VERSIONS: Final = range(1, 6)
_LARGEST: Final = 1e12  # beyond this a number in a plan is a mistake, or infinite


def from_qgc(text: str, *, file: Path | str | None = None) -> FlightPath:
    """Return the flight of a `.plan` file.

    Raises:
        InputError: naming the field that is missing, wrong or of a version nobody here knows.

    """
    document = parse_json(text, file=file, remedy="a QGroundControl .plan")
    reader = _Reader(file)
    if not isinstance(document, dict) or document.get("fileType") != "Plan":
        raise InputError("is no QGroundControl plan", file=file, field="fileType", remedy='"fileType": "Plan"')
    reader.version(document, "version", FILE_VERSION)
    mission = reader.part(document, "mission")
    reader.version(mission, "mission.version", MISSION_VERSION)
    home, home_amsl_m = reader.home(mission)
    fence, rally = reader.part(document, "geoFence", needed=False), reader.part(document, "rallyPoints", needed=False)
    return FlightPath(
        name="flight",
        source=SOURCE,
        home=home,
        home_amsl_m=home_amsl_m,
        items=reader.items(mission),
        zones=(
            *reader.first_fence(fence),
            *(reader.zone(row, field) for field, row in reader.rows(fence, "geoFence.polygons")),
        ),
        circles=tuple(reader.circle(row, field) for field, row in reader.rows(fence, "geoFence.circles")),
        rally=tuple(reader.rally(place, field) for field, place in reader.rows(rally, "rallyPoints.points")),
        source_text=text,
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
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > _LARGEST:
            raise InputError(f"is {value!r}", file=self.file, field=field, remedy="a number")
        return float(value)

    def version(self, part: dict[str, Any], field: str, known: int) -> None:
        version = part.get("version")
        if version != known:
            what = f"version {version} is not understood"
            raise InputError(what, file=self.file, field=field, remedy=f"version {known}")

    def home(self, mission: dict[str, Any]) -> tuple[GeoPoint | None, float | None]:
        place = mission.get("plannedHomePosition")
        if not place:
            return None, None
        point = self.point(place, "mission.plannedHomePosition")
        if (point.lat_deg, point.lon_deg) == (0.0, 0.0):  # written by programs that know no home
            return None, None
        return point, self._third(place, "mission.plannedHomePosition.2")

    def _third(self, place: list[Any], field: str) -> float | None:
        """Return the height of a position, None where it has none."""
        metres = self.number(place[2] if len(place) > 2 else None, field)
        return None if math.isnan(metres) else metres

    def rally(self, place: object, field: str) -> RallyPoint:
        position = self.point(place, field)
        metres = self._third(place, f"{field}.2") if isinstance(place, list) else None
        altitude = None if metres is None else Altitude(metres=metres, above=AltitudeReference.HOME)
        return RallyPoint(position=position, altitude=altitude)

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
        items = [self._item(row, seq, field) for seq, (field, row) in enumerate(simple, start=1)]
        seq_of = {self._jump_id(row, seq, field): seq for seq, (field, row) in enumerate(simple, start=1)}
        return tuple(self._jump(item, seq_of, field) for item, (field, _) in zip(items, simple, strict=True))

    def _jump_id(self, row: dict[str, Any], seq: int, field: str) -> float:
        jump_id = self.number(row.get("doJumpId"), f"{field}.doJumpId")
        return seq if math.isnan(jump_id) else jump_id

    def _jump(self, item: StoredItem, seq_of: dict[float, int], field: str) -> StoredItem:
        """Return the item; a jump's target, a `doJumpId` in the file, becomes the `seq` it stands for."""
        target = item.params[0]
        if item.command != MAV_CMD_DO_JUMP or all(key == seq for key, seq in seq_of.items()):
            return item
        if target not in seq_of:
            what = f"jumps to {target:g}, which no item has as its doJumpId"
            raise InputError(what, file=self.file, field=field, remedy="the doJumpId of an item")
        return replace(item, params=(float(seq_of[target]), *item.params[1:]))

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
        if type(command) is not int or type(frame) is not int:  # true and false are int to isinstance
            raise InputError("is no whole item", file=self.file, field=field, remedy=remedy)
        p1, p2, p3, p4, x, y, z = (self.number(value, f"{field}.params.{n}") for n, value in enumerate(params))
        item = StoredItem(
            seq=seq,
            command=command,
            frame=frame,
            params=(p1, p2, p3, p4, x, y, z),
            autocontinue=bool(row.get("autoContinue", True)),
        )
        if item.misplaced:
            raise InputError(item.misplaced, file=self.file, field=field, remedy="degrees, in frame 0, 3 or 10")
        return item

    def first_fence(self, fence: dict[str, Any]) -> tuple[Zone, ...]:
        """Return the polygon of a fence of version 1, none where it has no corners."""
        return (self.zone(fence | {"inclusion": True}, "geoFence.polygon.0"),) if fence.get("polygon") else ()

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
