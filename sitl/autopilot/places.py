"""Places: degrees and local metres of the same one, quick enough for telemetry, and which one to return to."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from geo.local_frame import LocalFrame
from missions.geopoint import GeoPoint
from sitl.autopilot.settings import Vec

_REACH_M: Final = 50.0
"""Within it a straight line through the exact place is off by less than a millimetre."""
_STEP_M: Final = 10.0


class Places:
    """Converts about home: exactly now and then, along the tangent in between."""

    def __init__(self, home: GeoPoint) -> None:
        self._frame = LocalFrame(lat_deg=home.lat_deg, lon_deg=home.lon_deg)
        self._settle(0.0, 0.0)

    def _settle(self, east_m: float, north_m: float) -> None:
        points = [(east_m, north_m, 0.0), (east_m + _STEP_M, north_m, 0.0), (east_m, north_m + _STEP_M, 0.0)]
        here, east, north = self._frame.enu_to_geodetic(np.array(points))[:, :2]
        self._at_m = (east_m, north_m)
        self._at_deg = (float(here[0]), float(here[1]))
        self._per_east = (float(east[0] - here[0]) / _STEP_M, float(east[1] - here[1]) / _STEP_M)
        self._per_north = (float(north[0] - here[0]) / _STEP_M, float(north[1] - here[1]) / _STEP_M)

    def degrees(self, east_m: float, north_m: float) -> tuple[float, float]:
        """Return latitude and longitude."""
        east, north = east_m - self._at_m[0], north_m - self._at_m[1]
        if abs(east) > _REACH_M or abs(north) > _REACH_M:
            self._settle(east_m, north_m)
            return self._at_deg
        lat_deg, lon_deg = self._at_deg
        return (
            lat_deg + self._per_east[0] * east + self._per_north[0] * north,
            lon_deg + self._per_east[1] * east + self._per_north[1] * north,
        )

    def metres(self, lat_deg: float, lon_deg: float) -> tuple[float, float]:
        """Return east and north."""
        east, north, _ = self._frame.geodetic_to_enu(lat_deg, lon_deg)[0]
        return float(east), float(north)


def return_place(here: Vec, home: Vec, rallies: Sequence[Vec], *, limit_m: float, include_home: bool) -> Vec:
    """Return the nearest rally point within the limit (0 is none), or home: without one, or where home is nearer."""
    best, best_m = home, math.inf
    for place in rallies:
        away_m = math.hypot(place[0] - here[0], place[1] - here[1])
        if away_m < best_m and (limit_m <= 0 or away_m <= limit_m):
            best, best_m = place, away_m
    home_m = math.hypot(home[0] - here[0], home[1] - here[1])
    return home if best_m < math.inf and include_home and home_m < best_m else best
