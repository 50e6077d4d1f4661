"""Flights from formats that know places, heights and speeds, but no mission items."""

from collections.abc import Sequence
from dataclasses import dataclass

from missions.formats.mav_commands import MAV_CMD_NAV_RETURN_TO_LAUNCH
from missions.formats.stored_item import StoredItem, stored
from missions.geopoint import Altitude, GeoPoint
from missions.items import flight_items


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPoint:
    """A place to fly to, as far as a file says; speed and gimbal are of the leg that ends here."""

    position: GeoPoint
    altitude: Altitude
    speed_m_s: float | None = None
    gimbal_pitch_deg: float | None = None


def path_items(
    points: Sequence[PathPoint],
    *,
    home: GeoPoint | None,
    takeoff: Altitude | None,
    ends_with: int | None = MAV_CMD_NAV_RETURN_TO_LAUNCH,
) -> tuple[StoredItem, ...]:
    """Return the items of a flight through the points, home left out; no take-off where its height is unknown."""
    rows = flight_items(list(enumerate(points)), home=home, home_amsl_m=0.0, takeoff=takeoff, ends_with=ends_with)
    return tuple(stored(item) for item in rows[1:])
