"""Cutting stretches where it may pay: a drone may leave a road anywhere, but every piece makes the search slower."""

import heapq
from collections.abc import Sequence

import numpy as np

from planner.search.problem import Floats, Tour


def piece_counts(lengths_m: Floats, *, more: int, shortest_m: float) -> list[int]:
    """Return into how many even pieces to cut each of (S,) stretches: `more` cuts, always of the longest pieces.

    No piece is shorter than `shortest_m`.
    """
    counts = [1] * len(lengths_m)
    longest = [(-float(length), stretch) for stretch, length in enumerate(lengths_m)]
    heapq.heapify(longest)
    for _ in range(more):
        _, stretch = longest[0]
        length = float(lengths_m[stretch]) / (counts[stretch] + 1)
        if length < shortest_m:
            break
        counts[stretch] += 1
        heapq.heapreplace(longest, (-length, stretch))
    return counts


def carry_over(tours: Sequence[Tour], counts: Sequence[int]) -> tuple[Tour, ...]:
    """Return the same tours over pieces: stretch s became `counts[s]` of them, numbered on from stretch to stretch."""
    first = np.concatenate([[0], np.cumsum(counts)])

    def pieces(visit: int) -> list[int]:
        stretch, back = divmod(visit, 2)
        ahead = range(int(first[stretch]), int(first[stretch + 1]))
        return [2 * piece + back for piece in (reversed(ahead) if back else ahead)]

    return tuple(Tour(tour.base, tuple(piece for visit in tour.visits for piece in pieces(visit))) for tour in tours)
