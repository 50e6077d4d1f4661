"""Shapefiles and GeoPackages, read by GDAL (pyogrio) and brought to WGS84 degrees by PROJ."""

import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from missions.errors import InputError
from missions.formats.bounded_zip import open_zip, read_member
from missions.roads.attributes import id_from_columns, tags_from_columns
from missions.roads.source import RoadSource
from missions.roads.ways import Way, place_ids, way_from_tags

_SIDE_FILES: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_LINES: Final = frozenset({"LineString", "MultiLineString"})
_OWN_PATH: Final = re.compile(r"[^\s'\"]*patrol-roads-\w+/roads\.\w+")
_REMEDY: Final = "export the file again"
_CHINA: Final = (72.0, 0.8, 137.9, 55.9)
"""West, south, east, north: where a table of unstated encoding is GB 18030 rather than Latin."""


@dataclass(frozen=True, slots=True)
class _Table:
    """A layer as it came: geometries, and their columns beside them."""

    crs: str | None
    geometries: NDArray[np.object_]
    columns: dict[str, NDArray[Any]]


def ways_from_shapefile(source: RoadSource) -> list[Way]:
    """Return the lines of a .shp; its .dbf, .prj and .cpg are looked for beside it.

    Raises:
        InputError: it is damaged, or its projection is not known.

    """
    _refuse_layer(source)
    with TemporaryDirectory(prefix="patrol-roads-") as folder:
        for path in source.path.parent.iterdir():
            if path.stem == source.path.stem and path.suffix.casefold() in _SIDE_FILES:
                (Path(folder) / f"roads{path.suffix.casefold()}").symlink_to(path.resolve())
        if not (Path(folder) / "roads.shp").exists():
            (Path(folder) / "roads.shp").symlink_to(source.path.resolve())
        return _ways_of_shapefile(Path(folder), source)


def ways_from_zipped_shapefile(source: RoadSource) -> list[Way]:
    """Return the lines of the Shapefile in a .zip; `layer` names it where there are several.

    Raises:
        InputError: none or several are inside, or it is damaged.

    """
    with open_zip(source.path) as archive, TemporaryDirectory(prefix="patrol-roads-") as folder:
        chosen = _chosen_member(archive, source)
        for name in archive.namelist():
            member = PurePosixPath(name)
            if member.parent / member.stem == chosen and member.suffix.casefold() in _SIDE_FILES:
                content = read_member(archive, name, file=source.path)
                (Path(folder) / f"roads{member.suffix.casefold()}").write_bytes(content)
        return _ways_of_shapefile(Path(folder), source)


def ways_from_geopackage(source: RoadSource) -> list[Way]:
    """Return the lines of a GeoPackage's layer; `layer` names it where several hold lines.

    Raises:
        InputError: no layer or several hold lines, or the file is damaged.

    """
    with TemporaryDirectory(prefix="patrol-roads-") as folder:
        path = Path(folder) / "roads.gpkg"
        path.symlink_to(source.path.resolve())
        layer = _chosen_layer(path, source)
        return _ways(_read(path, source, layer=layer, IMMUTABLE="YES"), source)


def _refuse_layer(source: RoadSource) -> None:
    if source.layer is not None and source.layer != source.path.stem:
        raise InputError(
            f"has no layer {source.layer}", file=source.path, remedy="a Shapefile is one layer: leave it out"
        )


def _chosen_member(archive: zipfile.ZipFile, source: RoadSource) -> PurePosixPath:
    """Return the path of the wanted Shapefile inside, without its suffix."""
    names = [PurePosixPath(name) for name in archive.namelist() if name.casefold().endswith(".shp")]
    found = [name.parent / name.stem for name in names if source.layer in {None, name.stem}]
    if len(found) == 1:
        return found[0]
    shown = ", ".join(sorted(name.stem for name in names))
    if source.layer is not None:
        raise InputError(
            f"holds no Shapefile {source.layer}", file=source.path, field="layer", remedy=f"it has {shown}"
        )
    raise InputError(f"holds {len(found)} Shapefiles", file=source.path, field="layer", remedy=f"name one of {shown}")


def _ways_of_shapefile(folder: Path, source: RoadSource) -> list[Way]:
    unstated = not (folder / "roads.cpg").exists() and _stated_codepage(folder / "roads.dbf") == 0
    table = _read(folder / "roads.shp", source, encoding="ISO-8859-1" if unstated else None)
    if not (folder / "roads.prj").exists():
        source.says.append("no .prj")
    return _ways(table, source, encoding_unstated=unstated)


def _stated_codepage(dbf: Path) -> int:
    """Return the table's language driver id, byte 29 of its header; 0 is "not stated"."""
    try:
        with dbf.open("rb") as file:
            header = file.read(30)
    except OSError:
        return 0
    return header[29] if len(header) == 30 else 0


def _chosen_layer(path: Path, source: RoadSource) -> str:
    import pyogrio

    with _gdal(source):
        layers = [(str(name), str(kind)) for name, kind in pyogrio.list_layers(path)]
    names = [name for name, _ in layers]
    if source.layer is not None:
        if source.layer not in names:
            what = f"has no layer {source.layer}"
            raise InputError(what, file=source.path, field="layer", remedy=f"it has {', '.join(names) or 'none'}")
        return source.layer
    lines = [name for name, kind in layers if "LineString" in kind or kind in {"Unknown", "GeometryCollection"}]
    if len(lines) == 1:
        return lines[0]
    if not lines:
        what = "holds no layer of lines"
        raise InputError(what, file=source.path, field="layer", remedy=f"it has {', '.join(names) or 'none'}")
    what = f"holds {len(lines)} layers of lines"
    raise InputError(what, file=source.path, field="layer", remedy=f"name one of {', '.join(lines)}")


class _gdal:  # noqa: N801 - a context manager, used as one
    """GDAL's complaints about a file become one line; its warnings about a file it could read are left out."""

    def __init__(self, source: RoadSource) -> None:
        self._source = source
        self._quiet = warnings.catch_warnings()

    def __enter__(self) -> None:
        self._quiet.__enter__()
        warnings.simplefilter("ignore")

    def __exit__(self, kind: object, exc: BaseException | None, trace: object) -> None:
        from pyogrio.errors import CRSError

        self._quiet.__exit__(None, None, None)
        if isinstance(exc, RuntimeError | ValueError | OSError | OverflowError | MemoryError) and not isinstance(
            exc, InputError
        ):
            if isinstance(exc, CRSError):
                what = f"its coordinate system (.prj) cannot be read: {exc}"
                raise InputError(what, file=self._source.path, remedy="export the file in EPSG:4326") from exc
            said = _OWN_PATH.sub("it", " ".join(str(exc).split())).rpartition(" failed: ")[2]
            raise InputError(f"is damaged: {said[:160]}", file=self._source.path, remedy=_REMEDY) from exc


def _read(path: Path, source: RoadSource, *, encoding: str | None = None, **options: str) -> _Table:
    """Return the layer in degrees; GDAL may write a lost index anew, into our own folder."""
    import pyogrio
    from pyogrio.raw import read

    pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": True, "OGR_ORGANIZE_POLYGONS": "SKIP"})
    layer = options.pop("layer", None)
    with _gdal(source):
        meta, _, wkb, fields = read(path, layer=layer, encoding=encoding, force_2d=True, **options)
        geometries = shapely.from_wkb(wkb) if wkb is not None else np.array([], dtype=object)
    crs = meta["crs"]
    columns = dict(zip(meta["fields"], fields, strict=True))
    return _Table(crs, _degrees(np.asarray(geometries, dtype=object), crs, source), columns)


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


def _ways(table: _Table, source: RoadSource, *, encoding_unstated: bool = False) -> list[Way]:
    others: Counter[str] = Counter()
    ways: list[Way] = []
    encoding = _encoding_of(table) if encoding_unstated else None
    for number, geometry in enumerate(table.geometries):
        kind = "no geometry" if geometry is None else str(geometry.geom_type)
        if kind not in _LINES:
            others[kind] += 1
            continue
        row = {name: _decoded(_plain(column[number]), encoding) for name, column in table.columns.items()}
        ways.extend(_ways_of(row, number, geometry))
    if not ways:
        found = ", ".join(f"{count} {kind}" for kind, count in others.most_common()) or "no feature"
        raise InputError(f"holds no lines, but {found}", file=source.path, remedy="roads as lines")
    source.dropped.update({f"not a line ({kind})": count for kind, count in others.items()})
    return ways


def _plain(value: object) -> object:
    """Return numpy's scalars as Python's."""
    return value.item() if isinstance(value, np.generic) else value


def _encoding_of(table: _Table) -> str | None:
    """Return the encoding of a table that does not state it: UTF-8 where it all is, GB 18030 in China, else Latin."""
    texts = [str(value) for column in table.columns.values() if column.dtype == object for value in column]
    raw = "".join(texts).encode("latin-1", errors="replace")
    bounds = shapely.total_bounds(table.geometries)
    in_china = (bounds[:2] >= _CHINA[:2]).all() and (bounds[2:] <= _CHINA[2:]).all()
    for encoding, possible in (("utf-8", True), ("gb18030", bool(in_china))):
        try:
            raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if possible:
            return encoding
    return None


def _decoded(value: object, encoding: str | None) -> object:
    if encoding is None or not isinstance(value, str):
        return value
    return value.encode("latin-1", errors="replace").decode(encoding, errors="replace")


def _ways_of(row: dict[str, object], number: int, geometry: shapely.Geometry) -> Iterator[Way]:
    parts = [part for part in shapely.get_parts(geometry) if not part.is_empty]
    way_id = id_from_columns(row) or f"line-{number + 1}"
    tags = tags_from_columns(row)
    for index, part in enumerate(parts):
        line = [(float(lat), float(lon)) for lon, lat in shapely.get_coordinates(part)]
        yield way_from_tags(
            tags,
            way_id=way_id if len(parts) == 1 else f"{way_id}/{index + 1}",
            origin=f"feature {number} ({way_id})",
            node_ids=place_ids(line),
            lat_lon_deg=tuple(line),
        )
