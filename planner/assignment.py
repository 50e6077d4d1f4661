"""Which aircraft flies which tour: loads as even as whole tours allow, where that is the goal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from planner.problems import Problems
from planner.search import Problem, Tour
from planner.search.problem import Floats

_LEAST_GAIN_S: Final = 0.01
_FAR: Final = 1e9
"""Seconds or joules of a leg that cannot be flown: it may be the one that the dock takes the place of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """The aircraft that tours are given to."""

    bases: tuple[int, ...]
    """The base of each."""
    swaps_s: tuple[float, ...]
    """Of each, from a landing to the next take-off."""

    def load_s(self, craft: int, times_s: Sequence[float]) -> float:
        """Return when the aircraft lands for the last time, if it begins at once and flies one after another."""
        return sum(times_s) + max(len(times_s) - 1, 0) * self.swaps_s[craft]


class Docked(NamedTuple):
    """A tour as it is best flown from a base."""

    tour: Tour
    time_s: float
    """Infinite where it would take more than the base's energy."""


def tours_of_crew(
    problems: Problems, crew: Crew, tours: Sequence[Tour], *, any_base: bool
) -> tuple[tuple[Tour, ...], ...]:
    """Return the tours of each aircraft, the last landing as early as giving whole tours away makes it.

    Tours keep their base, or with `any_base` may be flown from another, begun at another of their visits.
    """
    ways = [_ways(problems, tour, any_base=any_base) for tour in tours]
    time_s = np.array([[way[base].time_s for base in crew.bases] for way in ways]).reshape(len(tours), len(crew.bases))
    flown_by = _evened(time_s, crew)
    return tuple(
        tuple(ways[tour][base].tour for tour in np.flatnonzero(flown_by == craft))
        for craft, base in enumerate(crew.bases)
    )


def _ways(problems: Problems, tour: Tour, *, any_base: bool) -> list[Docked]:
    """Return a tour as each base flies it."""
    part = problems.around(tour)
    (own,) = part.tours
    ways = []
    for base in range(len(part.problem.bases)):
        if base == tour.base:
            ways.append(Docked(tour, part.problem.tour_time_s(own)))
        elif any_base:
            other = flown_from(part.problem, own, base)
            ways.append(Docked(part.of_all(other.tour), other.time_s))
        else:
            ways.append(Docked(tour, np.inf))
    return ways


def flown_from(problem: Problem, tour: Tour, number: int) -> Docked:
    """Return the quickest way to fly a tour from a base: from which of its visits on, and which way round."""
    base = problem.bases[number]
    flying = problem.flyings[base.flying]
    best = Docked(tour, np.inf)
    for visits in (np.array(tour.visits), np.array(tour.visits)[::-1] ^ 1):
        before = np.roll(visits, 1)
        time_s, energy_j = (
            own[visits].sum() + legs.sum() + out[visits] - legs + home[before]
            for own, legs, out, home in (
                (flying.time_s, np.minimum(flying.link_s[before, visits], _FAR), base.out_s, base.home_s),
                (flying.energy_j, np.minimum(flying.link_j[before, visits], _FAR), base.out_j, base.home_j),
            )
        )
        first = int(np.argmin(np.where(energy_j <= base.limit_j, time_s, np.inf)))
        if energy_j[first] <= base.limit_j and time_s[first] < best.time_s:
            best = Docked(Tour(number, tuple(int(visit) for visit in np.roll(visits, -first))), float(time_s[first]))
    return best


def _evened(time_s: Floats, crew: Crew) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the aircraft of each tour: the longest first to whom it lands soonest, then moves and exchanges."""
    flown_by = np.full(len(time_s), -1)
    loads = np.array([-swap_s for swap_s in crew.swaps_s])  # the first sortie needs no swap
    swaps = np.array(crew.swaps_s)
    for tour in np.argsort(-np.where(np.isfinite(time_s), time_s, 0).max(axis=1), kind="stable"):
        craft = int(np.argmin(loads + swaps + time_s[tour]))
        flown_by[tour] = craft
        loads[craft] += swaps[craft] + time_s[tour, craft]
    while True:
        step = _best_step(time_s, swaps, flown_by, loads)
        if step is None:
            return flown_by
        for tour, craft in step:
            loads[flown_by[tour]] -= swaps[flown_by[tour]] + time_s[tour, flown_by[tour]]
            loads[craft] += swaps[craft] + time_s[tour, craft]
            flown_by[tour] = craft


def _best_step(time_s: Floats, swaps: Floats, flown_by: Floats, loads: Floats) -> list[tuple[int, int]] | None:
    """Return the move or exchange that brings down the most loaded aircraft's load the most; None where none does."""
    heavy = int(np.argmax(loads))
    best_s, best = float(loads[heavy]) - _LEAST_GAIN_S, None
    own = swaps + time_s
    for tour in np.flatnonzero(flown_by == heavy):
        for craft in range(len(loads)):
            if craft == heavy or not np.isfinite(time_s[tour, craft]):
                continue
            left, more = loads[heavy] - own[tour, heavy], loads[craft] + own[tour, craft]
            if max(left, more) < best_s:
                best_s, best = max(left, more), [(int(tour), craft)]
            for other in np.flatnonzero((flown_by == craft) & np.isfinite(time_s[:, heavy])):
                pair = max(left + own[other, heavy], more - own[other, craft])
                if pair < best_s:
                    best_s, best = pair, [(int(tour), craft), (int(other), heavy)]
    return best
