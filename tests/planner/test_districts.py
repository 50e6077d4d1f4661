"""Pieces of stretches and districts of large problems: the same streets, each flown once."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.search import Base, Effort, Flying, Problem, Stop, Tour, carry_over, piece_counts, search, search_large


def _lines(seed: int, count: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    starts = rng.uniform(-2000, 2000, (count, 2))
    return np.stack([starts, starts + rng.uniform(-150, 150, (count, 2))], axis=1)


def _problem(lines: np.ndarray, limit_s: float) -> Problem:
    ways = np.stack([lines, lines[:, ::-1]], axis=1).reshape(-1, 2, 2)

    def seconds(starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        return np.linalg.norm(ends[None] - starts[:, None], axis=2) / 10.0

    own = np.linalg.norm(ways[:, 1] - ways[:, 0], axis=1) / 7.0
    dock = np.zeros((1, 2))
    link = seconds(ways[:, 1], ways[:, 0])
    out, home = seconds(dock, ways[:, 0])[0], seconds(ways[:, 1], dock)[:, 0]
    return Problem(
        flyings=(Flying(time_s=own, energy_j=own, link_s=link, link_j=link),),
        bases=(Base(flying=0, out_s=out, out_j=out, home_s=home, home_j=home, limit_j=limit_s),),
        items=np.ones(len(own), int),
        limit_items=10_000,
    )


def _large(lines: np.ndarray, effort: Effort, *, largest: int) -> tuple[Tour, ...]:
    return search_large(lines.mean(axis=1), lambda some: _problem(lines[some], 900.0), effort, largest=largest)


@given(st.integers(0, 1000), st.integers(1, 50), st.integers(10, 25))
@settings(max_examples=8, deadline=None)
def test_districts_together_serve_every_stretch_once_within_the_limit(seed: int, count: int, largest: int) -> None:
    lines = _lines(seed, count)
    whole = _problem(lines, 900.0)
    tours = _large(lines, Effort(seed=seed, iterations=60), largest=largest)
    assert sorted(visit // 2 for tour in tours for visit in tour.visits) == list(range(count))
    assert all(whole.keeps_limits(tour) for tour in tours)


def test_districts_cost_little_more_than_one_search() -> None:
    lines = _lines(3, 120)
    whole = _problem(lines, 900.0)
    effort = Effort(seed=1, iterations=2000)
    one_s, apart_s = (
        sum(whole.tour_time_s(tour) for tour in _large(lines, effort, largest=largest)) for largest in (200, 40)
    )
    assert apart_s < 1.08 * one_s


def test_districts_are_the_same_for_a_seed() -> None:
    lines = _lines(5, 50)
    first, again = (_large(lines, Effort(seed=4, iterations=80), largest=20) for _ in range(2))
    assert first == again


@given(st.lists(st.floats(1.0, 900.0), min_size=1, max_size=12), st.integers(0, 40), st.floats(1.0, 80.0))
def test_cuts_take_the_longest_pieces_and_leave_none_too_short(
    lengths: list[float], more: int, shortest_m: float
) -> None:
    counts = piece_counts(np.array(lengths), more=more, shortest_m=shortest_m)
    pieces = np.array(lengths) / counts
    assert sum(counts) <= len(lengths) + more
    assert all(piece >= shortest_m for piece, count in zip(pieces, counts, strict=True) if count > 1)
    if sum(counts) < len(lengths) + more:
        longest = int(np.argmax(pieces))
        assert lengths[longest] / (counts[longest] + 1) < shortest_m


@given(st.lists(st.integers(1, 4), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_tours_over_pieces_fly_the_same_way(counts: list[int], random: Any) -> None:
    order = [2 * stretch + random.randint(0, 1) for stretch in range(len(counts))]
    random.shuffle(order)
    (tour,) = carry_over([Tour(3, tuple(order))], counts)
    owner = [stretch for stretch, count in enumerate(counts) for _ in range(count)]
    assert tour.base == 3
    assert sorted(visit // 2 for visit in tour.visits) == list(range(sum(counts)))
    flown = [2 * owner[visit // 2] + visit % 2 for visit in tour.visits]
    assert list(dict.fromkeys(flown)) == order
    for visit in order:
        pieces = [piece // 2 for piece in tour.visits if owner[piece // 2] == visit // 2]
        assert pieces == sorted(pieces, reverse=bool(visit % 2))


def test_ctrl_c_ends_a_search_with_its_best_tours() -> None:
    lines = _lines(1, 30)
    whole = _problem(lines, 900.0)
    told = 0

    def interrupt(_fraction: float, _text: str) -> None:
        nonlocal told
        told += 1
        if told == 3:
            raise KeyboardInterrupt

    stop = Stop()
    tours = search(whole, Effort(iterations=10**9, progress=interrupt, stop=stop))
    assert stop.asked
    assert sorted(visit // 2 for tour in tours for visit in tour.visits) == list(range(30))
    assert all(whole.keeps_limits(tour) for tour in tours)


def test_a_stretch_that_fits_no_sortie_is_refused() -> None:
    with pytest.raises(ValueError, match="cut it first"):
        search(_problem(_lines(1, 3), 1.0), Effort(iterations=10))
