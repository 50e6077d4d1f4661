"""A plan that may be flown: read, verified, and checked again by code that shares nothing with the search."""

from pathlib import Path

from missions.errors import InputError, PlanningError
from missions.formats.plan_file import load_plan
from missions.plan import Plan
from missions.terrain import Terrain
from patrol.console import stderr
from patrol.plan_terrain import terrain_of_plan
from planner.check import check_plan
from planner.check_ground import untested


def checked_plan(path: Path) -> Plan:
    """Read a plan and check it: nothing flies, and nothing is exported, on the word of a file.

    Raises:
        InputError: it was changed after it was made, or breaks its own rules.

    """
    plan = load_plan(path)
    refuse_violations(plan, path, terrain_of_plan(plan, path))
    return plan


def refuse_violations(plan: Plan, file: Path | None, terrain: Terrain | None = None) -> None:
    """Refuse a plan that breaks a rule, naming the first place and how many there are.

    What could not be tested, for want of the terrain, is said on standard error.

    Raises:
        InputError: the plan came from a file.
        PlanningError: it was just made.

    """
    violations = check_plan(plan, terrain)
    for line in untested(plan, has_terrain=terrain is not None):
        stderr.print(f"note: {line}", soft_wrap=True, markup=False)
    if not violations:
        return
    more = f", and {len(violations) - 1} more" if len(violations) > 1 else ""
    text = f"may not be flown: {violations[0].text}{more}"
    if file is None:
        raise PlanningError(text)
    raise InputError(text, file=file, remedy="`patrol check` names every place")
