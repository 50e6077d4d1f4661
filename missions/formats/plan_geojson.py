"""A plan as GeoJSON, for maps and GIS: dock, legs, stretches, fence and rally points, told apart by `kind`.

Positions are longitude, latitude; heights stand in the properties with their datum, because GeoJSON's third number
is above the ellipsoid, which no plan knows.
"""

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from missions.geopoint import GeoPoint
from missions.plan import Plan, Sortie, Stretch
from missions.waypoint import LegKind, Waypoint
from missions.zone import Zone, ZoneRule


def to_geojson(plan: Plan) -> str:
    """Return the plan as the text of a FeatureCollection."""
    features = [
        _feature("dock", _point(plan.dock), name=plan.mission_name, amsl_m=plan.dock_amsl_m),
        *(_stretch(stretch) for stretch in plan.stretches),
        *(leg for sortie in plan.sorties for leg in _legs(plan, sortie)),
        _zone("fence", plan.fence),
        *(_zone("keep_out", zone) for zone in plan.keep_out),
        *(_feature("rally", _point(point), number=number) for number, point in enumerate(plan.rally, start=1)),
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


def _legs(plan: Plan, sortie: Sortie) -> list[dict[str, Any]]:
    """Return a sortie as lines from the dock to the dock, one for each run along a stretch or straight across."""
    lines: list[dict[str, Any]] = []
    here = plan.dock
    for leg, group in groupby(sortie.waypoints, key=lambda w: (w.leg, w.stretch_id)):
        run = list(group)
        lines.append(_leg(sortie, [here, *(w.position for w in run)], run, leg, len(lines) + 1))
        here = run[-1].position
    if sortie.waypoints:
        last = sortie.waypoints[-1]
        lines.append(_leg(sortie, [here, plan.dock], [last], (LegKind.DEADHEAD, None), len(lines) + 1))
    return lines


def _leg(
    sortie: Sortie, points: list[GeoPoint], run: Sequence[Waypoint], leg: tuple[LegKind, str | None], number: int
) -> dict[str, Any]:
    return _feature(
        "leg",
        _line(points),
        sortie_id=sortie.sortie_id,
        number=number,
        leg=leg[0].value,
        stretch_id=leg[1],
        height_m=max(waypoint.altitude.metres for waypoint in run),
        above=run[0].altitude.above.value,
        speed_m_s=run[0].speed_m_s,
    )


def _zone(kind: str, zone: Zone) -> dict[str, Any]:
    """Return a polygon, closed and counter-clockwise as RFC 7946 asks."""
    ring = [_position(corner) for corner in zone.corners]
    doubled = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))
    if doubled < 0:
        ring.reverse()
    geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    return _feature(kind, geometry, zone_id=zone.zone_id, inside=zone.rule is ZoneRule.STAY_IN)
