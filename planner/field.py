"""What is flown over: chains of road, what it costs to fly them, and the problems of some of them or of all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo import point_along, slice_along
from planner.energy import Floats
from planner.keep_out import KeepOut
from planner.search import Problem, Run
from planner.stretches import Chain, Line
from planner.visits import Costs, FlightRules, Visit, costs_of, problem_of, visits_of, ways_round
from planner.ways import WaysRound

_AT_ONCE: Final = 25
"""Stretches whose legs are worked out together where only those to the docks are wanted."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Field:
    """S chains with their 2 S visits, flown by one kind of aircraft from D docks.

    Legs between visits are worked out when they are asked for: of thousands of stretches nobody needs them all.
    """

    docks_m: Line
    """(D, 2) ENU."""
    rules: FlightRules
    keep_out: KeepOut
    chains: tuple[Chain, ...]
    visits: tuple[Visit, ...]

    @classmethod
    def of(cls, chains: Sequence[Chain], *, docks_m: Line, rules: FlightRules, keep_out: KeepOut) -> "Field":
        """Work out what the chains themselves cost."""
        visits = visits_of([chain.flown_m for chain in chains], rules)
        return cls(docks_m=docks_m, rules=rules, keep_out=keep_out, chains=tuple(chains), visits=visits)

    @property
    def lengths_m(self) -> Floats:
        """(S,) along the centrelines."""
        return np.array([chain.length_m for chain in self.chains])

    @property
    def middles_m(self) -> Line:
        """(S, 2) ENU."""
        return np.array([point_along(chain.line_m, chain.length_m / 2) for chain in self.chains])

    def _some(self, stretches: Sequence[int] | NDArray[np.int64]) -> list[Visit]:
        return [self.visits[2 * stretch + back] for stretch in stretches for back in (0, 1)]

    def _costs(self, visits: Sequence[Visit]) -> Costs:
        return costs_of(self.docks_m, visits, self.rules, ways_round(self.docks_m, visits, self.rules, self.keep_out))

    def problem(self, stretches: NDArray[np.int64], *, limit_j: float, limit_items: int) -> Problem:
        """Return the search problem of some stretches."""
        visits = self._some(stretches)
        return problem_of(visits, self._costs(visits), limit_j=limit_j, limit_items=limit_items)

    def ways(self, visits: Sequence[int]) -> WaysRound | None:
        """Return the ways round the zones between the docks and some visits, numbered in that order."""
        return ways_round(self.docks_m, [self.visits[visit] for visit in visits], self.rules, self.keep_out)

    def alone_j(self) -> Floats:
        """Return the (S,) least energy of a sortie for each stretch by itself; infinite where there is no way."""
        least = []
        for first in range(0, len(self.chains), _AT_ONCE):
            visits = self._some(range(first, min(first + _AT_ONCE, len(self.chains))))
            costs, docks = self._costs(visits), len(self.docks_m)
            dock_legs_j = costs.energy_j[:docks, docks:] + costs.energy_j[docks:, :docks].T
            alone = dock_legs_j.min(axis=0) + [visit.energy_j for visit in visits]
            least.append(np.minimum(alone[::2], alone[1::2]))
        return np.concatenate(least)

    def cut(self, counts: Sequence[int]) -> "Field":
        """Return the field with each stretch in so many even pieces."""
        return self.runs([Run(s, piece, piece + 1) for s, count in enumerate(counts) for piece in range(count)], counts)

    def runs(self, runs: Sequence[Run], counts: Sequence[int]) -> "Field":
        """Return the field of runs of even pieces, `counts[s]` of them in stretch s; what is whole stays as it is."""
        chains = [self._run(run, counts[run.stretch]) for run in runs]
        whole = [chain is self.chains[run.stretch] for chain, run in zip(chains, runs, strict=True)]
        new = iter(visits_of([c.flown_m for c, same in zip(chains, whole, strict=True) if not same], self.rules))
        visits: list[Visit] = []
        for number, (run, same) in enumerate(zip(runs, whole, strict=True)):
            pair = self._some([run.stretch]) if same else [next(new), next(new)]
            visits += [replace(visit, stretch=number) for visit in pair]
        return replace(self, chains=tuple(chains), visits=tuple(visits))

    def _run(self, run: Run, count: int) -> Chain:
        chain = self.chains[run.stretch]
        if run.last - run.first == count:
            return chain
        step_m = chain.length_m / count
        return replace(chain, line_m=slice_along(chain.line_m, run.first * step_m, run.last * step_m))
