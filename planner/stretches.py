"""Road networks to stretches: chains of road between junctions, simplified for flight, cut to size."""

import itertools
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from shapely import LineString

from geo import LocalFrame, length_m, slice_along
from missions.roads import Road, RoadNetwork

Line = NDArray[np.float64]  # (N, 2) ENU metres

FLIGHT_TOLERANCE_M = 1.5
"""How far the flown line may leave the centreline: under position error, and a few points instead of dozens."""
LANE_M: Final = 3.5
"""A lane of a city road: 3.25 to 3.75 m in most countries' rules."""
_LANES: Final = {
    "motorway": 4, "trunk": 4, "motorway_link": 2, "trunk_link": 2, "service": 1, "track": 1, "path": 1, "footway": 1,
    "cycleway": 1, "pedestrian": 1, "steps": 1, "bridleway": 1, "corridor": 1,
}  # fmt: skip
"""Lanes of both directions that OSM's wiki (Key:lanes, assumptions) takes for granted; other classes have two."""
V = TypeVar("V", str, float)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chain:
    """A required piece of road in the planning frame."""

    line_m: Line
    """The centreline as mapped."""
    road_ids: tuple[str, ...]
    name: str
    road_class: str
    travel: int = 0
    """1 where traffic flows along the line only, -1 against it only, 0 both ways or where its roads differ."""
    width_m: float = 0.0
    """Of the carriageway, from its lanes."""

    @property
    def length_m(self) -> float:
        """Along the centreline."""
        return length_m(self.line_m)

    @property
    def flown_m(self) -> Line:
        """The line to fly: the centreline within `FLIGHT_TOLERANCE_M`, ends kept."""
        simple = LineString(self.line_m).simplify(FLIGHT_TOLERANCE_M, preserve_topology=True)
        return np.asarray(simple.coords, float)


@dataclass(frozen=True, slots=True, eq=False)
class _Segment:
    """A straight piece of road between two neighbouring nodes."""

    ends: tuple[str, str]
    road: Road

    def other(self, node: str) -> str:
        return self.ends[1] if node == self.ends[0] else self.ends[0]


def chains_of(network: RoadNetwork, frame: LocalFrame) -> tuple[Chain, ...]:
    """Return the network as chains from junction to junction, each piece of road exactly once.

    Nodes at the same place (1 cm) are one; segments of no length and repeated segments are dropped. A ring without a
    junction becomes one closed chain. The order follows the network's, so the same roads give the same chains.
    """
    segments, places = _segments(network, frame)
    meeting: dict[str, list[_Segment]] = defaultdict(list)
    for segment in segments:
        for end in segment.ends:
            meeting[end].append(segment)
    done: set[int] = set()
    runs: list[tuple[list[str], list[_Segment]]] = []
    ends = [(segment, end) for segment in segments for end in segment.ends]
    ends.sort(key=lambda pair: len(meeting[pair[1]]) == 2)  # junctions first; what is left then are rings
    for segment, start in ends:
        if id(segment) not in done:
            runs.append(_walk(segment, start, meeting, done))
    return tuple(_chain(nodes, run, places) for nodes, run in runs)


def _segments(network: RoadNetwork, frame: LocalFrame) -> tuple[list[_Segment], dict[str, Line]]:
    """Return every distinct piece between neighbouring nodes, and the ENU place of every node."""
    same_place: dict[tuple[int, int], str] = {}
    places: dict[str, Line] = {}
    segments: dict[frozenset[str], _Segment] = {}
    for road in network.roads:
        enu = frame.geodetic_to_enu(road.lat_lon_deg[:, 0], road.lat_lon_deg[:, 1])[:, :2]
        keys = [(round(east * 100), round(north * 100)) for east, north in enu]
        nodes = [same_place.setdefault(key, node_id) for key, node_id in zip(keys, road.node_ids, strict=True)]
        for node, place in zip(nodes, enu, strict=True):
            places.setdefault(node, place)
        for ends in itertools.pairwise(nodes):
            if ends[0] != ends[1]:
                segments.setdefault(frozenset(ends), _Segment(ends, road))
    return list(segments.values()), places


def _walk(
    first: _Segment, start: str, meeting: dict[str, list[_Segment]], done: set[int]
) -> tuple[list[str], list[_Segment]]:
    """Follow a chain from a node through nodes where exactly two segments meet."""
    nodes, run = [start], []
    segment: _Segment | None = first
    while segment is not None:
        done.add(id(segment))
        run.append(segment)
        nodes.append(segment.other(nodes[-1]))
        onward = meeting[nodes[-1]]
        segment = next((s for s in onward if id(s) not in done), None) if len(onward) == 2 else None
    return nodes, run


def _chain(nodes: list[str], run: list[_Segment], places: dict[str, Line]) -> Chain:
    """Build the chain of a walk; its name and class are those of its greatest length."""
    line = np.array([places[node] for node in nodes])
    lengths = np.linalg.norm(np.diff(line, axis=0), axis=1)
    return Chain(
        line_m=line,
        road_ids=tuple(dict.fromkeys(segment.road.road_id for segment in run)),
        name=_longest((segment.road.name for segment in run), lengths),
        road_class=_longest((segment.road.road_class for segment in run), lengths),
        travel=_travel(nodes, run),
        width_m=_longest((width_m(segment.road) for segment in run), lengths),
    )


def _travel(nodes: list[str], run: list[_Segment]) -> int:
    """Return the direction of a walk's traffic: its roads' own, where all of them have one and agree."""
    ways = {
        (1 if segment.ends[0] == node else -1) if segment.road.oneway else 0
        for node, segment in zip(nodes, run, strict=False)
    }
    return ways.pop() if len(ways) == 1 else 0


def _longest(values: Iterable[V], lengths: Line) -> V:
    totals: dict[V, float] = defaultdict(float)
    for value, length in zip(values, lengths, strict=True):
        totals[value] += float(length)
    return max(totals, key=lambda value: totals[value])


def width_m(road: Road) -> float:
    """Return the width of a road's carriageway: its lanes, or as many as its class has where nobody counted them."""
    both = _LANES.get(road.road_class, 2)
    lanes = road.lanes or (max(both // 2, 1) if road.oneway else both)
    return lanes * LANE_M


def cut_evenly(chain: Chain, pieces: int) -> tuple[Chain, ...]:
    """Return the chain in so many parts of equal length."""
    if pieces <= 1:
        return (chain,)
    stations = np.linspace(0.0, chain.length_m, pieces + 1)
    return tuple(
        replace(chain, line_m=slice_along(chain.line_m, float(a), float(b))) for a, b in itertools.pairwise(stations)
    )
