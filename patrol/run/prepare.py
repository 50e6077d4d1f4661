"""Everything that has to be right before a run touches a link: mission, roads, plan, its check."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from archive import Archive
from missions.errors import InputError
from missions.fleet_plan import FleetPlan
from missions.formats.plan_file import load_any_plan, plan_of_vehicle
from missions.mission_file import LoadedMission
from missions.plan import Plan
from missions.roads import RoadNetwork, WalkingGraph
from patrol.checked_plan import refuse_in_air, refuse_violations
from patrol.mission_roads import load_mission_roads
from patrol.own_weights import refuse_foreign_weights
from patrol.plan_terrain import terrain_of_plan
from patrol.planned import planned
from planner import Effort

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A patrol that may be flown."""

    loaded: LoadedMission
    roads: RoadNetwork
    """All roads of the area, not only those patrolled: people walk on them."""
    plan: Plan
    walking: WalkingGraph | None = None
    """The ways of those who may be sent; None where nobody can be."""


def prepare(
    mission: Path,
    *,
    plan_file: Path | None = None,
    vehicle_id: str | None = None,
    seed: int = 0,
    seconds: float = 2.0,
    iterations: int | None = None,
    progress: Progress | None = None,
) -> Prepared:
    """Read the mission, plan it (or take the plan made from it earlier), check the plan and take one aircraft's.

    Raises:
        InputError: a file is wrong, the plan belongs to another mission or breaks a rule, or no aircraft is named
            where there are several.
        PlanningError: no plan meets the mission.
    """
    loaded, kept, roads = load_mission_roads(mission)
    plan: Plan | FleetPlan
    if plan_file is None:
        _refuse_unnamed(loaded, vehicle_id, mission)
        plan = planned(loaded, kept, Effort(seed=seed, seconds=seconds, iterations=iterations, progress=progress))
    else:
        plan = load_any_plan(plan_file)
        if plan.mission_hash != loaded.mission_hash:
            raise InputError(
                f"was made from another mission, {plan.mission_name!r}", file=plan_file, remedy="patrol plan, once more"
            )
    chosen = plan_of_vehicle(plan, vehicle_id, plan_file or mission)
    terrain = terrain_of_plan(plan, plan_file, mission, named=loaded.terrain_file)
    refuse_violations(plan, plan_file, terrain)
    refuse_in_air(chosen, plan_file)
    return _prepared(loaded, roads, chosen)


def _refuse_unnamed(loaded: LoadedMission, vehicle_id: str | None, mission: Path) -> None:
    """Refuse, before minutes of planning, a mission of several aircraft of which none is named."""
    if vehicle_id is None and len(loaded.mission.fleet) > 1:
        ids = ", ".join(one.vehicle_id for one in loaded.mission.fleet)
        raise InputError(
            f"is flown by {len(loaded.mission.fleet)} aircraft", file=mission, field="--vehicle", remedy=f"one of {ids}"
        )


def prepare_again(archive: Archive) -> Prepared:
    """Return what an earlier run flew, from its archive alone."""
    plan = archive.plan()
    refuse_violations(plan, archive.layout.plan, terrain_of_plan(plan, archive.layout.plan))
    loaded = archive.mission()
    refuse_foreign_weights(loaded)
    return _prepared(loaded, archive.roads(), plan)


def _prepared(loaded: LoadedMission, roads: RoadNetwork, plan: Plan) -> Prepared:
    walking = WalkingGraph(roads) if loaded.mission.roster.responders else None
    return Prepared(loaded=loaded, roads=roads, plan=plan, walking=walking)
