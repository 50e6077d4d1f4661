"""First tours, feasible and quickly made: always on to the quickest next visit that still lets the sortie come home."""

import numpy as np
from numpy.typing import NDArray

from planner.search.problem import Problem, Tour


def first_tours(problem: Problem) -> tuple[Tour, ...]:
    """Return feasible tours that serve every stretch once.

    Raises:
        ValueError: a stretch fits no sortie by itself; cut it first.

    """
    left = np.ones(problem.visits, bool)
    tours: list[Tour] = []
    while left.any():
        tour = _tour(problem, left)
        tours.append(tour)
        for visit in tour.visits:
            left[[visit, visit ^ 1]] = False
    return tuple(tours)


def _tour(problem: Problem, left: NDArray[np.bool_]) -> Tour:
    """Return a tour from the base that reaches a stretch left soonest, and goes on from there."""
    fits = [
        left & (problem.alone_j(base) <= base.limit_j) & (problem.items <= problem.limit_items)
        for base in problem.bases
    ]
    if not any(some.any() for some in fits):
        raise ValueError("a stretch does not fit a sortie by itself; cut it first")
    soonest = [np.where(some, base.out_s, np.inf).min() for some, base in zip(fits, problem.bases, strict=True)]
    number = int(np.argmin(soonest))
    base = problem.bases[number]
    flying = problem.flyings[base.flying]
    free = left.copy()
    visits: list[int] = []
    reach_s, reach_j, used_j, items = base.out_s, base.out_j, 0.0, 0
    while True:
        total_j = used_j + reach_j + flying.energy_j + base.home_j
        open_visits = free & (total_j <= base.limit_j) & (items + problem.items <= problem.limit_items)
        if not open_visits.any():
            return Tour(number, tuple(visits))
        best = int(np.argmin(np.where(open_visits, reach_s, np.inf)))
        visits.append(best)
        used_j += float(reach_j[best] + flying.energy_j[best])
        items += int(problem.items[best])
        free[[best, best ^ 1]] = False
        reach_s, reach_j = flying.link_s[best], flying.link_j[best]
