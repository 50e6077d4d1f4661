"""Every piece of road once: where several lines pass the same two nodes in a row, one of them keeps the piece."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from missions.roads.repair.draft import Draft, row_length_m
from missions.roads.ways import UNKNOWN_CLASS, Way

Edge = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Removed:
    """A stretch of a line that another line keeps."""

    metres: float
    whole: bool
    """The line is gone; else it lost a part."""


def keep_once(draft: Draft) -> list[Removed]:
    """Remove what is drawn again and return it; lines that lose a part become the parts that are left.

    Lines with a name keep their pieces before lines without, then those with a class, then the earlier ones. Where
    two lines of opposite one-way traffic share a piece, what stays carries traffic both ways.
    """
    owner = _owners(draft)
    if sum(max(0, len(row) - 1) for row in draft.rows) == len(owner):
        return []
    both_ways = _both_ways(draft, owner)
    removed: list[Removed] = []
    ways: list[Way] = []
    rows: list[list[int]] = []
    for number, (way, row) in enumerate(zip(draft.ways, draft.rows, strict=True)):
        parts = list(_parts(row, number, owner, both_ways))
        kept = [(part, state) for part, state in parts if state is not None]
        removed += [Removed(row_length_m(draft, part), whole=not kept) for part, state in parts if state is None]
        if len(row) < 2:
            kept = [(row, False)]
        for index, (part, two_way) in enumerate(kept, start=1):
            rows.append(part)
            way_id = way.way_id if len(kept) == 1 else f"{way.way_id}/{index}"
            ways.append(replace(way, way_id=way_id, oneway=way.oneway and not two_way))
    draft.ways, draft.rows, draft.changed = ways, rows, True
    return removed


def _owners(draft: Draft) -> dict[Edge, tuple[int, int]]:
    """Return which line keeps each piece, and which of its pieces that is."""

    def rank(number: int) -> tuple[bool, bool, int]:
        way = draft.ways[number]
        return not way.name, way.road_class == UNKNOWN_CLASS, number

    owner: dict[Edge, tuple[int, int]] = {}
    for number in sorted(range(len(draft.ways)), key=rank):
        for place, (a, b) in enumerate(pairwise(draft.rows[number])):
            owner.setdefault((min(a, b), max(a, b)), (number, place))
    return owner


def _both_ways(draft: Draft, owner: dict[Edge, tuple[int, int]]) -> set[Edge]:
    """Return the pieces that one-way lines pass in both directions."""
    directions: dict[Edge, set[bool]] = {}
    for way, row in zip(draft.ways, draft.rows, strict=True):
        if way.oneway:
            for a, b in pairwise(row):
                directions.setdefault((min(a, b), max(a, b)), set()).add(a < b)
    return {edge for edge, seen in directions.items() if len(seen) == 2 and draft.ways[owner[edge][0]].oneway}


def _parts(
    row: list[int], number: int, owner: dict[Edge, tuple[int, int]], both_ways: set[Edge]
) -> Iterator[tuple[list[int], bool | None]]:
    """Yield the runs of a line: nodes, and whether traffic became two-way there; None where another line has it."""
    part: list[int] = []
    state: bool | None = None
    for place, (a, b) in enumerate(pairwise(row)):
        edge = (min(a, b), max(a, b))
        here = (edge in both_ways) if owner[edge] == (number, place) else None
        if part and here != state:
            yield part, state
            part = []
        if not part:
            part, state = [a], here
        part.append(b)
    if part:
        yield part, state
