"""A city's fleet as a mission has it: three docks, six aircraft, two no-fly zones, wind, and hills below all of it.

The hills are synthetic (the road data have no heights): rolling ground of some 40 m between bottom and top, written to
a GeoTIFF of one-arc-second cells as SRTM has them, and read as any mission's terrain is.
"""

import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.planner.growth import road_of
from benchmarks.planner.networks import Network, chains_of
from geo import LocalFrame
from missions import GeoPoint
from missions.mission import Mission
from missions.roads import RoadNetwork
from missions.terrain import Terrain, load_terrain, terrain_bounds_deg
from planner import Effort, check_fleet, plan_fleet
from planner.coverage import coverage_of

_MIDDLE = GeoPoint(lat_deg=30.53, lon_deg=114.36)
"""Where the network's middle is laid: the roads are in metres only."""
_DOCK_SHARE = 0.6
"""Of the mean distance of nodes from their middle: how far docks are from it."""
_ZONES = ((0.45, 0.09, 0.13), (-0.5, 0.22, 0.1))
"""Of each zone how far east its middle is, half its width and half its height, as shares of that distance."""
_CELL_DEG = 1 / 3600
_ROUND_DEG = 0.03
"""About 3 km of ground on every side of the roads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patrolled:
    """What one fleet's plan took."""

    stretches: int
    sorties: int
    aircraft: int
    flight_s: float
    makespan_s: float
    seen_share: float
    """Of the roads outside the zones."""
    violations: int
    cpu_s: float
    peak_mb: float


def patrolled(network: Network, *, goal: str, seconds: float, seed: int = 1) -> Patrolled:
    """Plan and check a city's fleet; `seconds` go into the search, all else is counted in `cpu_s`.

    Raises:
        PlanningError: no plan that its check passes.

    """
    with tempfile.TemporaryDirectory() as folder:
        frame = LocalFrame(lat_deg=_MIDDLE.lat_deg, lon_deg=_MIDDLE.lon_deg)
        roads = _roads(network, frame)
        hills = Path(folder) / "hills.tif"
        _write_hills(hills, roads, frame)
        mission = Mission.model_validate(_mission(network, frame, goal))
        terrain = _terrain(hills, roads)
        began_s = time.process_time()
        fleet = plan_fleet(mission, "city", roads, Effort(seed=seed, seconds=seconds), terrain=terrain)
        cpu_s = time.process_time() - began_s
        seen = coverage_of(fleet, terrain).total
        return Patrolled(
            stretches=len(fleet.stretches),
            sorties=len(fleet.sorties),
            aircraft=len(fleet.plans),
            flight_s=fleet.estimate.time_s,
            makespan_s=fleet.makespan_s,
            seen_share=seen.seen_m / (seen.required_m - seen.reasons.get("no_fly", 0.0)),
            violations=len(check_fleet(fleet, terrain)),
            cpu_s=cpu_s,
            peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        )


def _roads(network: Network, frame: LocalFrame) -> RoadNetwork:
    middle = network.nodes_m.mean(axis=0)
    lines = [network.nodes_m[chain] - middle for chain in chains_of(network)]
    return RoadNetwork(
        roads=tuple(road_of(number, line, frame) for number, line in enumerate(lines)), source=network.name
    )


def _mission(network: Network, frame: LocalFrame, goal: str) -> dict[str, object]:
    """Return a mission file's content: docks a third of a turn apart, two aircraft at each."""
    away_m = float(np.linalg.norm(network.nodes_m - network.nodes_m.mean(axis=0), axis=1).mean())
    turns = np.radians([90.0, 210.0, 330.0])
    docks = frame.enu_to_geodetic(_DOCK_SHARE * away_m * np.column_stack([np.cos(turns), np.sin(turns)]))
    zones = []
    for number, (east, half_width, half_height) in enumerate(_ZONES, start=1):
        box = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (half_width, half_height) + (east, 0.0)
        corners = frame.enu_to_geodetic(away_m * box)
        zones.append({"id": f"zone-{number}", "corners": [{"lat": lat, "lon": lon} for lat, lon, _ in corners]})
    return {
        "name": network.name,
        "roads": {"file": "city.geojson"},
        "docks": [{"id": f"dock-{n}", "lat": lat, "lon": lon} for n, (lat, lon, _) in enumerate(docks, start=1)],
        "fleet": [
            {"vehicle_id": f"uav-{number}", "system_id": number, "dock": f"dock-{1 + (number - 1) // 2}"}
            for number in range(1, 7)
        ],
        "no_fly": zones,
        "terrain": {"file": "hills.tif", "clearance_m": 30.0},
        "flight": {"height_m": 60, "speed_m_s": 8, "wind": {"speed_m_s": 5, "from_deg": 315}, "goal": goal},
    }


def _write_hills(file: Path, roads: RoadNetwork, frame: LocalFrame) -> None:
    import rasterio
    from affine import Affine

    south, west, north, east = roads.bounds_deg
    top, left = north + _ROUND_DEG, west - _ROUND_DEG
    rows, columns = (int((span + 2 * _ROUND_DEG) / _CELL_DEG) for span in (north - south, east - west))
    lat, lon = np.meshgrid(
        top - _CELL_DEG * (np.arange(rows) + 0.5), left + _CELL_DEG * (np.arange(columns) + 0.5), indexing="ij"
    )
    east_m, north_m, _ = frame.geodetic_to_enu(lat.ravel(), lon.ravel()).T
    heights = 45.0 + 12.0 * np.sin(east_m / 400.0) * np.cos(north_m / 550.0) + 8.0 * np.sin((east_m + north_m) / 230.0)
    with rasterio.open(
        file, "w", driver="GTiff", height=rows, width=columns, count=1, dtype="float32", crs="EPSG:4326",
        transform=Affine(_CELL_DEG, 0.0, left, 0.0, -_CELL_DEG, top),
    ) as raster:  # fmt: skip
        raster.write(heights.reshape(rows, columns).astype(np.float32), 1)


def _terrain(file: Path, roads: RoadNetwork) -> Terrain:
    south, west, north, east = roads.bounds_deg
    corners = [GeoPoint(lat_deg=south, lon_deg=west), GeoPoint(lat_deg=north, lon_deg=east)]
    return load_terrain(file, bounds_deg=terrain_bounds_deg(corners))
