"""Ends that should meet: at another end, at a point of another line, or on a line between its points."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from missions.roads.repair.draft import Draft, segments_of
from missions.roads.repair.merging import insert_nodes, merge_nodes

_NEAR: Final = 5.0
"""Ends that are connected along the lines within so many times the snapping distance meet already."""
_ONWARD_COSINE: Final = -0.7
"""Two lines that leave a place so much apart, 135 degrees, are one road going on."""


def close_gaps(draft: Draft, *, snap_m: float, onto_lines: bool) -> list[float]:
    """Join loose ends to lines beside them if asked, then ends to ends; return how far each end was moved, metres.

    A loose end belongs to one line and to no other. It is joined to lines of its own layer only: a road that ends
    under a bridge does not end on the bridge. Ends of two layers meet where one line goes on as the other, as a bridge
    does from its ramp.
    """
    return [*(_join_loose_ends(draft, snap_m) if onto_lines else ()), *_join_ends(draft, snap_m)]


def _ends(draft: Draft) -> dict[int, list[int]]:
    """Return the nodes at which lines end, each with these lines; a ring has no end."""
    ends: dict[int, list[int]] = defaultdict(list)
    for way, row in enumerate(draft.rows):
        if len(row) > 1 and row[0] != row[-1]:
            ends[row[0]].append(way)
            ends[row[-1]].append(way)
    return ends


def _around(draft: Draft, node: int, ways: list[int], reach_m: float) -> set[int]:
    """Return the nodes within reach of an end along its lines, the end included."""
    found = {node}
    for way in ways:
        row = draft.rows[way]
        walked_m = 0.0
        for here, there in pairwise(row if row[0] == node else row[::-1]):
            walked_m += float(np.linalg.norm(draft.xy_m[there] - draft.xy_m[here]))
            if walked_m > reach_m:
                break
            found.add(there)
    return found


def _join_loose_ends(draft: Draft, snap_m: float) -> list[float]:
    visits = Counter(node for row in draft.rows for node in row)
    loose = {node: ways[0] for node, ways in _ends(draft).items() if visits[node] == 1}
    moved_m: list[float] = []
    merges: list[tuple[int, int]] = []
    insertions: list[tuple[int, int, float, int]] = []
    for node, way, place, share in _landings(draft, loose, snap_m):
        first, last = draft.rows[way][place : place + 2]
        start, end = draft.xy_m[first], draft.xy_m[last]
        on_line = start + share * (end - start)
        if np.linalg.norm(on_line - start) > snap_m < np.linalg.norm(on_line - end):
            moved_m.append(float(np.linalg.norm(on_line - draft.xy_m[node])))
            draft.xy_m[node] = on_line
            places = draft.lat_lon_deg
            places[node] = places[first] + share * (places[last] - places[first])
            insertions.append((way, place, share, node))
        else:
            near = min((first, last), key=lambda corner: float(np.linalg.norm(draft.xy_m[corner] - draft.xy_m[node])))
            if near not in loose:  # two loose ends are joined as ends
                merges.append((near, node))
    insert_nodes(draft, insertions)
    return moved_m + merge_nodes(draft, merges, within_m=snap_m)


def _landings(draft: Draft, loose: dict[int, int], snap_m: float) -> Iterator[tuple[int, int, int, float]]:
    """Yield for each loose end the nearest line it could end on: (node, line, piece, share along the piece)."""
    if not loose:
        return
    segments = segments_of(draft)
    nodes = np.array(list(loose), dtype=np.int64)
    points = np.atleast_1d(np.asarray(shapely.points(draft.xy_m[nodes]), dtype=object))
    which, found = segments.tree.query(points, predicate="dwithin", distance=snap_m)
    gaps_m = shapely.distance(points[which], segments.lines[found])
    settled: set[int] = set()
    for at in np.lexsort((found, gaps_m)):
        node, way = int(nodes[which[at]]), int(segments.way[found[at]])
        own = loose[node]
        if node in settled or way == own or draft.ways[way].layer != draft.ways[own].layer:
            continue
        if _around(draft, node, [own], _NEAR * snap_m) & set(draft.rows[way]):
            continue
        settled.add(node)
        line, point = segments.lines[found[at]], points[which[at]]
        share = shapely.line_locate_point(line, point, normalized=True)
        yield node, way, int(segments.place[found[at]]), float(share)


def _join_ends(draft: Draft, snap_m: float) -> list[float]:
    ends = _ends(draft)
    nodes = np.array(sorted(ends), dtype=np.int64)
    if len(nodes) < 2:
        return []
    pairs = cKDTree(draft.xy_m[nodes]).query_pairs(snap_m, output_type="ndarray")
    gaps_m = np.linalg.norm(draft.xy_m[nodes[pairs[:, 0]]] - draft.xy_m[nodes[pairs[:, 1]]], axis=1)
    visits = Counter(node for row in draft.rows for node in row)
    merges: list[tuple[int, int]] = []
    for at in np.lexsort((pairs[:, 1], pairs[:, 0], gaps_m)):
        one, other = (int(node) for node in nodes[pairs[at]])
        around = [_around(draft, node, ends[node], _NEAR * snap_m) for node in (one, other)]
        if not around[0] & around[1] and _may_meet(draft, (one, ends[one]), (other, ends[other])):
            merges.append((one, other) if visits[one] >= visits[other] else (other, one))
    return merge_nodes(draft, merges, within_m=snap_m)


def _may_meet(draft: Draft, one: tuple[int, list[int]], other: tuple[int, list[int]]) -> bool:
    """Whether ends, each a node with its lines, are on one layer, or one goes on straight as the other."""
    layers, others = ({draft.ways[way].layer for way in ways} for _, ways in (one, other))
    if layers & others:
        return True
    return any(float(a @ b) < _ONWARD_COSINE for a in _departures(draft, *one) for b in _departures(draft, *other))


def _departures(draft: Draft, node: int, ways: list[int]) -> Iterator[NDArray[np.float64]]:
    """Yield the directions in which lines leave their end."""
    for way in ways:
        row = draft.rows[way]
        step = draft.xy_m[row[1] if row[0] == node else row[-2]] - draft.xy_m[node]
        yield step / max(float(np.linalg.norm(step)), 1e-9)
