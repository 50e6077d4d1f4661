"""From a mission of several docks and aircraft, or of a day of revisits, to a checked plan for the fleet."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from geo import LocalFrame
from missions import Airframe, FleetPlan, PatrolDay, Plan, PlanningError, Sortie
from missions.formats.plan_file import with_hash
from missions.mission import Mission
from missions.roads import RoadNetwork
from planner.assignment import Crew
from planner.check_fleet import check_fleet
from planner.day import Round, day_of, day_tours
from planner.energy import landing, takeoff
from planner.fleet_search import fleet_tours
from planner.fleet_task import Craft, FleetTask, fleet_task_of
from planner.fleet_times import Flown, timed
from planner.keep_out import KeepOut
from planner.layers import heights_of
from planner.levelling import Rosters
from planner.planning import assemble, one_line, sight_limit_m, sight_notes
from planner.priority import by_priority, ranks_of
from planner.search import Effort, Problem
from planner.sorties import SortieBuilder, total
from planner.stretches import Line
from planner.task import Task, zones_of
from planner.visits import FlightRules

_ROUNDS: Final = 6
"""Searches with tighter limits, where the exact flight takes more than the search thought; one is the rule."""
_LAYERS_KEPT: Final = 2
"""Energy is kept for so many; an aircraft whose sorties leave too little for more flies lower and waits instead."""
_SIGHT_SPARE_M: Final = 0.1
"""Less than the height at which a camera just sees enough, so that rounding never makes it more."""
_FIRST_SHARE: Final = 0.998
"""Of the limit for the first search: the exact flight agrees with the search's sums to about 0.1 %."""


def plan_fleet(
    mission: Mission,
    mission_hash: str,
    network: RoadNetwork,
    *,
    seed: int = 0,
    seconds: float = 2.0,
    iterations: int | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> FleetPlan:
    """Return a checked plan, with its hash, in which the mission's aircraft fly every kept road.

    As `plan_mission` otherwise; with `roads.revisit` it fills the mission's day.

    Raises:
        InputError: a field of the mission cannot be met whatever is planned; names it, not the file.
        PlanningError: no plan meets the mission; says what stands in the way, where, and what would help.

    """
    task = fleet_task_of(mission, network)
    views = tuple(_view(mission, task, craft) for craft in task.crafts)
    for view in views:
        sight_notes(view)  # a camera that sees too little is refused before the search
    day = day_of(mission, task.stretches)
    effort = Effort(seed=seed, seconds=seconds, iterations=iterations, progress=progress)
    flown, rounds = _flown(mission, task, day, _highest_m(mission, views), effort)
    rosters = timed(mission, task, flown, rounds)
    plans = tuple(
        with_hash(_plan(view, mission_hash, task, craft, sorties))
        for view, craft, sorties in zip(views, task.crafts, rosters, strict=True)
        if sorties
    )
    notes = tuple(dict.fromkeys((*(note for plan in plans for note in plan.notes), *task.notes)))
    idle = [craft.aircraft.vehicle_id for craft, sorties in zip(task.crafts, rosters, strict=True) if not sorties]
    if idle:
        notes = (*notes, f"{', '.join(idle)} {'stays' if len(idle) == 1 else 'stay'} on the ground")
    fleet = FleetPlan(
        mission_name=mission.name,
        mission_hash=mission_hash,
        goal=mission.flight.goal,
        plans=plans,
        docks=task.docks,
        dock_ids=tuple(task.docks[craft.dock].dock_id for craft, own in zip(task.crafts, rosters, strict=True) if own),
        stretches=task.stretches,
        separation_m=mission.flight.separation_m,
        layer_m=mission.flight.layer_m,
        makespan_s=max(sortie.lands_s for own in rosters for sortie in own),
        estimate=total([sortie for own in rosters for sortie in own]),
        day=day,
        notes=notes,
    )
    violations = check_fleet(fleet)
    if violations:
        raise PlanningError(f"the plan found breaks a rule: {one_line(violations)}")
    return with_hash(fleet)


def _view(mission: Mission, task: FleetTask, craft: Craft) -> Mission:
    """Return the mission as if it were for one aircraft of the fleet."""
    if not mission.fleet:
        return mission
    dock_id = task.docks[craft.dock].dock_id
    dock = next(dock for dock in mission.docks if dock.id == dock_id)
    return mission.model_copy(update={"dock": dock, "aircraft": craft.aircraft})


def _highest_m(mission: Mission, views: Sequence[Mission]) -> float:
    """Return the height above home that cap and cameras allow."""
    seen_m = min(sight_limit_m(view) for view in views) - _SIGHT_SPARE_M
    return max(mission.flight.height_m, min(mission.flight.altitude_cap_m, seen_m))


def _flown(
    mission: Mission, task: FleetTask, day: PatrolDay | None, highest_m: float, effort: Effort
) -> tuple[tuple[Flown, ...], tuple[Round, ...]]:
    """Search until every sortie, flown exactly and at its aircraft's height, keeps its reserve."""
    limits_j = _first_limits_j(mission, task, highest_m)
    if not task.problem(limits_j).fits_alone().all():
        highest_m = mission.flight.height_m
        limits_j = [task.kinds[kind].rules.limit_j for _, kind in task.bases]
    for _ in range(_ROUNDS):
        problem = task.problem(limits_j)
        if not problem.fits_alone().all():
            break
        rounds, once = _tours(mission, task, problem, day, effort)
        flown = _written(mission, task, rounds, once, highest_m)
        over = [1.0] * len(limits_j)
        for craft, own in zip(task.crafts, flown, strict=True):
            limit_j = task.kinds[craft.kind].rules.limit_j
            worst_j = max((sortie.estimate.energy_wh * 3600.0 for sortie in own.sorties), default=0.0)
            over[craft.base] = max(over[craft.base], worst_j / limit_j)
        if max(over) <= 1.0:
            return flown, rounds
        limits_j = [limit_j / much * (0.999 if much > 1 else 1.0) for limit_j, much in zip(limits_j, over, strict=True)]
    raise PlanningError(
        "one stretch takes nearly a whole battery and its turns the rest: lower flight.reserve_pct, "
        "or move a dock nearer"
    )


def _first_limits_j(mission: Mission, task: FleetTask, highest_m: float) -> list[float]:
    """Return the limit of each base, less what the layers that its aircraft may be given take."""
    height_m, layer_m = mission.flight.height_m, mission.flight.layer_m
    limits = [task.kinds[kind].rules.limit_j * _FIRST_SHARE for _, kind in task.bases]
    for number, craft in enumerate(task.crafts):
        rules = task.kinds[craft.kind].rules
        layers = min(number, int((highest_m - height_m) // layer_m), _LAYERS_KEPT)

        more_j = _vertical_j(rules.airframe, height_m + layers * layer_m) - _vertical_j(rules.airframe, height_m)
        limits[craft.base] = min(limits[craft.base], rules.limit_j * _FIRST_SHARE - more_j)
    return limits


def _vertical_j(airframe: Airframe, height_m: float) -> float:
    return takeoff(airframe, height_m).energy_j + landing(airframe, height_m).energy_j


def _tours(
    mission: Mission, task: FleetTask, problem: Problem, day: PatrolDay | None, effort: Effort
) -> tuple[tuple[Round, ...], Rosters]:
    """Return what is flown again and again, and what is flown once, in the order of priority."""
    crew = Crew(
        bases=tuple(craft.base for craft in task.crafts),
        swaps_s=tuple(task.docks[craft.dock].swap_s for craft in task.crafts),
    )
    goal = mission.flight.goal
    rounds: tuple[Round, ...] = ()
    if day is None:
        once = fleet_tours(problem, crew, goal, effort)
    else:
        rounds, once = day_tours(problem, crew, day, stretches=task.stretches, goal=goal, effort=effort)
    ranks = ranks_of(task.stretches, mission.roads.priority)
    lengths = [stretch.length_m for stretch in task.stretches]
    ordered = (replace(one, rosters=by_priority(problem, one.rosters, ranks, lengths)) for one in rounds)
    return tuple(ordered), by_priority(problem, once, ranks, lengths)


def _written(
    mission: Mission, task: FleetTask, rounds: Sequence[Round], once: Rosters, highest_m: float
) -> tuple[Flown, ...]:
    """Return the sorties of each aircraft at the height at which it keeps clear of the others."""
    flight = mission.flight

    def sorties(heights_m: Sequence[float]) -> tuple[Flown, ...]:
        builders = [_builder(task, craft, height) for craft, height in zip(task.crafts, heights_m, strict=True)]
        return tuple(
            Flown(
                once=tuple(builder.sortie(0, tour) for tour in once[number]),
                rounds=tuple(tuple(builder.sortie(0, tour) for tour in one.rosters[number]) for one in rounds),
            )
            for number, builder in enumerate(builders)
        )

    lowest = sorties([flight.height_m] * len(task.crafts))
    heights = heights_of(
        [_ways_m(task, craft, own) for craft, own in zip(task.crafts, lowest, strict=True)],
        [task.docks[craft.dock].amsl_m for craft in task.crafts],
        lowest_m=flight.height_m,
        highest_m=[
            min(highest_m, flight.height_m + _rise_m(task.kinds[craft.kind].rules, own))
            for craft, own in zip(task.crafts, lowest, strict=True)
        ],
        separation_m=flight.separation_m,
        layer_m=flight.layer_m,
    )
    return lowest if max(heights) == flight.height_m else sorties(heights)


def _rise_m(rules: FlightRules, own: Flown) -> float:
    """Return how much higher an aircraft can fly on what the hungriest of its sorties leaves of the limit."""
    worst_j = max((sortie.estimate.energy_wh * 3600.0 for sortie in own.sorties), default=0.0)
    airframe = rules.airframe
    more_j_m = airframe.climb_w / airframe.climb_m_s + airframe.hover_w / airframe.descent_m_s
    return max(0.0, 0.999 * rules.limit_j - worst_j) / more_j_m


def _builder(task: FleetTask, craft: Craft, height_m: float) -> SortieBuilder:
    kind = task.kinds[craft.kind]
    return SortieBuilder(
        origin=task.origin,
        dock=task.docks[craft.dock].position,
        rules=replace(kind.rules, height_m=height_m),
        visits=kind.visits,
        stretch_ids=[stretch.stretch_id for stretch in task.stretches],
        ways=kind.ways,
        gimbal_pitch_deg=craft.aircraft.gimbal_pitch_deg,
        dock_number=craft.dock,
        docks=len(task.docks),
    )


def _ways_m(task: FleetTask, craft: Craft, own: Flown) -> list[Line]:
    """Return the (N, 2) ways of an aircraft's sorties, dock to dock, in the planning frame."""
    frame = LocalFrame(lat_deg=task.origin.lat_deg, lon_deg=task.origin.lon_deg)
    dock = task.docks[craft.dock].position
    lines = []
    for sortie in own.sorties:
        points = (dock, *(waypoint.position for waypoint in sortie.waypoints), dock)
        lines.append(frame.geodetic_to_enu([p.lat_deg for p in points], [p.lon_deg for p in points])[:, :2])
    return lines


def _plan(view: Mission, mission_hash: str, task: FleetTask, craft: Craft, sorties: tuple[Sortie, ...]) -> Plan:
    """Return one aircraft's plan, in the frame of its dock."""
    dock = task.docks[craft.dock].position
    zones, _ = zones_of(view, LocalFrame(lat_deg=dock.lat_deg, lon_deg=dock.lon_deg))
    flown = {stretch_id for sortie in sorties for stretch_id in sortie.stretch_ids}
    kind = task.kinds[craft.kind]
    own = Task(
        dock=dock,
        rules=kind.rules,
        zones=tuple(zones),
        keep_out=KeepOut.of([corners for _, corners in zones]),
        stretches=tuple(stretch for stretch in task.stretches if stretch.stretch_id in flown),
        visits=kind.visits,
        costs=kind.costs,
        ways=kind.ways,
        notes=(),
    )
    height_m = max(sortie.takeoff_height_m for sortie in sorties)
    seen_from = view.model_copy(update={"flight": view.flight.model_copy(update={"height_m": height_m})})
    return assemble(view, mission_hash, own, sorties, sight_notes(seen_from))
