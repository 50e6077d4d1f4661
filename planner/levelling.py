"""Earlier last landings: parts of tours go from the aircraft that lands last to others, as long as that helps."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from planner.assignment import Crew
from planner.problems import Problems
from planner.search import Problem, Tour
from planner.search.problem import Floats
from planner.search.tours import Ints

_LENGTHS: Final = (1, 2, 3, 5, 8, 13, 21, 34, 55)
"""Of the parts tried, in visits."""
_LEAST_GAIN_S: Final = 0.5
_MOST_STEPS: Final = 300
_MOST_STEPS_OF_MANY: Final = 20
"""Where every two tours are a problem of their own; there are many sorties then, which even out by themselves."""

Rosters = tuple[tuple[Tour, ...], ...]


class _Move(NamedTuple):
    """The later landing of two aircraft after a part has gone from one to the other, and their new tours."""

    later_s: float
    giver: int
    given: Tour
    taker: int
    taken: Tour


def level(problems: Problems, crew: Crew, rosters: Sequence[tuple[Tour, ...]]) -> Rosters:
    """Return the tours of each aircraft with the last landing no later, as a rule much earlier, within all limits."""
    now = [list(tours) for tours in rosters]
    for _ in range(_MOST_STEPS if problems.are_few else _MOST_STEPS_OF_MANY):
        loads = [crew.load_s(craft, [problems.tour_time_s(tour) for tour in tours]) for craft, tours in enumerate(now)]
        heavy = int(np.argmax(loads))
        for craft in sorted(range(len(now)), key=lambda one: loads[one]):
            if craft != heavy and _give(problems, crew, now, loads, (heavy, craft)):
                break
        else:
            break
    return tuple(tuple(tours) for tours in now)


def _give(problems: Problems, crew: Crew, now: list[list[Tour]], loads: Sequence[float], pair: tuple[int, int]) -> bool:
    """Give the best part of the first aircraft's tours to the second's, or for a new one; return whether one helps."""
    heavy, light = pair
    new = Tour(crew.bases[light], ())
    new_s = crew.swaps_s[light] if now[light] else 0.0
    best: _Move | None = None
    for giver, tour in enumerate(now[heavy]):
        for taker in [*problems.near(tour, now[light]), len(now[light])]:
            other = [*now[light], new][taker]
            loads_s = loads[heavy], loads[light] + (0.0 if other.visits else new_s)
            part = problems.around(tour, other)
            heavier, lighter = part.tours
            for length in (n for n in _LENGTHS if n < len(tour.visits)):
                move = _best_part(part.problem, heavier, lighter, length, loads_s)
                if move is not None and (best is None or move.later_s < best.later_s):
                    given, taken = part.of_all(move.given), part.of_all(move.taken)
                    best = move._replace(giver=giver, given=given, taker=taker, taken=taken)
    if best is None or best.later_s > loads[heavy] - _LEAST_GAIN_S:
        return False
    now[heavy][best.giver] = best.given
    now[light][best.taker : best.taker + 1] = [best.taken]
    return True


def _best_part(problem: Problem, tour: Tour, other: Tour, length: int, loads_s: tuple[float, float]) -> _Move | None:
    """Try every part of so many visits, either way round, at every place of the other tour."""
    heavy_s, light_s = loads_s
    given: Ints = np.array(tour.visits, np.int64)
    starts = np.arange(len(given) - length + 1)
    saved_s = _saved_s(problem, tour, length)
    used_j = problem.tour_energy_j(other) if other.visits else 0.0
    base = problem.bases[other.base]
    room = problem.limit_items - int(problem.items[list(other.visits)].sum())
    parts = np.stack([given[starts + step] for step in range(length)], axis=1)  # (starts, length)
    fits = problem.items[parts].sum(axis=1) <= room
    best: _Move | None = None
    for turned in (False, True):
        flown: Ints = parts[:, ::-1] ^ 1 if turned else parts
        more_s, more_j = _added(problem, other, flown)
        later = np.maximum(heavy_s - saved_s[:, None], light_s + more_s)
        later[(used_j + more_j > base.limit_j) | ~fits[:, None]] = np.inf
        start, place = np.unravel_index(int(np.argmin(later)), later.shape)
        if np.isfinite(later[start, place]) and (best is None or later[start, place] < best.later_s):
            left = (*tour.visits[:start], *tour.visits[start + length :])
            part = tuple(int(visit) for visit in flown[start])
            joined = (*other.visits[:place], *part, *other.visits[place:])
            best = _Move(float(later[start, place]), 0, Tour(tour.base, left), 0, Tour(other.base, joined))
    if best is None or not (problem.keeps_limits(best.given) and problem.keeps_limits(best.taken)):
        return None
    return best


def _saved_s(problem: Problem, tour: Tour, length: int) -> Floats:
    """Return the time that leaving out each part of a tour saves."""
    base = problem.bases[tour.base]
    flying = problem.flyings[base.flying]
    visits = np.array(tour.visits)
    first = np.arange(len(visits) - length + 1)
    last = first + length
    legs = np.concatenate([[base.out_s[visits[0]]], flying.link_s[visits[:-1], visits[1:]], [base.home_s[visits[-1]]]])
    through = np.concatenate([[0.0], np.cumsum(legs)])
    inside = np.concatenate([[0.0], np.cumsum(flying.time_s[visits])])
    before, after = np.concatenate([[-1], visits])[first], np.concatenate([visits, [-1]])[last]
    onward = np.where(after < 0, base.home_s[before], flying.link_s[before, after])
    bridge = np.where(before < 0, base.out_s[after], onward)
    saved: Floats = through[last + 1] - through[first] + inside[last] - inside[first] - bridge
    return saved


def _added(problem: Problem, tour: Tour, parts: Ints) -> tuple[Floats, Floats]:
    """Return the (P, N + 1) time and energy that each of (P, L) parts adds at each place of a tour of N visits."""
    base = problem.bases[tour.base]
    flying = problem.flyings[base.flying]
    visits = np.array(tour.visits, np.int64)
    heads, tails = parts[:, 0], parts[:, -1]
    results = []
    for out, own, link, home in (
        (base.out_s, flying.time_s, flying.link_s, base.home_s),
        (base.out_j, flying.energy_j, flying.link_j, base.home_j),
    ):
        inside = own[parts].sum(axis=1) + link[parts[:, :-1], parts[:, 1:]].sum(axis=1)
        if not len(visits):
            results.append((inside + out[heads] + home[tails])[:, None])
            continue
        legs = np.concatenate([[out[visits[0]]], link[visits[:-1], visits[1:]], [home[visits[-1]]]])
        coming = np.column_stack([out[heads], link[visits[:, None], heads[None]].T])
        going = np.column_stack([link[tails[:, None], visits[None]], home[tails]])
        results.append(inside[:, None] + coming + going - legs[None])
    return results[0], results[1]
