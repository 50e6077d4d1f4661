"""Roads, fleet and limits to a checked Plan; pure and synchronous."""

from pathlib import Path

from missions import FleetPlan, Plan
from missions.roads import RoadNetwork
from missions.terrain import Terrain
from planner.check import check_plan
from planner.check_fleet import check_fleet
from planner.fleet import plan_fleet
from planner.planning import plan_mission
from planner.search import Effort
from planner.violation import Violation

__all__ = [
    "Effort",
    "Violation",
    "check_any_plan",
    "check_fleet",
    "check_plan",
    "draw_plan",
    "draw_timetable",
    "plan_fleet",
    "plan_mission",
]


def check_any_plan(plan: Plan | FleetPlan, terrain: Terrain | None = None) -> tuple[Violation, ...]:
    """Return everything a plan of one aircraft, or of a fleet, breaks."""
    return check_fleet(plan, terrain) if isinstance(plan, FleetPlan) else check_plan(plan, terrain)


def draw_timetable(plan: Plan | FleetPlan, path: Path) -> None:
    """Draw the timetable as a PNG; the file is written whole or not at all."""
    from planner.timetable_picture import draw_timetable as draw  # as below

    draw(plan, path)


def draw_plan(plan: Plan | FleetPlan, network: RoadNetwork, path: Path) -> None:
    """Draw the plan over the roads as a PNG; the file is written whole or not at all."""
    from planner.picture import draw_plan as draw  # matplotlib takes a second to import

    draw(plan, network, path)
