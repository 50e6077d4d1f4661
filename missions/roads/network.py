"""Road networks as values."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo import LocalFrame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Road:
    """One road between two ends; it meets other roads only where they share a node id."""

    road_id: str
    name: str
    """Empty where the road has none."""
    road_class: str
    """OSM's `highway` value: primary, residential, footway..."""
    oneway: bool
    """Traffic flows in the direction of the points only."""
    lanes: int | None
    """Both directions together; None where not known."""
    node_ids: tuple[str, ...]
    lat_lon_deg: NDArray[np.float64]
    """(N, 2) WGS84, N = len(node_ids) >= 2."""
    other_names: tuple[tuple[str, str], ...] = ()
    """Names the file has beside `name`: (tag, value) pairs, such as ("name:en", "Gaoxin Avenue"), ("ref", "G4201")."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RoadNetwork:
    """Roads of an area, WGS84."""

    roads: tuple[Road, ...]
    source: str
    """File they came from."""

    @property
    def bounds_deg(self) -> tuple[float, float, float, float]:
        """South, west, north, east."""
        points = np.vstack([road.lat_lon_deg for road in self.roads])
        (south, west), (north, east) = points.min(axis=0), points.max(axis=0)
        return float(south), float(west), float(north), float(east)

    @property
    def frame(self) -> LocalFrame:
        """The ENU frame at the middle of the bounds."""
        south, west, north, east = self.bounds_deg
        return LocalFrame(lat_deg=(south + north) / 2, lon_deg=(west + east) / 2)
