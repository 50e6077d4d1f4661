"""The columns of a map layer as OSM tags: one table for GeoJSON, Shapefile, GeoPackage, KML and GPX."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Final

from missions.roads.ways import UNKNOWN_CLASS, is_other_name, lane_count

OSM_CLASSES: Final = frozenset(
    {
        *("motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street"),
        *("motorway_link", "trunk_link", "primary_link", "secondary_link", "tertiary_link", "service", "road"),
        *("pedestrian", "track", "busway", "bus_guideway", "raceway", "escape", "corridor"),
        *("footway", "path", "cycleway", "bridleway", "steps"),
    }
)
"""Values of `highway` on which something moves; a column `type` that says anything else is about another matter."""
ID_COLUMNS: Final = ("id", "@id", "osm_id", "osmid")
_CLASS_COLUMNS: Final = ("highway", "fclass", "class", "road_class", "roadclass")
_NAME_COLUMNS: Final = ("name", "road_name", "roadname", "street", "fullname", "full_name", "名称", "道路名称", "路名")
_COPIED: Final = ("junction", "layer", "bridge", "tunnel")
_LANE_COLUMNS: Final = ("lanes", "numlanes", "num_lanes", "lane_count")
_ONEWAY_COLUMNS: Final = ("oneway", "one_way")
_ONEWAY_CODES: Final = {"f": "yes", "ft": "yes", "t": "-1", "tf": "-1", "b": "no", "n": "no", "y": "yes"}
"""Geofabrik's letters: with the points, against them, both ways; and the routers' from-to codes."""
_HSTORE: Final = re.compile(r'"((?:[^"\\]|\\.)*)"\s*=>\s*"((?:[^"\\]|\\.)*)"')
_NAME_IN_LANGUAGE: Final = re.compile(r"^name_([a-z]{2,3})$", re.IGNORECASE)


def tags_from_columns(columns: Mapping[str, object]) -> dict[str, str]:
    """Return the columns a road needs as OSM tags; a feature that states no class is a road of unknown class.

    Names of columns are matched without regard to case. GDAL's `other_tags` (tags in one text) is taken apart.
    """
    columns = {**dict(_HSTORE.findall(text_of(columns.get("other_tags")))), **columns}
    texts = {str(key).casefold(): text_of(value) for key, value in columns.items()}
    tags = {"highway": _road_class(texts), "name": _first(texts, _NAME_COLUMNS)}
    lanes = _first(texts, _LANE_COLUMNS)
    if lane_count(lanes):
        tags["lanes"] = lanes
    if any(column in texts for column in _ONEWAY_COLUMNS) and (oneway := _oneway(texts)):
        tags["oneway"] = oneway
    tags.update((key, texts[key]) for key in _COPIED if texts.get(key))
    tags.update(_other_names(columns))
    return tags


def _other_names(columns: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield the columns that name a road beside `name`; a Shapefile's `name_en` is OSM's `name:en`."""
    for key, value in columns.items():
        column = _NAME_IN_LANGUAGE.sub(r"name:\1", str(key))
        tag = column if column.startswith("name:") else column.casefold()
        if is_other_name(tag) and (text := text_of(value)):
            yield tag, text


def id_from_columns(columns: Mapping[str, object]) -> str:
    """Return the id the feature states, or nothing."""
    return next((text_of(columns[name]) for name in ID_COLUMNS if columns.get(name) is not None), "")


def text_of(value: object) -> str:
    """Return a value as a tag's text; of a list (osmnx writes them for merged ways) the first; nothing for none."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if not math.isfinite(value):
            return ""
        value = int(value) if value.is_integer() else value
    return "" if value is None else str(value).strip()


def _first(texts: Mapping[str, str], columns: tuple[str, ...]) -> str:
    return next((texts[column] for column in columns if texts.get(column)), "")


def _road_class(texts: Mapping[str, str]) -> str:
    stated = _first(texts, _CLASS_COLUMNS)
    return stated or next(_osm_class(texts.get("type", "")), UNKNOWN_CLASS)


def _osm_class(text: str) -> Iterator[str]:
    if text.casefold() in OSM_CLASSES:
        yield text.casefold()


def _oneway(texts: Mapping[str, str]) -> str:
    """Return the direction in OSM's words; `T` is "against the points" beside Geofabrik's `fclass`, else "true"."""
    stated = _first(texts, _ONEWAY_COLUMNS)
    code = stated.casefold()
    if code in {"t", "f"} and "fclass" not in texts:
        return "yes" if code == "t" else "no"
    return _ONEWAY_CODES.get(code, stated)
