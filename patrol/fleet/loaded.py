"""A fleet's plan that may be flown: read, verified, and checked again whole."""

from pathlib import Path

from missions import FleetPlan, InputError
from missions.formats.plan_file import load_any_plan
from missions.terrain import Terrain
from patrol.checked_plan import refuse_in_air, refuse_violations
from patrol.plan_terrain import terrain_of_plan


def checked_fleet(path: Path) -> tuple[FleetPlan, Terrain | None]:
    """Read a fleet's plan and check it, with the terrain it was made over where that is here.

    Raises:
        InputError: it is the plan of one aircraft, was changed after it was made, breaks a rule, or has a sortie
            that begins in the air.

    """
    plan = load_any_plan(path)
    if not isinstance(plan, FleetPlan):
        raise InputError("is the plan of one aircraft", file=path, field="--all", remedy="without --all")
    terrain = terrain_of_plan(plan, path)
    refuse_violations(plan, path, terrain)
    refuse_in_air(plan, path)
    return plan, terrain
