"""The search against brute force, and what it never breaks."""

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.search import Effort, Problem, Tour, first_tours, search
from planner.task import rules_of
from planner.visits import costs_of, problem_of, visits_of

QUICK = Effort(seed=1, iterations=150)


def _problem(mission: Any, lines: list[np.ndarray], *, share: float = 1.0, **flight: Any) -> Problem:
    rules = rules_of(mission(**flight))
    visits = visits_of(lines, rules)
    costs = costs_of(np.zeros((1, 2)), visits, rules, None)
    return problem_of(visits, costs, limit_j=rules.limit_j * share, limit_items=600)


def _lines(seed: int, count: int, reach_m: float = 800.0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    starts = rng.uniform(-reach_m, reach_m, (count, 2))
    return [np.array([start, start + rng.uniform(-200, 200, 2) + 1.0]) for start in starts]


@pytest.mark.parametrize("seed", range(4))
def test_three_stretches_are_flown_in_the_best_order_and_directions(mission: Any, seed: int) -> None:
    problem = _problem(mission, _lines(seed, 3), wind={"speed_m_s": 6, "from_deg": 30})
    best_s = min(
        problem.tour_time_s(Tour(0, tuple(2 * s + way for s, way in zip(order, ways, strict=True))))
        for order in itertools.permutations(range(3))
        for ways in itertools.product((0, 1), repeat=3)
    )
    (tour,) = search(problem, QUICK)
    assert problem.tour_time_s(tour) == pytest.approx(best_s, abs=0.02)


@given(st.integers(0, 1000), st.integers(1, 14), st.floats(0.25, 1.0))
@settings(max_examples=25, deadline=None)
def test_every_stretch_is_flown_once_and_no_sortie_exceeds_its_energy(
    mission: Any, seed: int, count: int, share: float
) -> None:
    problem = _problem(mission, _lines(seed, count), share=share, wind={"speed_m_s": 5, "from_deg": seed % 360})
    if not problem.fits_alone().all():
        return
    first = first_tours(problem)
    tours = search(problem, Effort(seed=seed, iterations=40))
    for solution in (first, tours):
        stretches = sorted(visit // 2 for tour in solution for visit in tour.visits)
        assert stretches == list(range(count))
        assert all(problem.keeps_limits(tour) for tour in solution)
    assert sum(map(problem.tour_time_s, tours)) <= sum(map(problem.tour_time_s, first)) + 0.1


def test_wind_makes_costs_asymmetric(mission: Any) -> None:
    lines = [np.array([[500.0, 0.0], [600.0, 0.0]]), np.array([[-500.0, 0.0], [-600.0, 0.0]])]
    still = _problem(mission, lines).flyings[0].link_j
    windy = _problem(mission, lines, wind={"speed_m_s": 9, "from_deg": 90}).flyings[0].link_j
    assert still[0, 2] == pytest.approx(still[2, 0], rel=1e-6)
    assert windy[2, 0] > 1.5 * windy[0, 2]  # eastward against the wind


def test_the_same_seed_and_iterations_give_the_same_tours(mission: Any) -> None:
    problem = _problem(mission, _lines(7, 20), share=0.4)
    assert search(problem, QUICK) == search(problem, QUICK)


def test_items_limit_a_tour_too(mission: Any) -> None:
    problem = _problem(mission, _lines(3, 6))
    small = replace(problem, limit_items=9)
    tours = search(small, QUICK)
    assert len(tours) >= 3
    assert all(sum(small.items[list(tour.visits)]) <= 9 for tour in tours)


def test_progress_is_told_as_a_fraction(mission: Any) -> None:
    told: list[float] = []
    search(_problem(mission, _lines(1, 8)), Effort(iterations=120, progress=lambda part, _: told.append(part)))
    assert told[0] == 0.0
    assert told == sorted(told)
    assert all(0 <= part <= 1 for part in told)


def test_an_aircraft_that_may_fly_nothing_leaves_everything_to_the_other(mission: Any) -> None:
    problem = _problem(mission, _lines(3, 6))
    (base,) = problem.bases
    tours = search(replace(problem, bases=(replace(base, limit_j=0.0), base)), QUICK)
    assert {tour.base for tour in tours} == {1}
    assert sorted(visit // 2 for tour in tours for visit in tour.visits) == list(range(6))
