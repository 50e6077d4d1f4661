"""Zones as shapes in a plane, so that a test compares areas."""

from collections.abc import Sequence

from shapely import Polygon

from geo import LocalFrame
from missions import GeoPoint


def polygon_m(corners: Sequence[GeoPoint], origin: GeoPoint) -> Polygon:
    """The polygon of corners, ENU metres of an origin."""
    frame = LocalFrame(lat_deg=origin.lat_deg, lon_deg=origin.lon_deg)
    return Polygon(frame.geodetic_to_enu([c.lat_deg for c in corners], [c.lon_deg for c in corners])[:, :2])
