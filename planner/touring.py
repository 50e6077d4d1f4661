"""Tours over a field: whole chains first, then cut where it pays to leave a road between its junctions."""

from collections.abc import Callable
from typing import Final, TypeVar

from planner.energy import Floats
from planner.field import Field
from planner.fleet_field import FleetField
from planner.problems import Problems
from planner.search import DISTRICT, WARM, Effort, Tour, carry_over, join_pieces, piece_counts

AnyField = TypeVar("AnyField", Field, FleetField)

FIRST_SHARE: Final = 0.6
"""Of the effort for whole chains."""
_MORE_PIECES: Final = 100
_SHORTEST_M: Final = 100.0
"""Of a piece: shorter ones hardly ever pay for the turn."""
WORTH_S: Final = 2.0
"""What a cut must save on average: it takes items of the autopilot, and a road in one piece is easier to follow."""


def cuts_of(lengths_m: Floats) -> list[int]:
    """Return into how many pieces to cut each of (S,) stretches for a second search; none of a large field."""
    more = min(_MORE_PIECES, DISTRICT - len(lengths_m))
    return piece_counts(lengths_m, more=max(more, 0), shortest_m=_SHORTEST_M)


def tours_over(
    field: AnyField, problems_of: Callable[[AnyField], Problems], effort: Effort
) -> tuple[AnyField, tuple[Tour, ...]]:
    """Return tours within the limits that serve every stretch of a field once, and the field as they cut it.

    `problems_of` makes the search problem, with its limits and goal, of the field and of the field cut up. Large fields
    are not cut.

    Raises:
        ValueError: a stretch fits no sortie by itself; cut it first.

    """
    whole, counts = problems_of(field), cuts_of(field.lengths_m)
    if max(counts) == 1:
        return field, tuple(whole.search(effort))
    tours = tuple(whole.search(effort.share(FIRST_SHARE)))
    cut = field.cut(counts)
    finer, start = problems_of(cut), carry_over(tours, counts)
    if not all(finer.keeps_limits(tour) for tour in start):
        return field, tours  # a piece takes items of its own
    finer_tours = finer.search(effort.share(1 - FIRST_SHARE), start=start, heat=WARM)
    runs, joined = join_pieces(finer_tours, counts)
    if finer.price_s(start) - finer.price_s(finer_tours) < WORTH_S * (len(runs) - len(field.chains)):
        return field, tours
    return field.runs(runs, counts), joined
