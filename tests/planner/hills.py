"""Ground made in the planning frame, and roads laid over real ground."""

from collections.abc import Callable
from typing import Any

import numpy as np

from missions.mission import Mission
from missions.roads import Road, RoadNetwork
from missions.terrain import Terrain
from tests.planner.in_metres import FRAME

CELL_DEG = 0.0003


def ground_of(height_m: Callable[[Any, Any], Any], *, half_deg: float = 0.012, cell_deg: float = CELL_DEG) -> Terrain:
    """Terrain round the test dock whose cells hold a function of east and north in metres."""
    count = round(2 * half_deg / cell_deg)
    west, north = FRAME.lon_deg - half_deg, FRAME.lat_deg + half_deg
    lon, lat = np.meshgrid(west + cell_deg * (np.arange(count) + 0.5), north - cell_deg * (np.arange(count) + 0.5))
    east_m, north_m, _ = FRAME.geodetic_to_enu(lat.ravel(), lon.ravel()).T
    heights = np.asarray(height_m(east_m, north_m) + 0 * east_m, np.float32).reshape(lat.shape)
    return Terrain(
        top_m=heights,
        bottom_m=heights,
        crs_wkt="EPSG:4326",
        affine=(cell_deg, 0.0, west, 0.0, -cell_deg, north),
        file="hills.tif",
        sha256="0" * 64,
        datum="egm96",
    )


def grid_over(bounds_deg: tuple[float, float, float, float], *, rows: int, columns: int) -> RoadNetwork:
    """A grid of two-way streets that fills south, west, north, east."""
    south, west, north, east = bounds_deg
    lats, lons = np.linspace(south, north, rows), np.linspace(west, east, columns)
    ends = [((i, j), (i, j + 1)) for i in range(rows) for j in range(columns - 1)]
    ends += [((i, j), (i + 1, j)) for i in range(rows - 1) for j in range(columns)]
    roads = [
        Road(
            road_id=f"r{number}",
            name=f"Street {a[0]}.{a[1]}",
            road_class="residential",
            oneway=False,
            lanes=2,
            node_ids=(str(a), str(b)),
            lat_lon_deg=np.array([[lats[i], lons[j]] for i, j in (a, b)]),
        )
        for number, (a, b) in enumerate(ends)
    ]
    return RoadNetwork(roads=tuple(roads), source="grid.geojson")


def mission_over_terrain(dock: tuple[float, float] = (30.5, 114.4), **fields: Any) -> Mission:
    """A mission with terrain; fields of `flight`, `clearance_m` and `amsl_m` aside."""
    clearance_m, place = fields.pop("clearance_m", 30.0), {"lat": dock[0], "lon": dock[1]}
    if "amsl_m" in fields:
        place["amsl_m"] = fields.pop("amsl_m")
    return Mission.model_validate(
        {
            "name": "Hills",
            "roads": {"file": "test.geojson"},
            "dock": place,
            "flight": fields,
            "terrain": {"file": "hills.tif", "clearance_m": clearance_m},
        }
    )
