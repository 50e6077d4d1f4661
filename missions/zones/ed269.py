"""EUROCAE ED-269 zones to drawn areas: JSON of our own kind, circles and polygons with limits and times.

The standard names the list `features`; some countries publish `UASZoneList`. A zone whose restriction is
NO_RESTRICTION is none to keep out of; every other one is, authorisation or not.
"""

from typing import Any, Final

from missions.geopoint import Altitude
from missions.zones.drawn import Drawing, DrawnArea, Place, Ring
from missions.zones.geojson_rings import position, ring
from missions.zones.limits import METRES_PER, altitude, upside_down
from missions.zones.shapes import circle
from missions.zones.times import active_of_applicability

LISTS: Final = ("UASZoneList", "features")
FREE: Final = "NO_RESTRICTION"
_LARGEST_M: Final = 1_000_000.0


def looks_like_ed269(data: dict[str, Any]) -> bool:
    """Whether a JSON document holds ED-269 zones: a list of zones whose geometry is a list of volumes."""
    if "UASZoneList" in data:
        return True
    rows = data.get("features")
    first = rows[0] if isinstance(rows, list) and rows else None
    return isinstance(first, dict) and ("applicability" in first or isinstance(first.get("geometry"), list))


def areas_from_ed269(data: dict[str, Any], *, place: Place) -> Drawing:
    """Return every volume of every zone with a restriction.

    Raises:
        InputError: naming the zone and member that is wrong.

    """
    name = next(name for name in LISTS if name in data)
    rows = data[name]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise place.inside(name).refusal("is not a list of zones", "ED-269 zones")
    drawing = Drawing()
    for number, zone in enumerate(rows):
        if zone.get("restriction") == FREE:
            drawing.left_out.append(f"{text_of(zone.get('identifier'))}: {FREE}")
            continue
        drawing.areas += _areas(zone, place.inside(name, number))
    return drawing


def _areas(zone: dict[str, Any], place: Place) -> list[DrawnArea]:
    volumes = zone.get("geometry")
    if not isinstance(volumes, list) or not volumes or not all(isinstance(row, dict) for row in volumes):
        raise place.inside("geometry").refusal("is not a list of volumes", "uomDimensions and horizontalProjection")
    active = active_of_applicability(zone.get("applicability"))
    areas = []
    for number, volume in enumerate(volumes):
        here = place.inside("geometry", number)
        lower, upper = (limit(volume, f"{end}Limit", f"{end}VerticalReference", here) for end in ("lower", "upper"))
        if upside_down(lower, upper):
            raise here.inside("upperLimit").refusal("lies below lowerLimit", "lowerLimit below upperLimit")
        areas += [
            DrawnArea(
                place=here,
                area_id=text_of(zone.get("identifier")),
                name=text_of(zone.get("name")),
                outline=outline,
                holes=holes,
                lower=lower,
                upper=upper,
                active=active,
            )
            for outline, holes in _shapes(volume, here)
        ]
    return areas


def limit(
    volume: dict[str, Any], value: str, datum: str, place: Place, *, unit: str = "uomDimensions"
) -> Altitude | None:
    """Return a vertical limit of a volume; None where it has none, or one of a datum that is not known.

    Raises:
        InputError: it is no height.

    """
    raw = volume.get(value)
    if raw is None:
        return None
    try:
        return altitude(float(raw), str(volume.get(unit)), str(volume.get(datum)))
    except (TypeError, ValueError, OverflowError) as exc:
        remedy = f"a height in the unit {unit} names, M or FT"
        raise place.inside(value).refusal(
            f"{str(raw)[:40]!r} {str(volume.get(unit))[:20]} is no height", remedy
        ) from exc


def radius_m(raw: object, unit: object, place: Place) -> float:
    """Return a circle's radius.

    Raises:
        InputError: it is none.

    """
    try:
        metres = float(raw) * METRES_PER[str(unit).upper()]  # type: ignore[arg-type]  # what is no number is refused
    except (TypeError, ValueError, KeyError, OverflowError):
        metres = 0.0
    if not 0 < metres <= _LARGEST_M:
        raise place.inside("radius").refusal(f"{str(raw)[:40]!r} {str(unit)[:20]} is no radius", "a length, M or FT")
    return metres


def _shapes(volume: dict[str, Any], place: Place) -> list[tuple[Ring, tuple[Ring, ...]]]:
    shape = volume.get("horizontalProjection")
    here = place.inside("horizontalProjection")
    if not isinstance(shape, dict):
        raise here.refusal("is not an object", "a Circle or a Polygon")
    if shape.get("type") == "Circle":
        centre = position(shape.get("center"), here.inside("center"))
        return [(circle(centre, radius_m(shape.get("radius"), volume.get("uomDimensions"), here)), ())]
    rows = shape.get("coordinates")
    if shape.get("type") != "Polygon" or not isinstance(rows, list) or not rows:
        raise here.refusal(f"is no shape of ED-269: {str(shape.get('type'))[:40]}", "a Circle or a Polygon with rings")
    rings = [ring(row, here.inside("coordinates")) for row in rows]
    return [(rings[0], tuple(rings[1:]))]


def text_of(value: object) -> str:
    """Return a text on one line; of a list of {text, lang} the English one, else the first."""
    if isinstance(value, list):
        texts = [row for row in value if isinstance(row, dict) and isinstance(row.get("text"), str)]
        english = [row for row in texts if str(row.get("lang")).startswith("en")]
        value = (english or texts)[0]["text"] if texts else ""
    return " ".join(value.split())[:200] if isinstance(value, str) else ""
