"""Road networks: values, import, shortest paths. Planner and response both walk them."""

from missions.roads.alignment import Alignment, alignment
from missions.roads.findings import Finding, FindingKind
from missions.roads.geojson import save_network
from missions.roads.index import NearestRoad, RoadIndex, nearest_road
from missions.roads.load import RoadImport, import_roads, keep_roads, load_network
from missions.roads.network import Road, RoadNetwork
from missions.roads.walking import WalkingGraph

__all__ = [
    "Alignment",
    "Finding",
    "FindingKind",
    "NearestRoad",
    "Road",
    "RoadImport",
    "RoadIndex",
    "RoadNetwork",
    "WalkingGraph",
    "alignment",
    "import_roads",
    "keep_roads",
    "load_network",
    "nearest_road",
    "save_network",
]
