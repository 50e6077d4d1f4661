"""Tours given to docks and aircraft."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from planner.assignment import flown_from
from planner.search import Tour
from planner.task import rules_of
from planner.visits import costs_of, problem_of, visits_of

LINES = [np.array([[x, 50.0], [x, 150.0]]) for x in (0.0, 100.0, 200.0)]


@pytest.mark.parametrize("gap", range(3))
def test_a_leg_that_cannot_be_flown_is_where_the_dock_comes_in(mission: Any, gap: int) -> None:
    rules = rules_of(mission())
    visits = visits_of(LINES, rules)
    problem = problem_of(
        visits, costs_of(np.zeros((1, 2)), visits, rules, None), limit_j=rules.limit_j, limit_items=600
    )
    tour = (0, 3, 4)
    before, after = tour[gap - 1], tour[gap]
    flying = problem.flyings[0]
    blocked = replace(flying, link_s=flying.link_s.copy(), link_j=flying.link_j.copy())
    for link in (blocked.link_s, blocked.link_j):
        link[before, after] = link[after ^ 1, before ^ 1] = np.inf
    docked = flown_from(replace(problem, flyings=(blocked,)), Tour(0, tour), 0)
    assert docked.tour.visits in {tour[gap:] + tour[:gap], tuple(v ^ 1 for v in (tour[gap:] + tour[:gap])[::-1])}
    assert docked.time_s == pytest.approx(problem.tour_time_s(docked.tour))
