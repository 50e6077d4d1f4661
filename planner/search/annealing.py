"""Simulated annealing over tours: sets the temperature, tells the progress, and stops when it should."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from planner.search.effort import Effort
from planner.search.first import first_tours
from planner.search.kernel import VERSION, anneal
from planner.search.problem import Base, Floats, Flying, Problem, Tour
from planner.search.tours import Costs, Ints, Tours

_FAR: Final = 1e9
"""Seconds or joules for what cannot be flown; no tour with it keeps its energy."""
_NEIGHBOURS: Final = 40
_ROUNDS: Final = 200
"""At one temperature: some milliseconds."""
_LONGEST_SHIFT: Final = 50
_BLINK: Final = 0.01
_FINE: Final = 10.0
"""Of energy above a limit, at the beginning: a sortie for it alone would cost one."""
_WITHIN: Final = 0.4
"""Of the rounds shall end with every limit kept: the fine grows by a step where fewer do, else shrinks, in bounds."""
_STEP: Final = 1.1
_BOUNDS: Final = (1e-2, 1e4)


class Manner(NamedTuple):
    """How to search: what pays for long tours does not for many short ones."""

    tries: int
    """Rearrangements for each ruin and recreate."""
    removed: float
    """Stretches a ruin takes out, about."""
    longest_string: int
    hot: float
    """Temperatures at the beginning and at the end, as shares of the distance between neighbouring stretches."""
    cold: float


_LONG_TOURS: Final = Manner(tries=100, removed=6.0, longest_string=8, hot=1.0, cold=0.003)
_SHORT_TOURS: Final = Manner(tries=5, removed=10.0, longest_string=10, hot=1.0, cold=0.01)
_SHORT: Final = 30
"""Visits of a short tour, on average."""
WARM: Final = 0.05
"""Where a search goes on from good tours."""


def search(
    problem: Problem, effort: Effort, *, start: Sequence[Tour] | None = None, heat: float | None = None
) -> tuple[Tour, ...]:
    """Return tours of least price that serve every stretch once, each within its limits.

    Goes on from `start`, else from greedy first tours; never returns anything worse. `heat` says how far it may first
    go away from there, as a share of the distance between neighbouring stretches. Ctrl-C ends it with the best tours so
    far and is remembered in `effort.stop`.

    Raises:
        ValueError: a stretch fits no sortie by itself; cut it first.

    """
    tours = tuple(start) if start is not None else first_tours(problem)
    manner = _SHORT_TOURS if problem.visits / 2 < _SHORT * len(tours) else _LONG_TOURS
    hot = manner.hot if heat is None else heat
    costs = _costs(problem)
    state, kept, best = (_empty(len(tours) + 1, problem.visits // 2) for _ in range(3))
    for number, tour in enumerate(tours):
        for part in (state, best):
            part.base[number] = tour.base
            part.length[number] = len(tour.visits)
            part.visit[number, : len(tour.visits)] = tour.visits
    _anneal(costs, (state, kept, best), np.inf, manner, rounds=0, temperature=1.0, seed=effort.seed)
    price = float(state.price.sum())
    scale, stricter = _neighbour_price(costs), 1.0
    try:
        for fraction, rounds in effort.slices(_ROUNDS):
            effort.tell(fraction, price)
            temperature = scale * hot * (manner.cold / hot) ** fraction
            fined = costs._replace(fine=costs.fine * stricter)
            price, within = _anneal(
                fined, (state, kept, best), price, manner, rounds=rounds, temperature=temperature, seed=-1
            )
            stricter = float(np.clip(stricter * _STEP ** (1 if within < _WITHIN else -1), *_BOUNDS))
    except KeyboardInterrupt:
        effort.stop.asked = True
    effort.tell(1.0, price)
    return _tours(best)


def _anneal(
    costs: Costs,
    tours: tuple[Tours, Tours, Tours],
    price: float,
    manner: Manner,
    *,
    rounds: int,
    temperature: float,
    seed: int,
) -> tuple[float, float]:
    state, kept, best = tours
    return anneal(
        costs,
        state,
        kept,
        best,
        price,
        rounds,
        temperature,
        manner.tries if len(costs.near[0]) > 0 else 0,
        manner.removed,
        manner.longest_string,
        _LONGEST_SHIFT,
        _BLINK,
        seed,
        VERSION,
    )


def _costs(problem: Problem) -> Costs:
    """Return the problem as the kernel reads it."""

    def measured(price_s: Floats, energy_j: Floats) -> Floats:
        pair = np.stack([energy_j if problem.by_energy else price_s, energy_j])
        known: Floats = np.minimum(np.nan_to_num(pair, nan=_FAR, posinf=_FAR), _FAR)
        return known

    flyings: tuple[Flying, ...] = problem.flyings
    bases: tuple[Base, ...] = problem.bases
    link = np.stack([measured(flying.link_s, flying.link_j) for flying in flyings])
    return Costs(
        own=np.stack([measured(flying.time_s, flying.energy_j) for flying in flyings]),
        link=link,
        out=np.stack([measured(base.out_s, base.out_j) for base in bases]),
        home=np.stack([measured(base.home_s, base.home_j) for base in bases]),
        flying=np.array([base.flying for base in bases], np.int64),
        items=problem.items.astype(np.int64),
        limit_j=np.array([base.limit_j for base in bases], float),
        limit_items=problem.limit_items,
        sortie_price=float(problem.sortie_price),
        fine=_first_fine(problem),
        near=_near(link[:, 0].min(axis=0)),
    )


def _first_fine(problem: Problem) -> float:
    """Return a fine for each joule too many: some times what a sortie for them would cost on its way out and home."""
    base = next((base for base in problem.bases if base.limit_j > 0), None)
    if base is None:
        return 0.0  # nothing may be flown from anywhere
    way = base.out_j + base.home_j if problem.by_energy else base.out_s + base.home_s
    reached = way[np.isfinite(way)]
    return _FINE * float(np.median(reached)) / base.limit_j if len(reached) else 0.0


def _between(link: Floats) -> Floats:
    """Return the (S, S) least price from one stretch to another, whichever ways they are flown."""
    either = np.minimum.reduce([link[a::2, b::2] for a in (0, 1) for b in (0, 1)])
    both: Floats = np.minimum(either, either.T)
    np.fill_diagonal(both, np.inf)
    return both


def _near(link: Floats) -> Ints:
    between = _between(link)
    count = min(_NEIGHBOURS, len(between) - 1)
    return np.argsort(between, axis=1, kind="stable")[:, :count].astype(np.int64)


def _neighbour_price(costs: Costs) -> float:
    """Return the mean price of the legs to the three nearest stretches that do not touch."""
    between = _between(costs.link[:, 0].min(axis=0))
    apart = np.sort(np.where((between > 0.01) & (between < _FAR), between, np.inf), axis=1)[:, :3]
    legs = apart[np.isfinite(apart)]
    return float(legs.mean()) if len(legs) else 1.0


def _empty(tours: int, stretches: int) -> Tours:
    whole, real = np.int64, np.float64
    return Tours(
        visit=np.zeros((tours, stretches + 1), whole),
        length=np.zeros(tours, whole),
        base=np.zeros(tours, whole),
        price=np.zeros(tours, real),
        load_j=np.zeros(tours, real),
        items=np.zeros(tours, whole),
        tour_of=np.zeros(stretches, whole),
        place_of=np.zeros(stretches, whole),
        ahead=np.zeros((tours, 2, stretches + 2), real),
        back=np.zeros((tours, 2, stretches + 2), real),
        items_to=np.zeros((tours, stretches + 2), whole),
    )


def _tours(best: Tours) -> tuple[Tour, ...]:
    return tuple(
        Tour(int(base), tuple(int(visit) for visit in row[:length]))
        for base, row, length in zip(best.base, best.visit, best.length, strict=True)
        if length
    )
