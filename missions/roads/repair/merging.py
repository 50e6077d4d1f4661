"""Nodes that become one, and nodes that are put into a line between two others."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from missions.roads.repair.draft import Draft, without_repeats


def merge_nodes(draft: Draft, pairs: Iterable[tuple[int, int]], *, within_m: float) -> list[float]:
    """Make the second node of each pair the first, in the order given; return how far each was moved, metres.

    A node that stands for others stays where it is, so no node is moved by more than `within_m`; a pair that would
    need more is left.
    """
    stands_for: dict[int, list[int]] = {}
    now: dict[int, int] = {}
    moved_m: list[float] = []
    for first, second in pairs:
        keep, gone = now.get(first, first), now.get(second, second)
        if keep == gone:
            continue
        members = [gone, *stands_for.get(gone, ())]
        gaps_m = np.linalg.norm(draft.xy_m[members] - draft.xy_m[keep], axis=1)
        if gaps_m.max() > within_m:
            continue
        moved_m.append(float(gaps_m.max()))
        now.update(dict.fromkeys(members, keep))
        stands_for.setdefault(keep, []).extend(members)
        stands_for.pop(gone, None)
    if now:
        draft.changed = True
        draft.rows = [without_repeats(now.get(node, node) for node in row) for row in draft.rows]
    return moved_m


def insert_nodes(draft: Draft, insertions: Iterable[tuple[int, int, float, int]]) -> None:
    """Put nodes into lines; each insertion is (line, piece of it, share 0..1 along the piece, node)."""
    by_way: dict[int, list[tuple[int, float, int]]] = defaultdict(list)
    for way, place, share, node in insertions:
        by_way[way].append((place, share, node))
    for way, added in by_way.items():
        row = draft.rows[way]
        grown: list[int] = []
        waiting = sorted(added, reverse=True)
        for place, node in enumerate(row):
            grown.append(node)
            while waiting and waiting[-1][0] == place:
                grown.append(waiting.pop()[2])
        draft.rows[way] = without_repeats(grown)
        draft.changed = True
