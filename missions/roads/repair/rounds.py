"""Round after round until nothing is left to repair, so that a repaired network is never repaired again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from missions.roads.findings import Finding, FindingKind
from missions.roads.repair.draft import Draft, draft_of, segments_of, ways_of, without_repeats
from missions.roads.repair.gaps import close_gaps
from missions.roads.repair.merging import merge_nodes
from missions.roads.repair.once import Removed, keep_once
from missions.roads.repair.overlaps import crossings, share_nodes
from missions.roads.ways import Way

SNAP_M: Final = 1.0
"""Ends nearer than this should meet; lanes of one road are three times as far apart."""
_SAME_PLACE_M: Final = 0.005
"""Half of what the seventh decimal of a degree is worth: two points so near are one."""
_BESIDE_M: Final = 0.5
"""A line so near beside another is the same road drawn again; two carriageways are at least a lane apart."""
_MOST_ROUNDS: Final = 20


@dataclass(slots=True)
class _Tally:
    repeats: int = 0
    joined_m: list[float] = field(default_factory=list)
    removed: list[Removed] = field(default_factory=list)


def repaired_ways(
    ways: Sequence[Way], *, snap_m: float = SNAP_M, nodes_stated: bool = False
) -> tuple[list[Way], list[Finding]]:
    """Return the lines repaired, and what was done; a clean network comes back as it was.

    With `snap_m` 0 gaps and overlaps are left; what shares its nodes is still drawn once. Of a file that states its
    nodes ends are joined with ends only: where it lets a road end on another without a node, there may be a tunnel.
    """
    if all(len(way.node_ids) < 2 for way in ways):
        return list(ways), []
    draft, tally = draft_of(ways), _Tally()
    for _ in range(_MOST_ROUNDS):
        draft.changed = False
        _round(draft, tally, snap_m, nodes_stated=nodes_stated)
        if not draft.changed:
            break
    return ways_of(draft), [finding for finding in _findings(draft, tally) if finding.count]


def _round(draft: Draft, tally: _Tally, snap_m: float, *, nodes_stated: bool) -> None:
    tally.repeats += _drop_repeats(draft)
    if snap_m > 0:
        tally.joined_m += close_gaps(draft, snap_m=snap_m, onto_lines=not nodes_stated)
        share_nodes(draft, beside_m=min(snap_m / 2, _BESIDE_M))
    tally.removed += keep_once(draft)


def _drop_repeats(draft: Draft) -> int:
    """Drop points that stand twice in a row, by node or by place."""
    before = sum(len(row) for row in draft.rows)
    draft.rows = [without_repeats(row) for row in draft.rows]
    nodes = segments_of(draft).nodes
    gaps_m = np.linalg.norm(draft.xy_m[nodes[:, 0]] - draft.xy_m[nodes[:, 1]], axis=1)
    same = nodes[gaps_m < _SAME_PLACE_M].tolist()
    merge_nodes(draft, [(a, b) for a, b in same], within_m=2 * _SAME_PLACE_M)
    return before - sum(len(row) for row in draft.rows)


def _findings(draft: Draft, tally: _Tally) -> list[Finding]:
    whole = [part.metres for part in tally.removed if part.whole]
    parts = [part.metres for part in tally.removed if not part.whole]
    return [
        Finding(kind=FindingKind.ZERO_LENGTH, count=tally.repeats, metres=0.0),
        Finding(kind=FindingKind.GAP_CLOSED, count=len(tally.joined_m), metres=sum(tally.joined_m)),
        Finding(kind=FindingKind.DRAWN_TWICE, count=len(whole), metres=sum(whole)),
        Finding(kind=FindingKind.OVERLAP, count=len(parts), metres=sum(parts)),
        Finding(kind=FindingKind.CROSSING, count=crossings(draft), metres=0.0),
    ]
