"""Shortest ways on foot along the roads."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from geo import slice_along
from missions.geopoint import GeoPoint
from missions.roads.index import Foot, RoadIndex
from missions.roads.network import RoadNetwork

_ISLAND_M: Final = 150.0
"""How much farther than the nearest road a road of another part of the network may lie and still be walked to."""
_CACHED_STARTS: Final = 256


class _End(NamedTuple):
    """One end of a road: of a ring both are the same node, at different stations."""

    node: int
    station_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """The best walk between two points: straight on, along roads, straight off."""

    distance_m: float
    start: Foot
    end: Foot
    leave: _End | None
    """The end by which the walk leaves the first foot's road; None where it stays on that road."""
    arrive: _End | None


class WalkingGraph:
    """People walk every road in both directions; off the roads they walk straight to the nearest one."""

    def __init__(self, network: RoadNetwork) -> None:
        self._index = RoadIndex(network)
        numbers: dict[str, int] = {}
        ends = [
            (numbers.setdefault(road.node_ids[0], len(numbers)), numbers.setdefault(road.node_ids[-1], len(numbers)))
            for road in network.roads
        ]
        self._ends: NDArray[np.int64] = np.array(ends, dtype=np.int64)
        self._graph, self._road_of = _shortest_edges(self._ends, self._index.lengths_m, len(numbers))
        self._part: NDArray[np.int32] = connected_components(self._graph, directed=False)[1]
        self._from: dict[int, tuple[NDArray[np.float64], NDArray[np.int32]]] = {}

    def distance_m(self, a: GeoPoint, b: GeoPoint) -> float | None:
        """Return the metres to walk from `a` to `b`, with the straight bits on and off; None where no way is known."""
        walk = self._best(a, b)
        return None if walk is None else walk.distance_m

    def route(self, a: GeoPoint, b: GeoPoint) -> tuple[GeoPoint, ...]:
        """Return the way from `a` to `b`, both included; empty where no way is known."""
        walk = self._best(a, b)
        if walk is None:
            return ()
        flat_m = np.vstack([self._index.enu_m(a), *self._pieces_m(walk), self._index.enu_m(b)])
        steps = np.linalg.norm(np.diff(flat_m, axis=0), axis=1)
        inner = flat_m[1:-1][(steps[:-1] > 1e-3) & (np.linalg.norm(flat_m[1:-1] - flat_m[-1], axis=1) > 1e-3)]
        places = self._index.frame.enu_to_geodetic(inner) if len(inner) else np.zeros((0, 3))
        return (a, *(GeoPoint(lat_deg=float(lat), lon_deg=float(lon)) for lat, lon, _ in places), b)

    def along_roads_m(self, a: GeoPoint, b: GeoPoint, *, aside_m: float) -> NDArray[np.float64] | None:
        """Return the part of the way that lies on roads, (N, 2) ENU metres of the network's frame; None as above.

        It begins and ends on roads at most `aside_m` farther than the nearest ones.
        """
        walk = self._best(a, b, aside_m)
        return None if walk is None else np.vstack(self._pieces_m(walk))

    def parts(self) -> list[list[int]]:
        """Return the connected parts of the network, each as the numbers of its roads."""
        roads: dict[int, list[int]] = {}
        for number, end in enumerate(self._ends[:, 0]):
            roads.setdefault(int(self._part[end]), []).append(number)
        return list(roads.values())

    def _feet(self, point: GeoPoint, aside_m: float) -> dict[int, Foot]:
        """Return the nearest foot in each connected part of the network that is about as near as the nearest."""
        nearest = self._index.nearest(point)
        feet: dict[int, Foot] = {}
        for foot in self._index.within(point, nearest.distance_m + aside_m):
            feet.setdefault(int(self._part[self._ends[foot.road_index, 0]]), foot)
        return feet

    def _best(self, a: GeoPoint, b: GeoPoint, aside_m: float = _ISLAND_M) -> _Walk | None:
        starts, ends = self._feet(a, aside_m), self._feet(b, aside_m)
        walks = [self._walk(starts[part], ends[part]) for part in starts if part in ends]
        return min(walks, key=lambda walk: walk.distance_m, default=None)

    def _walk(self, start: Foot, end: Foot) -> _Walk:
        """Return the shortest walk between two feet in one part of the network."""
        straight_m = start.distance_m + end.distance_m
        best = _Walk(distance_m=np.inf, start=start, end=end, leave=None, arrive=None)
        if start.road_index == end.road_index:
            along_m = abs(start.station_m - end.station_m)
            best = _Walk(distance_m=straight_m + along_m, start=start, end=end, leave=None, arrive=None)
        for leave in self._ends_of(start):
            metres_m = self._metres_from(leave.node)[0]
            for arrive in self._ends_of(end):
                on_roads_m = abs(start.station_m - leave.station_m) + abs(end.station_m - arrive.station_m)
                total_m = straight_m + on_roads_m + float(metres_m[arrive.node])
                if total_m < best.distance_m:
                    best = _Walk(distance_m=total_m, start=start, end=end, leave=leave, arrive=arrive)
        return best

    def _ends_of(self, foot: Foot) -> tuple[_End, _End]:
        first, last = (int(node) for node in self._ends[foot.road_index])
        return _End(first, 0.0), _End(last, float(self._index.lengths_m[foot.road_index]))

    def _metres_from(self, node: int) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """Return metres from a node to all nodes, and the node before each; a few starts are remembered."""
        if node not in self._from:
            if len(self._from) >= _CACHED_STARTS:
                self._from.pop(next(iter(self._from)))
            self._from[node] = dijkstra(self._graph, directed=False, indices=node, return_predecessors=True)
        return self._from[node]

    def _pieces_m(self, walk: _Walk) -> list[NDArray[np.float64]]:
        """Return the walk along the roads as polylines, in order."""
        start, end = walk.start, walk.end
        if walk.leave is None or walk.arrive is None:
            return [self._part_m(start.road_index, start.station_m, end.station_m)]
        before = self._metres_from(walk.leave.node)[1]
        chain = [walk.arrive.node]
        while chain[-1] != walk.leave.node:
            chain.append(int(before[chain[-1]]))
        chain.reverse()
        return [
            self._part_m(start.road_index, start.station_m, walk.leave.station_m),
            *(self._road_m(here, there) for here, there in pairwise(chain)),
            self._part_m(end.road_index, walk.arrive.station_m, end.station_m),
        ]

    def _road_m(self, here: int, there: int) -> NDArray[np.float64]:
        """Return the shortest road between two neighbouring ends, in walking direction."""
        road_index = self._road_of[min(here, there), max(here, there)]
        line = self._index.lines_m[road_index]
        return line if self._ends[road_index, 0] == here else line[::-1]

    def _part_m(self, road_index: int, from_m: float, to_m: float) -> NDArray[np.float64]:
        line = self._index.lines_m[road_index]
        part = slice_along(line, min(from_m, to_m), max(from_m, to_m))
        return part if from_m <= to_m else part[::-1]


def _shortest_edges(
    ends: NDArray[np.int64], lengths_m: NDArray[np.float64], nodes: int
) -> tuple[csr_matrix, dict[tuple[int, int], int]]:
    """Return the graph with the shortest of parallel roads, and which road that is; a loop leads nowhere new."""
    road_of: dict[tuple[int, int], int] = {}
    for road_index in np.argsort(lengths_m, kind="stable"):
        first, last = (int(node) for node in ends[road_index])
        if first != last:
            road_of.setdefault((min(first, last), max(first, last)), int(road_index))
    pairs = np.array(list(road_of), dtype=np.int64).reshape(-1, 2)
    weights = np.maximum(
        lengths_m[np.array(list(road_of.values()), dtype=np.int64)], 1e-6
    )  # a sparse zero would be no edge
    graph = coo_matrix((weights, (pairs[:, 0], pairs[:, 1])), shape=(nodes, nodes)).tocsr()
    return graph, road_of
