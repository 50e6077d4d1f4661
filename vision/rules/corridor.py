"""What ground belongs to the street that is watched."""

import numpy as np
from numpy.typing import NDArray

from geo import distance_to_polyline_m
from missions.roads import RoadNetwork


class Corridor:
    """Ground near enough to a road to be part of what is patrolled."""

    def __init__(self, network: RoadNetwork, within_m: float) -> None:
        frame = network.frame
        self._names = [road.name for road in network.roads]
        self._lines_m = [
            frame.geodetic_to_enu(road.lat_lon_deg[:, 0], road.lat_lon_deg[:, 1])[:, :2] for road in network.roads
        ]
        self._within_m = within_m

    def holds(self, point_m: NDArray[np.float64]) -> bool:
        """Return whether a place, ENU of the network's frame, lies in it."""
        return self.nearest(point_m)[0] <= self._within_m

    def nearest(self, point_m: NDArray[np.float64]) -> tuple[float, str]:
        """Return how far the nearest road is, metres, and its name."""
        gaps_m = [distance_to_polyline_m(line, point_m) for line in self._lines_m]
        best = int(np.argmin(gaps_m))
        return gaps_m[best], self._names[best]
