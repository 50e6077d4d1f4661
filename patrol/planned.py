"""A mission planned; what is wrong with a field of it is said with its file and line."""

from missions.errors import InputError
from missions.fleet_plan import FleetPlan
from missions.mission_file import LoadedMission, line_of_field
from missions.plan import Plan
from missions.roads import RoadNetwork
from missions.zones.of_mission import load_no_fly
from patrol.plan_terrain import terrain_of_mission
from planner import Effort, plan_fleet, plan_mission


def planned(
    loaded: LoadedMission,
    roads: RoadNetwork,
    effort: Effort,
) -> Plan | FleetPlan:
    """Return a checked plan over the roads to patrol, with the zone files that the mission names.

    Of several aircraft, or of a day of revisits, it is a `FleetPlan`. Ctrl-C ends the search with the best plan so far,
    and `effort.stop` tells that it did.

    Raises:
        InputError: a field of the mission cannot be met, whatever is planned, or a zone file is wrong; with file, line,
            field and remedy.
        PlanningError: no plan meets the mission.

    """
    no_fly = load_no_fly(loaded)
    try:
        make = plan_fleet if loaded.mission.has_timetable else plan_mission
        return make(
            loaded.mission,
            loaded.mission_hash,
            roads,
            effort,
            no_fly=no_fly,
            terrain=terrain_of_mission(loaded, roads, no_fly.zones),
        )
    except InputError as exc:
        if exc.file is not None or exc.field is None:
            raise
        line = line_of_field(loaded.path, exc.field)
        raise InputError(exc.what, file=loaded.path, line=line, field=exc.field, remedy=exc.remedy) from exc
