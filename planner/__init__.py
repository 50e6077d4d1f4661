"""Roads, fleet and limits to a checked Plan; pure and synchronous."""

from pathlib import Path

from missions import Plan
from missions.roads import RoadNetwork
from planner.check import check_plan
from planner.planning import plan_mission
from planner.violation import Violation

__all__ = ["Violation", "check_plan", "draw_plan", "plan_mission"]


def draw_plan(plan: Plan, network: RoadNetwork, path: Path) -> None:
    """Draw the plan over the roads as a PNG; the file is written whole or not at all."""
    from planner.picture import draw_plan as draw  # matplotlib takes a second to import

    draw(plan, network, path)
