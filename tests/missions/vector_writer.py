"""Writing road networks in the formats of other programs, with GDAL as they would."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyogrio.raw import write

from missions.roads import Road

Reproject = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def write_roads(
    path: Path,
    roads: tuple[Road, ...],
    driver: str,
    *,
    crs: str = "EPSG:4326",
    reproject: Reproject | None = None,
    encoding: str | None = None,
    backwards: bool = False,
    **options: Any,
) -> Path:
    """Write one feature for each road, with the columns `id, name, fclass, oneway, lanes, ref`; return the path.

    `fclass` and the letters F and B of `oneway` are Geofabrik's; `backwards` draws one-way roads against their traffic
    and writes T. `reproject` takes (N, 2) longitude, latitude to `crs`.
    """
    lines = []
    for road in roads:
        lon_lat = road.lat_lon_deg[:: -1 if backwards and road.oneway else 1, ::-1]
        lines.append(shapely.LineString(lon_lat if reproject is None else reproject(lon_lat)))
    columns = {
        "id": [road.road_id for road in roads],
        "name": [road.name for road in roads],
        "fclass": [road.road_class for road in roads],
        "oneway": [("T" if backwards else "F") if road.oneway else "B" for road in roads],
        "lanes": [road.lanes or 0 for road in roads],
        "ref": [dict(road.other_names).get("ref", "") for road in roads],
    }
    write(
        path,
        shapely.to_wkb(np.array(lines, dtype=object)),
        [np.array(column, dtype=np.int32 if name == "lanes" else object) for name, column in columns.items()],
        list(columns),
        driver=driver,
        geometry_type="LineString",
        crs=crs,
        encoding=encoding,
        **options,
    )
    return path
