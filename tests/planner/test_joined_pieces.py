"""Pieces that are flown one after the other are one stretch again."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from planner.search import Tour, carry_over, join_pieces


@given(st.lists(st.integers(1, 4), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_joining_undoes_cutting(counts: list[int], random: Any) -> None:
    order = [2 * stretch + random.randint(0, 1) for stretch in range(len(counts))]
    random.shuffle(order)
    tours = (Tour(0, tuple(order)),)
    runs, joined = join_pieces(carry_over(tours, counts), counts)
    assert [(run.stretch, run.first, run.last) for run in runs] == [(s, 0, n) for s, n in enumerate(counts)]
    assert joined == tours


@given(st.lists(st.integers(1, 4), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_runs_hold_every_piece_once_in_the_order_of_flight(counts: list[int], random: Any) -> None:
    order = [2 * piece + random.randint(0, 1) for piece in range(sum(counts))]
    random.shuffle(order)
    runs, (tour,) = join_pieces([Tour(1, tuple(order))], counts)
    first = [sum(counts[:stretch]) for stretch in range(len(counts))]
    flown = []
    for visit in tour.visits:
        run = runs[visit // 2]
        pieces = range(first[run.stretch] + run.first, first[run.stretch] + run.last)
        flown += [2 * piece + visit % 2 for piece in (reversed(pieces) if visit % 2 else pieces)]
    assert flown == order
