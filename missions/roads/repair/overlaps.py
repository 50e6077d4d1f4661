"""Lines drawn over others: along the stretch they share they are given the same nodes."""

from collections import defaultdict
from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from missions.roads.repair.draft import Draft, Segments, segments_of
from missions.roads.repair.merging import insert_nodes, merge_nodes

LEAST_RUN_M: Final = 10.0
"""Two lines that lie side by side for less are a junction at a sharp angle, not one road drawn twice."""
_LEAST_COSINE: Final = float(np.cos(np.radians(10.0)))
_TINY_M: Final = 0.02


class _Merge(NamedTuple):
    """Two nodes that are one, the lower first; the nearest are merged first."""

    away_m: float
    low: int
    high: int


class _Insertion(NamedTuple):
    """A node that belongs on a piece of a line, `share` 0..1 along it."""

    way: int
    place: int
    share: float
    node: int


def share_nodes(draft: Draft, *, beside_m: float) -> None:
    """Give lines of one layer that lie within `beside_m` of each other along a stretch the same nodes there."""
    segments = segments_of(draft)
    first, second = _overlapping(draft, segments, beside_m)
    landings = {
        _landing(draft, segments, piece, node, beside_m)
        for own, others in ((first, second), (second, first))
        for piece, other in zip(own.tolist(), others.tolist(), strict=True)
        for node in segments.nodes[other].tolist()
    }
    insert_nodes(draft, sorted(landing for landing in landings if isinstance(landing, _Insertion)))
    merges = sorted(landing for landing in landings if isinstance(landing, _Merge))
    merge_nodes(draft, [(merge.low, merge.high) for merge in merges], within_m=2.0 * beside_m)


def _landing(draft: Draft, segments: Segments, piece: int, node: int, beside_m: float) -> _Merge | _Insertion | None:
    """Return what makes a node of one line a node of a piece of another; None where it does not lie on it."""
    ends = segments.nodes[piece]
    if node in ends:
        return None
    start, end = draft.xy_m[ends[0]], draft.xy_m[ends[1]]
    along = end - start
    length_m = float(np.linalg.norm(along))
    share = float((draft.xy_m[node] - start) @ along) / length_m**2
    gap_m = float(np.linalg.norm(start + share * along - draft.xy_m[node]))
    if gap_m > beside_m or not -beside_m <= share * length_m <= length_m + beside_m:
        return None
    for corner, away_m in ((int(ends[0]), share * length_m), (int(ends[1]), (1.0 - share) * length_m)):
        if abs(away_m) <= beside_m:
            return _Merge(float(np.hypot(away_m, gap_m)), *sorted((corner, node)))
    return _Insertion(int(segments.way[piece]), int(segments.place[piece]), share, node)


def _overlapping(draft: Draft, segments: Segments, beside_m: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs of pieces that lie on each other, of lines that do so for `LEAST_RUN_M` in all."""
    one, two = segments.tree.query(segments.lines, predicate="dwithin", distance=beside_m)
    layers = np.unique([way.layer for way in draft.ways], return_inverse=True)[1]
    way_one, way_two = segments.way[one], segments.way[two]
    same_nodes = (np.sort(segments.nodes[one], axis=1) == np.sort(segments.nodes[two], axis=1)).all(axis=1)
    asked = (one < two) & (layers[way_one] == layers[way_two]) & ~same_nodes
    one, two = one[asked], two[asked]
    shared_m = _shared_m(draft.xy_m[segments.nodes[one]], draft.xy_m[segments.nodes[two]], beside_m)
    one, two, shared_m = one[shared_m > _TINY_M], two[shared_m > _TINY_M], shared_m[shared_m > _TINY_M]
    runs: dict[tuple[int, int], float] = defaultdict(float)
    pairs = list(zip(segments.way[one].tolist(), segments.way[two].tolist(), strict=True))
    for pair, metres in zip(pairs, shared_m.tolist(), strict=True):
        runs[pair] += metres
    long = np.array([runs[pair] >= LEAST_RUN_M for pair in pairs], dtype=bool)
    return one[long], two[long]


def _shared_m(one: NDArray[np.float64], two: NDArray[np.float64], beside_m: float) -> NDArray[np.float64]:
    """Return the metres (P,) along which pieces `one` and `two`, (P, 2, 2), lie on each other; 0 where they part."""
    along = one[:, 1] - one[:, 0]
    length_m = np.maximum(np.linalg.norm(along, axis=1), 1e-9)
    unit = along / length_m[:, None]
    reach = two - one[:, :1]  # (P, 2, 2): both ends of `two` seen from the start of `one`
    station = (reach * unit[:, None]).sum(axis=2)
    aside = reach[..., 1] * unit[:, None, 0] - reach[..., 0] * unit[:, None, 1]
    low = np.maximum(station.min(axis=1), 0.0)
    high = np.minimum(station.max(axis=1), length_m)
    step = station[:, 1] - station[:, 0]
    other_m = np.maximum(np.linalg.norm(two[:, 1] - two[:, 0], axis=1), 1e-9)
    slope = (aside[:, 1] - aside[:, 0]) / np.where(np.abs(step) < 1e-9, np.inf, step)
    gaps_m = np.abs(aside[:, :1] + (np.stack([low, high], axis=1) - station[:, :1]) * slope[:, None])
    beside = (np.abs(step) >= _LEAST_COSINE * other_m) & (gaps_m.max(axis=1) <= beside_m)
    shared_m: NDArray[np.float64] = np.where(beside, np.maximum(high - low, 0.0), 0.0)
    return shared_m


def crossings(draft: Draft) -> int:
    """Return how many pieces cross without a common node."""
    segments = segments_of(draft)
    one, two = segments.tree.query(segments.lines, predicate="intersects")
    one, two = one[one < two], two[one < two]
    apart = (segments.nodes[one][:, :, None] != segments.nodes[two][:, None, :]).all(axis=(1, 2))
    return int(shapely.crosses(segments.lines[one[apart]], segments.lines[two[apart]]).sum())
