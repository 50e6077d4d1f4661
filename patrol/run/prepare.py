"""Everything that has to be right before a run touches a link: mission, roads, plan, its check."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from archive import Archive
from missions.errors import InputError
from missions.formats.plan_file import load_plan
from missions.mission_file import LoadedMission
from missions.plan import Plan
from missions.roads import RoadNetwork
from patrol.checked_plan import refuse_violations
from patrol.mission_roads import load_mission_roads
from patrol.own_weights import refuse_foreign_weights
from patrol.plan_terrain import terrain_of_plan
from patrol.planned import planned

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A patrol that may be flown."""

    loaded: LoadedMission
    roads: RoadNetwork
    """All roads of the area, not only those patrolled: people walk on them."""
    plan: Plan


def prepare(
    mission: Path,
    *,
    plan_file: Path | None = None,
    seed: int = 0,
    seconds: float = 2.0,
    iterations: int | None = None,
    progress: Progress | None = None,
) -> Prepared:
    """Read the mission, plan it (or take the plan made from it earlier) and check the plan.

    Raises:
        InputError: a file is wrong, or the plan belongs to another mission or breaks a rule.
        PlanningError: no plan meets the mission.
    """
    loaded, kept, roads = load_mission_roads(mission)
    if plan_file is None:
        plan = planned(loaded, kept, seed=seed, seconds=seconds, iterations=iterations, progress=progress)
    else:
        plan = load_plan(plan_file)
        if plan.mission_hash != loaded.mission_hash:
            raise InputError(
                f"was made from another mission, {plan.mission_name!r}", file=plan_file, remedy="patrol plan, once more"
            )
    terrain = terrain_of_plan(plan, plan_file, mission, named=loaded.terrain_file)
    refuse_violations(plan, plan_file, terrain)
    return Prepared(loaded=loaded, roads=roads, plan=plan)


def prepare_again(archive: Archive) -> Prepared:
    """Return what an earlier run flew, from its archive alone."""
    plan = archive.plan()
    refuse_violations(plan, archive.layout.plan, terrain_of_plan(plan, archive.layout.plan))
    loaded = archive.mission()
    refuse_foreign_weights(loaded)
    return Prepared(loaded=loaded, roads=archive.roads(), plan=plan)
