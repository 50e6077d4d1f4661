"""Areas on the ground with a rule."""

from dataclasses import dataclass
from enum import StrEnum

from missions.geopoint import GeoPoint


class ZoneRule(StrEnum):
    """What the area means to an aircraft."""

    STAY_IN = "stay_in"
    KEEP_OUT = "keep_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A simple polygon, first corner not repeated; the rule holds at every altitude."""

    zone_id: str
    rule: ZoneRule
    corners: tuple[GeoPoint, ...]

    def __post_init__(self) -> None:
        if len(self.corners) < 3:
            raise ValueError(f"zone {self.zone_id} needs at least 3 corners, has {len(self.corners)}")
