"""One layer of a file that GDAL reads (pyogrio), brought to WGS84 degrees by PROJ; GDAL's complaints as one line."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from missions.errors import InputError
from missions.roads.source import RoadSource

FOLDER_PREFIX: Final = "patrol-roads-"
"""Of our own folders, from which GDAL reads: it writes lost indexes beside the file, and looks at file names."""
_OWN_PATH: Final = re.compile(rf"[^\s'\"]*{FOLDER_PREFIX}\w+/roads\.\w+")
_REMEDY: Final = "export the file again"


@dataclass(frozen=True, slots=True)
class Table:
    """A layer: geometries in WGS84 longitude, latitude (None where a feature has none), and columns beside them."""

    geometries: NDArray[np.object_]
    columns: dict[str, NDArray[Any]]


def read_table(path: Path, source: RoadSource, *, encoding: str | None = None, **options: str) -> Table:
    """Return the layer in degrees; GDAL may write a lost index anew, into our own folder.

    Raises:
        InputError: GDAL cannot read it, or PROJ does not know its coordinate system.

    """
    import pyogrio
    from pyogrio.raw import read

    pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": True, "OGR_ORGANIZE_POLYGONS": "SKIP"})
    layer = options.pop("layer", None)
    with complaints_of_gdal(source):
        meta, _, wkb, fields = read(path, layer=layer, encoding=encoding, force_2d=True, **options)
        geometries = shapely.from_wkb(wkb) if wkb is not None else np.array([], dtype=object)
    columns = dict(zip(meta["fields"], fields, strict=True))
    return Table(_degrees(np.asarray(geometries, dtype=object), meta["crs"], source), columns)


@lru_cache(maxsize=8)
def _to_wgs84(crs: str) -> tuple[str, Any]:
    """Return the name of a coordinate system and its transformer to longitude, latitude; None where it is these."""
    from pyproj import CRS, Transformer

    stated = CRS.from_user_input(crs)
    if stated.equals("EPSG:4326", ignore_axis_order=True):
        return stated.name, None
    return stated.name, Transformer.from_crs(stated, "EPSG:4326", always_xy=True)


def _degrees(geometries: NDArray[np.object_], crs: str | None, source: RoadSource) -> NDArray[np.object_]:
    """Return the geometries in WGS84; without a stated system they are taken as degrees, which is checked later."""
    from pyproj.exceptions import ProjError

    if crs is None:
        return geometries
    try:
        name, to_wgs84 = _to_wgs84(crs)
    except ProjError as exc:
        what = f"its coordinate system is not known: {crs[:60]}"
        raise InputError(" ".join(what.split()), file=source.path, remedy="reproject the file to EPSG:4326") from exc
    source.says.append(name)
    if to_wgs84 is None:
        return geometries
    moved: NDArray[np.object_] = shapely.transform(
        geometries, lambda xy: np.column_stack(to_wgs84.transform(xy[:, 0], xy[:, 1]))
    )
    return moved


@contextmanager
def complaints_of_gdal(source: RoadSource) -> Iterator[None]:
    """Turn what GDAL says of a file it cannot read into one line; its warnings about others are left out.

    Raises:
        InputError: naming the user's file, not our copy.

    """
    from pyogrio.errors import CRSError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except InputError:
        raise
    except CRSError as exc:
        what = f"its coordinate system (.prj) cannot be read: {exc}"
        raise InputError(what, file=source.path, remedy="export the file in EPSG:4326") from exc
    except (RuntimeError, ValueError, OSError, OverflowError, MemoryError, shapely.errors.ShapelyError) as exc:
        said = _OWN_PATH.sub("it", " ".join(str(exc).split())).rpartition(" failed: ")[2]
        raise InputError(f"is damaged: {said[:160]}", file=source.path, remedy=_REMEDY) from exc
