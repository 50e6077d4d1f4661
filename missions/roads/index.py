"""Where is the nearest road? A spatial index over a network, in metres."""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import LocalFrame, length_m, project_onto
from missions.geopoint import GeoPoint
from missions.roads.network import Road, RoadNetwork


class NearestRoad(NamedTuple):
    """A road and how near it passes."""

    road: Road
    distance_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Foot:
    """The place of a road nearest to a point."""

    road_index: int
    station_m: float
    """From the road's first point."""
    distance_m: float
    """From the point, straight."""


class RoadIndex:
    """Roads of a network in its ENU frame, found by place."""

    def __init__(self, network: RoadNetwork) -> None:
        self.network = network
        self.frame: LocalFrame = network.frame
        counts = [len(road.lat_lon_deg) for road in network.roads]
        points = np.vstack([road.lat_lon_deg for road in network.roads])
        flat_m = self.frame.geodetic_to_enu(points[:, 0], points[:, 1])[:, :2]
        self.lines_m: list[NDArray[np.float64]] = np.split(flat_m, np.cumsum(counts)[:-1])
        self.lengths_m: NDArray[np.float64] = np.array([length_m(line) for line in self.lines_m])
        lines = shapely.linestrings(flat_m, indices=np.repeat(np.arange(len(counts)), counts))
        self._tree = shapely.STRtree(np.atleast_1d(np.asarray(lines, dtype=object)))

    def enu_m(self, point: GeoPoint) -> NDArray[np.float64]:
        """Return the (2,) east, north of a point."""
        flat: NDArray[np.float64] = self.frame.geodetic_to_enu(point.lat_deg, point.lon_deg)[0, :2]
        return flat

    def foot(self, road_index: int, place_m: NDArray[np.float64]) -> Foot:
        """Return the place of one road nearest to an ENU place."""
        station_m, distance_m, _ = project_onto(self.lines_m[road_index], place_m)
        return Foot(road_index=road_index, station_m=station_m, distance_m=distance_m)

    def nearest(self, point: GeoPoint) -> Foot:
        """Return the nearest place of any road."""
        place_m = self.enu_m(point)
        return self.foot(int(self._tree.nearest(shapely.points(place_m))), place_m)

    def within(self, point: GeoPoint, radius_m: float) -> list[Foot]:
        """Return the nearest place of every road within the radius, nearest first."""
        place_m = self.enu_m(point)
        found = self._tree.query(shapely.points(place_m), predicate="dwithin", distance=radius_m)
        return sorted((self.foot(int(i), place_m) for i in found), key=lambda foot: (foot.distance_m, foot.road_index))


@lru_cache(maxsize=4)
def _index_of(network: RoadNetwork) -> RoadIndex:
    return RoadIndex(network)


def nearest_road(network: RoadNetwork, point: GeoPoint) -> NearestRoad:
    """Return the nearest road and its distance; the index is built once for each network."""
    index = _index_of(network)
    foot = index.nearest(point)
    return NearestRoad(network.roads[foot.road_index], foot.distance_m)
