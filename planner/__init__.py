"""Roads, fleet and limits to a checked Plan; pure and synchronous."""

from planner.check import Violation, check_plan
from planner.planning import plan_mission

__all__ = ["Violation", "check_plan", "plan_mission"]
