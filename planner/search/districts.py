"""Large problems: districts searched apart, then groups of neighbouring sorties searched anew across their borders.

A search needs every leg between two visits of its problem, so its cost grows with the square of the stretches;
districts of a fixed size make it grow with their number. The second part is POPMUSIC (Taillard and Voss 2002): a group
of tours that lie together is a problem of its own, which can only become better.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from planner.search.annealing import WARM, search
from planner.search.effort import Effort
from planner.search.problem import Floats, Problem, Tour

Stretches = NDArray[np.int64]
ProblemOf = Callable[[Stretches], Problem]

DISTRICT: Final = 400
"""Stretches that are searched as one problem."""
_PASSES: Final = 2.0
"""Groups of sorties searched anew, as a multiple of the districts."""


def search_large(
    places_m: Floats,
    problem_of: ProblemOf,
    effort: Effort,
    *,
    largest: int = DISTRICT,
    start: Sequence[Tour] | None = None,
    heat: float | None = None,
) -> tuple[Tour, ...]:
    """Return tours that serve every stretch once; one search where the problem is small.

    `places_m` are (S, 2) places of the stretches, and `problem_of` makes the problem of some of them, whose visits
    2 i and 2 i + 1 are the i-th one's. The tours have the visits of all. With `start` the search goes on from these
    tours: one search as hot as `heat` says, of a large problem the groups alone.

    Raises:
        ValueError: a stretch fits no sortie by itself; cut it first.

    """
    everything = np.arange(len(places_m))
    if len(places_m) <= largest:
        return search(problem_of(everything), effort, start=start, heat=heat)
    districts = _halved(places_m, everything, largest)
    groups = round(_PASSES * len(districts))
    if start is not None:
        return tuple(_stitched(list(start), places_m, problem_of, effort.in_turn(groups), largest))
    efforts = effort.in_turn(len(districts) + groups)
    tours = [tour for district in districts for tour in of_all(search(problem_of(district), next(efforts)), district)]
    return tuple(_stitched(tours, places_m, problem_of, efforts, largest))


def _halved(places_m: Floats, stretches: Stretches, largest: int) -> list[Stretches]:
    """Return districts of at most so many stretches: halves along the longer side, and their halves."""
    if len(stretches) <= largest:
        return [stretches]
    here = places_m[stretches]
    side = int(np.argmax(np.ptp(here, axis=0)))
    order = stretches[np.argsort(here[:, side], kind="stable")]
    middle = len(order) // 2
    return [*_halved(places_m, order[:middle], largest), *_halved(places_m, order[middle:], largest)]


def of_all(tours: Sequence[Tour], stretches: Stretches) -> list[Tour]:
    """Return the tours of a part as tours of the whole."""
    return [Tour(tour.base, tuple(int(2 * stretches[v // 2] + v % 2) for v in tour.visits)) for tour in tours]


def of_part(tours: Sequence[Tour], stretches: Stretches) -> list[Tour]:
    """Return tours of the whole as tours of a part, whose stretches are in ascending order."""

    def local(visit: int) -> int:
        return 2 * int(np.searchsorted(stretches, visit // 2)) + visit % 2

    return [Tour(tour.base, tuple(local(visit) for visit in tour.visits)) for tour in tours]


def _stitched(
    tours: list[Tour], places_m: Floats, problem_of: ProblemOf, efforts: Iterator[Effort], largest: int
) -> list[Tour]:
    """Search groups of neighbouring tours anew, each begun at the tour that was longest without a search."""
    searched = [0] * len(tours)
    for turn, effort in enumerate(efforts, start=1):
        seed = min(range(len(tours)), key=lambda number: (searched[number], len(tours[number].visits)))
        group = _neighbours(tours, seed, places_m, largest)
        inside = [tours[number] for number in group]
        stretches = np.sort(np.array([visit // 2 for tour in inside for visit in tour.visits]))
        found = search(problem_of(stretches), effort, start=of_part(inside, stretches), heat=2 * WARM)
        rest = [number for number in range(len(tours)) if number not in group]
        tours = [*(tours[number] for number in rest), *of_all(found, stretches)]
        searched = [*(searched[number] for number in rest), *([turn] * len(found))]
    return tours


def _neighbours(tours: Sequence[Tour], seed: int, places_m: Floats, largest: int) -> set[int]:
    """Return a tour and those whose stretches lie nearest to its own, as many as make one search."""
    own = KDTree(places_m[[visit // 2 for visit in tours[seed].visits]])
    gaps = [float(own.query(places_m[[visit // 2 for visit in tour.visits]])[0].mean()) for tour in tours]
    group: set[int] = set()
    count = 0
    for number in np.argsort(gaps, kind="stable"):
        count += len(tours[number].visits)
        if group and count > largest:
            break
        group.add(int(number))
    return group
