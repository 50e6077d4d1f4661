"""A plan that may be flown: read, verified, and checked again by code that shares nothing with the search."""

from pathlib import Path

from missions.errors import InputError, PlanningError
from missions.fleet_plan import FleetPlan
from missions.formats.plan_file import load_any_plan, plan_of_vehicle
from missions.plan import Plan
from planner import check_any_plan


def checked_plan(path: Path, *, vehicle_id: str | None = None) -> Plan:
    """Read a plan and check it: nothing flies, and nothing is exported, on the word of a file.

    A fleet's file is checked whole, then the named aircraft's plan taken out of it.

    Raises:
        InputError: it was changed after it was made, breaks its own rules, or does not say which aircraft.

    """
    plan = load_any_plan(path)
    chosen = plan_of_vehicle(plan, vehicle_id, path)
    refuse_violations(plan, path)
    return chosen


def refuse_violations(plan: Plan | FleetPlan, file: Path | None) -> None:
    """Refuse a plan that breaks a rule, naming the first place and how many there are.

    Raises:
        InputError: the plan came from a file.
        PlanningError: it was just made.

    """
    violations = check_any_plan(plan)
    if not violations:
        return
    more = f", and {len(violations) - 1} more" if len(violations) > 1 else ""
    text = f"may not be flown: {violations[0].text}{more}"
    if file is None:
        raise PlanningError(text)
    raise InputError(text, file=file, remedy="`patrol check` names every place")
