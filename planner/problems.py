"""Large problems a part at a time: legs between all visits are worked out only where the stretches are few.

Of many stretches a tour, two neighbouring tours or a district is a problem of its own, made when it is asked for, so
that memory grows with the stretches and not with their square.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from scipy.spatial import KDTree

from planner.search import DISTRICT, Effort, Problem, Tour, search_large
from planner.search.districts import ProblemOf, Stretches, of_all, of_part
from planner.search.problem import Floats

_AT_ONCE: Final = 100
"""Stretches in a part where only what they cost by themselves is wanted."""
_KEPT: Final = 200
"""Parts that are remembered: each is worked out from hundreds of legs."""
_NEAR: Final = 3
"""Tours that are held against another where there are many."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """The problem of a few tours' stretches, or of all, and the tours in its numbers."""

    problem: Problem
    tours: tuple[Tour, ...]
    stretches: Stretches | None
    """In ascending order; None where they are all."""

    def of_all(self, tour: Tour) -> Tour:
        """Return a tour of the part in the numbers of the whole."""
        return tour if self.stretches is None else of_all([tour], self.stretches)[0]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problems:
    """The search problem of S stretches."""

    places_m: Floats
    """(S, 2) of the stretches."""
    of: ProblemOf
    """Makes the problem of some of them."""
    largest: int = DISTRICT
    """Stretches of a problem that is worked out as one."""
    _kept: OrderedDict[bytes, Problem] = field(default_factory=OrderedDict)

    @property
    def are_few(self) -> bool:
        """Whether they are one problem."""
        return len(self.places_m) <= self.largest

    def search(self, effort: Effort, *, start: Sequence[Tour] | None = None, heat: float | None = None) -> list[Tour]:
        """Return tours that serve every stretch once, never worse than those to start from; in districts where large.

        Raises:
            ValueError: a stretch fits no sortie by itself; cut it first.

        """
        return list(search_large(self.places_m, self._made, effort, largest=self.largest, start=start, heat=heat))

    def around(self, *tours: Tour) -> Part:
        """Return the part that holds some tours."""
        if self.are_few:
            return Part(problem=self._made(np.arange(len(self.places_m))), tours=tours, stretches=None)
        stretches = np.unique(np.array([visit // 2 for tour in tours for visit in tour.visits], np.int64))
        return Part(problem=self._made(stretches), tours=tuple(of_part(tours, stretches)), stretches=stretches)

    def near(self, tour: Tour, others: Sequence[Tour]) -> list[int]:
        """Return which of other tours to hold against one: those that lie nearest to it, or all where they are few."""
        if self.are_few or len(others) <= _NEAR:
            return list(range(len(others)))
        own = KDTree(self.places_m[[visit // 2 for visit in tour.visits]])
        gaps = [float(own.query(self.places_m[[visit // 2 for visit in other.visits]])[0].min()) for other in others]
        return sorted(int(number) for number in np.argsort(gaps, kind="stable")[:_NEAR])

    def tour_time_s(self, tour: Tour) -> float:
        """Return the time of a tour in the air, dock to dock."""
        part = self.around(tour)
        return part.problem.tour_time_s(part.tours[0])

    def tour_energy_j(self, tour: Tour) -> float:
        """Return the energy of a tour, dock to dock."""
        part = self.around(tour)
        return part.problem.tour_energy_j(part.tours[0])

    def keeps_limits(self, tour: Tour) -> bool:
        """Whether a tour keeps its energy and items."""
        part = self.around(tour)
        return part.problem.keeps_limits(part.tours[0])

    def price_s(self, tours: Sequence[Tour]) -> float:
        """Return what the goal counts, in seconds: of energy as long as an aircraft flies on it."""
        price = 0.0
        for tour in tours:
            part = self.around(tour)
            problem, own = part.problem, part.tours[0]
            watts = problem.tour_energy_j(own) / problem.tour_time_s(own) if problem.by_energy else 1.0
            goal = problem.tour_energy_j(own) if problem.by_energy else problem.tour_time_s(own)
            price += (goal + problem.sortie_price) / watts
        return price

    def fits_alone(self) -> bool:
        """Whether some base can serve each stretch by itself."""
        return all(bool(one.fits_alone().all()) for one in self.apart())

    def watts(self) -> tuple[float, ...]:
        """Return what an aircraft of each way of flying takes on an average along the stretches."""
        sums: Floats = np.zeros(0)
        for one in self.apart():
            flown = [np.isfinite(flying.energy_j) for flying in one.flyings]
            more = np.array(
                [(f.energy_j[on].sum(), f.time_s[on].sum()) for f, on in zip(one.flyings, flown, strict=True)]
            )
            sums = sums + more if len(sums) else more
        return tuple(float(energy_j / max(time_s, 1e-9)) for energy_j, time_s in sums)

    def apart(self) -> Iterator[Problem]:
        """Yield problems that hold every stretch once, for what does not depend on the others."""
        size = len(self.places_m) if self.are_few else min(_AT_ONCE, self.largest)
        for first in range(0, len(self.places_m), size):
            yield self._made(np.arange(first, min(first + size, len(self.places_m))))

    def changed(self, change: Callable[[Problem], Problem]) -> "Problems":
        """Return the same stretches with other limits, prices or goals."""
        return replace(self, of=lambda stretches: change(self._made(stretches)), _kept=OrderedDict())

    def some(self, stretches: Stretches, bases: Sequence[int]) -> "Problems":
        """Return the problem of some stretches and some bases, both numbered anew in the order given."""

        def of(chosen: Stretches) -> Problem:
            if self.are_few:
                return part_of(self._made(np.arange(len(self.places_m))), stretches[chosen], bases)
            whole = self.of(stretches[chosen])
            return replace(whole, bases=tuple(whole.bases[base] for base in bases))

        return replace(self, places_m=self.places_m[stretches], of=of, _kept=OrderedDict())

    def _made(self, stretches: Stretches) -> Problem:
        """Return the problem of some stretches, worked out once where it is asked for again soon."""
        if not self.are_few and len(stretches) > _AT_ONCE:
            return self.of(stretches)
        key = stretches.tobytes()
        if key not in self._kept:
            self._kept[key] = self.of(stretches)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


def part_of(problem: Problem, stretches: Stretches, bases: Sequence[int]) -> Problem:
    """Return the problem of some stretches and some bases, both numbered anew in the order given."""
    visits = np.column_stack([2 * stretches, 2 * stretches + 1]).ravel()
    pairs = np.ix_(visits, visits)
    return replace(
        problem,
        flyings=tuple(
            replace(
                flying,
                time_s=flying.time_s[visits],
                energy_j=flying.energy_j[visits],
                link_s=flying.link_s[pairs],
                link_j=flying.link_j[pairs],
            )
            for flying in problem.flyings
        ),
        bases=tuple(
            replace(
                base,
                out_s=base.out_s[visits],
                out_j=base.out_j[visits],
                home_s=base.home_s[visits],
                home_j=base.home_j[visits],
            )
            for base in (problem.bases[number] for number in bases)
        ),
        items=problem.items[visits],
    )
