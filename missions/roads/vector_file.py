"""Shapefiles and GeoPackages, read by GDAL (pyogrio) and brought to WGS84 degrees by PROJ."""

import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import shapely

from missions.errors import InputError
from missions.formats.bounded_zip import open_zip, read_member
from missions.roads.attributes import id_from_columns, tags_from_columns
from missions.roads.gdal_table import FOLDER_PREFIX, Table, complaints_of_gdal, read_table
from missions.roads.source import RoadSource
from missions.roads.ways import Way, place_ids, way_from_tags

_SIDE_FILES: Final = (".shx", ".dbf", ".prj", ".cpg")
_LINES: Final = frozenset({"LineString", "MultiLineString"})
_CHINA: Final = (72.0, 0.8, 137.9, 55.9)
"""West, south, east, north: where a table of unstated encoding is GB 18030 rather than Latin."""


def ways_from_shapefile(source: RoadSource) -> list[Way]:
    """Return the lines of a .shp; its .dbf, .prj and .cpg are looked for beside it.

    Raises:
        InputError: it is damaged, or its projection is not known.

    """
    _refuse_layer(source)
    with TemporaryDirectory(prefix=FOLDER_PREFIX) as folder:
        (Path(folder) / "roads.shp").symlink_to(source.path.resolve())
        for path in sorted(source.path.parent.iterdir()):
            beside = Path(folder) / f"roads{path.suffix.casefold()}"
            if path.stem == source.path.stem and path.suffix.casefold() in _SIDE_FILES and not beside.exists():
                beside.symlink_to(path.resolve())
        return _ways_of_shapefile(Path(folder), source)


def ways_from_zipped_shapefile(source: RoadSource) -> list[Way]:
    """Return the lines of the Shapefile in a .zip; `layer` names it where there are several.

    Raises:
        InputError: none or several are inside, or it is damaged.

    """
    with open_zip(source.path) as archive, TemporaryDirectory(prefix=FOLDER_PREFIX) as folder:
        chosen = _chosen_member(archive, source)
        for name in archive.namelist():
            member = PurePosixPath(name)
            if member.parent / member.stem == chosen and member.suffix.casefold() in {".shp", *_SIDE_FILES}:
                content = read_member(archive, name, file=source.path)
                (Path(folder) / f"roads{member.suffix.casefold()}").write_bytes(content)
        return _ways_of_shapefile(Path(folder), source)


def ways_from_geopackage(source: RoadSource) -> list[Way]:
    """Return the lines of a GeoPackage's layer; `layer` names it where several hold lines.

    Raises:
        InputError: no layer or several hold lines, or the file is damaged.

    """
    with TemporaryDirectory(prefix=FOLDER_PREFIX) as folder:
        path = Path(folder) / "roads.gpkg"
        path.symlink_to(source.path.resolve())
        layer = _chosen_layer(path, source)
        return _ways(read_table(path, source, layer=layer, IMMUTABLE="YES"), source)


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
    table = read_table(folder / "roads.shp", source, encoding="ISO-8859-1" if unstated else None)
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

    with complaints_of_gdal(source):
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


def _ways(table: Table, source: RoadSource, *, encoding_unstated: bool = False) -> list[Way]:
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
        found = ", but " + ", ".join(f"{count} {kind}" for kind, count in others.most_common()) if others else ""
        raise InputError(f"holds no lines{found}", file=source.path, remedy="roads as lines")
    source.dropped.update({f"not a line ({kind})": count for kind, count in others.items()})
    return ways


def _plain(value: object) -> object:
    """Return numpy's scalars as Python's."""
    return value.item() if isinstance(value, np.generic) else value


def _encoding_of(table: Table) -> str | None:
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
