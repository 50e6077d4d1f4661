"""Plans of every format that is read: which one a file is, told by its content, and its flights."""

import json
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final

from missions.errors import InputError
from missions.flight_path import FlightPath, paths_of
from missions.formats.plan_file import load_plan
from missions.formats.plan_geojson_reader import from_plan_geojson
from missions.formats.plan_gpx_reader import from_gpx
from missions.formats.plan_kml_reader import from_kml
from missions.formats.qgc_reader import from_qgc
from missions.formats.safe_xml import local_name, parse_xml
from missions.formats.wpl import from_wpl
from missions.formats.wpml import WAYLINES
from missions.formats.wpml_reader import from_wpml, unzipped

_REMEDY: Final = "a plan of ours, QGroundControl .plan, QGC WPL 110, DJI .kmz, KML, GPX or our GeoJSON"


class PlanFormat(StrEnum):
    """What a file of a plan is."""

    OWN = "skypatrol plan"
    QGC = "QGroundControl .plan"
    WPL = "QGC WPL 110"
    ZIP = "DJI WPML or zipped KML"
    KML = "KML"
    GPX = "GPX"
    GEOJSON = "GeoJSON"


_XML: Final[dict[PlanFormat, Callable[..., tuple[FlightPath, ...]]]] = {
    PlanFormat.KML: from_kml,
    PlanFormat.GPX: from_gpx,
}
_TEXT: Final[dict[PlanFormat, Callable[..., tuple[FlightPath, ...]]]] = {
    PlanFormat.QGC: lambda text, *, file: (from_qgc(text, file=file),),
    PlanFormat.WPL: lambda text, *, file: (from_wpl(text, file=file),),
    PlanFormat.GEOJSON: from_plan_geojson,
}


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise InputError(f"cannot be read: {exc.strerror}", file=path, remedy=_REMEDY) from exc
    if not data.strip():
        raise InputError("is empty", file=path, remedy=_REMEDY)
    return data


def plan_format(data: bytes, *, file: Path | str) -> PlanFormat:
    """Return what a file is by its first bytes and its keys, whatever its name.

    Raises:
        InputError: it is nothing that is read here.

    """
    if data.startswith(b"PK"):
        return PlanFormat.ZIP
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:200]
    if start.startswith(b"QGC"):
        return PlanFormat.WPL
    if start.startswith(b"{"):
        return _json_format(data)
    if start.startswith(b"<"):
        name = local_name(parse_xml(data, file=file, remedy=_REMEDY))
        if name in {"kml", "gpx"}:
            return PlanFormat.KML if name == "kml" else PlanFormat.GPX
    raise InputError("is no plan that is understood", file=file, remedy=_REMEDY)


def _json_format(data: bytes) -> PlanFormat:
    """Tell JSON apart by its keys; where it is cut or damaged, by the words in it."""
    try:
        document = json.loads(data)
        words = str(document.get("fileType")) + str(document.get("type")) if isinstance(document, dict) else ""
    except (ValueError, RecursionError):
        words = data.decode(errors="replace")
    if "FeatureCollection" in words:
        return PlanFormat.GEOJSON
    if "Plan" in words and "plan_hash" not in words:
        return PlanFormat.QGC
    return PlanFormat.OWN


def is_ours(path: Path) -> bool:
    """Whether a file is a plan made by `patrol plan`, or tries to be.

    Raises:
        InputError: it cannot be read, or is nothing that is read here.

    """
    return plan_format(_read(path), file=path) is PlanFormat.OWN


def read_flight_paths(path: Path) -> tuple[FlightPath, ...]:
    """Read every flight of a plan's file, whatever program wrote it.

    Raises:
        InputError: with file, line or field, and remedy.

    """
    data = _read(path)
    form = plan_format(data, file=path)
    if form is PlanFormat.OWN:
        return paths_of(load_plan(path))
    if form is PlanFormat.ZIP:
        return _zipped(path)
    if form in _XML:
        return _XML[form](data, file=path)
    return _TEXT[form](_text(data, path), file=path)


def _text(data: bytes, file: Path) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise InputError(f"is not UTF-8 text at byte {exc.start}", file=file, remedy=_REMEDY) from exc


def _zipped(file: Path) -> tuple[FlightPath, ...]:
    """Return the flights of DJI's archive, or of the first KML of a plain .kmz."""
    files = unzipped(file)
    kml = [name for name in files if name.lower().endswith(".kml")]
    if WAYLINES in files or not kml:
        return from_wpml(files, file=file)
    return from_kml(files[kml[0]], file=f"{file}/{kml[0]}")
