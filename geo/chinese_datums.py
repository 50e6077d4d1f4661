"""GCJ-02 and BD-09, the shifted datums of Chinese map services, to and from WGS84.

The forward GCJ-02 shift is the commonly published polynomial on the Krasovsky ellipsoid (a = 6378245 m,
e^2 = 0.00669342162296594323); the inverse is found by fixed-point iteration to better than 1e-9 degrees. Outside
mainland China's bounding box the shift is zero, as the services apply it.
"""

import math
from collections.abc import Callable
from typing import Final

_AXIS_M: Final = 6378245.0
_ECCENTRICITY_2: Final = 0.00669342162296594323
_BD_RAD: Final = math.pi * 3000.0 / 180.0


def _outside_china(lat_deg: float, lon_deg: float) -> bool:
    return not (72.004 <= lon_deg <= 137.8347 and 0.8293 <= lat_deg <= 55.8271)


def _waves(x: float, first: float, second: float) -> float:
    """Return the longest three sine terms shared by both shift polynomials."""
    return (20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)) * 2.0 / 3.0 + first + second


def _shift_lat(x: float, y: float) -> float:
    base = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    medium = (20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    slow = (160.0 * math.sin(y / 12.0 * math.pi) + 320.0 * math.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    return base + _waves(x, medium, slow)


def _shift_lon(x: float, y: float) -> float:
    base = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    medium = (20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    slow = (150.0 * math.sin(x / 12.0 * math.pi) + 300.0 * math.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    return base + _waves(x, medium, slow)


def wgs84_to_gcj02(lat_deg: float, lon_deg: float) -> tuple[float, float]:
    """Return latitude, longitude in GCJ-02."""
    if _outside_china(lat_deg, lon_deg):
        return lat_deg, lon_deg
    x, y = lon_deg - 105.0, lat_deg - 35.0
    sine = math.sin(math.radians(lat_deg))
    magic = 1.0 - _ECCENTRICITY_2 * sine * sine
    metres_lat = (_AXIS_M * (1.0 - _ECCENTRICITY_2)) / (magic * math.sqrt(magic))
    metres_lon = _AXIS_M / math.sqrt(magic) * math.cos(math.radians(lat_deg))
    return (
        lat_deg + math.degrees(_shift_lat(x, y) / metres_lat),
        lon_deg + math.degrees(_shift_lon(x, y) / metres_lon),
    )


def _inverse(
    forward: Callable[[float, float], tuple[float, float]], lat_deg: float, lon_deg: float
) -> tuple[float, float]:
    """Solve forward(x) = target by fixed-point iteration; the shift changes slowly, so 10 rounds reach 1e-12."""
    lat, lon = lat_deg, lon_deg
    for _ in range(10):
        there_lat, there_lon = forward(lat, lon)
        lat, lon = lat + lat_deg - there_lat, lon + lon_deg - there_lon
    return lat, lon


def gcj02_to_wgs84(lat_deg: float, lon_deg: float) -> tuple[float, float]:
    """Return WGS84 latitude, longitude of a GCJ-02 position."""
    return _inverse(wgs84_to_gcj02, lat_deg, lon_deg)


def wgs84_to_bd09(lat_deg: float, lon_deg: float) -> tuple[float, float]:
    """Return latitude, longitude in BD-09 (Baidu's datum: GCJ-02 turned and offset once more)."""
    lat, lon = wgs84_to_gcj02(lat_deg, lon_deg)
    radius = math.hypot(lon, lat) + 0.00002 * math.sin(lat * _BD_RAD)
    angle = math.atan2(lat, lon) + 0.000003 * math.cos(lon * _BD_RAD)
    return radius * math.sin(angle) + 0.006, radius * math.cos(angle) + 0.0065


def bd09_to_wgs84(lat_deg: float, lon_deg: float) -> tuple[float, float]:
    """Return WGS84 latitude, longitude of a BD-09 position."""
    return _inverse(wgs84_to_bd09, lat_deg, lon_deg)
