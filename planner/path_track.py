"""Where a flight of mission items goes over ground: its segments, the ways a jump takes included."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely import Point

from geo import LocalFrame
from missions import Altitude, GeoPoint
from missions.flight_path import FlightPath
from missions.formats import mav_commands as mav
from missions.formats.stored_item import FLOWN_TO, StoredItem
from planner.crossings import Lines
from planner.energy import Floats

TAKES_OFF: Final = frozenset({mav.MAV_CMD_NAV_TAKEOFF, mav.MAV_CMD_NAV_VTOL_TAKEOFF})
LANDS: Final = frozenset({mav.MAV_CMD_NAV_LAND, mav.MAV_CMD_NAV_VTOL_LAND})
COMES_DOWN: Final = LANDS | {mav.MAV_CMD_NAV_RETURN_TO_LAUNCH}
STAYS: Final = FLOWN_TO - {mav.MAV_CMD_NAV_WAYPOINT, mav.MAV_CMD_NAV_SPLINE_WAYPOINT}
"""Commands for which no place means "here"."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Track:
    """The (N,) lines a flight follows, in ENU metres at `frame`, and the item that each leads to."""

    frame: LocalFrame
    lines: Lines
    seqs: tuple[int, ...]
    ends: tuple[tuple[Altitude | None, Altitude | None], ...]
    """Heights where each line begins and ends; None where the file does not tell."""

    def enu_m(self, points: Sequence[GeoPoint]) -> Floats:
        """Return the (N, 2) places east and north."""
        lat, lon = [point.lat_deg for point in points], [point.lon_deg for point in points]
        places: Floats = self.frame.geodetic_to_enu(lat, lon)[:, :2]
        return places

    def point(self, place_m: tuple[float, float]) -> GeoPoint:
        """Return the position of a place."""
        lat, lon, _ = self.frame.enu_to_geodetic([place_m])[0]
        return GeoPoint(lat_deg=round(float(lat), 7), lon_deg=round(float(lon), 7))


def track_of(path: FlightPath) -> Track:
    """Return the track of a flight from home, where that is known, through every place, and home again.

    A jump adds the way to where it leads. Turns around a place add their circle; splines are taken as straight.
    """
    places = [point for item in path.items if (point := item.position) is not None and item.command in FLOWN_TO]
    corners = [corner for zone in path.zones for corner in zone.corners]
    origin = next(iter([path.home] if path.home else [*places, *corners, *(c.centre for c in path.circles)]), None)
    frame = LocalFrame(lat_deg=origin.lat_deg, lon_deg=origin.lon_deg) if origin else LocalFrame(lat_deg=0, lon_deg=0)
    walk = _Walk(path, frame)
    for item in path.items:
        walk.fly(item)
    return Track(frame=frame, lines=np.array(walk.lines, dtype=object), seqs=tuple(walk.seqs), ends=tuple(walk.ends))


class _Walk:
    """Lines in the making; knows where the aircraft is."""

    def __init__(self, path: FlightPath, frame: LocalFrame) -> None:
        self.lines: list[shapely.LineString] = []
        self.seqs: list[int] = []
        self.ends: list[tuple[Altitude | None, Altitude | None]] = []
        self._height: Altitude | None = None
        self._path, self._frame = path, frame
        self._here = self._enu(path.home)

    def _enu(self, point: GeoPoint | None) -> Floats | None:
        if point is None:
            return None
        place: Floats = self._frame.geodetic_to_enu(point.lat_deg, point.lon_deg)[0, :2]
        return place

    def fly(self, item: StoredItem) -> None:
        if item.command == mav.MAV_CMD_DO_JUMP:
            first = self._first_from(jump_target(self._path, item))
            if first is not None:
                self._line(self._here, self._place(first), item.seq, self._height_at(first))
            return
        place, height = self._place(item), self._height_at(item)
        if place is None or item.command in TAKES_OFF:
            self._height = height  # it climbs where it is
        if place is None:
            return
        self._line(self._here, place, item.seq, height)
        radius_m = abs(item.params[2])
        if item.command == mav.MAV_CMD_NAV_LOITER_TURNS and 0 < radius_m < math.inf:
            self.lines.append(shapely.LineString(Point(place).buffer(radius_m).exterior.coords))
            self.seqs.append(item.seq)
            self.ends.append((height, height))
        self._here, self._height = place, height

    def _line(self, start: Floats | None, end: Floats | None, seq: int, height: Altitude | None) -> None:
        if end is not None:
            self.lines.append(shapely.LineString([end if start is None else start, end]))
            self.seqs.append(seq)
            self.ends.append((height if start is None else self._height, height))

    def _height_at(self, item: StoredItem) -> Altitude | None:
        """Return the height at which the place of an item is reached: a way to where it comes down is level."""
        if item.command in COMES_DOWN or item.command not in FLOWN_TO or item.altitude is None:
            return self._height
        return item.altitude

    def _place(self, item: StoredItem) -> Floats | None:
        if item.command == mav.MAV_CMD_NAV_RETURN_TO_LAUNCH:
            return self._enu(self._path.home)
        return self._enu(item.position) if item.command in FLOWN_TO else None

    def _first_from(self, target: int | None) -> StoredItem | None:
        """Return the first item with a place at or after the target of a jump."""
        if target is None:
            return None
        return next((item for item in self._path.items[target - 1 :] if self._place(item) is not None), None)


def jump_target(path: FlightPath, item: StoredItem) -> int | None:
    """Return the `seq` a jump leads to, None where there is no such item."""
    target = item.params[0]
    return int(target) if target in range(1, len(path.items) + 1) else None
