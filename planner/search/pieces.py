"""Cutting stretches where it may pay: a drone may leave a road anywhere, but every piece makes the search slower."""

import heapq
from collections.abc import Sequence
from typing import NamedTuple

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


class Run(NamedTuple):
    """Neighbouring pieces of one stretch: the first, and the one after the last."""

    stretch: int
    first: int
    last: int


def join_pieces(tours: Sequence[Tour], counts: Sequence[int]) -> tuple[tuple[Run, ...], tuple[Tour, ...]]:
    """Return the pieces that are flown one after the other as runs, and the same tours over runs; undoes `carry_over`.

    Runs are in the order of their stretches, so of stretches that are flown whole run s is stretch s.
    """
    owner = [(stretch, piece) for stretch, count in enumerate(counts) for piece in range(count)]
    flown: list[tuple[int, list[tuple[Run, int]]]] = []
    for tour in tours:
        runs: list[tuple[Run, int]] = []
        for visit in tour.visits:
            (stretch, piece), back = owner[visit // 2], visit % 2
            run, way = runs[-1] if runs else (Run(-1, 0, 0), 0)
            if run.stretch == stretch and way == back and piece == (run.first - 1 if back else run.last):
                runs[-1] = (Run(stretch, min(piece, run.first), max(piece + 1, run.last)), back)
            else:
                runs.append((Run(stretch, piece, piece + 1), back))
        flown.append((tour.base, runs))
    order = sorted(run for _, runs in flown for run, _ in runs)
    number = {run: index for index, run in enumerate(order)}
    joined = tuple(Tour(base, tuple(2 * number[run] + back for run, back in runs)) for base, runs in flown)
    return tuple(order), joined
