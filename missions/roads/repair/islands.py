"""Parts of a network that its largest part does not reach."""

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from missions.roads.findings import Finding, FindingKind
from missions.roads.index import RoadIndex
from missions.roads.network import RoadNetwork


def islands_of(network: RoadNetwork) -> Finding:
    """Return how many connected parts there are beside the longest, and their metres together."""
    numbers: dict[str, int] = {}
    ends = np.array(
        [[numbers.setdefault(road.node_ids[at], len(numbers)) for at in (0, -1)] for road in network.roads], np.int64
    )
    links = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(numbers), len(numbers)))
    part_of = connected_components(links, directed=False)[1]
    parts_m = np.bincount(part_of[ends[:, 0]], weights=RoadIndex(network).lengths_m)
    return Finding(kind=FindingKind.ISLAND, count=len(parts_m) - 1, metres=float(parts_m.sum() - parts_m.max()))
