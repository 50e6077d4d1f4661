"""Things that stand up from the ground: masts, cranes, towers."""

from dataclasses import dataclass

from missions.geopoint import Altitude, GeoPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """A cylinder from the ground up to its top."""

    obstacle_id: str
    position: GeoPoint
    radius_m: float
    """Of everything that belongs to it, jib and guy wires too."""
    top: Altitude
