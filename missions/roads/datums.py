"""The datum of a road file: stated by the user, hinted at by the file, brought to WGS84."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final, Literal

from geo import bd09_to_wgs84, gcj02_to_wgs84, wgs84_to_gcj02
from missions.roads.ways import Way

Datum = Literal["wgs84", "gcj02", "bd09"]
Shift = Callable[[float, float], tuple[float, float]]

TO_WGS84: Final[dict[str, Shift | None]] = {"wgs84": None, "gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}
"""Latitude, longitude of a datum to WGS84; None where they are WGS84 already."""
_HINTS: Final = {
    "gcj02": re.compile(r"gcj[\s_-]?0?2|火星坐标|\bamap|高德|gaode|autonavi|腾讯地图|tencent ?map", re.IGNORECASE),
    "bd09": re.compile(r"\bbd[\s_-]?0?9(ll|mc)?\b|\bbaidu|百度", re.IGNORECASE),
}
"""Words by which a file tells that it comes from a map service that shifts coordinates."""


def ways_in_wgs84(ways: Sequence[Way], datum: Datum) -> list[Way]:
    """Return the ways on WGS84; a place that several share is moved once."""
    shift = TO_WGS84[datum]
    if shift is None:
        return list(ways)
    moved = {place: shift(*place) for place in {place for way in ways for place in way.lat_lon_deg}}
    return [replace(way, lat_lon_deg=tuple(moved[place] for place in way.lat_lon_deg)) for way in ways]


def is_shifted_at(lat_deg: float, lon_deg: float) -> bool:
    """Whether Chinese map services shift this place at all."""
    return wgs84_to_gcj02(lat_deg, lon_deg) != (lat_deg, lon_deg)


def hinted_datum(says: Iterable[str]) -> tuple[Datum, str] | None:
    """Return the shifted datum that the file's own words point at, with these words; None where none do."""
    for text in says:
        if _HINTS["bd09"].search(text):
            return "bd09", text
        if _HINTS["gcj02"].search(text):
            return "gcj02", text
    return None
