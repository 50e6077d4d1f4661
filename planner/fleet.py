"""From a mission of several docks and aircraft, or of a day of revisits, to a checked plan for the fleet."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from geo import LocalFrame
from missions import Airframe, FleetPlan, GeoPoint, PatrolDay, PlanningError, Sortie
from missions.formats.plan_file import with_hash
from missions.mission import Mission
from missions.roads import RoadNetwork
from missions.terrain import Terrain
from missions.zones.of_mission import NoFlyZones, drawn_no_fly
from planner.assignment import Crew
from planner.carriageways import Paired
from planner.check_fleet import check_fleet
from planner.day import Round, day_of, day_tours
from planner.dead_flight import enu_m
from planner.energy import landing, takeoff
from planner.fleet_search import fleet_tours_over
from planner.fleet_task import Asked, Craft, FleetTask, fleet_task_of, problems_of, views_of
from planner.fleet_times import Flown, timed
from planner.layers import heights_of
from planner.levelling import Rosters
from planner.planning import LIMIT_SHARE, ROUNDS, assemble, first_sound
from planner.priority import by_priority, ranks_of
from planner.search import Effort, Tour
from planner.seeing import highest_seen_m, with_height
from planner.sorties import SortieBuilder, total
from planner.stretches import Line
from planner.visits import FlightRules

_LAYERS_KEPT: Final = 2
"""Energy is kept for so many; an aircraft whose sorties leave too little for more flies lower and waits instead."""
_LOWEST_SHARE: Final = 0.6
"""Of a chosen height, whatever the layers: lower, a flight shows less of the road's sides."""
_SIGHT_SPARE_M: Final = 0.1
"""Less than the height at which a camera just sees enough, so that rounding never makes it more."""


def plan_fleet(
    mission: Mission,
    mission_hash: str,
    network: RoadNetwork,
    effort: Effort,
    *,
    no_fly: NoFlyZones | None = None,
    terrain: Terrain | None = None,
    roads_to_see: Callable[[GeoPoint], Paired] | None = None,
) -> FleetPlan:
    """Return a checked plan, with its hash, in which the mission's aircraft fly every kept road.

    As `plan_mission` otherwise; with `roads.revisit` it fills the mission's day. A height that is to be chosen is the
    least of those chosen for the aircraft, and lower by room for their layers. `roads_to_see` gives what is planned
    instead of the network's roads, in the frame of a dock.

    Raises:
        InputError: a field of the mission cannot be met whatever is planned; names it, not the file.
        PlanningError: no plan meets the mission; says what stands in the way, where, and what would help.

    """
    height_m, chosen = _height_m(mission)
    mission = mission.with_flight(height_m=height_m)
    zones = drawn_no_fly(mission) if no_fly is None else no_fly
    asked = Asked(
        network=network, no_fly=zones, terrain=terrain, roads_to_see=roads_to_see, highest_m=_highest_m(mission)
    )

    def made(*, pair_carriageways: bool, zone_corners: int) -> FleetPlan:
        wanted = replace(asked, pair_carriageways=pair_carriageways, zone_corners=zone_corners)
        return _planned(mission, mission_hash, wanted, effort, chosen)

    return first_sound(made, lambda fleet: check_fleet(fleet, terrain))


def _height_m(mission: Mission) -> tuple[float, tuple[str, ...]]:
    """Return the height asked for; or the one chosen, less room for layers above it, and a line that says so."""
    views = views_of(mission)
    height_m = min(with_height(view)[0].flight.height_m or 0.0 for view in views)
    if mission.flight.height_m is not None:
        return height_m, ()
    least_m = max(_LOWEST_SHARE * height_m, mission.terrain.clearance_m if mission.terrain is not None else 0.0)
    lower_m = max(height_m - min(len(views) - 1, _LAYERS_KEPT) * mission.flight.layer_m, least_m)
    above = f", {height_m - lower_m:g} m are left for layers of the fleet" if lower_m < height_m else ""
    return lower_m, (f"height {lower_m:g} m: up to {height_m:g} m enough is seen{above}",)


def _planned(mission: Mission, mission_hash: str, asked: Asked, effort: Effort, chosen: tuple[str, ...]) -> FleetPlan:
    """Return a plan for the fleet, not yet checked."""
    task = fleet_task_of(mission, asked)
    day = day_of(mission, task.stretches)
    task, flown, rounds = _flown(mission, task, day, effort)
    rosters = timed(mission, task, flown, rounds)
    flying = [
        (craft, part, sorties) for craft, part, sorties in zip(task.crafts, flown, rosters, strict=True) if sorties
    ]
    plans = []
    for craft, part, sorties in flying:
        served = {stretch_id for sortie in sorties for stretch_id in sortie.stretch_ids}
        stretches = tuple(stretch for stretch in task.stretches if stretch.stretch_id in served)
        _, notes = with_height(craft.view.with_flight(height_m=part.height_m))
        own = task.own(craft, part.height_m, ())
        plans.append(with_hash(assemble(craft.view, mission_hash, own, (stretches, sorties), notes)))
    notes = tuple(dict.fromkeys((*chosen, *(note for plan in plans for note in plan.notes), *task.whole.notes)))
    idle = [craft.aircraft.vehicle_id for craft, own in zip(task.crafts, rosters, strict=True) if not own]
    if idle:
        notes = (*notes, f"{', '.join(idle)} {'stays' if len(idle) == 1 else 'stay'} on the ground")
    return FleetPlan(
        mission_name=mission.name,
        mission_hash=mission_hash,
        goal=mission.flight.goal,
        plans=tuple(plans),
        docks=task.docks,
        dock_ids=tuple(task.docks[craft.dock].dock_id for craft, _, _ in flying),
        stretches=task.stretches,
        separation_m=mission.flight.separation_m,
        layer_m=mission.flight.layer_m,
        makespan_s=max(sortie.lands_s for own in rosters for sortie in own),
        estimate=total([sortie for own in rosters for sortie in own]),
        day=day,
        notes=notes,
    )


def _lowest_m(mission: Mission) -> float:
    """Return the height that was asked for or chosen."""
    assert mission.flight.height_m is not None
    return mission.flight.height_m


def _highest_m(mission: Mission) -> float:
    """Return the height above home, or ground, that cap and cameras allow."""
    seen_m = min(highest_seen_m(view) for view in views_of(mission)) - _SIGHT_SPARE_M
    return max(_lowest_m(mission), min(mission.flight.altitude_cap_m, seen_m))


def _flown(
    mission: Mission, task: FleetTask, day: PatrolDay | None, effort: Effort
) -> tuple[FleetTask, tuple[Flown, ...], tuple[Round, ...]]:
    """Search until every sortie, flown exactly at its own height, keeps its reserve; return the task as cut too."""
    highest_m = _highest_m(mission)
    limits_j = _first_limits_j(mission, task, highest_m)
    if not problems_of(task.field, limits_j=limits_j).fits_alone():
        highest_m = _lowest_m(mission)
        limits_j = list(task.limits_j)
    for _ in range(ROUNDS):
        if not problems_of(task.field, limits_j=limits_j).fits_alone():
            break
        cut, rounds, once = _tours(mission, task, limits_j, day, effort)
        flown = _written(mission, cut, rounds, once, highest_m)
        over = [1.0] * len(limits_j)
        for craft, own in zip(cut.crafts, flown, strict=True):
            limit_j = cut.rules(craft).limit_j
            worst_j = max((sortie.estimate.energy_wh * 3600.0 for sortie in own.sorties), default=0.0)
            over[craft.base] = max(over[craft.base], worst_j / limit_j)
        if max(over) <= 1.0:
            return cut, flown, rounds
        limits_j = [limit_j / much * (0.999 if much > 1 else 1.0) for limit_j, much in zip(limits_j, over, strict=True)]
    raise PlanningError(
        "one stretch takes nearly a whole battery and its turns the rest: lower flight.reserve_pct, "
        "or move a dock nearer"
    )


def _first_limits_j(mission: Mission, task: FleetTask, highest_m: float) -> list[float]:
    """Return the limit of each base, less what the layers that its aircraft may be given take."""
    height_m, layer_m = _lowest_m(mission), mission.flight.layer_m
    limits = [limit_j * LIMIT_SHARE for limit_j in task.limits_j]
    for number, craft in enumerate(task.crafts):
        rules = task.rules(craft)
        layers = min(number, int((highest_m - height_m) // layer_m), _LAYERS_KEPT)
        more_j = _vertical_j(rules.airframe, height_m + layers * layer_m) - _vertical_j(rules.airframe, height_m)
        limits[craft.base] = min(limits[craft.base], rules.limit_j * LIMIT_SHARE - more_j)
    return limits


def _vertical_j(airframe: Airframe, height_m: float) -> float:
    return takeoff(airframe, height_m).energy_j + landing(airframe, height_m).energy_j


def _tours(
    mission: Mission, task: FleetTask, limits_j: Sequence[float], day: PatrolDay | None, effort: Effort
) -> tuple[FleetTask, tuple[Round, ...], Rosters]:
    """Return what is flown again and again, and what is flown once, in the order of priority; and the task as cut.

    The stretches of a day stay whole: its rounds are by their numbers.
    """
    crew = Crew(
        bases=tuple(craft.base for craft in task.crafts),
        swaps_s=tuple(task.docks[craft.dock].swap_s for craft in task.crafts),
    )
    goal = mission.flight.goal
    limited = partial(problems_of, limits_j=limits_j)
    rounds: tuple[Round, ...] = ()
    if day is None:
        field, once = fleet_tours_over(task.field, limited, crew, goal, effort)
        task = task.cut(field) if field is not task.field else task
    else:
        rounds, once = day_tours(limited(task.field), crew, day, stretches=task.stretches, goal=goal, effort=effort)
    problems = limited(task.field)
    ranks = ranks_of(task.stretches, mission.roads.priority)
    lengths = [stretch.length_m for stretch in task.stretches]
    ordered = (replace(one, rosters=by_priority(problems, one.rosters, ranks, lengths)) for one in rounds)
    return task, tuple(ordered), by_priority(problems, once, ranks, lengths)


def _written(
    mission: Mission, task: FleetTask, rounds: Sequence[Round], once: Rosters, highest_m: float
) -> tuple[Flown, ...]:
    """Return the sorties of each aircraft at the height at which it keeps clear of the others."""
    flight, lowest_m = mission.flight, _lowest_m(mission)
    lowest = [_sorties(task, number, lowest_m, rounds, once) for number in range(len(task.crafts))]
    over_terrain = task.asked.terrain is not None  # then heights are above the same ground, wherever the docks are
    heights = heights_of(
        [_ways_m(task, craft, own) for craft, own in zip(task.crafts, lowest, strict=True)],
        [0.0 if over_terrain else task.docks[craft.dock].amsl_m for craft in task.crafts],
        lowest_m=lowest_m,
        highest_m=[
            min(highest_m, lowest_m + _rise_m(task.rules(craft), own))
            for craft, own in zip(task.crafts, lowest, strict=True)
        ],
        separation_m=flight.separation_m,
        layer_m=flight.layer_m,
    )
    return tuple(
        own if height_m == lowest_m else _sorties(task, number, height_m, rounds, once)
        for number, (own, height_m) in enumerate(zip(lowest, heights, strict=True))
    )


def _sorties(task: FleetTask, number: int, height_m: float, rounds: Sequence[Round], once: Rosters) -> Flown:
    """Return the sorties of one aircraft at a height."""
    craft = task.crafts[number]
    tours = [*once[number], *(tour for one in rounds for tour in one.rosters[number])]
    if not tours:
        return Flown(height_m=height_m, once=(), rounds=tuple(() for _ in rounds))
    served = sorted({visit // 2 for tour in tours for visit in tour.visits})
    own = task.own(craft, height_m, served)
    place_of = {stretch: place for place, stretch in enumerate(served)}
    builder = SortieBuilder(
        dock=own.dock,
        field=own.field,
        stretch_ids=[task.stretches[stretch].stretch_id for stretch in served],
        gimbal_pitch_deg=craft.aircraft.gimbal_pitch_deg,
    )

    def sortie(tour: Tour) -> Sortie:
        return builder.sortie(0, Tour(0, tuple(2 * place_of[visit // 2] + visit % 2 for visit in tour.visits)))

    return Flown(
        height_m=height_m,
        once=tuple(sortie(tour) for tour in once[number]),
        rounds=tuple(tuple(sortie(tour) for tour in one.rosters[number]) for one in rounds),
    )


def _rise_m(rules: FlightRules, own: Flown) -> float:
    """Return how much higher an aircraft can fly on what the hungriest of its sorties leaves of the limit."""
    worst_j = max((sortie.estimate.energy_wh * 3600.0 for sortie in own.sorties), default=0.0)
    airframe = rules.airframe
    more_j_m = airframe.climb_w / airframe.climb_m_s + airframe.hover_w / airframe.descent_m_s
    return max(0.0, 0.999 * rules.limit_j - worst_j) / more_j_m


def _ways_m(task: FleetTask, craft: Craft, own: Flown) -> list[Line]:
    """Return the (N, 2) ways of an aircraft's sorties, dock to dock, in the planning frame."""
    frame = LocalFrame(lat_deg=task.origin.lat_deg, lon_deg=task.origin.lon_deg)
    dock = task.docks[craft.dock].position
    lines = []
    for sortie in own.sorties:
        points = (dock, *(waypoint.position for waypoint in sortie.waypoints), dock)
        lines.append(enu_m(frame, points))
    return lines
