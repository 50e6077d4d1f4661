"""Lines to roads: cut at junctions, so that each road runs from one junction or end to the next."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from missions.roads.network import Road
from missions.roads.ways import NOT_ROADS, Way


def ways_for_roads(ways: Iterable[Way], *, dropped: Counter[str]) -> list[Way]:
    """Return the ways that are roads; what was left out is counted in `dropped`."""
    return [way for way in ways if _is_road(way, dropped)]


def roads_from_ways(ways: Sequence[Way], *, dropped: Counter[str]) -> list[Road]:
    """Return the roads of WGS84 ways, with ids of their own; what was left out is counted in `dropped`."""
    used = [way for way in map(_without_repeats, ways) if _is_line(way, dropped)]
    junctions = _junctions(used)
    places = _places(used)
    taken: set[str] = set()
    drawn: dict[tuple[str, ...], int] = {}
    roads: list[Road] = []
    for way in used:
        pieces = _cut(way.node_ids, junctions)
        for number, node_ids in enumerate(pieces, start=1):
            same = min(node_ids, node_ids[::-1])
            road_id = _unique(way.way_id if len(pieces) == 1 else f"{way.way_id}-{number}", taken)
            road = _road(way, road_id, node_ids, places)
            if same not in drawn:
                drawn[same] = len(roads)
                roads.append(road)
                continue
            dropped["drawn twice"] += 1
            if road.name and not roads[drawn[same]].name:
                roads[drawn[same]] = road
    return roads


def _is_road(way: Way, dropped: Counter[str]) -> bool:
    if way.road_class in NOT_ROADS:
        dropped[f"not a road ({way.road_class})"] += 1
        return False
    return True


def _is_line(way: Way, dropped: Counter[str]) -> bool:
    if len(way.node_ids) < 2:
        dropped["only one point"] += 1
        return False
    return True


def _without_repeats(way: Way) -> Way:
    """Drop points that stand twice in a row."""
    keep = [i for i, node in enumerate(way.node_ids) if i == 0 or node != way.node_ids[i - 1]]
    if len(keep) == len(way.node_ids):
        return way
    return replace(
        way,
        node_ids=tuple(way.node_ids[i] for i in keep),
        lat_lon_deg=tuple(way.lat_lon_deg[i] for i in keep),
    )


def _junctions(ways: Iterable[Way]) -> set[str]:
    """Return the nodes that more than one line passes, or one line passes twice."""
    visits: Counter[str] = Counter()
    for way in ways:
        closed = way.node_ids[0] == way.node_ids[-1]
        visits.update(way.node_ids[:-1] if closed else way.node_ids)
    return {node for node, count in visits.items() if count > 1}


def _places(ways: Iterable[Way]) -> dict[str, tuple[float, float]]:
    """Return each node's place, the first one given."""
    places: dict[str, tuple[float, float]] = {}
    for way in ways:
        for node, place in zip(way.node_ids, way.lat_lon_deg, strict=True):
            places.setdefault(node, place)
    return places


def _cut(node_ids: tuple[str, ...], junctions: set[str]) -> list[tuple[str, ...]]:
    """Return the pieces between junctions; the first and last node always end a piece."""
    at = [0, *(i for i in range(1, len(node_ids) - 1) if node_ids[i] in junctions), len(node_ids) - 1]
    return [node_ids[start : end + 1] for start, end in pairwise(at)]


def _unique(wanted: str, taken: set[str]) -> str:
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}~{number}"
    taken.add(name)
    return name


def _road(way: Way, road_id: str, node_ids: tuple[str, ...], places: dict[str, tuple[float, float]]) -> Road:
    return Road(
        road_id=road_id,
        name=way.name,
        road_class=way.road_class,
        oneway=way.oneway,
        lanes=way.lanes,
        node_ids=node_ids,
        lat_lon_deg=np.array([places[node] for node in node_ids], float),
        other_names=way.other_names,
    )
