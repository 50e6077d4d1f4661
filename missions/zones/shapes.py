"""Circles, arcs and corridors as polygons that contain the true shape, on the ellipsoid.

An arc becomes the tangents at its ends and evenly between them, so that no part of the true shape is left out; where
the zone lies outside the circle, chords do the same. What is added reaches at most `OVERSHOOT` of the radius.
"""

import math
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from missions.geopoint import GeoPoint

if TYPE_CHECKING:
    from pyproj import Geod

OVERSHOOT: Final = 0.005
"""Of the radius: how far a corner may lie outside the true circle."""
_OVERSHOOT_M: Final = 10.0
"""What is wanted of large circles, which get more sides for it."""
_FEWEST_SIDES: Final = 36
"""Of a whole circle: 1 / cos(5 degrees) is 0.38 % more than the radius."""
_MOST_SIDES: Final = 180
_EARTH_M: Final = 6_335_000.0
"""The least radius of curvature of WGS84, on the equator from north to south."""
_CURVATURE: Final = 1.0002
"""Corners lie on the ellipsoid, sides are straight in a plane: up to 1000 km the two differ by less."""


def circle(centre: GeoPoint, radius_m: float, *, sides: int | None = None) -> tuple[GeoPoint, ...]:
    """Return a regular polygon round the circle, clockwise from north; its sides touch the circle from outside."""
    sides = sides or _sides(radius_m)
    reach_m = radius_m * _CURVATURE / math.cos(math.pi / sides)
    return tuple(offset(centre, 360.0 * side / sides, reach_m) for side in range(sides))


def arc(centre: GeoPoint, start: GeoPoint, end: GeoPoint, *, clockwise: bool, outside: bool) -> tuple[GeoPoint, ...]:
    """Return the arc from start to end as a line between them, both included.

    With `outside` the line runs outside the circle, else inside of it. Where start and end are not equally far from the
    centre, the radius changes evenly on the way. Ends that are the same place make a whole circle.
    """
    (from_deg, start_m), (to_deg, end_m) = bearing_and_distance(centre, start), bearing_and_distance(centre, end)
    sweep_deg = _sweep_deg(from_deg, to_deg, clockwise=clockwise)
    steps = max(1, math.ceil(abs(sweep_deg) * _sides(max(start_m, end_m)) / 360.0))
    step_deg = sweep_deg / steps

    def at(step: float, grown: float) -> GeoPoint:
        radius_m = start_m + (end_m - start_m) * step / steps
        return offset(centre, from_deg + step * step_deg, radius_m * grown)

    if outside:
        grown = _CURVATURE / math.cos(math.radians(step_deg) / 2)
        return (start, *(at(step + 0.5, grown) for step in range(steps)), end)
    return (start, *(at(step, 1 / _CURVATURE) for step in range(1, steps)), end)


def _sides(radius_m: float) -> int:
    """Return how many sides a whole circle gets."""
    enough = math.pi / math.acos(radius_m / (radius_m + _OVERSHOOT_M))
    return min(max(math.ceil(enough), _FEWEST_SIDES), _MOST_SIDES)


def _sweep_deg(from_deg: float, to_deg: float, *, clockwise: bool) -> float:
    turn = (to_deg - from_deg) % 360.0 if clockwise else -((from_deg - to_deg) % 360.0)
    return turn or (360.0 if clockwise else -360.0)


def corridor(line: Sequence[GeoPoint], width_m: float) -> tuple[GeoPoint, ...]:
    """Return the outline of a corridor along a line of at least two places, its ends round.

    Raises:
        ValueError: the line has no length, or the corridor closes round a hole.

    """
    import numpy as np
    from shapely import LineString, Polygon

    from geo import LocalFrame

    frame = LocalFrame(lat_deg=line[0].lat_deg, lon_deg=line[0].lon_deg)
    places = frame.geodetic_to_enu([p.lat_deg for p in line], [p.lon_deg for p in line])[:, :2]
    quarter = -(-_sides(width_m / 2) // 4)
    grown = _CURVATURE / math.cos(math.pi / (4 * quarter))
    sag_m = float(np.linalg.norm(places, axis=1).max()) ** 3 / (2 * _EARTH_M**2)  # the plane leaves the ellipsoid
    outline = LineString(places).buffer(width_m / 2 * grown + sag_m, quad_segs=quarter)
    if not LineString(places).length or not isinstance(outline, Polygon) or outline.interiors:
        raise ValueError("the corridor has no length or closes on itself")
    corners = frame.enu_to_geodetic(list(outline.exterior.coords)[:-1])
    return tuple(GeoPoint(lat_deg=float(lat), lon_deg=float(lon)) for lat, lon, _ in corners)


def offset(origin: GeoPoint, bearing_deg: float, distance_m: float) -> GeoPoint:
    """Return the place so far from another, bearing from true north, along the shortest line on WGS84."""
    lon, lat, _ = _geod().fwd(origin.lon_deg, origin.lat_deg, bearing_deg, distance_m)
    return GeoPoint(lat_deg=lat, lon_deg=lon)


def bearing_and_distance(origin: GeoPoint, place: GeoPoint) -> tuple[float, float]:
    """Return the bearing from true north, degrees, and the distance, metres, from one place to another."""
    bearing_deg, _, distance_m = _geod().inv(origin.lon_deg, origin.lat_deg, place.lon_deg, place.lat_deg)
    return bearing_deg % 360.0, distance_m


def area_m2(ring: Sequence[GeoPoint]) -> float:
    """Return the area inside a ring on WGS84."""
    signed_m2, _ = _geod().polygon_area_perimeter([p.lon_deg for p in ring], [p.lat_deg for p in ring])
    return abs(float(signed_m2))


@cache
def _geod() -> "Geod":
    from pyproj import Geod

    return Geod(ellps="WGS84")
