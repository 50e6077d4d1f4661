"""From a mission and its roads to a checked plan."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, TypeVar

import numpy as np
from shapely import LineString, MultiLineString, Polygon

from geo import LocalFrame
from missions import FleetPlan, GeoPoint, Plan, PlanningError, Sortie, Stretch, Zone, ZoneRule
from missions.formats.mav_commands import COPTER_MAX_MISSION_ITEMS
from missions.formats.plan_file import with_hash
from missions.mission import Mission
from missions.roads import RoadNetwork
from missions.terrain import Terrain
from missions.zones.of_mission import NoFlyZones, drawn_no_fly
from planner.carriageways import Paired
from planner.check import check_plan
from planner.dead_flight import enu_m
from planner.energy import Floats
from planner.fence import circumscribed_m, rally_m
from planner.fewer_corners import NoRoomError
from planner.field import Field
from planner.hindrances import FENCE_ROOM, REACH_M, for_autopilot
from planner.least import LeastFlight, least_time_s
from planner.problems import Problems
from planner.profile import sortie_points_m
from planner.search import Effort
from planner.seeing import wanted_of, with_height
from planner.sorties import SortieBuilder, geo_points, items_of, one_after_another, total
from planner.task import MOST_TOUR_ITEMS, MOST_ZONE_CORNERS, Task, spot, stretches_of, task_of, terrain_use
from planner.touring import tours_over
from planner.violation import Violation
from planner.zone_heights import Highest, flown_under

AnyPlan = TypeVar("AnyPlan", Plan, FleetPlan)

ROUNDS: Final = 6
"""Searches with tighter limits, where the exact flight takes more than the search thought; one is the rule."""
LIMIT_SHARE: Final = 0.998
"""Of the limit for the first search: the exact flight agrees with the search's sums to about 0.1 %."""
_BOUND_SHARE: Final = 0.2
"""Of the effort's seconds, at most, for the lower bound that is told with the progress."""


def plan_mission(
    mission: Mission,
    mission_hash: str,
    network: RoadNetwork,
    effort: Effort,
    *,
    no_fly: NoFlyZones | None = None,
    terrain: Terrain | None = None,
    roads_to_see: Paired | None = None,
) -> Plan:
    """Return a checked plan, with its hash, that flies every kept road once.

    `network` holds the roads to patrol, `no_fly` the mission's zones (`missions.zones.of_mission` reads those of
    files); without it the mission must draw all of them itself. `terrain` holds the heights of the file that the
    mission names, if any. `roads_to_see` are planned instead of the network's, where given. With an `effort` by
    iterations the plan depends on its inputs and the seed alone. Ctrl-C ends the search with the best plan so far, and
    `effort.stop` tells that it did.

    Raises:
        InputError: a field of the mission cannot be met whatever is planned; names it, not the file.
        PlanningError: no plan meets the mission; says what stands in the way, where, and what would help.

    """
    mission, sight_notes = with_height(mission)
    zones = drawn_no_fly(mission) if no_fly is None else no_fly

    def made(*, pair_carriageways: bool, zone_corners: int) -> Plan:
        task = task_of(
            mission,
            network,
            zones,
            terrain,
            roads_to_see,
            pair_carriageways=pair_carriageways,
            zone_corners=zone_corners,
        )
        return _planned(mission, mission_hash, task, sight_notes, effort)

    return first_sound(made, lambda plan: check_plan(plan, terrain))


def first_sound(make: Callable[..., AnyPlan], check: Callable[[AnyPlan], Sequence[Violation]]) -> AnyPlan:
    """Return the first plan that passes its check, with its hash.

    `make` takes `pair_carriageways` and `zone_corners` as `task_of` does, and checks nothing.

    Raises:
        PlanningError: none does; names the rule.

    """
    violations: Sequence[Violation] = ()
    for pair in (True, False):  # where the flight along one carriageway does not show the other, both are flown
        try:
            plan = make(pair_carriageways=pair, zone_corners=MOST_ZONE_CORNERS)
        except NoRoomError:  # beside what is flown: then the zones are made simpler first
            plan = make(pair_carriageways=pair, zone_corners=FENCE_ROOM)
        violations = check(plan)
        if not violations:
            return with_hash(plan)
        if {violation.rule for violation in violations} != {"coverage"}:
            break
    raise PlanningError(f"the plan found breaks a rule: {one_line(violations)}")


def _planned(mission: Mission, mission_hash: str, task: Task, notes: tuple[str, ...], effort: Effort) -> Plan:
    """Return a plan of the task, not yet checked."""
    flown = _flown(task, mission.aircraft.gimbal_pitch_deg, effort)
    stretches, sorties = flown
    timed = one_after_another(sorties, swap_s=swap_s_of(mission))
    return assemble(mission, mission_hash, task, (stretches, timed), notes)


def swap_s_of(mission: Mission) -> float:
    """Return how long the aircraft of a mission stays at its dock between two sorties."""
    own = mission.docks and mission.fleet and next(dock for dock in mission.docks if dock.id == mission.fleet[0].dock)
    return own.swap_s if own and own.swap_s is not None else mission.flight.swap_s


def _refuse_far_zones(task: Task, plan: Plan) -> None:
    """A way round zones may lead out of the reach in which zones were looked at; there the others count too."""
    for sortie in plan.sorties:
        flown = _line(task.dock, sortie)
        if task.hindrances.reach.covers(flown):
            continue
        for zone_id, shape in task.hindrances.far:
            if shape.intersects(flown):
                raise PlanningError(
                    f"the way round the no-fly zones leads {REACH_M / 1000:g} km and more from the roads, "
                    f"into zone {zone_id}: move the dock or leave the road out"
                )


def _refuse_low_zones(task: Task, plan: Plan) -> None:
    """Legs round zones may rise over higher ground than the roads': zones flown under must be above them too."""
    ground = task.rules.heights.ground
    if ground is None:
        return
    for sortie in plan.sorties:
        points = sortie_points_m(task.dock, sortie)
        highest, flown = Highest.of_legs(points, ground), _line(task.dock, sortie)
        for zone, shape in task.hindrances.under:
            if shape.intersects(flown) and not flown_under(
                zone, highest=highest, dock_amsl_m=task.hindrances.dock_amsl_m
            ):
                raise PlanningError(
                    f"{sortie.sortie_id} rises to {highest.above_home_m:.0f} m above the dock over hills, too near to "
                    f"the bottom of zone {zone.zone_id}: lower flight.height_m, or leave the roads under it out"
                )


def one_line(violations: Sequence[Violation]) -> str:
    """Return the first violation, and how many more there are."""
    first = violations[0]
    where = [part for part in (first.sortie_id, spot(first.place) if first.place else None) if part]
    more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
    return ", ".join([first.rule, *where]) + f": {first.text}{more}"


def _flown(task: Task, gimbal_pitch_deg: float, effort: Effort) -> tuple[tuple[Stretch, ...], tuple[Sortie, ...]]:
    """Search until every sortie, flown exactly, keeps its reserve; return what they serve, and them."""
    limit_j, limit_items = task.rules.limit_j * LIMIT_SHARE, MOST_TOUR_ITEMS
    if effort.progress:
        effort = replace(effort, least_s=_least_s(task.field, seconds=_BOUND_SHARE * effort.seconds))
    for number in range(ROUNDS):
        if (task.field.alone_j() > limit_j).any() or max(visit.items for visit in task.field.visits) > limit_items:
            if number:
                break
            limit_j, limit_items = task.rules.limit_j, MOST_TOUR_ITEMS
        limited = partial(_problems, limit_j=limit_j, limit_items=limit_items)
        field, tours = tours_over(task.field, limited, effort)
        stretches = stretches_of(field.chains, task.beside, task.dock)
        builder = SortieBuilder(
            dock=task.dock,
            field=field,
            stretch_ids=[stretch.stretch_id for stretch in stretches],
            gimbal_pitch_deg=gimbal_pitch_deg,
        )
        tours = tuple(sorted(tours, key=lambda tour: min(tour.visits)))
        sorties = tuple(builder.sortie(number, tour) for number, tour in enumerate(tours, start=1))
        worst_j = max(sortie.estimate.energy_wh for sortie in sorties) * 3600.0
        most_items = max(items_of(sortie) for sortie in sorties)
        if worst_j <= task.rules.limit_j and most_items <= COPTER_MAX_MISSION_ITEMS:
            return stretches, sorties
        limit_j *= min(task.rules.limit_j / worst_j, 1.0) * 0.999
        limit_items = int(limit_items * min(COPTER_MAX_MISSION_ITEMS / most_items, 1.0))  # legs over hills take more
    raise PlanningError(
        "one stretch takes nearly a whole battery and its turns the rest: lower flight.reserve_pct, "
        "or move the dock nearer"
    )


def _least_s(field: Field, *, seconds: float) -> float | None:
    """Return a time in the air that no plan over a field can be below, for who watches the search."""
    rules = field.rules
    flight = LeastFlight(
        airframe=rules.airframe,
        wind=rules.wind,
        service_m_s=rules.service_m_s,
        fastest_m_s=max(rules.service_m_s, rules.deadhead_m_s),
        lowest_m=min(rules.height_m, *(float(visit.heights_m.min()) for visit in field.visits)),
        limit_j=rules.limit_j,
    )
    return least_time_s([chain.flown_m for chain in field.chains], field.docks_m, [flight], seconds=seconds)


def _problems(field: Field, *, limit_j: float, limit_items: int) -> Problems:
    """Return what is searched over a field."""
    return Problems(places_m=field.middles_m, of=partial(field.problem, limit_j=limit_j, limit_items=limit_items))


def assemble(
    mission: Mission,
    mission_hash: str,
    task: Task,
    flown: tuple[tuple[Stretch, ...], tuple[Sortie, ...]],
    notes: tuple[str, ...],
) -> Plan:
    """Put the parts together, with fence and rally points round what is flown.

    Raises:
        PlanningError: a way round zones leads into others, or hills into a zone above.

    """
    stretches, sorties = flown
    places = flown_m(task.dock, sorties)
    fence = circumscribed_m(np.vstack([np.zeros((1, 2)), places]), margin_m=mission.flight.fence_margin_m)
    legs = MultiLineString([_line(task.dock, sortie) for sortie in sorties])
    zones = for_autopilot(task.hindrances, legs, Polygon(fence))
    flight, aircraft = mission.flight, mission.aircraft
    plan = Plan(
        mission_name=mission.name,
        mission_hash=mission_hash,
        vehicle_id=aircraft.vehicle_id,
        system_id=aircraft.system_id,
        airframe=aircraft.airframe,
        camera=aircraft.camera,
        dock=task.dock,
        dock_amsl_m=mission.dock.amsl_m,
        altitude_cap_m=flight.altitude_cap_m,
        wind_m_s=flight.wind.speed_m_s,
        wind_from_deg=flight.wind.from_deg,
        reserve_pct=flight.reserve_pct,
        stretches=stretches,
        sorties=sorties,
        fence=Zone(zone_id="fence", rule=ZoneRule.STAY_IN, corners=geo_points(task.dock, fence)),
        keep_out=tuple(
            Zone(zone_id=zone_id, rule=ZoneRule.KEEP_OUT, corners=geo_points(task.dock, corners))
            for zone_id, corners in zip((area.area_id for area in zones.areas), zones.corners_m, strict=True)
        ),
        rally=geo_points(task.dock, rally_m(task.hindrances.landing_places(places), task.keep_out)),
        estimate=total(sorties),
        obstacles=tuple(section.value for section in mission.obstacles),
        obstacle_clearance_m=flight.obstacle_clearance_m,
        notes=(*notes, *zones.notes, *task.notes),
        terrain=terrain_use(mission, task),
        radio_range_m=flight.radio_range_m,
        left_out=task.left_out,
        wanted=wanted_of(mission),
        failsafes=mission.failsafes,
        remote_id=mission.remote_id_of(aircraft),
        fence_margin_m=flight.fence_margin_m,
    )
    _refuse_far_zones(task, plan)
    _refuse_low_zones(task, plan)
    return plan


def _line(dock: GeoPoint, sortie: Sortie) -> LineString:
    """Return what a sortie flies, from the dock and back to it, ENU."""
    return LineString(np.vstack([np.zeros((1, 2)), flown_m(dock, [sortie]), np.zeros((1, 2))]))


def flown_m(dock: GeoPoint, sorties: Sequence[Sortie]) -> Floats:
    """Return the (N, 2) ENU places of all waypoints, and of where sorties begin in the air."""
    positions = [waypoint.position for sortie in sorties for waypoint in sortie.waypoints]
    positions += [sortie.begins.position for sortie in sorties if sortie.begins is not None]
    return enu_m(LocalFrame(lat_deg=dock.lat_deg, lon_deg=dock.lon_deg), positions)
