"""Raster files as they are opened: which reader, what they must hold, and GDAL's own words kept away."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from missions.errors import InputError

_KNOWN: Final = "a GeoTIFF, or SRTM .hgt under its own name such as N30E114.hgt"
_TIFF: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
UNITS_M: Final = {"": 1.0, "m": 1.0, "metre": 1.0, "meter": 1.0, "ft": 0.3048, "foot": 0.3048,
                   "us survey foot": 1200 / 3937}  # fmt: skip


@contextmanager
def quiet() -> Iterator[None]:
    """Keep GDAL's warnings off standard error: what matters of them is refused in one line of ours."""
    log = logging.getLogger("rasterio")
    before = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(before)


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open a raster with one band and a place on earth; GDAL's own complaints become one line of ours."""
    import rasterio
    from rasterio.errors import RasterioError

    driver = _driver(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a raster without a place: refused below
            raster = rasterio.open(path, driver=driver)
    except (RasterioError, ValueError) as exc:
        raise InputError("is no terrain file of a known type", file=path, remedy=_KNOWN) from exc
    with raster:
        if raster.crs is None or raster.transform.is_degenerate:
            raise InputError("has no place on earth (no CRS)", file=path, remedy="a GeoTIFF with a CRS")
        if raster.count != 1:
            raise InputError(f"has {raster.count} bands", file=path, remedy="one band, the ground's height")
        if np.dtype(raster.dtypes[0]).kind not in "iuf":
            raise InputError(f"holds {raster.dtypes[0]}, no heights", file=path, remedy="heights as numbers")
        yield raster


def _driver(path: Path) -> str:
    """Return the reader for a file: its first bytes tell a TIFF, its name alone a .hgt, which has no header."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as exc:
        raise InputError(f"cannot be read: {exc.strerror}", file=path, remedy=_KNOWN) from exc
    if start in _TIFF:
        return "GTiff"
    if path.suffix.casefold() == ".hgt":
        return "SRTMHGT"
    raise InputError("is no terrain file of a known type", file=path, remedy=_KNOWN)


def metres_per_unit(raster: Any, path: Path) -> float:  # noqa: ANN401 - rasterio has no types
    """Return the metres of the file's unit of height; nothing said means metres.

    Raises:
        InputError: the unit is not one of `UNITS_M`.

    """
    unit = (raster.units[0] or "").casefold()
    if unit not in UNITS_M:
        raise InputError(f"its heights are in {unit!r}", file=path, remedy="metres or feet")
    return UNITS_M[unit]
