"""Tours for a fleet by its goal, each given to an aircraft."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from planner.assignment import Crew, tours_of_crew
from planner.levelling import Rosters, level
from planner.search import Effort, Problem, Tour, search
from planner.search.annealing import WARM

_SORTIE_PRICE_S: Final = 3600.0
"""Where few sorties matter most: more than any sortie takes."""
_BALANCING: Final = 6
"""Searches with other prices of the bases, for an early last landing."""
_STEP_S: Final = 60.0
"""A base's price for each sortie too many."""
_SLACK: Final = 1.03
"""A tour may take so much more than an even share."""


def fleet_tours(problem: Problem, crew: Crew, goal: str, effort: Effort) -> Rosters:
    """Return the tours of each aircraft, in no order: least flight, energy or sorties, or an early last landing.

    Raises:
        ValueError: a stretch fits no sortie by itself; cut it first.

    """
    if goal == "makespan":
        return _early(problem, crew, effort)
    if goal == "energy":
        problem = replace(problem, by_energy=True)
    elif goal == "sorties":
        problem = replace(problem, sortie_price=_SORTIE_PRICE_S)
    return tours_of_crew(problem, crew, search(problem, effort), any_base=False)


def last_landing_s(problem: Problem, crew: Crew, rosters: Sequence[Sequence[Tour]]) -> float:
    """Return when the last aircraft lands, if all begin at once."""
    return max(
        crew.load_s(craft, [problem.tour_time_s(tour) for tour in tours]) for craft, tours in enumerate(rosters)
    )


def _early(problem: Problem, crew: Crew, effort: Effort) -> Rosters:
    """Search tours of even length, as many from each base as its aircraft can fly in turn; keep the best evened out."""
    tours = search(problem, effort.share(0.3))
    best = level(problem, crew, tours_of_crew(problem, crew, tours, any_base=True))
    price_s = np.zeros(len(problem.bases))
    turns = max(1, math.ceil(len(tours) / len(crew.bases)))
    start: Sequence[Tour] | None = None
    for number in range(_BALANCING):
        capped = _capped(problem, tours, turns * len(crew.bases), price_s)
        if not capped.fits_alone().all():
            break
        warm = start is not None and all(capped.keeps_limits(tour) for tour in start)
        share = effort.share(0.7 / _BALANCING)
        start = search(capped, share, start=start, heat=WARM * 4) if warm else search(capped, share)
        tours = start
        rosters = level(problem, crew, tours_of_crew(problem, crew, tours, any_base=True))
        if last_landing_s(problem, crew, rosters) < last_landing_s(problem, crew, best):
            best = rosters
        flown = np.bincount([tour.base for tour in tours], minlength=len(price_s))
        wanted = turns * np.bincount(crew.bases, minlength=len(price_s))
        price_s = price_s + _STEP_S / (1 + number / 2) * (flown - wanted)
        price_s -= price_s.min()
    return best


def _capped(problem: Problem, tours: Sequence[Tour], sorties: int, price_s: np.ndarray) -> Problem:
    """Return the problem with tours no longer than so many sorties of equal length need, and a price for each base."""
    total_j = sum(problem.tour_energy_j(tour) for tour in tours)
    cap_j = total_j / sorties * _SLACK
    bases = tuple(
        replace(base, limit_j=min(base.limit_j, cap_j), out_s=base.out_s + extra_s)
        for base, extra_s in zip(problem.bases, price_s, strict=True)
    )
    return replace(problem, bases=bases)
