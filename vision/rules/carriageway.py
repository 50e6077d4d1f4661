"""Where the carriageways are, and how likely a place with an error lies on one."""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo import LocalFrame
from missions.roads import RoadNetwork

LANE_WIDTH_M: Final = 3.25
LANES: Final = {
    "motorway": 3,
    "trunk": 3,
    "primary": 4,
    "secondary": 2,
    "tertiary": 2,
    "unclassified": 2,
    "residential": 2,
    "living_street": 1,
    "service": 1,
}
"""Where the map tells none; roads of other classes carry no cars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnRoad:
    """The nearest carriageway of a place."""

    road_id: str
    road_name: str
    distance_m: float
    """From the centreline."""
    half_width_m: float
    to_junction_m: float

    def likelihood(self, error_m: float) -> float:
        """Return how likely a place with this one-sigma radius is on the carriageway, across the road."""
        sigma_m = max(error_m / math.sqrt(2.0), 0.1)
        inside = (self.half_width_m - self.distance_m) / sigma_m
        outside = (-self.half_width_m - self.distance_m) / sigma_m
        return 0.5 * (math.erf(inside / math.sqrt(2.0)) - math.erf(outside / math.sqrt(2.0)))


class Carriageways:
    """All carriageways of a network as one array of segments."""

    def __init__(self, network: RoadNetwork, frame: LocalFrame) -> None:
        starts, ends, owners, halves = [], [], [], []
        self._roads = [road for road in network.roads if _lanes(road.road_class, road.lanes)]
        arms: Counter[str] = Counter()
        nodes: dict[str, NDArray[np.float64]] = {}
        for owner, road in enumerate(self._roads):
            line = frame.geodetic_to_enu(road.lat_lon_deg[:, 0], road.lat_lon_deg[:, 1])[:, :2]
            starts.append(line[:-1])
            ends.append(line[1:])
            owners += [owner] * (len(line) - 1)
            halves += [LANE_WIDTH_M * _lanes(road.road_class, road.lanes) / 2] * (len(line) - 1)
            for place, node in enumerate(road.node_ids):
                arms[node] += 1 if place in (0, len(road.node_ids) - 1) else 2
                nodes[node] = line[place]
        self._starts = np.vstack(starts) if starts else np.zeros((0, 2))
        self._along = (np.vstack(ends) if ends else np.zeros((0, 2))) - self._starts
        self._owners, self._halves = np.array(owners, int), np.array(halves)
        crossing = [nodes[node] for node, count in arms.items() if count >= 3]
        self._junctions = np.array(crossing).reshape(-1, 2)

    def nearest(self, place_m: NDArray[np.float64]) -> OnRoad | None:
        """Return the carriageway whose edge is nearest; None without roads."""
        if not len(self._starts):
            return None
        squared = np.maximum((self._along**2).sum(axis=1), 1e-9)
        share = np.clip(((place_m - self._starts) * self._along).sum(axis=1) / squared, 0.0, 1.0)
        gaps = np.linalg.norm(self._starts + share[:, None] * self._along - place_m, axis=1)
        best = int(np.argmin(gaps - self._halves))
        road = self._roads[int(self._owners[best])]
        to_junction = np.linalg.norm(self._junctions - place_m, axis=1).min() if len(self._junctions) else math.inf
        return OnRoad(
            road_id=road.road_id,
            road_name=road.name,
            distance_m=float(gaps[best]),
            half_width_m=float(self._halves[best]),
            to_junction_m=float(to_junction),
        )


def _lanes(road_class: str, lanes: int | None) -> int:
    """Return the lanes of both directions; 0 for ways without cars."""
    usual = LANES.get(road_class.removesuffix("_link"), 0)
    return usual if lanes is None or not usual else max(1, lanes)
