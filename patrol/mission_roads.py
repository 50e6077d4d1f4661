"""A mission with the roads it names: read together by every command that plans, flies or looks at one."""

from pathlib import Path
from typing import NamedTuple

from rich.markup import escape

from missions.mission_file import LoadedMission, load_mission
from missions.roads import RoadNetwork, import_roads, keep_roads
from patrol.console import stderr
from patrol.own_weights import refuse_foreign_weights


class MissionRoads(NamedTuple):
    """A mission and its road network, twice."""

    loaded: LoadedMission
    kept: RoadNetwork
    """The roads to patrol."""
    all_roads: RoadNetwork
    """Every road of the file, footways too: what people walk on."""


def load_mission_roads(path: Path) -> MissionRoads:
    """Read a mission file and the road file it names, and look at the detector's weights.

    Raises:
        InputError: either is wrong; with file, line, field and remedy.

    """
    loaded = load_mission(path)
    refuse_foreign_weights(loaded)
    roads, near = loaded.mission.roads, loaded.mission.dock.point
    everything = import_roads(loaded.roads_file, datum=roads.datum, near=near, layer=roads.layer, snap_m=roads.snap_m)
    for warning in everything.warnings:
        stderr.print(f"[yellow]warning[/]: {escape(warning)}", soft_wrap=True)
    return MissionRoads(loaded, keep_roads(everything, loaded.keep).network, everything.network)
