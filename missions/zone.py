"""Areas on the ground with a rule, the heights between which it holds and the times at which it does."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from missions.geopoint import Altitude, GeoPoint

DAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
DAY_S: Final = 86400.0


class ZoneRule(StrEnum):
    """What the area means to an aircraft."""

    STAY_IN = "stay_in"
    KEEP_OUT = "keep_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveTime:
    """A span of UTC in which a zone holds, and in it the days of the week and the part of the UTC day, if not all."""

    from_utc_s: float | None = None
    """None: since ever."""
    until_utc_s: float | None = None
    """None: for ever."""
    days: tuple[str, ...] = ()
    """Of `DAYS`, in UTC; none of them is every day."""
    day_from_s: float = 0.0
    """Seconds since midnight UTC."""
    day_until_s: float = DAY_S

    def overlaps(self, from_utc_s: float, until_utc_s: float) -> bool:
        """Whether the zone holds at any moment of a span; ends count."""
        begin = from_utc_s if self.from_utc_s is None else max(from_utc_s, self.from_utc_s)
        end = until_utc_s if self.until_utc_s is None else min(until_utc_s, self.until_utc_s)
        if begin > end:
            return False
        first, last = int(begin // DAY_S), int(end // DAY_S)
        return any(
            (not self.days or DAYS[(day + 3) % 7] in self.days)  # day 0 of UTC was a Thursday
            and day * DAY_S + self.day_from_s <= end
            and day * DAY_S + self.day_until_s >= begin
            for day in range(first, min(last, first + 8) + 1)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A simple polygon, first corner not repeated. In a plan its rule holds at every altitude and all the time."""

    zone_id: str
    rule: ZoneRule
    corners: tuple[GeoPoint, ...]
    name: str = ""
    lower: Altitude | None = None
    """Where the zone begins; None: at the ground, or it is not known where."""
    upper: Altitude | None = None
    """Where it ends; None: nowhere, or it is not known where."""
    active: tuple[ActiveTime, ...] = ()
    """When it holds; none of them is always."""

    def __post_init__(self) -> None:
        if len(self.corners) < 3:
            raise ValueError(f"zone {self.zone_id} needs at least 3 corners, has {len(self.corners)}")

    def holds_between(self, from_utc_s: float, until_utc_s: float) -> bool:
        """Whether the zone holds at any moment of a span of UTC."""
        return not self.active or any(time.overlaps(from_utc_s, until_utc_s) for time in self.active)
