"""The search: which stretches each sortie flies, in which order and direction. The only home of PyVRP."""

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyvrp
from numpy.typing import NDArray

from planner.visits import Costs, Visit

Tour = tuple[int, ...]
"""Indices of visits in the order of flight; the dock is at both ends."""
Progress = Callable[[float, str], None]

_FAR: Final = 10**9
"""Milliseconds or joules for what cannot be flown; a tour with it is over every limit."""
_PATIENCE: Final = 500
_PATIENCE_PER_STRETCH: Final = 300
"""Rounds without a better plan after which a search by seconds ends early."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long to search: by iterations (the same for a seed on every machine) or by seconds."""

    seed: int = 0
    seconds: float = 2.0
    iterations: int | None = None
    progress: Progress | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """Visits 2 s and 2 s + 1 exclude each other; every stretch is flown once; tours keep within both limits."""

    visits: Sequence[Visit]
    costs: Costs
    limit_j: float
    limit_items: int

    @property
    def is_solvable(self) -> bool:
        """Whether each stretch alone fits a sortie."""
        service = np.array([visit.energy_j for visit in self.visits])
        alone = self.costs.energy_j[0, 1:] + service + self.costs.energy_j[1:, 0]
        items = np.array([visit.items for visit in self.visits])
        fits = (alone <= self.limit_j) & (items <= self.limit_items)
        return bool((fits[::2] | fits[1::2]).all())

    def tour_energy_j(self, tour: Sequence[int]) -> float:
        """Return the energy of a tour, dock to dock."""
        nodes = [0, *(visit + 1 for visit in tour), 0]
        legs = sum(float(self.costs.energy_j[a, b]) for a, b in itertools.pairwise(nodes))
        return legs + sum(self.visits[visit].energy_j for visit in tour)

    def tour_time_s(self, tour: Sequence[int]) -> float:
        """Return the time of a tour, dock to dock."""
        nodes = [0, *(visit + 1 for visit in tour), 0]
        legs = sum(float(self.costs.time_s[a, b]) for a, b in itertools.pairwise(nodes))
        return legs + sum(self.visits[visit].time_s for visit in tour)


class _Stop:
    """PyVRP's stopping criterion, which also reports progress."""

    def __init__(self, effort: Effort, stretches: int) -> None:
        self._effort = effort
        self._patience = _PATIENCE + _PATIENCE_PER_STRETCH * stretches
        self._best_cost, self._since = 0, 0
        self._started_s: float | None = None
        self._rounds = 0

    def __call__(self, best_cost: int) -> bool:
        now_s = time.perf_counter()
        self._started_s = now_s if self._started_s is None else self._started_s
        effort = self._effort
        if effort.iterations is None:
            fraction = (now_s - self._started_s) / max(effort.seconds, 1e-3)
            fraction = max(fraction, self._stale(best_cost) / self._patience)
        else:
            fraction = self._rounds / max(effort.iterations, 1)
        if effort.progress and self._rounds % 50 == 0:
            effort.progress(min(fraction, 1.0), f"{best_cost / 60_000:.1f} min of flight")
        self._rounds += 1
        return fraction >= 1.0

    def _stale(self, best_cost: int) -> int:
        """Return the rounds since the best tours last became better; a small patrol need not use all its seconds."""
        if best_cost != self._best_cost:
            self._best_cost, self._since = best_cost, self._rounds
        return self._rounds - self._since


def search(problem: Problem, effort: Effort) -> tuple[Tour, ...]:
    """Return tours of least total time that serve every stretch once, each within its limits.

    The first solution is greedy and feasible, so the result always is; the rest of the effort improves it.
    """
    first = greedy(problem)
    if len(problem.visits) <= 2:
        return _by_direction(first, problem)
    data = _data(problem, vehicles=len(first))
    initial = pyvrp.Solution(data, [list(tour) for tour in first])
    result = pyvrp.solve(
        data,
        stop=_Stop(effort, len(problem.visits) // 2),
        seed=effort.seed,
        collect_stats=False,
        display=False,
        initial_solution=initial,
    )
    best = result.best if result.best.is_feasible() else initial
    tours = tuple(tuple(stop.idx for stop in route if stop.is_client()) for route in best.routes())
    return _by_direction(tuple(tour for tour in tours if tour), problem)


def greedy(problem: Problem) -> tuple[Tour, ...]:
    """Return tours built by always going on to the quickest next visit that still lets the sortie come home."""
    left = set(range(len(problem.visits) // 2))
    tours: list[Tour] = []
    while left:
        tour = _greedy_tour(problem, left)
        tours.append(tour)
        left -= {problem.visits[visit].stretch for visit in tour}
    return tuple(tours)


def _greedy_tour(problem: Problem, left: set[int]) -> Tour:
    """Return one tour over the stretches left; none is left out that alone would fit."""
    costs, visits = problem.costs, problem.visits
    service = np.array([visit.energy_j for visit in visits])
    items = np.array([visit.items for visit in visits])
    home_j = costs.energy_j[1:, 0]
    open_visits = np.zeros(len(visits), bool)
    for stretch in left:
        open_visits[2 * stretch : 2 * stretch + 2] = True
    tour: list[int] = []
    node, used_j, used_items = 0, 0.0, 0
    while open_visits.any():
        total_j = used_j + costs.energy_j[node, 1:] + service + home_j
        fits = open_visits & (total_j <= problem.limit_j) & (used_items + items <= problem.limit_items)
        if not fits.any():
            break
        best = int(np.argmin(np.where(fits, costs.time_s[node, 1:], np.inf)))
        tour.append(best)
        used_j += float(costs.energy_j[node, best + 1] + service[best])
        used_items += int(items[best])
        stretch = visits[best].stretch
        open_visits[2 * stretch : 2 * stretch + 2] = False
        node = best + 1
    if not tour:
        raise ValueError("a stretch does not fit a sortie by itself; cut it first")
    return tuple(tour)


def _whole(values: NDArray[np.float64], scale: float) -> Any:  # noqa: ANN401 - PyVRP's stubs take no numpy type
    """Return the values as PyVRP takes them, rounded up so that limits hold."""
    return np.ceil(np.minimum(np.nan_to_num(values, posinf=_FAR) * scale, _FAR)).astype(np.int64)


def _data(problem: Problem, *, vehicles: int) -> pyvrp.ProblemData:
    """Build the routing problem: durations in ms are the goal, 'distance' is energy in joules and has the limit."""
    visits, costs = problem.visits, problem.costs
    service_j = np.concatenate([[0.0], [visit.energy_j for visit in visits]])
    energy = _whole(costs.energy_j + service_j[None], 1.0)
    duration = _whole(costs.time_s, 1000.0)
    np.fill_diagonal(energy, 0)
    np.fill_diagonal(duration, 0)
    places = np.vstack([np.zeros(2), *(visit.line_m[0] for visit in visits)])
    groups = [pyvrp.ClientGroup([2 * s, 2 * s + 1], required=True) for s in range(len(visits) // 2)]
    clients = [
        pyvrp.Client(
            location=index + 1,
            delivery=[visit.items],
            service_duration=int(np.ceil(visit.time_s * 1000)),
            required=False,
            group=visit.stretch,
        )
        for index, visit in enumerate(visits)
    ]
    vehicle = pyvrp.VehicleType(
        num_available=vehicles,
        capacity=[problem.limit_items],
        max_distance=int(problem.limit_j),
        unit_distance_cost=0,
        unit_duration_cost=1,
    )
    return pyvrp.ProblemData(
        locations=[pyvrp.Location(float(x), float(y)) for x, y in places],
        clients=clients,
        depots=[pyvrp.Depot(location=0)],
        vehicle_types=[vehicle],
        distance_matrices=[energy],
        duration_matrices=[duration],
        groups=groups,
    )


def _by_direction(tours: tuple[Tour, ...], problem: Problem) -> tuple[Tour, ...]:
    """Return the tours with the best direction of every visit for their order, if within limits."""
    return tuple(_best_directions(tour, problem) for tour in tours)


def _best_directions(tour: Tour, problem: Problem) -> Tour:
    """Choose the directions by dynamic programming over the order."""
    costs, visits = problem.costs, problem.visits
    layers = [(2 * visits[visit].stretch, 2 * visits[visit].stretch + 1) for visit in tour]
    best: dict[int, tuple[float, Tour]] = {
        visit: (float(costs.time_s[0, visit + 1]) + visits[visit].time_s, (visit,)) for visit in layers[0]
    }
    for layer in layers[1:]:
        best = {
            visit: min(
                (spent + float(costs.time_s[last + 1, visit + 1]) + visits[visit].time_s, (*way, visit))
                for last, (spent, way) in best.items()
            )
            for visit in layer
        }
    _, chosen = min((spent + float(costs.time_s[last + 1, 0]), way) for last, (spent, way) in best.items())
    return chosen if problem.tour_energy_j(chosen) <= problem.limit_j else tour
