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
from planner.search.problem import Floats

_SORTIE_PRICE_S: Final = 3600.0
"""Where few sorties matter most: more than any sortie takes."""
_BALANCING: Final = 3
"""Searches with other prices of the bases, for an early last landing."""
_FIRST_PART: Final = 0.2
"""Of the effort for a search without a thought of the last landing."""
_LAST_PART: Final = 0.2
"""Of the effort for going on from the best."""
_STEP_S: Final = 8.0
"""A base's price for each sortie too many."""
_SLACK: Final = 1.06
"""A tour may take so much more than an even share."""
_MOST_ROOM: Final = 1.2
_LESS_ROOM: Final = 0.97
"""By which that grows at most where there were more tours than wanted, and shrinks where there were not."""


def fleet_tours(problem: Problem, crew: Crew, goal: str, effort: Effort) -> Rosters:
    """Return the tours of each aircraft, in no order: least flight, energy or sorties, or an early last landing.

    Raises:
        ValueError: a stretch fits no sortie by itself; cut it first.

    """
    if goal == "makespan":
        return _early(problem, crew, effort)
    if goal == "energy":
        problem, effort = replace(problem, by_energy=True), _saying(effort, "least energy")
    elif goal == "sorties":
        problem, effort = replace(problem, sortie_price=_SORTIE_PRICE_S), _saying(effort, "fewest sorties")
    return tours_of_crew(problem, crew, search(problem, effort), any_base=False)


def stage(effort: Effort, begin: float, part: float) -> Effort:
    """Return a part of an effort whose progress goes on from where the parts before it ended."""
    share, tell = effort.share(part), effort.progress
    if tell is None:
        return share
    return replace(share, progress=lambda fraction, words: tell(begin + part * fraction, words))


def _saying(effort: Effort, words: str) -> Effort:
    """Return the effort with other words to its progress, where the search's price is no time of flight."""
    tell = effort.progress
    return effort if tell is None else replace(effort, progress=lambda fraction, _: tell(fraction, words))


def last_landing_s(problem: Problem, crew: Crew, rosters: Sequence[Sequence[Tour]]) -> float:
    """Return when the last aircraft lands, if all begin at once."""
    return max(crew.load_s(craft, [problem.tour_time_s(tour) for tour in tours]) for craft, tours in enumerate(rosters))


def _early(problem: Problem, crew: Crew, effort: Effort) -> Rosters:
    """Search tours of even length, as many from each base as its aircraft can fly in turn; keep the best evened out.

    Each search starts anew with prices for sorties of bases that had too many, and with more or less room for a
    sortie, by whether there were more tours than wanted.
    """
    tours = search(problem, stage(effort, 0.0, _FIRST_PART))
    best = level(problem, crew, tours_of_crew(problem, crew, tours, any_base=True))
    wanted = math.ceil(len(tours) / len(crew.bases)) * np.bincount(crew.bases, minlength=len(problem.bases))
    cap_s = _SLACK * _even_s(problem, tours, int(wanted.sum()))
    price_s = np.zeros(len(problem.bases))
    tight_s, wide_s = 0.0, math.inf
    part = (1 - _FIRST_PART - _LAST_PART) / _BALANCING
    for number in range(_BALANCING):
        capped = _capped(problem, cap_s, price_s)
        if not capped.fits_alone().all():
            tight_s, cap_s = cap_s, cap_s * _MOST_ROOM
            continue
        tours = search(capped, stage(effort, _FIRST_PART + number * part, part))
        rosters = level(problem, crew, tours_of_crew(problem, crew, tours, any_base=True))
        if last_landing_s(problem, crew, rosters) < last_landing_s(problem, crew, best):
            best = rosters
        flown = np.bincount([tour.base for tour in tours], minlength=len(price_s))
        price_s = price_s + _STEP_S / (1 + number) * (flown - wanted)
        price_s -= price_s.min()
        if len(tours) > wanted.sum():
            tight_s = max(tight_s, cap_s)
            wider_s = cap_s * min(len(tours) / wanted.sum(), _MOST_ROOM)
        else:
            wide_s = min(wide_s, cap_s)
            wider_s = cap_s * _LESS_ROOM
        cap_s = (tight_s + wide_s) / 2 if tight_s and math.isfinite(wide_s) else wider_s
    return _polished(problem, crew, best, stage(effort, 1 - _LAST_PART, _LAST_PART))


def _polished(problem: Problem, crew: Crew, rosters: Rosters, effort: Effort) -> Rosters:
    """Shorten tours that no longer are the search's own, none of them longer than the longest is now."""
    tours = [tour for own in rosters for tour in own]
    longest = [
        max((problem.tour_energy_j(t) for t in tours if t.base == base), default=0.0)
        for base in range(len(problem.bases))
    ]
    bases = tuple(replace(base, limit_j=most_j) for base, most_j in zip(problem.bases, longest, strict=True))
    again = search(replace(problem, bases=bases), effort, start=tours, heat=WARM)
    better = level(problem, crew, tours_of_crew(problem, crew, again, any_base=True))
    return min(rosters, better, key=lambda one: last_landing_s(problem, crew, one))


def _even_s(problem: Problem, tours: Sequence[Tour], sorties: int) -> float:
    """Return the time of each of so many even sorties: the tours', and for more sorties more ways out and home."""
    ways_s = [
        problem.bases[tour.base].out_s[tour.visits[0]] + problem.bases[tour.base].home_s[tour.visits[-1]]
        for tour in tours
    ]
    more_s = (sorties - len(tours)) * float(np.mean(ways_s))
    return (sum(problem.tour_time_s(tour) for tour in tours) + more_s) / sorties


def _capped(problem: Problem, cap_s: float, price_s: Floats) -> Problem:
    """Return the problem with sorties of about so much time at most, and a price for each sortie of a base.

    The search limits energy, so the time is held by what an aircraft takes on an average along the stretches.
    """
    watts = []
    for flying in problem.flyings:
        flown = np.isfinite(flying.energy_j)
        watts.append(float(flying.energy_j[flown].sum() / max(flying.time_s[flown].sum(), 1e-9)))
    bases = tuple(
        replace(base, limit_j=min(base.limit_j, cap_s * watts[base.flying]), out_s=base.out_s + extra_s)
        for base, extra_s in zip(problem.bases, price_s, strict=True)
    )
    return replace(problem, bases=bases)
