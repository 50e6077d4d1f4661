"""The terrain of a mission or of a plan, found and read."""

from pathlib import Path

from missions.errors import InputError
from missions.mission_file import LoadedMission
from missions.plan import Plan
from missions.roads import RoadNetwork
from missions.terrain import Terrain, load_terrain, terrain_bounds_deg


def terrain_of_mission(loaded: LoadedMission, roads: RoadNetwork) -> Terrain | None:
    """Read the terrain that a mission names, round its roads, dock and zones; None where it names none.

    Raises:
        InputError: the file is wrong; with its name and what would be right.

    """
    from missions import GeoPoint

    mission, file = loaded.mission, loaded.terrain_file
    if mission.terrain is None or file is None:
        return None
    south, west, north, east = roads.bounds_deg
    places = [GeoPoint(lat_deg=south, lon_deg=west), GeoPoint(lat_deg=north, lon_deg=east), mission.dock.point]
    places += [corner.point for zone in mission.no_fly for corner in zone.corners]
    return load_terrain(file, bounds_deg=terrain_bounds_deg(places), datum=mission.terrain.datum)


def terrain_of_plan(plan: Plan, *beside: Path | None, named: Path | None = None) -> Terrain | None:
    """Read the terrain a plan was made over: the file named, else one of its name in the folders of `beside` or here.

    None where the plan has none and none is named, or where it is not found.

    Raises:
        InputError: the file found is wrong, or not the one the plan was made over.

    """
    if plan.terrain is None and named is None:
        return None
    file = named or _found(plan, beside)
    if file is None:
        return None
    places = [plan.dock, *plan.fence.corners, *(w.position for sortie in plan.sorties for w in sortie.waypoints)]
    datum = plan.terrain.datum if plan.terrain is not None else "egm96"
    terrain = load_terrain(file, bounds_deg=terrain_bounds_deg(places), datum=datum)
    if plan.terrain is not None and terrain.sha256 != plan.terrain.sha256:
        what = f"is not the terrain the plan was made over ({plan.terrain.file}, SHA-256 {plan.terrain.sha256[:12]}...)"
        raise InputError(what, file=file, remedy="that file, or plan again over this one")
    return terrain


def _found(plan: Plan, beside: tuple[Path | None, ...]) -> Path | None:
    assert plan.terrain is not None
    name = Path(plan.terrain.file).name
    folders = [*(file.parent for file in beside if file is not None), Path()]
    return next((folder / name for folder in folders if (folder / name).is_file()), None)
