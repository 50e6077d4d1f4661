"""What a zone file draws, before it becomes zones: areas of rings, with what their format says of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from missions.errors import InputError
from missions.geopoint import Altitude, GeoPoint
from missions.zone import ActiveTime, Zone, ZoneRule

Ring = tuple[GeoPoint, ...]
"""Corners in order, the first may be repeated as the last."""

MOST_CORNERS: Final = 20_000
"""Of one ring: more is a damaged file or none that a plan could keep to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands in a zone file, for refusals."""

    file: Path
    line: int | None = None
    field: str | None = None

    def refusal(self, what: str, remedy: str) -> InputError:
        """Return the error to raise: on one line, whatever of the file is quoted in it."""
        what = " ".join(what.split())[:200]
        return InputError(what, file=self.file, line=self.line, field=self.field, remedy=remedy)

    def inside(self, *parts: object) -> "Place":
        """Return the place of a member of this one."""
        names = [part for part in (self.field, *map(str, parts)) if part]
        return Place(file=self.file, line=self.line, field=".".join(names))


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnArea:
    """One area of a file: an outline with holes, and what is said about it."""

    place: Place
    area_id: str
    outline: Ring
    holes: tuple[Ring, ...] = ()
    name: str = ""
    lower: Altitude | None = None
    upper: Altitude | None = None
    active: tuple[ActiveTime, ...] = ()


@dataclass(slots=True, kw_only=True)
class Drawing:
    """What a reader found in a file."""

    areas: list[DrawnArea] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """What was not read as a no-fly zone, and why; a sentence each."""


def zones_of(areas: Sequence[DrawnArea]) -> tuple[Zone, ...]:
    """Return the areas as zones with ids of their own; an area with holes becomes several, side by side.

    An outline that crosses itself becomes all that it encloses.

    Raises:
        InputError: an outline holds no area.

    """
    taken: set[str] = set()
    zones: list[Zone] = []
    for area in areas:
        parts = list(_simple_parts(area))
        base = _free_id(area.area_id or area.name or "zone", taken)
        taken.add(base)
        for number, corners in enumerate(parts, start=1):
            zone_id = base if len(parts) == 1 else f"{base}/{number}"
            zones.append(
                Zone(
                    zone_id=zone_id,
                    rule=ZoneRule.KEEP_OUT,
                    corners=corners,
                    name=area.name,
                    lower=area.lower,
                    upper=area.upper,
                    active=area.active,
                )
            )
    return tuple(zones)


def _free_id(wanted: str, taken: set[str]) -> str:
    number, free = 1, wanted
    while free in taken:
        number += 1
        free = f"{wanted} ({number})"
    return free


def _simple_parts(area: DrawnArea) -> Iterator[Ring]:
    """Return simple polygons without holes that together are the area, the largest first."""
    from shapely import Polygon

    for ring in (area.outline, *area.holes):
        if len(ring) > MOST_CORNERS:
            raise area.place.refusal(f"has an outline of {len(ring)} corners", f"at most {MOST_CORNERS}")
    outline = _open(area.outline)
    if len(outline) < 3:
        raise area.place.refusal(f"has {len(outline)} corners", "an outline of at least 3 different places")
    shape = Polygon(_pairs(outline), [_pairs(hole) for hole in map(_open, area.holes) if len(hole) >= 3])
    if shape.is_valid and not shape.interiors and shape.area > 0:
        yield outline
        return
    parts = sorted(without_holes(_enclosed(outline, area.holes)), key=lambda part: -part.area)
    if not parts:
        raise area.place.refusal("holds no area", "an outline of at least 3 places that are not in one line")
    for part in parts:
        corners = tuple(GeoPoint(lat_deg=lat, lon_deg=lon) for lon, lat in list(part.exterior.coords)[:-1])
        yield corners


def _open(ring: Ring) -> Ring:
    """Return the ring without repeated places."""
    corners = [place for number, place in enumerate(ring) if not number or place != ring[number - 1]]
    while len(corners) > 1 and corners[0] == corners[-1]:
        corners.pop()
    return tuple(corners)


def _pairs(ring: Ring) -> list[tuple[float, float]]:
    return [(place.lon_deg, place.lat_deg) for place in ring]


def _enclosed(outline: Ring, holes: Sequence[Ring]) -> Any:  # noqa: ANN401 - shapely's geometries
    """Return everything the outline encloses, however it crosses itself, without what the holes enclose."""
    from shapely import Polygon, make_valid, union_all

    def inside(ring: Ring) -> Any:  # noqa: ANN401
        return make_valid(Polygon(_pairs(ring)), method="structure", keep_collapsed=False)

    rings = [_open(hole) for hole in holes]
    return inside(outline).difference(union_all([inside(ring) for ring in rings if len(ring) >= 3]))


def without_holes(shape: Any) -> Iterator[Any]:  # noqa: ANN401 - shapely's geometries
    """Return the polygons of a shape, cut from north to south through the middle of each hole until none has any."""
    from shapely import Polygon, box

    if not isinstance(shape, Polygon):
        for part in getattr(shape, "geoms", ()):
            yield from without_holes(part)
        return
    if not shape.interiors:
        if shape.area > 0:
            yield shape
        return
    hole = Polygon(shape.interiors[0])
    west, south, east, north = shape.bounds
    middle = (hole.bounds[0] + hole.bounds[2]) / 2
    for half in (box(west - 1, south - 1, middle, north + 1), box(middle, south - 1, east + 1, north + 1)):
        yield from without_holes(shape.intersection(half))
