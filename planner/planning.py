"""From a mission and its roads to a checked plan."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from geo import LocalFrame
from missions import DetectorSpec, GeoPoint, Plan, PlanningError, Sortie, Zone, ZoneRule
from missions.formats.plan_file import with_hash
from missions.hardware import known, load_camera, load_detector_spec
from missions.mission import Mission
from missions.roads import RoadNetwork
from planner.check import Violation, check_plan
from planner.energy import Floats
from planner.fence import circumscribed_m, rally_m
from planner.fleet_task import dock_sites
from planner.search import Effort, search
from planner.sight import check_sight, sight_of
from planner.sorties import SortieBuilder, geo_points, one_after_another, total
from planner.task import MOST_TOUR_ITEMS, Task, spot, task_of
from planner.visits import problem_of

_ROUNDS: Final = 6
"""Searches with a tighter limit, where the exact flight takes more than the search thought; one is the rule."""
_FIRST_SHARE: Final = 0.998
"""Of the limit for the first search: the exact flight agrees with the search's sums to about 0.1 %."""


def plan_mission(
    mission: Mission,
    mission_hash: str,
    network: RoadNetwork,
    *,
    seed: int = 0,
    seconds: float = 2.0,
    iterations: int | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> Plan:
    """Return a checked plan, with its hash, that flies every kept road once.

    `network` holds the roads to patrol. With `iterations` the plan depends on its inputs and the seed alone;
    otherwise the search takes `seconds`. `progress` gets a fraction and a few words.

    Raises:
        InputError: a field of the mission cannot be met whatever is planned; names it, not the file.
        PlanningError: no plan meets the mission; says what stands in the way, where, and what would help.

    """
    seen_notes = sight_notes(mission)
    task = task_of(mission, network)
    effort = Effort(seed=seed, seconds=seconds, iterations=iterations, progress=progress)
    sorties = _sorties(task, mission.aircraft.gimbal_pitch_deg, effort)
    sorties = one_after_another(sorties, swap_s=dock_sites(mission)[0].swap_s)
    plan = assemble(mission, mission_hash, task, sorties, (*seen_notes, *task.notes))
    violations = check_plan(plan)
    if violations:
        raise PlanningError(f"the plan found breaks a rule: {one_line(violations)}")
    return with_hash(plan)


def one_line(violations: Sequence[Violation]) -> str:
    """Return the first violation, and how many more there are."""
    first = violations[0]
    where = [part for part in (first.sortie_id, spot(first.place) if first.place else None) if part]
    more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
    return ", ".join([first.rule, *where]) + f": {first.text}{more}"


def sight_notes(mission: Mission) -> tuple[str, ...]:
    """Check height, lens and detector input; a weights file without a spec beside it cannot be checked, and is said."""
    detector = _detector_spec(mission)
    if detector is None:
        return (
            f"what detector {mission.watch.detector} can see was not checked: no .toml beside it says what it needs",
        )
    return check_sight(
        mission.watch.smallest,
        load_camera(mission.aircraft.camera),
        detector,
        height_m=mission.flight.height_m,
        gimbal_pitch_deg=mission.aircraft.gimbal_pitch_deg,
    )


def sight_limit_m(mission: Mission) -> float:
    """Return the height up to which the smallest wanted object is seen; infinite where nothing says so."""
    detector = _detector_spec(mission)
    if detector is None:
        return math.inf
    return sight_of(
        mission.watch.smallest,
        load_camera(mission.aircraft.camera),
        detector,
        height_m=mission.flight.height_m,
        gimbal_pitch_deg=mission.aircraft.gimbal_pitch_deg,
    ).greatest_height_m


def _detector_spec(mission: Mission) -> DetectorSpec | None:
    """Return what the mission's detector needs; None for a weights file without a .toml beside it."""
    name = mission.watch.detector
    if name not in known("detectors") and Path(name).suffix != ".toml":
        beside = Path(name).with_suffix(".toml")
        if not beside.is_file():
            return None
        name = str(beside)
    return load_detector_spec(name)


def _sorties(task: Task, gimbal_pitch_deg: float, effort: Effort) -> tuple[Sortie, ...]:
    """Search until every sortie, flown exactly, keeps its reserve."""
    builder = SortieBuilder(
        origin=task.dock,
        dock=task.dock,
        rules=task.rules,
        visits=task.visits,
        stretch_ids=[stretch.stretch_id for stretch in task.stretches],
        ways=task.ways,
        gimbal_pitch_deg=gimbal_pitch_deg,
    )
    limit_j = task.rules.limit_j * _FIRST_SHARE
    for number in range(_ROUNDS):
        problem = problem_of(task.visits, task.costs, limit_j=limit_j, limit_items=MOST_TOUR_ITEMS)
        if not problem.fits_alone().all():
            if number:
                break
            problem = problem_of(task.visits, task.costs, limit_j=task.rules.limit_j, limit_items=MOST_TOUR_ITEMS)
        tours = sorted(search(problem, effort), key=lambda tour: min(tour.visits))
        sorties = tuple(builder.sortie(number, tour) for number, tour in enumerate(tours, start=1))
        worst_j = max(sortie.estimate.energy_wh for sortie in sorties) * 3600.0
        if worst_j <= task.rules.limit_j:
            return sorties
        limit_j *= task.rules.limit_j / worst_j * 0.999
    raise PlanningError(
        "one stretch takes nearly a whole battery and its turns the rest: lower flight.reserve_pct, "
        "or move the dock nearer"
    )


def assemble(
    mission: Mission, mission_hash: str, task: Task, sorties: tuple[Sortie, ...], notes: tuple[str, ...]
) -> Plan:
    """Put the parts together, with fence and rally points round what is flown."""
    flown = _flown_m(task.dock, sorties)
    fence = circumscribed_m(np.vstack([np.zeros((1, 2)), flown]), margin_m=mission.flight.fence_margin_m)
    flight, aircraft = mission.flight, mission.aircraft
    return Plan(
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
        stretches=task.stretches,
        sorties=sorties,
        fence=Zone(zone_id="fence", rule=ZoneRule.STAY_IN, corners=geo_points(task.dock, fence)),
        keep_out=tuple(
            Zone(zone_id=zone_id, rule=ZoneRule.KEEP_OUT, corners=geo_points(task.dock, corners))
            for zone_id, corners in task.zones
        ),
        rally=geo_points(task.dock, rally_m(flown, task.keep_out)),
        estimate=total(sorties),
        notes=notes,
    )


def _flown_m(dock: GeoPoint, sorties: Sequence[Sortie]) -> Floats:
    """Return the (N, 2) ENU places of all waypoints."""
    positions = [waypoint.position for sortie in sorties for waypoint in sortie.waypoints]
    frame = LocalFrame(lat_deg=dock.lat_deg, lon_deg=dock.lon_deg)
    return frame.geodetic_to_enu([p.lat_deg for p in positions], [p.lon_deg for p in positions])[:, :2]
