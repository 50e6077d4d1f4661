"""This avenue from A to B: the part of a named road between two places, both carriageways."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import length_m, resample, slice_along
from missions.errors import InputError
from missions.geopoint import GeoPoint
from missions.roads.cutting import Span, cut_at_stations
from missions.roads.index import RoadIndex
from missions.roads.names import matched
from missions.roads.network import Road, RoadNetwork
from missions.roads.walking import WalkingGraph
from missions.roads_section import Avenue

ASIDE_M: Final = 60.0
"""Roads of the name that run so near beside the chain are its other carriageway or its service lanes."""
_FAR_M: Final = 1000.0
"""An end farther from the avenue than this is not meant."""
_SHORT_M: Final = 15.0
"""An end that falls so far short is a gap; two carriageways that end side by side differ by less."""
_STEP_M: Final = 10.0


def avenue_roads(roads: Sequence[Road], avenue: Avenue, *, file: Path) -> list[Road]:
    """Return the roads of the name between the places nearest to `from` and `to`, cut there.

    The shortest chain along roads of the name decides what lies between; roads of the name beside it, the other
    carriageway, are kept for the same stretch.

    Raises:
        InputError: no road bears the name, an end is far from it, or its roads do not connect the two; the message
            names the gap that hinders.

    """
    named = [road for road in roads if matched(road, avenue.name) is not None]
    if not named:
        names = sorted({road.name for road in roads if road.name})
        shown = ", ".join(names[:12]) + (" ..." if len(names) > 12 else "")
        remedy = f"it has {shown}" if names else "its roads have no names"
        raise InputError(f"no road named {avenue.name} in it", file=file, remedy=remedy)
    network = RoadNetwork(roads=tuple(named), source=str(file))
    _refuse_far(RoadIndex(network), avenue, file)
    chain_m = _chain_m(network, avenue)
    if chain_m is None:
        raise _gap(network, avenue, file)
    if length_m(chain_m) < 1.0:
        what = f"from and to meet {avenue.name} at the same place"
        raise InputError(what, file=file, field="keep.avenue", remedy="two places along it")
    return _beside(network, chain_m)


def _chain_m(network: RoadNetwork, avenue: Avenue) -> NDArray[np.float64] | None:
    """Return the shortest chain between the nearest places; None where the roads do not lead from one to the other.

    Where one place lies beside this carriageway and the other beside that, either carriageway may be the chain, but
    not one that breaks off before it comes near.
    """
    graph, (start, end) = WalkingGraph(network), (avenue.from_.point, avenue.to.point)
    nearest_m = graph.along_roads_m(start, end, aside_m=0.01)
    if nearest_m is not None:
        return nearest_m
    chain_m = graph.along_roads_m(start, end, aside_m=ASIDE_M)
    if chain_m is None:
        return None
    short = (_breaks_off(network, start, chain_m[0]), _breaks_off(network, end, chain_m[-1]))
    return None if any(short) else chain_m


def _breaks_off(network: RoadNetwork, place: GeoPoint, end_m: NDArray[np.float64]) -> bool:
    """Whether a chain ends at a loose end of the roads though others of the name come nearer to the place."""
    index = RoadIndex(network)
    extra_m = float(np.linalg.norm(end_m - index.enu_m(place))) - index.nearest(place).distance_m
    meets = Counter(node for road in network.roads for node in (road.node_ids[0], road.node_ids[-1]))
    loose = [
        line[at]
        for road, line in zip(network.roads, index.lines_m, strict=True)
        for at in (0, -1)
        if meets[road.node_ids[at]] == 1
    ]
    return extra_m > _SHORT_M and any(np.linalg.norm(corner - end_m) < 0.1 for corner in loose)


def _refuse_far(index: RoadIndex, avenue: Avenue, file: Path) -> None:
    for end, place in (("from", avenue.from_), ("to", avenue.to)):
        away_m = index.nearest(place.point).distance_m
        if away_m > _FAR_M:
            what = f"{place.lat:g},{place.lon:g} lies {away_m / 1000:.1f} km from {avenue.name}"
            raise InputError(what, file=file, field=f"keep.avenue.{end}", remedy="a place beside it")


def _beside(network: RoadNetwork, chain_m: NDArray[np.float64]) -> list[Road]:
    """Return what lies along the chain, of the chain's own roads and of those beside it."""
    index = RoadIndex(network)
    chain = shapely.LineString(chain_m)
    kept: list[Road] = []
    for number, road in enumerate(network.roads):
        line_m = index.lines_m[number]
        feet = [index.foot(number, chain_m[at]) for at in (0, -1)]
        cuts = sorted({0.0, index.lengths_m[number], *(foot.station_m for foot in feet if foot.distance_m <= ASIDE_M)})
        spans: list[Span] = []
        for low, high in pairwise(cuts):
            if high - low > 0.01 and _runs_along(line_m, low, high, chain):
                spans = [*spans[:-1], (spans[-1][0], high)] if spans and spans[-1][1] == low else [*spans, (low, high)]
        kept += cut_at_stations(road, line_m, spans) if spans else []
    return kept


def _runs_along(line_m: NDArray[np.float64], low: float, high: float, chain: shapely.LineString) -> bool:
    """Whether a part of a road lies beside the chain as a whole, and not before its beginning or behind its end."""
    points = shapely.points(resample(slice_along(line_m, low, high), _STEP_M))
    if shapely.distance(points, chain).max() > ASIDE_M:
        return False
    middle = shapely.Point(slice_along(line_m, low, (low + high) / 2)[-1])
    station_m = shapely.line_locate_point(chain, middle)
    return bool(1e-3 < station_m < chain.length - 1e-3)


def _gap(network: RoadNetwork, avenue: Avenue, file: Path) -> InputError:
    """Return the refusal that names the widest gap on the way with the narrowest gaps."""
    import networkx as nx

    index = RoadIndex(network)
    graph = WalkingGraph(network)
    parts = [shapely.MultiLineString([index.lines_m[i] for i in part]) for part in graph.parts()]
    links: nx.Graph[int] = nx.Graph()
    for i, one in enumerate(parts):
        for j in range(i):
            links.add_edge(i, j, weight=float(shapely.distance(one, parts[j])))
    start, end = (_nearest_part(index, parts, place.point) for place in (avenue.from_, avenue.to))
    way = nx.shortest_path(nx.minimum_spanning_tree(links), start, end)
    wide = max(pairwise(way), key=lambda link: links.edges[link]["weight"])
    corners = shapely.get_coordinates(shapely.shortest_line(parts[wide[0]], parts[wide[1]]))
    (lat_a, lon_a, _), (lat_b, lon_b, _) = network.frame.enu_to_geodetic(corners)
    gap_m = links.edges[wide]["weight"]
    what = (
        f"{avenue.name} does not lead from one place to the other: {gap_m:.0f} m without a road of that name between "
        f"{lat_a:.5f},{lon_a:.5f} and {lat_b:.5f},{lon_b:.5f}"
    )
    return InputError(
        what, file=file, field="keep.avenue", remedy="both places on one side of the gap, or keep.polygon"
    )


def _nearest_part(index: RoadIndex, parts: Sequence[shapely.MultiLineString], point: GeoPoint) -> int:
    place = shapely.Point(index.enu_m(point))
    return min(range(len(parts)), key=lambda number: float(shapely.distance(place, parts[number])))
