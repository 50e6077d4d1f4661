"""The area whose roads are wanted: corners of the mission, or the areas of a file, read as no-fly zones' are."""

from pathlib import Path

import shapely

from missions.errors import InputError
from missions.geopoint import GeoPoint
from missions.section import Place
from missions.zones.load import KNOWN, drawing_of

Ring = list[tuple[float, float]]


def area_of(polygon: Path | tuple[Place, ...]) -> shapely.Geometry:
    """Return the area; its coordinates are latitude, longitude, WGS84 degrees.

    Raises:
        InputError: the file holds no polygon, or a border crosses itself.

    """
    if not isinstance(polygon, Path):
        return _checked([[[(place.lat, place.lon) for place in polygon]]], None)
    areas = drawing_of(polygon).areas
    if not areas:
        raise InputError("holds no polygon", file=polygon, remedy=KNOWN)
    return _checked([[_ring(area.outline), *map(_ring, area.holes)] for area in areas], polygon)


def _ring(corners: tuple[GeoPoint, ...]) -> Ring:
    return [(corner.lat_deg, corner.lon_deg) for corner in corners]


def _checked(polygons: list[list[Ring]], file: Path | None) -> shapely.Geometry:
    """Return the polygons, each an outer ring and its holes, as one area."""
    field = "roads.keep.polygon" if file is None else None
    for rings in polygons:
        for ring in rings:
            if len(ring) < 3:
                raise InputError(f"has {len(ring)} corners", file=file, field=field, remedy="at least three corners")
    shapes = [shapely.Polygon(rings[0], rings[1:]) for rings in polygons if rings]
    for shape in shapes:
        if not shape.is_valid or shape.area == 0.0:
            why = shapely.is_valid_reason(shape).partition("[")[0].lower() if not shape.is_valid else "no area"
            raise InputError(f"is no polygon: {why}", file=file, field=field, remedy="corners in order round the area")
    return shapely.union_all(shapes)
