"""The terrain of a mission or of a plan, found and read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from missions.errors import InputError
from missions.fleet_plan import FleetPlan
from missions.flight_path import FlightPath
from missions.geopoint import GeoPoint
from missions.mission_file import LoadedMission, load_mission
from missions.plan import Plan
from missions.roads import RoadNetwork
from missions.terrain import Terrain, load_terrain, terrain_bounds_deg
from missions.zone import Zone

_ROUND_ROADS_DEG: Final = 0.02
"""About 2 km: no way round zones turns at a corner farther from the roads."""


def terrain_of_mission(loaded: LoadedMission, roads: RoadNetwork, zones: Sequence[Zone]) -> Terrain | None:
    """Read the terrain that a mission names, round its roads, its dock and the zones near them; None where it has none.

    Raises:
        InputError: the file is wrong; with its name and what would be right.

    """
    mission, file = loaded.mission, loaded.terrain_file
    if mission.terrain is None or file is None:
        return None
    south, west, north, east = roads.bounds_deg
    places = [GeoPoint(lat_deg=south, lon_deg=west), GeoPoint(lat_deg=north, lon_deg=east), mission.dock.point]
    places += [dock.point for dock in mission.docks]
    places += [
        corner
        for zone in zones
        for corner in zone.corners
        if south - _ROUND_ROADS_DEG < corner.lat_deg < north + _ROUND_ROADS_DEG
        and west - _ROUND_ROADS_DEG < corner.lon_deg < east + _ROUND_ROADS_DEG
    ]
    return load_terrain(file, bounds_deg=terrain_bounds_deg(places), datum=mission.terrain.datum)


def terrain_of_plan(plan: Plan | FleetPlan, *beside: Path | None, named: Path | None = None) -> Terrain | None:
    """Read the terrain a plan was made over: the file named, else one of its name in the folders of `beside` or here.

    None where the plan has none and none is named, or where it is not found.

    Raises:
        InputError: the file found is wrong, or not the one the plan was made over.

    """
    plans = plan.plans if isinstance(plan, FleetPlan) else (plan,)
    if not plans:
        return None
    plan = plans[0]  # one mission has one terrain
    if plan.terrain is None and named is None:
        return None
    file = named or _found(plan, beside)
    if file is None:
        return None
    places = [point for one in plans for point in (one.dock, *one.fence.corners)]
    places += [w.position for one in plans for sortie in one.sorties for w in sortie.waypoints]
    datum = plan.terrain.datum if plan.terrain is not None else "egm96"
    terrain = load_terrain(file, bounds_deg=terrain_bounds_deg(places), datum=datum)
    if plan.terrain is not None and terrain.sha256 != plan.terrain.sha256:
        what = f"is not the terrain the plan was made over ({plan.terrain.file}, SHA-256 {plan.terrain.sha256[:12]}...)"
        raise InputError(what, file=file, remedy="that file, or plan again over this one")
    return terrain


def terrain_of_flights(
    flights: Sequence[FlightPath], mission_file: Path | None, *, named: Path | None
) -> Terrain | None:
    """Read the terrain round flights of another program: of the file named, else of a mission's; None without either.

    Raises:
        InputError: the mission or its terrain file is wrong.

    """
    loaded = load_mission(mission_file) if mission_file is not None else None
    file = named or (loaded.terrain_file if loaded is not None else None)
    places = [item.position for flight in flights for item in flight.items if item.position is not None]
    places += [flight.home for flight in flights if flight.home is not None]
    if file is None or not places:
        return None
    section = loaded.mission.terrain if loaded is not None else None
    datum = section.datum if section is not None else "egm96"
    return load_terrain(file, bounds_deg=terrain_bounds_deg(places), datum=datum)


def _found(plan: Plan, beside: tuple[Path | None, ...]) -> Path | None:
    assert plan.terrain is not None
    name = Path(plan.terrain.file).name
    folders = [*(file.parent for file in beside if file is not None), Path()]
    return next((folder / name for folder in folders if (folder / name).is_file()), None)
