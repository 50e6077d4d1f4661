"""What every importer hands over: a drawn line with the few facts a patrol needs."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

UNKNOWN_CLASS: Final = "road"
"""OSM's own value for a road whose class nobody has surveyed."""

NOT_ROADS: Final = frozenset(
    {
        "abandoned",
        "bus_stop",
        "construction",
        "demolished",
        "disused",
        "elevator",
        "emergency_bay",
        "no",
        "planned",
        "platform",
        "proposed",
        "razed",
        "removed",
        "rest_area",
        "services",
        "traffic_island",
    }
)
"""Values of `highway` on which nothing drives or walks, or nothing yet."""

OtherNames = tuple[tuple[str, str], ...]
OTHER_NAME_TAGS: Final = frozenset(
    {"alt_name", "int_name", "loc_name", "official_name", "old_name", "short_name", "ref"}
)
"""Tags that name a road beside `name`; `name:en`, `name:zh` and so on do as well."""

_YES: Final = frozenset({"yes", "true", "1"})
_NO: Final = frozenset({"", "no", "false", "0"})
_BACKWARD: Final = frozenset({"-1", "reverse"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A line as it stands in a file, before roads are cut at their junctions."""

    way_id: str
    origin: str
    """Where it stands in the file, for messages: `way 1234`, `feature 3`."""
    name: str
    road_class: str
    oneway: bool
    lanes: int | None
    node_ids: tuple[str, ...]
    lat_lon_deg: tuple[tuple[float, float], ...]
    other_names: OtherNames = ()
    """Names the file has beside `name`: (tag, value) pairs, such as ("name:en", "Gaoxin Avenue"), ("ref", "G4201")."""
    layer: str = "0"
    """OSM's `layer`: a bridge and the road below it differ; only lines of one layer are ever joined."""


def way_from_tags(
    tags: Mapping[str, str],
    *,
    way_id: str,
    origin: str,
    node_ids: tuple[str, ...],
    lat_lon_deg: tuple[tuple[float, float], ...],
) -> Way:
    """Return the way that OSM's tags describe; one that is oneway against its points is turned round."""
    road_class = tags.get("highway", UNKNOWN_CLASS)
    oneway = tags.get("oneway", "").casefold()
    implied = "oneway" not in tags and (tags.get("junction") == "roundabout" or road_class == "motorway")
    if oneway in _BACKWARD:
        node_ids, lat_lon_deg = node_ids[::-1], lat_lon_deg[::-1]
    return Way(
        way_id=way_id,
        origin=origin,
        name=tags.get("name", "").strip(),
        road_class=road_class,
        oneway=oneway in _YES or oneway in _BACKWARD or implied,
        lanes=lane_count(tags.get("lanes")),
        node_ids=node_ids,
        lat_lon_deg=lat_lon_deg,
        other_names=_other_names(tags),
        layer=_layer(tags),
    )


def is_other_name(tag: str) -> bool:
    """Whether a tag names a road beside `name`."""
    return tag in OTHER_NAME_TAGS or tag.startswith("name:")


def _other_names(tags: Mapping[str, str]) -> OtherNames:
    return tuple((tag, value.strip()) for tag, value in tags.items() if is_other_name(tag) and value.strip())


def _layer(tags: Mapping[str, str]) -> str:
    """Return the layer; a bridge or tunnel of which only that is known lies one above or below the ground."""
    if tags.get("layer", "").strip():
        return tags["layer"].strip()
    if tags.get("bridge", "no") not in _NO:
        return "1"
    return "-1" if tags.get("tunnel", "no") not in _NO else "0"


def place_ids(lat_lon_deg: Iterable[tuple[float, float]]) -> tuple[str, ...]:
    """Return a node id for each place of a file without nodes: lines meet where they agree to 1e-7 degrees."""
    return tuple(f"{lat:.7f},{lon:.7f}" for lat, lon in lat_lon_deg)


def lane_count(text: str | float | None) -> int | None:
    """Return the lanes of both directions; None where the value is no plain positive number."""
    match = re.fullmatch(r"\s*(\d{1,2})(\.\d*)?\s*", str(text)) if text is not None else None
    count = int(match.group(1)) if match else 0
    return count or None
