"""A grid of ground heights as a value, asked by WGS84 place.

Heights between cell centres are bilinear. A safety margin over the ground is measured from the highest cell in the
neighbourhood instead (`highest_m`): a cell's one number hides what stands higher inside it.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from missions.terrain.use import TerrainUse, VerticalDatum

Heights = NDArray[np.float32]
Floats = NDArray[np.float64]

_METRES_PER_DEGREE: Final = 111_320.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Terrain:
    """Ground heights of an area, metres above one vertical datum; cell (0, 0) is the grid's first row and column."""

    top_m: Heights
    """(rows, columns): the highest ground of each cell; NaN where the file knows none."""
    bottom_m: Heights
    """(rows, columns): the lowest; the same as `top_m` unless the reader had to join cells."""
    crs_wkt: str
    """Of the grid's plane coordinates."""
    affine: tuple[float, float, float, float, float, float]
    """x = a column + b row + c, y = d column + e row + f, of a cell's outer corner."""
    file: str
    """Name of the file, without a folder."""
    sha256: str
    """Of the file."""
    datum: VerticalDatum
    """egm96: above mean sea level, as SRTM and most national models. ellipsoid: above WGS84's."""

    def use(self, clearance_m: float) -> TerrainUse:
        """Return what a plan remembers of it."""
        return TerrainUse(file=self.file, sha256=self.sha256, datum=self.datum, clearance_m=clearance_m)

    @cached_property
    def cell_m(self) -> float:
        """The smaller side of a cell, metres over ground, in the middle of the grid."""
        rows, columns = self.top_m.shape
        across = self._lat_lon_deg(np.array([[0, 0], [1, 0], [0, 1]]) + np.array([columns / 2, rows / 2]))
        steps = (across[1:] - across[0]) * _METRES_PER_DEGREE
        steps[:, 1] *= np.cos(np.radians(across[0, 0]))
        return float(np.linalg.norm(steps, axis=1).min())

    def ground_m(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> Floats:
        """Return the (N,) ground heights at places, bilinear; NaN outside the grid and where nothing is known."""
        return _bilinear(self.top_m, self._cells(lat_deg, lon_deg))

    def lowest_m(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> Floats:
        """Return as `ground_m` the lowest ground, from which a height limit is measured."""
        return _bilinear(self.bottom_m, self._cells(lat_deg, lon_deg))

    def highest_m(self, lat_deg: ArrayLike, lon_deg: ArrayLike, *, cells: int = 1) -> Floats:
        """Return the (N,) highest known ground within so many cells of each place's own, diagonals too.

        Places no farther apart than half a cell and asked with one cell see every cell that a straight line between
        them touches. NaN where the place's own cell is unknown.
        """
        at = np.floor(self._cells(lat_deg, lon_deg) + 0.5).astype(int)
        rows, columns = self.top_m.shape
        inside = np.all((at >= 0) & (at < (columns, rows)), axis=1)
        column, row = np.where(inside[:, None], at, 0).T
        own_unknown = ~inside | np.isnan(self.top_m[row, column])
        return np.where(own_unknown, np.nan, self._neighbourhood(cells)[row, column])

    @cached_property
    def _to_plane(self) -> Any:  # noqa: ANN401 - pyproj takes a while to import
        from pyproj import Transformer

        return Transformer.from_crs("EPSG:4326", self.crs_wkt, always_xy=True)

    @cached_property
    def _filtered(self) -> dict[int, Heights]:
        return {}

    def _neighbourhood(self, cells: int) -> Heights:
        if cells not in self._filtered:
            from scipy.ndimage import maximum_filter

            known = np.where(np.isnan(self.top_m), -np.inf, self.top_m)
            self._filtered[cells] = maximum_filter(known, size=2 * cells + 1, mode="nearest")
        return self._filtered[cells]

    def _cells(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> Floats:
        """Return (N, 2) column and row of places, whole numbers at cell centres."""
        lon, lat = np.atleast_1d(np.asarray(lon_deg, float)), np.atleast_1d(np.asarray(lat_deg, float))
        x, y = self._to_plane.transform(lon, lat)
        a, b, c, d, e, f = self.affine
        solved: Floats = np.linalg.solve([[a, b], [d, e]], np.array([x - c, y - f])).T
        return solved - 0.5

    def _lat_lon_deg(self, cells: Floats) -> Floats:
        a, b, c, d, e, f = self.affine
        column, row = cells.T
        x, y = a * column + b * row + c, d * column + e * row + f
        lon, lat = self._to_plane.transform(x, y, direction="INVERSE")
        return np.column_stack([lat, lon])


def _bilinear(heights: Heights, at: Floats) -> Floats:
    """Interpolate at (N, 2) column and row; unknown corners are left out, the nearest one must be known."""
    rows, columns = heights.shape
    finite = np.isfinite(at).all(axis=1)
    inside = finite & np.all((at >= -0.5) & (at <= (columns - 0.5, rows - 0.5)), axis=1)
    place = np.clip(np.where(inside[:, None], at, 0.0), 0.0, (columns - 1.0, rows - 1.0))
    first = np.minimum(np.floor(place).astype(int), (max(columns - 2, 0), max(rows - 2, 0)))
    share = place - first
    total, weights = np.zeros(len(at)), np.zeros(len(at))
    for right in (0, 1):
        for down in (0, 1):
            corner = heights[np.minimum(first[:, 1] + down, rows - 1), np.minimum(first[:, 0] + right, columns - 1)]
            weight = np.abs(1 - right - share[:, 0]) * np.abs(1 - down - share[:, 1])
            weight = np.where(np.isnan(corner), 0.0, weight)
            total += weight * np.nan_to_num(corner)
            weights += weight
    column, row = np.rint(place).astype(int).T
    known = inside & ~np.isnan(heights[row, column]) & (weights > 0)
    return np.where(known, total / np.maximum(weights, 1e-12), np.nan)
