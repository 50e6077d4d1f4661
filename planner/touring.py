"""Tours over a field: whole chains first, then cut where it pays to leave a road between its junctions."""

from functools import partial
from typing import Final

import numpy as np

from planner.field import Field
from planner.search import (
    DISTRICT,
    WARM,
    Effort,
    Tour,
    carry_over,
    join_pieces,
    piece_counts,
    search,
    search_large,
)

_FIRST_SHARE: Final = 0.6
"""Of the effort for whole chains."""
_MORE_PIECES: Final = 100
_SHORTEST_M: Final = 100.0
"""Of a piece: shorter ones hardly ever pay for the turn."""
_WORTH_S: Final = 2.0
"""What a cut must save on average: it takes items of the autopilot, and a road in one piece is easier to follow."""


def tours_over(field: Field, effort: Effort, *, limit_j: float, limit_items: int) -> tuple[Field, tuple[Tour, ...]]:
    """Return tours within the limits that serve every stretch of a field once, and the field as they cut it.

    Large fields are not cut.

    Raises:
        ValueError: a stretch fits no sortie by itself; cut it first.

    """
    problem = partial(field.problem, limit_j=limit_j, limit_items=limit_items)
    more = min(_MORE_PIECES, DISTRICT - len(field.chains))
    counts = piece_counts(field.lengths_m, more=max(more, 0), shortest_m=_SHORTEST_M)
    if max(counts) == 1:
        return field, search_large(field.middles_m, problem, effort)
    tours = search(problem(np.arange(len(field.chains))), effort.share(_FIRST_SHARE))
    finer = field.cut(counts)
    problem = partial(finer.problem, limit_j=limit_j, limit_items=limit_items)
    start = carry_over(tours, counts)
    if not all((whole := problem(np.arange(len(finer.chains)))).keeps_limits(tour) for tour in start):
        return field, tours  # a piece takes items of its own
    finer_tours = search(whole, effort.share(1 - _FIRST_SHARE), start=start, heat=WARM)
    runs, joined = join_pieces(finer_tours, counts)
    gain_s = sum(map(whole.tour_time_s, start)) - sum(map(whole.tour_time_s, finer_tours))
    if gain_s < _WORTH_S * (len(runs) - len(field.chains)):
        return field, tours
    return field.runs(runs, counts), joined
