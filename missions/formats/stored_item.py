"""A mission item as ground stations write it down: a frame number and seven parameters."""

import math
from dataclasses import dataclass

from missions.formats import mav_commands as mav
from missions.geopoint import Altitude, AltitudeReference, GeoPoint
from missions.waypoint import MissionItem

FRAME_OF = {
    AltitudeReference.AMSL: mav.MAV_FRAME_GLOBAL,
    AltitudeReference.HOME: mav.MAV_FRAME_GLOBAL_RELATIVE_ALT,
    AltitudeReference.TERRAIN: mav.MAV_FRAME_GLOBAL_TERRAIN_ALT,
}
"""Frames of MISSION_ITEM for degrees as floats, as files have them."""
_ABOVE = {frame: above for above, frame in FRAME_OF.items()} | {
    mav.MAV_FRAME_GLOBAL_INT: AltitudeReference.AMSL,
    mav.MAV_FRAME_GLOBAL_RELATIVE_ALT_INT: AltitudeReference.HOME,
    mav.MAV_FRAME_GLOBAL_TERRAIN_ALT_INT: AltitudeReference.TERRAIN,
}

FLOWN_TO = frozenset(
    {
        mav.MAV_CMD_NAV_WAYPOINT,
        mav.MAV_CMD_NAV_LOITER_UNLIM,
        mav.MAV_CMD_NAV_LOITER_TURNS,
        mav.MAV_CMD_NAV_LOITER_TIME,
        mav.MAV_CMD_NAV_LAND,
        mav.MAV_CMD_NAV_TAKEOFF,
        mav.MAV_CMD_NAV_LOITER_TO_ALT,
        mav.MAV_CMD_NAV_SPLINE_WAYPOINT,
        mav.MAV_CMD_NAV_VTOL_TAKEOFF,
        mav.MAV_CMD_NAV_VTOL_LAND,
        mav.MAV_CMD_NAV_PAYLOAD_PLACE,
    }
)
"""Commands that move the aircraft to the place in their last three parameters."""
PLACED = FLOWN_TO | {
    mav.MAV_CMD_DO_SET_HOME,
    mav.MAV_CMD_DO_LAND_START,
    mav.MAV_CMD_DO_REPOSITION,
    mav.MAV_CMD_DO_SET_ROI_LOCATION,
    mav.MAV_CMD_DO_SET_ROI,
}
"""Commands whose last three parameters are a place, flown to or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredItem:
    """One entry of a mission file, as it stands there; NaN means "leave as it is"."""

    seq: int
    command: int
    frame: int
    params: tuple[float, float, float, float, float, float, float]
    """Of a command with a place, the last three are latitude deg, longitude deg, altitude m."""
    autocontinue: bool = True
    current: bool = False
    """The item flown first; in files of planners it marks home."""

    @property
    def position(self) -> GeoPoint | None:
        """The place of a command that has one; None where the file gives none, or 0, 0, which means "here"."""
        lat_deg, lon_deg, _ = self.params[4:]
        if self.command not in PLACED or not _on_earth(lat_deg, lon_deg) or (lat_deg, lon_deg) == (0.0, 0.0):
            return None
        return GeoPoint(lat_deg=lat_deg, lon_deg=lon_deg)

    @property
    def altitude(self) -> Altitude | None:
        """The height of a command that has a place, with the datum its frame gives it."""
        if self.command not in PLACED or self.frame not in _ABOVE:
            return None
        return Altitude(metres=self.params[6], above=_ABOVE[self.frame])

    @property
    def misplaced(self) -> str | None:
        """What is wrong with the place, None where nothing is: not on earth, or in a frame nobody here knows."""
        if self.command not in PLACED:
            return None
        if self.frame not in _ABOVE:
            return f"frame {self.frame} of command {self.command} is not understood"
        lat_deg, lon_deg, _ = self.params[4:]
        if math.isnan(lat_deg) or math.isnan(lon_deg) or _on_earth(lat_deg, lon_deg):
            return None
        return f"{lat_deg:g}, {lon_deg:g} is no latitude and longitude"

    def same_as(self, other: "StoredItem") -> bool:
        """Whether both store the same, NaN equal to NaN."""
        pairs = zip(self.params, other.params, strict=True)
        same = all(a == b or (math.isnan(a) and math.isnan(b)) for a, b in pairs)
        return same and (self.seq, self.command, self.frame, self.autocontinue, self.current) == (
            other.seq,
            other.command,
            other.frame,
            other.autocontinue,
            other.current,
        )


def _on_earth(lat_deg: float, lon_deg: float) -> bool:
    return abs(lat_deg) <= 90 and abs(lon_deg) <= 180


def stored(item: MissionItem) -> StoredItem:
    """Return the item as files store it; item 0, home, is the current one."""
    x_deg = y_deg = z_m = 0.0
    frame = mav.MAV_FRAME_MISSION
    if item.position is not None:
        x_deg, y_deg = item.position.lat_deg, item.position.lon_deg
    if item.altitude is not None:
        z_m, frame = item.altitude.metres, FRAME_OF[item.altitude.above]
    return StoredItem(
        seq=item.seq,
        command=item.command,
        frame=frame,
        params=(*item.params, x_deg, y_deg, z_m),
        autocontinue=item.autocontinue,
        current=item.seq == 0,
    )
