"""A plan that may be flown: read, verified, and checked again by code that shares nothing with the search."""

from collections.abc import Sequence
from pathlib import Path

from missions.errors import InputError, PlanningError
from missions.fleet_plan import FleetPlan
from missions.formats.plan_file import load_any_plan, plan_of_vehicle
from missions.plan import Plan
from missions.terrain import Terrain
from patrol.console import stderr
from patrol.plan_terrain import terrain_of_plan
from planner import check_any_plan
from planner.check_ground import untested


def checked_plan(path: Path, *, vehicle_id: str | None = None) -> Plan:
    """Read a plan and check it: nothing flies, and nothing is exported, on the word of a file.

    A fleet's file is checked whole, then the named aircraft's plan taken out of it.

    Raises:
        InputError: it was changed after it was made, breaks its own rules, or does not say which aircraft.

    """
    plan = load_any_plan(path)
    chosen = plan_of_vehicle(plan, vehicle_id, path)
    refuse_violations(plan, path, terrain_of_plan(plan, path))
    return chosen


def refuse_in_air(plan: Plan | FleetPlan, file: Path | None) -> None:
    """Refuse a plan whose sortie begins in the air: from the ground nothing would take off for it.

    Raises:
        InputError: it has one; names it.

    """
    sorties = (sortie for one in _plans(plan) for sortie in one.sorties)
    begun = next((sortie for sortie in sorties if sortie.begins is not None), None)
    if begun is not None:
        what = f"{begun.sortie_id} begins in the air, where nothing takes off"
        remedy = "`patrol export`, and upload it to the aircraft that flies; or `patrol replan` without --from"
        raise InputError(what, file=file, remedy=remedy)


def refuse_violations(plan: Plan | FleetPlan, file: Path | None, terrain: Terrain | None = None) -> None:
    """Refuse a plan that breaks a rule, naming the first place and how many there are.

    What could not be tested, for want of the terrain, is said on standard error.

    Raises:
        InputError: the plan came from a file.
        PlanningError: it was just made.

    """
    violations = check_any_plan(plan, terrain)
    for one in _plans(plan):
        for line in untested(one, has_terrain=terrain is not None):
            stderr.print(f"note: {line}", soft_wrap=True, markup=False)
    if not violations:
        return
    more = f", and {len(violations) - 1} more" if len(violations) > 1 else ""
    text = f"may not be flown: {violations[0].text}{more}"
    if file is None:
        raise PlanningError(text)
    raise InputError(text, file=file, remedy="`patrol check` names every place")


def _plans(plan: Plan | FleetPlan) -> Sequence[Plan]:
    return plan.plans if isinstance(plan, FleetPlan) else (plan,)
