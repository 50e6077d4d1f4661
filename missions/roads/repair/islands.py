"""Parts of a network that its largest part does not reach."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from geo import LocalFrame, length_m
from missions.roads.findings import Finding, FindingKind
from missions.roads.network import Road


def islands_of(roads: Sequence[Road], frame: LocalFrame) -> Finding:
    """Return how many connected parts there are beside the longest, and their metres together."""
    lengths_m = _part_lengths_m(roads, frame)
    return Finding(kind=FindingKind.ISLAND, count=len(lengths_m) - 1, metres=float(sum(lengths_m) - max(lengths_m)))


def _part_lengths_m(roads: Sequence[Road], frame: LocalFrame) -> list[float]:
    """Return the metres of road of each connected part."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    numbers: dict[str, int] = {}
    ends = np.array(
        [[numbers.setdefault(road.node_ids[at], len(numbers)) for at in (0, -1)] for road in roads], dtype=np.int64
    )
    links = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(numbers), len(numbers)))
    part_of = connected_components(links, directed=False)[1]
    total_m: dict[int, float] = defaultdict(float)
    for road, end in zip(roads, ends, strict=True):
        line = frame.geodetic_to_enu(road.lat_lon_deg[:, 0], road.lat_lon_deg[:, 1])[:, :2]
        total_m[int(part_of[end[0]])] += length_m(line)
    return list(total_m.values())
