"""Polygons of GeoJSON geometries, as GeoJSON, ED-269 and ED-318 write them: positions are longitude, latitude."""

import math
from collections.abc import Iterator
from typing import Any, Final

from missions.geopoint import GeoPoint
from missions.zones.drawn import Place, Ring

AREAS: Final = ("Polygon", "MultiPolygon")
_POSITIONS: Final = "[longitude, latitude] pairs, WGS84 degrees"


def polygons(geometry: dict[str, Any], place: Place) -> Iterator[tuple[Ring, tuple[Ring, ...]]]:
    """Return each polygon of a Polygon or MultiPolygon as its outline and its holes.

    Raises:
        InputError: the coordinates are none.

    """
    here = place.inside("coordinates")
    coordinates = geometry.get("coordinates")
    parts = coordinates if geometry.get("type") == "MultiPolygon" else [coordinates]
    if not isinstance(parts, list) or not parts:
        raise here.refusal("is not a list of polygons", "rings of [longitude, latitude] pairs")
    for rings in parts:
        if not isinstance(rings, list) or not rings:
            raise here.refusal("is not a list of rings", "an outline and its holes, each a list of positions")
        outline, *holes = (ring(row, here) for row in rings)
        yield outline, tuple(holes)


def ring(row: Any, place: Place) -> Ring:  # noqa: ANN401 - parsed JSON
    """Return a list of positions.

    Raises:
        InputError: it is none.

    """
    if not isinstance(row, list):
        raise place.refusal("is not a list of positions", _POSITIONS)
    return tuple(position(item, place) for item in row)


def position(item: Any, place: Place) -> GeoPoint:  # noqa: ANN401 - parsed JSON
    """Return a position of longitude, latitude and whatever follows.

    Raises:
        InputError: it is none.

    """
    try:
        lon, lat = float(item[0]), float(item[1])
    except (TypeError, ValueError, IndexError, KeyError, OverflowError) as exc:
        raise place.refusal("are not positions", _POSITIONS) from exc
    return lat_lon(lat, lon, place)


def lat_lon(lat: float, lon: float, place: Place) -> GeoPoint:
    """Return a position.

    Raises:
        InputError: it is not on WGS84; where latitude and longitude look exchanged, it says so.

    """
    if not (math.isfinite(lat) and math.isfinite(lon)):
        raise place.refusal("has a coordinate that is not a finite number", _POSITIONS)
    if abs(lat) > 90 and abs(lat) <= 180 and abs(lon) <= 90:
        raise place.refusal(f"has latitude {lat:g}: axes look swapped", "longitude before latitude")
    if abs(lat) > 90 or abs(lon) > 180:
        raise place.refusal(f"has latitude {lat:g}, longitude {lon:g}: not degrees", _POSITIONS)
    return GeoPoint(lat_deg=lat, lon_deg=lon)
