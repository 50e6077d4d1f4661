"""What a fleet flies over: the same chains for every way of flying, and the problems of some of them for all bases."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.energy import Floats
from planner.field import Field
from planner.search import Base, Flying, Problem, Run
from planner.stretches import Chain, Line


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FleetField:
    """S chains as each of K ways of flying has them, and B bases: who flies from where in which way."""

    fields: tuple[Field, ...]
    """One for each way of flying, all over the same chains; where radio reaches count, one for each base."""
    bases: tuple[tuple[int, int], ...]
    """Of each base the index of its field, and of its dock in that field."""

    @property
    def chains(self) -> tuple[Chain, ...]:
        """What is flown over."""
        return self.fields[0].chains

    @property
    def lengths_m(self) -> Floats:
        """(S,) along the centrelines."""
        return self.fields[0].lengths_m

    @property
    def middles_m(self) -> Line:
        """(S, 2) ENU."""
        return self.fields[0].middles_m

    def problem(self, stretches: NDArray[np.int64], *, limits_j: Sequence[float], limit_items: int) -> Problem:
        """Return the search problem of some stretches, with an energy limit for each base."""
        flyings: list[Flying] = []
        docked: list[tuple[Base, ...]] = []
        for field in self.fields:
            one = field.problem(stretches, limit_j=field.rules.limit_j, limit_items=limit_items)
            flyings += [_within_reach(flying, field, stretches) for flying in one.flyings]
            docked.append(one.bases)
        bases = tuple(
            replace(docked[kind][dock], flying=kind, limit_j=limit_j)
            for (kind, dock), limit_j in zip(self.bases, limits_j, strict=True)
        )
        return replace(one, flyings=tuple(flyings), bases=bases)

    def cut(self, counts: Sequence[int]) -> "FleetField":
        """Return the field with each stretch in so many even pieces."""
        return replace(self, fields=tuple(field.cut(counts) for field in self.fields))

    def runs(self, runs: Sequence[Run], counts: Sequence[int]) -> "FleetField":
        """Return the field of runs of even pieces, `counts[s]` of them in stretch s; what is whole stays as it is."""
        return replace(self, fields=tuple(field.runs(runs, counts) for field in self.fields))


def _within_reach(flying: Flying, field: Field, stretches: NDArray[np.int64]) -> Flying:
    """Return a way of flying in which visits that leave the reach of the field's dock are never flown."""
    if not np.isfinite(field.keep_out.reach_m):
        return flying
    near = np.repeat([field.keep_out.reaches(field.visits[2 * stretch].line_m) for stretch in stretches], 2)
    return replace(flying, energy_j=np.where(near, flying.energy_j, np.inf))
