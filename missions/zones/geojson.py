"""GeoJSON polygons of any origin to drawn areas; names and limits come from properties whose names are known."""

from collections import Counter
from typing import Any, Final

from missions.geopoint import Altitude
from missions.zones.drawn import Drawing, DrawnArea, Place
from missions.zones.geojson_rings import AREAS, polygons
from missions.zones.limits import altitude, upside_down

_ID_NAMES: Final = ("id", "zone_id", "identifier", "ident", "@id")
_NAME_NAMES: Final = ("name", "title", "label")
_LIMITS: Final = {"lower": "lowerCeiling", "upper": "upperCeiling"}
"""openAIP's names for limits, each {value, unit, referenceDatum}."""
_WGS84_NAMES: Final = ("CRS84", "4326")


def areas_from_geojson(data: dict[str, Any], *, place: Place) -> Drawing:
    """Return every polygon of a FeatureCollection, Feature or geometry; others are told in `left_out`.

    Raises:
        InputError: naming the feature that is wrong.

    """
    refuse_other_datum(data, place)
    drawing = Drawing()
    others: Counter[str] = Counter()
    for number, feature in enumerate(features_of(data, place)):
        here = place.inside("features", number)
        raw = feature.get("properties")
        properties: dict[str, Any] = raw if isinstance(raw, dict) else {}
        if properties.get("inside") is True:  # a fence in a plan that `patrol export` wrote
            drawing.left_out.append(f"{properties.get('zone_id')}: an area to stay in")
            continue
        for geometry in geometries(feature.get("geometry"), here.inside("geometry")):
            kind = " ".join(str(geometry.get("type")).split())[:40]
            if kind not in AREAS:
                others[kind] += 1
                continue
            drawing.areas += _areas(geometry, properties, feature.get("id"), here)
    drawing.left_out += [f"{count} x {kind}: no area" for kind, count in others.most_common()]
    return drawing


def features_of(data: dict[str, Any], place: Place) -> list[dict[str, Any]]:
    """Return the features of a collection; a feature or a geometry alone is one.

    Raises:
        InputError: the collection holds no list of features.

    """
    if data.get("type") == "Feature":
        return [data]
    if data.get("type") != "FeatureCollection":
        return [{"type": "Feature", "geometry": data}]
    rows = data.get("features")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise place.inside("features").refusal("is not a list of features", "a GeoJSON FeatureCollection")
    return rows


def geometries(geometry: Any, place: Place) -> list[dict[str, Any]]:  # noqa: ANN401 - parsed JSON
    """Return the geometry of a feature, of a GeometryCollection its members; of a feature without one, none.

    Raises:
        InputError: it is no geometry.

    """
    if geometry is None:
        return []
    if not isinstance(geometry, dict):
        raise place.refusal("is not an object", "a GeoJSON geometry")
    if geometry.get("type") != "GeometryCollection":
        return [geometry]
    members = geometry.get("geometries")
    if not isinstance(members, list) or not all(isinstance(member, dict) for member in members):
        raise place.inside("geometries").refusal("is not a list of geometries", "polygons")
    return members


def refuse_other_datum(data: dict[str, Any], place: Place) -> None:
    """GeoJSON of 2008 may name a coordinate system; one that is not WGS84 would land elsewhere."""
    crs = data.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    if name and not name.endswith(_WGS84_NAMES):
        raise place.inside("crs").refusal(f"is in {name[:60]}", "reproject the file to WGS84, EPSG:4326")


def _areas(geometry: dict[str, Any], properties: dict[str, Any], feature_id: object, place: Place) -> list[DrawnArea]:
    lower, upper = (_limit(properties.get(name), place.inside("properties", name)) for name in _LIMITS.values())
    if upside_down(lower, upper):
        raise place.inside("properties").refusal("the upper limit lies below the lower", "lowerCeiling below")
    name = _first(properties, _NAME_NAMES)
    return [
        DrawnArea(
            place=place,
            area_id=_first(properties, _ID_NAMES) or _text(feature_id) or name,
            name=name,
            outline=outline,
            holes=holes,
            lower=lower,
            upper=upper,
        )
        for outline, holes in polygons(geometry, place.inside("geometry"))
    ]


def _limit(row: Any, place: Place) -> Altitude | None:  # noqa: ANN401 - parsed JSON
    """Return a limit; of one that is there but not in openAIP's form nothing is known."""
    if not isinstance(row, dict) or not isinstance(row.get("value"), int | float):
        return None
    try:
        return altitude(float(row["value"]), str(row.get("unit")), str(row.get("referenceDatum")))
    except (ValueError, OverflowError) as exc:
        raise place.refusal(f"has {str(exc)[:60]}", "value, unit FT, M or FL, and referenceDatum") from exc


def _first(properties: dict[str, Any], names: tuple[str, ...]) -> str:
    return next((text for text in (_text(properties.get(name)) for name in names) if text), "")


def _text(value: object) -> str:
    """Return a name on one line; of what is no text or number, none."""
    return " ".join(str(value).split())[:200] if isinstance(value, str | int | float) else ""
