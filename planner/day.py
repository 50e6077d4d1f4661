"""A day of revisits: which tours are flown again and again, by whom, and what is flown once in between."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from missions import PatrolDay, PlanningError, RevisitRule, Stretch
from missions.mission import Mission
from planner.assignment import Crew
from planner.fleet_search import fleet_tours, last_landing_s, stage
from planner.levelling import Rosters
from planner.problems import Problems
from planner.search import Effort, Problem, Tour

_SPARE: Final = 0.99
"""Share of a period that tours may fill: heights of the fleet and waits for a clear way take the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Tours that are flown once in each period, from the beginning of the day to its end."""

    period_s: float
    count: int
    rosters: Rosters


def day_of(mission: Mission, stretches: Sequence[Stretch]) -> PatrolDay | None:
    """Return the mission's day with the stretches each interval is asked for, the shortest first; None without one.

    Raises:
        PlanningError: a rule names no road that is patrolled.

    """
    if not mission.roads.revisit or mission.day is None:
        return None
    every_s: dict[str, float] = {}
    for rule in mission.roads.revisit:
        held = [one.stretch_id for one in stretches if rule.hold(name=one.name, road_class=one.road_class)]
        if not held:
            wanted = ", ".join((*rule.names, *rule.classes))
            raise PlanningError(
                f"roads.revisit: no road to patrol is {wanted}: check the names, classes and roads.keep"
            )
        for stretch_id in held:
            every_s[stretch_id] = min(every_s.get(stretch_id, math.inf), 60.0 * rule.every_min)
    rules = tuple(
        RevisitRule(
            stretch_ids=tuple(one for one, interval in every_s.items() if interval == interval_s), every_s=interval_s
        )
        for interval_s in sorted(set(every_s.values()))
    )
    return PatrolDay(begin=mission.day.begin, length_s=mission.day.length_s, revisits=rules)


def day_tours(
    problems: Problems, crew: Crew, day: PatrolDay, *, stretches: Sequence[Stretch], goal: str, effort: Effort
) -> tuple[tuple[Round, ...], Rosters]:
    """Return the rounds, each by aircraft of its own, and the tours that are flown once.

    Raises:
        PlanningError: the fleet cannot be back in time; says what it would take.

    """
    rest = [
        number
        for number, one in enumerate(stretches)
        if not any(one.stretch_id in rule.stretch_ids for rule in day.revisits)
    ]
    part = 1 / (len(day.revisits) + bool(rest))
    try:
        rounds = _rounds(problems, crew, day, stretches, effort=stage(effort, 0.0, 1 - part * bool(rest)))
    except PlanningError:
        if len(day.revisits) == 1:
            raise
        together = RevisitRule(
            stretch_ids=tuple(one for rule in day.revisits for one in rule.stretch_ids), every_s=day.revisits[0].every_s
        )
        whole = replace(day, revisits=(together,))
        rounds = _rounds(problems, crew, whole, stretches, effort=stage(effort, 0.0, 1 - part * bool(rest)))
    once: Rosters | None = tuple(() for _ in crew.bases)
    if rest:
        last = stage(effort, 1 - part, part)
        free = [craft for craft in range(len(crew.bases)) if not any(one.rosters[craft] for one in rounds)]
        once = _tours_of(problems, crew, free, rest, goal=goal, effort=last) if free else None
        if once is None:
            gaps = _in_gaps(problems, crew, rounds)
            once = _tours_of(gaps, crew, range(len(crew.bases)), rest, goal=goal, effort=last)
    if once is None:
        raise PlanningError(
            "the aircraft have no time or battery left for the roads that are flown once: more aircraft, or a longer "
            "interval in roads.revisit"
        )
    return rounds, once


def _rounds(
    problems: Problems, crew: Crew, day: PatrolDay, stretches: Sequence[Stretch], *, effort: Effort
) -> tuple[Round, ...]:
    """Return a round for each interval, by aircraft of its own."""
    number_of = {one.stretch_id: number for number, one in enumerate(stretches)}
    rounds: list[Round] = []
    free = list(range(len(crew.bases)))
    part = 1 / len(day.revisits)
    for number, rule in enumerate(day.revisits):
        count = math.ceil(day.length_s / rule.every_s)
        period_s = math.floor(10 * day.length_s / count) / 10
        held = [number_of[one] for one in rule.stretch_ids]
        made = _round(problems, crew, free, held, period_s=period_s, effort=stage(effort, number * part, part))
        rounds.append(replace(made, count=count))
        free = [craft for craft in free if not made.rosters[craft]]
    return tuple(rounds)


def _in_gaps(problems: Problems, crew: Crew, rounds: Sequence[Round]) -> Problems:
    """Return the problem with sorties so short that they find time between the rounds of their base's aircraft."""
    gaps_s = np.zeros(max(crew.bases) + 1)
    watts = 0.0
    for one in rounds:
        for craft, tours in enumerate(one.rosters):
            if tours:
                flown_s = sum(problems.tour_time_s(tour) for tour in tours)
                watts = max(watts, sum(problems.tour_energy_j(tour) for tour in tours) / flown_s)
                gap_s = one.period_s - flown_s - (len(tours) + 1) * crew.swaps_s[craft]
                gaps_s[crew.bases[craft]] = max(gaps_s[crew.bases[craft]], gap_s)

    def short(problem: Problem) -> Problem:
        limited = (
            replace(base, limit_j=min(base.limit_j, _SPARE * max(gap_s, 0.0) * watts))
            for base, gap_s in zip(problem.bases, gaps_s, strict=True)
        )
        return replace(problem, bases=tuple(limited))

    return problems.changed(short)


def _round(
    problems: Problems, crew: Crew, free: Sequence[int], part: Sequence[int], *, period_s: float, effort: Effort
) -> Round:
    """Return a round by the fewest of the free aircraft that are back in time, the nearest ones.

    Raises:
        PlanningError: even all of them are not.

    """
    near = problems.some(np.array(part), range(max(crew.bases) + 1)).apart()
    out_s = np.mean([[base.out_s.mean() for base in one.bases] for one in near], axis=0)
    order = sorted(free, key=lambda craft: (float(out_s[crew.bases[craft]]), craft))
    needed_s = math.inf
    tries = len(order)
    first = 1
    while first <= tries:
        rosters = _tours_of(
            problems, crew, order[:first], part, goal="makespan", effort=stage(effort, (first - 1) / tries, 1 / tries)
        )
        if rosters is None:
            first += 1
            continue
        took_s = max(
            last_landing_s(problems, crew, rosters) + swap_s
            for swap_s, own in zip(crew.swaps_s, rosters, strict=True)
            if own
        )
        if took_s <= _SPARE * period_s:
            return Round(period_s=period_s, count=1, rosters=rosters)
        needed_s = took_s
        busy_s = sum(
            problems.tour_time_s(tour) + crew.swaps_s[craft] for craft, own in enumerate(rosters) for tour in own
        )
        first = max(first + 1, min(math.ceil(busy_s / period_s), tries))
    if not order:
        raise PlanningError(
            f"roads.revisit: every {period_s / 60:.1f} min needs an aircraft of its own and none is left: "
            "more aircraft, or one interval for all"
        )
    if not math.isfinite(needed_s):
        raise PlanningError(
            "roads.revisit: a road is farther than the aircraft left can fly and return: more aircraft or nearer docks"
        )
    raise PlanningError(
        f"roads.revisit: {len(order)} aircraft need {needed_s / 60:.1f} min for the round, swap included, of "
        f"{period_s / 60:.1f} min between visits (day evenly divided): a longer interval, more aircraft, fewer roads, "
        "or a shorter flight.swap_s"
    )


def _tours_of(
    problems: Problems, crew: Crew, crafts: Sequence[int], part: Sequence[int], *, goal: str, effort: Effort
) -> Rosters | None:
    """Return tours over some of the stretches by some of the aircraft, in the numbers of the whole problem.

    None where one of the stretches is out of their reach.
    """
    bases = sorted({crew.bases[craft] for craft in crafts})
    some = Crew(
        bases=tuple(bases.index(crew.bases[craft]) for craft in crafts),
        swaps_s=tuple(crew.swaps_s[craft] for craft in crafts),
    )
    smaller = problems.some(np.array(part), bases)
    if not smaller.fits_alone():
        return None
    found = fleet_tours(smaller, some, goal, effort)
    rosters: list[tuple[Tour, ...]] = [() for _ in crew.bases]
    for craft, tours in zip(crafts, found, strict=True):
        rosters[craft] = tuple(
            Tour(bases[tour.base], tuple(2 * part[visit // 2] + visit % 2 for visit in tour.visits)) for tour in tours
        )
    return tuple(rosters)
