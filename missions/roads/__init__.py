"""Road networks: values, import, shortest paths. Planner and response both walk them."""

from missions.roads.network import Road, RoadNetwork

__all__ = ["Road", "RoadNetwork"]
