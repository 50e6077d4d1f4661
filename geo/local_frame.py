"""The local tangent frame in which everything is planned and measured."""

from dataclasses import dataclass

import numpy as np
import pymap3d
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFrame:
    """East-north-up metres at a WGS84 origin.

    The up axis measures from `alt_m`; which datum that is (above home, AMSL) is the owner's choice and is kept by
    every call, because the frame only takes differences of altitudes.
    """

    lat_deg: float
    lon_deg: float
    alt_m: float = 0.0

    def geodetic_to_enu(self, lat_deg: ArrayLike, lon_deg: ArrayLike, alt_m: ArrayLike = 0.0) -> NDArray[np.float64]:
        """Return the (N, 3) ENU metres of N positions; scalars give (1, 3)."""
        lat, lon, alt = np.broadcast_arrays(*(np.atleast_1d(np.asarray(a, float)) for a in (lat_deg, lon_deg, alt_m)))
        east, north, up = pymap3d.geodetic2enu(lat, lon, alt, self.lat_deg, self.lon_deg, self.alt_m)
        return np.column_stack([east, north, up])

    def enu_to_geodetic(self, enu_m: ArrayLike) -> NDArray[np.float64]:
        """Return (N, 3) latitude deg, longitude deg, altitude m of (N, 3) or (N, 2) ENU metres (up = 0)."""
        points = np.atleast_2d(np.asarray(enu_m, float))
        up = points[:, 2] if points.shape[1] == 3 else np.zeros(len(points))
        lat, lon, alt = pymap3d.enu2geodetic(points[:, 0], points[:, 1], up, self.lat_deg, self.lon_deg, self.alt_m)
        return np.column_stack([lat, lon, alt])
