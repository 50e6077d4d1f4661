"""Are these coordinates what they claim to be? Refused here: swapped axes, metres, jumps, far-away roads."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from missions.errors import InputError
from missions.geopoint import GeoPoint
from missions.roads.ways import Way

FAR_KM: Final = 50.0
"""Roads farther than this from the dock belong to another town, or to the other axis order."""
JUMP_KM: Final = 100.0
"""No road runs so far between two drawn points; a line that does has a wrong point."""
_KM_PER_DEG: Final = 111.2
_SWAP_REMEDY: Final = "exchange latitude and longitude; GeoJSON positions are longitude, latitude"
_METRES_REMEDY: Final = "reproject the file to WGS84 degrees, EPSG:4326"


def check_coordinates(ways: Sequence[Way], *, file: Path, near: GeoPoint | None) -> None:
    """Refuse coordinates that cannot be meant.

    Raises:
        InputError: naming the way or feature, and what would be right.

    """
    for way, lat, lon in _points(ways):
        if not (math.isfinite(lat) and math.isfinite(lon)):
            raise InputError(f"{way.origin} has a coordinate that is not a finite number", file=file)
        if abs(lat) > 90 or abs(lon) > 180:
            raise _out_of_range(ways, way, lat, lon, file)
    for way in ways:
        _refuse_jump(way, file)
    if near is not None and ways:
        _refuse_far(ways, near, file)


def _points(ways: Sequence[Way]) -> Iterator[tuple[Way, float, float]]:
    for way in ways:
        for lat, lon in way.lat_lon_deg:
            yield way, lat, lon


def _out_of_range(ways: Sequence[Way], way: Way, lat: float, lon: float, file: Path) -> InputError:
    if abs(lat) > 180 or abs(lon) > 360:
        what = f"{way.origin} has coordinates {lon:g}, {lat:g}: not degrees"
        return InputError(what, file=file, remedy=_METRES_REMEDY)
    if all(abs(lat) <= 180 and abs(lon) <= 90 for _, lat, lon in _points(ways)):
        what = f"axes look swapped: {way.origin} has latitude {lat:g}"
        return InputError(what, file=file, remedy=_SWAP_REMEDY)
    what = f"{way.origin} has latitude {lat:g}, longitude {lon:g}"
    return InputError(what, file=file, remedy="latitude -90..90, longitude -180..180")


def _refuse_jump(way: Way, file: Path) -> None:
    for (lat_a, lon_a), (lat_b, lon_b) in zip(way.lat_lon_deg, way.lat_lon_deg[1:], strict=False):
        if max(abs(lat_a - lat_b), abs(lon_a - lon_b)) * _KM_PER_DEG < JUMP_KM:
            continue
        gap_km = _distance_km(lat_a, lon_a, lat_b, lon_b)
        if gap_km > JUMP_KM:
            what = f"{way.origin} jumps {gap_km:.0f} km between two points, {lat_a:g},{lon_a:g} and {lat_b:g},{lon_b:g}"
            raise InputError(what, file=file, remedy="one of the two is wrong")


def _refuse_far(ways: Sequence[Way], near: GeoPoint, file: Path) -> None:
    south, north = _span([lat for _, lat, _ in _points(ways)])
    west, east = _span([lon for _, _, lon in _points(ways)])
    gap_km = _to_box_km(near, south, west, north, east)
    if gap_km <= FAR_KM:
        return
    if max(abs(west), abs(east)) <= 90 and _to_box_km(near, west, south, east, north) <= FAR_KM:
        what = f"axes look swapped: the roads lie {gap_km:.0f} km from the dock, and beside it once turned round"
        raise InputError(what, file=file, remedy=_SWAP_REMEDY)
    what = f"the roads lie {gap_km:.0f} km from the dock at {near.lat_deg:g},{near.lon_deg:g}"
    raise InputError(what, file=file, remedy="another road file, or another dock")


def _span(values: list[float]) -> tuple[float, float]:
    return min(values), max(values)


def _to_box_km(point: GeoPoint, south: float, west: float, north: float, east: float) -> float:
    lat = min(max(point.lat_deg, south), north)
    lon = min(max(point.lon_deg, west), east)
    return _distance_km(point.lat_deg, point.lon_deg, lat, lon)


def _distance_km(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Return the great-circle distance on a sphere; enough to tell towns apart."""
    a, b = math.radians(lat_a), math.radians(lat_b)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(lon_b - lon_a) / 2) ** 2
    return 2 * 6371.0 * math.asin(min(1.0, math.sqrt(half)))
