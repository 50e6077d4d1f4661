"""The problem as arrays: V = 2 S oriented visits, of which 2 s and 2 s + 1 fly stretch s either way."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Tour(NamedTuple):
    """One sortie: where it begins and ends, and its visits in the order of flight."""

    base: int
    visits: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flying:
    """What visits and the legs between them cost for one way of flying: an airframe, its speeds, a height, a wind."""

    time_s: Floats
    """(V,) of the visits themselves."""
    energy_j: Floats
    link_s: Floats
    """(V, V) from the end of one visit to the beginning of another; infinite where there is no way."""
    link_j: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Base:
    """A dock with one way of flying from it."""

    flying: int
    """Index of it."""
    out_s: Floats
    """(V,) from the dock, take-off included, to the beginning of each visit."""
    out_j: Floats
    home_s: Floats
    """(V,) from the end of each visit to the dock, landing included."""
    home_j: Floats
    limit_j: float
    """Energy one sortie may take."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """Serve every stretch once, in either direction, by sorties that keep their base's energy and the item limit."""

    flyings: tuple[Flying, ...]
    bases: tuple[Base, ...]
    items: NDArray[np.int64]
    """(V,) mission items a visit needs at most."""
    limit_items: int
    by_energy: bool = False
    """The goal: least energy instead of least time in the air."""
    sortie_price: float = 0.0
    """Added to the goal for each sortie: what a swap of batteries costs, or much where few sorties matter most."""

    @property
    def visits(self) -> int:
        """How many: twice the stretches."""
        return len(self.items)

    def alone_j(self, base: Base) -> Floats:
        """Return the (V,) energy of sorties that make one visit each."""
        alone: Floats = base.out_j + self.flyings[base.flying].energy_j + base.home_j
        return alone

    def fits_alone(self) -> NDArray[np.bool_]:
        """Return for each of the S stretches whether some base can serve it by itself."""
        fits = np.zeros(self.visits, bool)
        for base in self.bases:
            fits |= (self.alone_j(base) <= base.limit_j) & (self.items <= self.limit_items)
        either: NDArray[np.bool_] = fits[::2] | fits[1::2]
        return either

    def tour_energy_j(self, tour: Tour) -> float:
        """Return the energy of a tour, dock to dock."""
        base = self.bases[tour.base]
        flying = self.flyings[base.flying]
        return _sum(tour.visits, base.out_j, flying.energy_j, flying.link_j, base.home_j)

    def tour_time_s(self, tour: Tour) -> float:
        """Return the time of a tour in the air, dock to dock."""
        base = self.bases[tour.base]
        flying = self.flyings[base.flying]
        return _sum(tour.visits, base.out_s, flying.time_s, flying.link_s, base.home_s)

    def keeps_limits(self, tour: Tour) -> bool:
        """Whether a tour keeps its energy and items."""
        items = int(self.items[list(tour.visits)].sum())
        return self.tour_energy_j(tour) <= self.bases[tour.base].limit_j * (1 + 1e-9) and items <= self.limit_items


def _sum(visits: Sequence[int], out: Floats, own: Floats, link: Floats, home: Floats) -> float:
    legs = sum(float(link[a, b]) for a, b in itertools.pairwise(visits))
    return legs + float(own[list(visits)].sum()) + float(out[visits[0]]) + float(home[visits[-1]])
