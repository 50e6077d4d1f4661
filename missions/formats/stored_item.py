"""A mission item as ground stations write it down: a frame number and seven parameters."""

import math
from dataclasses import dataclass

from missions.formats.mav_commands import (
    MAV_FRAME_GLOBAL,
    MAV_FRAME_GLOBAL_RELATIVE_ALT,
    MAV_FRAME_GLOBAL_TERRAIN_ALT,
    MAV_FRAME_MISSION,
)
from missions.geopoint import AltitudeReference
from missions.waypoint import MissionItem

FRAME_OF = {
    AltitudeReference.AMSL: MAV_FRAME_GLOBAL,
    AltitudeReference.HOME: MAV_FRAME_GLOBAL_RELATIVE_ALT,
    AltitudeReference.TERRAIN: MAV_FRAME_GLOBAL_TERRAIN_ALT,
}
"""Frames of MISSION_ITEM for degrees as floats, as files have them."""


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


def stored(item: MissionItem) -> StoredItem:
    """Return the item as files store it; item 0, home, is the current one."""
    x_deg = y_deg = z_m = 0.0
    frame = MAV_FRAME_MISSION
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
