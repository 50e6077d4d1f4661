"""Terrain files to a grid: GeoTIFF in any CRS, and SRTM .hgt. Only the part that a patrol needs is read."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from missions.errors import InputError
from missions.geopoint import GeoPoint
from missions.terrain.grid import Terrain
from missions.terrain.raster import UNITS_M, metres_per_unit, opened, quiet
from missions.terrain.use import VerticalDatum

Box = tuple[float, float, float, float]  # south, west, north, east in degrees

_MOST_CELLS: Final = 16_000_000
"""Kept in memory (two grids of 4 bytes); of a finer grid so many cells are joined that fewer remain."""
_MOST_READ: Final = 2_000_000_000
"""Cells that are looked at; a square of 45 km in metres is as many."""
_SPARE_CELLS: Final = 4
"""Read round the box, for the neighbourhoods of places at its border."""
_ROUND_M: Final = 1000.0
"""Read round the outermost place: ways round zones leave the roads."""


def terrain_bounds_deg(points: Sequence[GeoPoint], *, margin_m: float = _ROUND_M) -> Box:
    """Return the box round places, with a margin, as `load_terrain` takes it."""
    lat, lon = [point.lat_deg for point in points], [point.lon_deg for point in points]
    up = margin_m / 111_000.0
    side = up / max(float(np.cos(np.radians(max(abs(min(lat)), abs(max(lat)))))), 0.01)
    south, west, north, east = min(lat) - up, min(lon) - side, max(lat) + up, max(lon) + side
    return max(south, -90.0), max(west, -180.0), min(north, 90.0), min(east, 180.0)


def load_terrain(path: Path, *, bounds_deg: Box, datum: VerticalDatum = "egm96") -> Terrain:
    """Read the ground heights of a box.

    `datum` says what the file's heights are above; it is not converted, for a plan uses differences alone.

    Raises:
        InputError: the file cannot be read, is no terrain, or lies elsewhere; with file and remedy.

    """
    with quiet(), opened(path) as raster:
        window = _window(raster, bounds_deg, path)
        scale = metres_per_unit(raster, path)
        top, bottom, joined = _heights(raster, window, path)
        affine = _affine(raster, window, joined)
        wkt = raster.crs.to_wkt()
    if np.isnan(top).all():
        raise InputError("knows no height where the patrol is", file=path, remedy="a terrain file of that area")
    return Terrain(
        top_m=np.float32(scale) * top,
        bottom_m=np.float32(scale) * bottom,
        crs_wkt=wkt,
        affine=affine,
        file=path.name,
        sha256=_sha256(path),
        datum=datum,
    )


def _window(raster: Any, bounds: Box, path: Path) -> Any:  # noqa: ANN401 - rasterio has no types
    """Return the part of the grid that holds a box, whatever the CRS does to its sides."""
    from pyproj import Transformer
    from pyproj.exceptions import ProjError
    from rasterio.windows import Window

    south, west, north, east = bounds
    share = np.linspace(0.0, 1.0, 21)
    lon = np.concatenate([west + share * (east - west)] * 2 + [np.full(21, west), np.full(21, east)])
    lat = np.concatenate([np.full(21, south), np.full(21, north), *[south + share * (north - south)] * 2])
    try:
        x, y = Transformer.from_crs("EPSG:4326", raster.crs.to_wkt(), always_xy=True).transform(lon, lat)
    except ProjError as exc:
        raise InputError("its CRS cannot be used", file=path, remedy="a GeoTIFF in a common CRS") from exc
    a, b, c, d, e, f = tuple(raster.transform)[:6]
    column, row = np.linalg.solve([[a, b], [d, e]], np.array([x - c, y - f]))
    if not (np.isfinite(column).all() and np.isfinite(row).all()):
        raise _elsewhere(raster, bounds, path)
    size = (raster.width, raster.height)
    first = np.clip(np.floor([column.min(), row.min()]) - _SPARE_CELLS, 0, size).astype(int)
    last = np.clip(np.ceil([column.max(), row.max()]) + _SPARE_CELLS, 0, size).astype(int)
    if (last <= first).any():
        raise _elsewhere(raster, bounds, path)
    if (cells := int(np.prod(last - first))) > _MOST_READ:
        raise InputError(f"has {cells} cells where the patrol is", file=path, remedy="a coarser terrain file")
    return Window(int(first[0]), int(first[1]), int(last[0] - first[0]), int(last[1] - first[1]))


def _affine(
    raster: Any,  # noqa: ANN401 - rasterio has no types
    window: Any,  # noqa: ANN401 - as above
    joined: int,
) -> tuple[float, float, float, float, float, float]:
    """Return the places of a window's joined cells, as `Terrain` keeps them."""
    a, b, c, d, e, f = tuple(raster.transform)[:6]
    x, y = c + a * window.col_off + b * window.row_off, f + d * window.col_off + e * window.row_off
    return a * joined, b * joined, x, d * joined, e * joined, y


def _elsewhere(raster: Any, bounds: Box, path: Path) -> InputError:  # noqa: ANN401 - rasterio has no types
    from rasterio.errors import RasterioError
    from rasterio.warp import transform_bounds

    try:
        west, south, east, north = transform_bounds(raster.crs, "EPSG:4326", *raster.bounds)
    except (RasterioError, ValueError):
        west, south, east, north = (np.nan,) * 4
    on_earth = -90 <= south <= north <= 90 and -360 <= west <= 360 and -360 <= east <= 360
    where = f"{south:.4f},{west:.4f} to {north:.4f},{east:.4f}" if on_earth else "no place on earth"
    what = f"covers {where}, the patrol is at"
    box = ",".join(f"{degrees:.4f}" for degrees in bounds[:2]) + " to " + ",".join(f"{d:.4f}" for d in bounds[2:])
    return InputError(f"{what} {box}", file=path, remedy="a terrain file of that area")


def _heights(
    raster: Any,  # noqa: ANN401 - rasterio has no types
    window: Any,  # noqa: ANN401 - as above
    path: Path,
) -> tuple[NDArray[np.float32], NDArray[np.float32], int]:
    """Read a window in strips; return the highest and lowest ground of its cells, and how many were joined a side."""
    joined = max(1, int(np.ceil((window.width * window.height / _MOST_CELLS) ** 0.5)))
    strip_rows = max(1, (1_000_000 // max(window.width, 1)) // joined) * joined
    tops, bottoms = [], []
    for start in range(0, window.height, strip_rows):
        strip = _strip(raster, window, start, min(strip_rows, window.height - start), path)
        top, bottom = _joined(strip, joined)
        tops.append(top)
        bottoms.append(bottom)
    return np.vstack(tops), np.vstack(bottoms), joined


def _strip(
    raster: Any,  # noqa: ANN401 - rasterio has no types
    window: Any,  # noqa: ANN401 - as above
    start: int,
    rows: int,
    path: Path,
) -> NDArray[np.float32]:
    from rasterio.errors import RasterioError
    from rasterio.windows import Window

    part = Window(window.col_off, window.row_off + start, window.width, rows)
    try:
        band = raster.read(1, window=part, masked=True)
    except RasterioError as exc:
        raise InputError("is damaged: its heights cannot be read", file=path, remedy="fetch the file again") from exc
    heights: NDArray[np.float32] = band.astype(np.float32).filled(np.nan)
    if raster.scales[0] != 1.0 or raster.offsets[0] != 0.0:
        heights = heights * np.float32(raster.scales[0]) + np.float32(raster.offsets[0])
    heights[~((heights > -12_000) & (heights < 9_000 / min(UNITS_M.values())))] = np.nan  # no ground of this earth
    return heights


def _joined(strip: NDArray[np.float32], joined: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the highest and lowest of squares of cells; the last ones may be smaller."""
    if joined == 1:
        return strip, strip
    rows, columns = (-(-side // joined) for side in strip.shape)
    whole = np.full((rows * joined, columns * joined), np.nan, np.float32)
    whole[: strip.shape[0], : strip.shape[1]] = strip
    squares = whole.reshape(rows, joined, columns, joined)
    unknown = np.isnan(squares)
    top = np.where(unknown, -np.inf, squares).max(axis=(1, 3))
    bottom = np.where(unknown, np.inf, squares).min(axis=(1, 3))
    nothing = unknown.all(axis=(1, 3))
    return np.where(nothing, np.nan, top).astype(np.float32), np.where(nothing, np.nan, bottom).astype(np.float32)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
