"""A plan as GeoJSON, for maps and GIS: dock, legs, stretches, fence and rally points, told apart by `kind`.

Positions are longitude, latitude; heights stand in the properties with their datum, because GeoJSON's third number
is above the ellipsoid, which no plan knows. Rings of areas run counter-clockwise, so a corner order may turn round; the
rest of a plan comes back from `plan_geojson_reader.py` as it was.
"""

import json
from collections.abc import Sequence
from typing import Any

from missions.formats.legs import Leg, legs_of
from missions.geopoint import GeoPoint
from missions.items import rally_items
from missions.plan import Plan, Sortie, Stretch
from missions.waypoint import MissionItem
from missions.zone import Zone, ZoneRule


def to_geojson(plan: Plan) -> str:
    """Return the plan as the text of a FeatureCollection."""
    features = [
        _feature("dock", _point(plan.dock), name=plan.mission_name, amsl_m=plan.dock_amsl_m),
        *(_stretch(stretch) for stretch in plan.stretches),
        *(
            _leg(sortie, leg, number)
            for sortie in plan.sorties
            for number, leg in enumerate(legs_of(plan, sortie), start=1)
        ),
        _zone("fence", plan.fence),
        *(_zone("keep_out", zone) for zone in plan.keep_out),
        *(_rally(item) for item in rally_items(plan)),
    ]
    document = {
        "type": "FeatureCollection",
        "name": plan.mission_name,
        "features": features,
    }
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _feature(kind: str, geometry: dict[str, Any], **properties: object) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"kind": kind, **properties}, "geometry": geometry}


def _position(point: GeoPoint) -> list[float]:
    return [point.lon_deg, point.lat_deg]


def _point(point: GeoPoint) -> dict[str, Any]:
    return {"type": "Point", "coordinates": _position(point)}


def _line(points: Sequence[GeoPoint]) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": [_position(point) for point in points]}


def _stretch(stretch: Stretch) -> dict[str, Any]:
    return _feature(
        "stretch",
        _line(stretch.centreline),
        stretch_id=stretch.stretch_id,
        name=stretch.name,
        road_class=stretch.road_class,
        length_m=stretch.length_m,
    )


def _leg(sortie: Sortie, leg: Leg, number: int) -> dict[str, Any]:
    """Return a leg; what is commanded at its second and later positions stands in lists, in their order."""
    holds_s = [waypoint.hold_s for waypoint in leg.waypoints]
    return _feature(
        "leg",
        _line(leg.places),
        sortie_id=sortie.sortie_id,
        number=number,
        leg=leg.kind.value,
        stretch_id=leg.stretch_id,
        height_m=leg.height_m,
        above=leg.above.value,
        speed_m_s=leg.speed_m_s,
        takeoff_height_m=sortie.takeoff_height_m,
        heights_m=[waypoint.altitude.metres for waypoint in leg.waypoints],
        heights_above=[waypoint.altitude.above.value for waypoint in leg.waypoints],
        speeds_m_s=[waypoint.speed_m_s for waypoint in leg.waypoints],
        gimbal_pitches_deg=[waypoint.gimbal_pitch_deg for waypoint in leg.waypoints],
        **({"holds_s": holds_s} if any(holds_s) else {}),
    )


def _rally(item: MissionItem) -> dict[str, Any]:
    assert item.position is not None
    assert item.altitude is not None
    height = {"height_m": item.altitude.metres, "above": item.altitude.above.value}
    return _feature("rally", _point(item.position), number=item.seq + 1, **height)


def _zone(kind: str, zone: Zone) -> dict[str, Any]:
    """Return a polygon, closed and counter-clockwise as RFC 7946 asks."""
    ring = [_position(corner) for corner in zone.corners]
    doubled = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))
    if doubled < 0:
        ring.reverse()
    geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    return _feature(kind, geometry, zone_id=zone.zone_id, inside=zone.rule is ZoneRule.STAY_IN)
