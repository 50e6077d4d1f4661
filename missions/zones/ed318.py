"""EUROCAE ED-318 zones to drawn areas: GeoJSON whose geometries carry a vertical `layer`, points also an `extent`."""

from typing import Any

from missions.zones.drawn import Drawing, DrawnArea, Place, Ring
from missions.zones.ed269 import FREE, limit, radius_m, text_of
from missions.zones.geojson import features_of, geometries, refuse_other_datum
from missions.zones.geojson_rings import AREAS, polygons, position
from missions.zones.limits import upside_down
from missions.zones.shapes import circle
from missions.zones.times import active_of_applicability


def looks_like_ed318(data: dict[str, Any]) -> bool:
    """Whether a GeoJSON document holds ED-318 zones: a geometry with a layer or an extent, or a zone's variant."""
    rows = data.get("features")
    for row in rows if isinstance(rows, list) else [data]:
        geometry, properties = (
            (row.get(name) for name in ("geometry", "properties")) if isinstance(row, dict) else (0, 0)
        )
        if isinstance(geometry, dict) and ("layer" in geometry or "extent" in geometry):
            return True
        if isinstance(properties, dict) and "variant" in properties and "identifier" in properties:
            return True
    return False


def areas_from_ed318(data: dict[str, Any], *, place: Place) -> Drawing:
    """Return every area of every zone with a restriction.

    Raises:
        InputError: naming the feature and member that is wrong.

    """
    refuse_other_datum(data, place)
    drawing = Drawing()
    for number, feature in enumerate(features_of(data, place)):
        here = place.inside("features", number)
        raw = feature.get("properties")
        properties: dict[str, Any] = raw if isinstance(raw, dict) else {}
        if properties.get("type") == FREE:
            drawing.left_out.append(f"{text_of(properties.get('identifier'))}: {FREE}")
            continue
        for geometry in geometries(feature.get("geometry"), here.inside("geometry")):
            drawing.areas += _areas(geometry, properties, here.inside("geometry"))
    return drawing


def _areas(geometry: dict[str, Any], properties: dict[str, Any], place: Place) -> list[DrawnArea]:
    raw = geometry.get("layer")
    layer: dict[str, Any] = raw if isinstance(raw, dict) else {}
    here = place.inside("layer")
    lower, upper = (limit(layer, end, f"{end}Reference", here, unit="uom") for end in ("lower", "upper"))
    if upside_down(lower, upper):
        raise here.inside("upper").refusal("lies below lower", "lower below upper")
    return [
        DrawnArea(
            place=place,
            area_id=text_of(properties.get("identifier")),
            name=text_of(properties.get("name")),
            outline=outline,
            holes=holes,
            lower=lower,
            upper=upper,
            active=active_of_applicability(properties.get("limitedApplicability")),
        )
        for outline, holes in _shapes(geometry, layer, place)
    ]


def _shapes(geometry: dict[str, Any], layer: dict[str, Any], place: Place) -> list[tuple[Ring, tuple[Ring, ...]]]:
    if geometry.get("type") in AREAS:
        return list(polygons(geometry, place))
    extent = geometry.get("extent")
    if geometry.get("type") == "Point" and isinstance(extent, dict):
        centre = position(geometry.get("coordinates"), place.inside("coordinates"))
        unit = extent.get("uom") or layer.get("uom") or "m"
        return [(circle(centre, radius_m(extent.get("radius"), unit, place.inside("extent"))), ())]
    kind = str(geometry.get("type"))[:40]
    raise place.refusal(f"{kind} is no area", "a Polygon, a MultiPolygon or a Point with a circular extent")
