"""Tours for a fleet by its goal, each given to an aircraft."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np

from planner.assignment import Crew, tours_of_crew
from planner.fleet_field import FleetField
from planner.levelling import Rosters, level
from planner.problems import Problems
from planner.search import WARM, Effort, Problem, Tour, carry_over, join_pieces
from planner.search.problem import Floats
from planner.touring import FIRST_SHARE, WORTH_S, cuts_of, tours_over

ProblemsOf = Callable[[FleetField], Problems]

_WORDS: Final = {"energy": "least energy", "sorties": "fewest sorties"}
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


def fleet_tours(problems: Problems, crew: Crew, goal: str, effort: Effort) -> Rosters:
    """Return the tours of each aircraft, in no order: least flight, energy or sorties, or an early last landing.

    Raises:
        ValueError: a stretch fits no sortie by itself; cut it first.

    """
    if goal == "makespan":
        return _early(problems, crew, effort)
    wanted = _by_goal(problems, goal)
    return tours_of_crew(wanted, crew, wanted.search(_saying(effort, goal)), any_base=False)


def fleet_tours_over(
    field: FleetField, problems_of: ProblemsOf, crew: Crew, goal: str, effort: Effort
) -> tuple[FleetField, Rosters]:
    """Return the tours of each aircraft over a field as it is cut where that pays, and the field so cut.

    Raises:
        ValueError: a stretch fits no sortie by itself; cut it first.

    """
    if goal == "makespan":
        return _early_over(field, problems_of, crew, effort)
    cut, tours = tours_over(field, lambda one: _by_goal(problems_of(one), goal), _saying(effort, goal))
    return cut, tours_of_crew(problems_of(cut), crew, tours, any_base=False)


def _by_goal(problems: Problems, goal: str) -> Problems:
    if goal == "energy":
        return problems.changed(partial(replace, by_energy=True))
    if goal == "sorties":
        return problems.changed(partial(replace, sortie_price=_SORTIE_PRICE_S))
    return problems


def stage(effort: Effort, begin: float, part: float) -> Effort:
    """Return a part of an effort whose progress goes on from where the parts before it ended."""
    share, tell = effort.share(part), effort.progress
    if tell is None:
        return share
    return replace(share, progress=lambda fraction, words: tell(begin + part * fraction, words))


def _saying(effort: Effort, goal: str) -> Effort:
    """Return the effort with other words to its progress, where the search's price is no time of flight."""
    tell, words = effort.progress, _WORDS.get(goal)
    return effort if tell is None or words is None else replace(effort, progress=lambda part, _: tell(part, words))


def last_landing_s(problems: Problems, crew: Crew, rosters: Sequence[Sequence[Tour]]) -> float:
    """Return when the last aircraft lands, if all begin at once."""
    return max(
        crew.load_s(craft, [problems.tour_time_s(tour) for tour in tours]) for craft, tours in enumerate(rosters)
    )


def _early_over(field: FleetField, problems_of: ProblemsOf, crew: Crew, effort: Effort) -> tuple[FleetField, Rosters]:
    """As `_early`; then with stretches in pieces, kept where the last landing is earlier by what the cuts are worth."""
    counts = cuts_of(field.lengths_m)
    if max(counts) == 1:
        return field, _early(problems_of(field), crew, effort)
    rosters = _early(problems_of(field), crew, stage(effort, 0.0, FIRST_SHARE))
    cut = field.cut(counts)
    finer = problems_of(cut)
    start = tuple(carry_over(own, counts) for own in rosters)
    if not all(finer.keeps_limits(tour) for own in start for tour in own):
        return field, rosters  # a piece takes items of its own
    better = _polished(finer, crew, level(finer, crew, start), stage(effort, FIRST_SHARE, 1 - FIRST_SHARE))
    runs, joined = join_pieces([tour for own in better for tour in own], counts)
    gain_s = last_landing_s(finer, crew, start) - last_landing_s(finer, crew, better)
    if gain_s * len(crew.bases) < WORTH_S * (len(runs) - len(field.chains)):
        return field, rosters
    left = iter(joined)
    return field.runs(runs, counts), tuple(tuple(next(left) for _ in own) for own in better)


def _early(problems: Problems, crew: Crew, effort: Effort) -> Rosters:
    """Search tours of even length, as many from each base as its aircraft can fly in turn; keep the best evened out.

    Each search starts anew with prices for sorties of bases that had too many, and with more or less room for a
    sortie, by whether there were more tours than wanted.
    """
    tours = problems.search(stage(effort, 0.0, _FIRST_PART))
    best = _levelled(problems, crew, tours)
    bases = max(crew.bases) + 1
    wanted = math.ceil(len(tours) / len(crew.bases)) * np.bincount(crew.bases, minlength=bases)
    cap_s, watts = _SLACK * _even_s(problems, tours, int(wanted.sum())), problems.watts()
    price_s = np.zeros(bases)
    tight_s, wide_s = 0.0, math.inf
    part = (1 - _FIRST_PART - _LAST_PART) / _BALANCING
    for number in range(_BALANCING):
        capped = problems.changed(partial(_capped, cap_s=cap_s, price_s=price_s, watts=watts))
        if not capped.fits_alone():
            tight_s, cap_s = cap_s, cap_s * _MOST_ROOM
            continue
        tours = capped.search(stage(effort, _FIRST_PART + number * part, part))
        rosters = _levelled(problems, crew, tours)
        if last_landing_s(problems, crew, rosters) < last_landing_s(problems, crew, best):
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
    return _polished(problems, crew, best, stage(effort, 1 - _LAST_PART, _LAST_PART))


def _levelled(problems: Problems, crew: Crew, tours: Sequence[Tour]) -> Rosters:
    """Give tours to aircraft; where they are few, parts of them too."""
    whole = tours_of_crew(problems, crew, tours, any_base=True)
    return level(problems, crew, whole) if problems.are_few else whole


def _polished(problems: Problems, crew: Crew, rosters: Rosters, effort: Effort) -> Rosters:
    """Shorten tours that no longer are the search's own, none of them longer than the longest is now."""
    tours = [tour for own in rosters for tour in own]
    longest = [
        max((problems.tour_energy_j(t) for t in tours if t.base == base), default=0.0)
        for base in range(max(crew.bases) + 1)
    ]

    def no_longer(problem: Problem) -> Problem:
        limited = (replace(base, limit_j=most_j) for base, most_j in zip(problem.bases, longest, strict=True))
        return replace(problem, bases=tuple(limited))

    again = problems.changed(no_longer).search(effort, start=tours, heat=WARM)
    better = level(problems, crew, tours_of_crew(problems, crew, again, any_base=True))
    return min(rosters, better, key=lambda one: last_landing_s(problems, crew, one))


def _even_s(problems: Problems, tours: Sequence[Tour], sorties: int) -> float:
    """Return the time of each of so many even sorties: the tours', and for more sorties more ways out and home."""
    ways_s = []
    for tour in tours:
        part = problems.around(tour)
        base, visits = part.problem.bases[tour.base], part.tours[0].visits
        ways_s.append(base.out_s[visits[0]] + base.home_s[visits[-1]])
    more_s = (sorties - len(tours)) * float(np.mean(ways_s))
    return (sum(problems.tour_time_s(tour) for tour in tours) + more_s) / sorties


def _capped(problem: Problem, *, cap_s: float, price_s: Floats, watts: Sequence[float]) -> Problem:
    """Return the problem with sorties of about so much time at most, and a price for each sortie of a base.

    The search limits energy, so the time is held by what an aircraft takes on an average along the stretches.
    """
    bases = tuple(
        replace(base, limit_j=min(base.limit_j, cap_s * watts[base.flying]), out_s=base.out_s + extra_s)
        for base, extra_s in zip(problem.bases, price_s, strict=True)
    )
    return replace(problem, bases=bases)
