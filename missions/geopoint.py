"""Positions and altitudes: where something is, and above what."""

from dataclasses import dataclass
from enum import StrEnum

from geo import LocalFrame


class AltitudeReference(StrEnum):
    """What an altitude is measured from."""

    HOME = "home"  # MAV_FRAME_GLOBAL_RELATIVE_ALT
    AMSL = "amsl"  # MAV_FRAME_GLOBAL
    TERRAIN = "terrain"  # MAV_FRAME_GLOBAL_TERRAIN_ALT, that is AGL


@dataclass(frozen=True, slots=True, kw_only=True)
class Altitude:
    """Height with its datum; comparing heights of two datums is a bug, so there is no `<`."""

    metres: float
    above: AltitudeReference


@dataclass(frozen=True, slots=True, kw_only=True)
class GeoPoint:
    """Point on WGS84. Keyword-only: lat/lon order cannot be swapped by position."""

    lat_deg: float
    lon_deg: float

    def __post_init__(self) -> None:
        if not (-90 <= self.lat_deg <= 90 and -180 <= self.lon_deg <= 180):
            raise ValueError(f"not a WGS84 position: lat {self.lat_deg}, lon {self.lon_deg}")

    def distance_m(self, other: "GeoPoint") -> float:
        """Return the distance over ground to a place nearby, in the plane that touches the earth here."""
        frame = LocalFrame(lat_deg=self.lat_deg, lon_deg=self.lon_deg)
        east_m, north_m, _ = frame.geodetic_to_enu(other.lat_deg, other.lon_deg)[0]
        return float((east_m**2 + north_m**2) ** 0.5)
