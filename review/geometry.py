"""What the map and the player draw, as plain JSON: short arrays, latitude first."""

from collections.abc import Iterable, Sequence
from typing import Any

from archive import Archive
from missions.geopoint import GeoPoint
from missions.plan import Plan
from missions.roads import RoadNetwork
from missions.telemetry import Telemetry
from missions.track import Track
from review.feed import IncidentFile

_PATH_POINTS = 3000
_CLOCK_STEP_S = 2.0
_CLOCK_LOOK_S = 0.3
_CLOCK_LOOKS = 60


def pair(point: GeoPoint) -> list[float]:
    """Return [latitude, longitude] to 1 cm."""
    return [round(point.lat_deg, 7), round(point.lon_deg, 7)]


def roads_json(network: RoadNetwork) -> list[dict[str, Any]]:
    """Return every road with its name, class and line."""
    return [
        {"name": road.name, "class": road.road_class, "line": road.lat_lon_deg.round(7).tolist()}
        for road in network.roads
    ]


def plan_json(plan: Plan) -> dict[str, Any]:
    """Return dock, fence, keep-out zones and planned legs."""
    return {
        "dock": pair(plan.dock),
        "fence": [pair(corner) for corner in plan.fence.corners],
        "keep_out": [[pair(corner) for corner in zone.corners] for zone in plan.keep_out],
        "sorties": [[pair(waypoint.position) for waypoint in sortie.waypoints] for sortie in plan.sorties],
    }


def flown_json(telemetry: Sequence[Telemetry]) -> list[list[float | None]]:
    """Return [utc s, lat, lon, heading, height above home, battery %, camera azimuth] by time, thinned to 3000."""
    step = max(1, -(-len(telemetry) // _PATH_POINTS))
    kept = [*telemetry[::step], *telemetry[-1:]] if step > 1 else telemetry
    return [
        [
            round(t.captured_utc_s, 3),
            *pair(t.position),
            round(t.heading_deg, 1),
            round(t.height_above_home_m, 1),
            None if t.battery_pct is None else round(t.battery_pct, 1),
            round(t.gimbal_azimuth_deg, 1),
        ]
        for t in kept
    ]


def extend_clock(clock: list[list[float]], archive: Archive, from_pts_s: float, to_pts_s: float) -> None:
    """Append [stream time s, patrol time s] pairs of the tracks, one in every step of the span that has any.

    Both clocks run alike between two pairs, so a look into each step is enough; reading every track would take long.
    """
    step_s = max(_CLOCK_STEP_S, (to_pts_s - from_pts_s) / _CLOCK_LOOKS)
    at_s = max(from_pts_s, clock[-1][0] + step_s) if clock else from_pts_s
    while at_s <= to_pts_s:
        found = archive.tracks(at_s, at_s + min(_CLOCK_LOOK_S, step_s))
        if found:
            clock.append([round(found[0].pts_s, 4), round(found[0].captured_utc_s, 4)])
        at_s += step_s


def tracks_json(tracks: Iterable[Track]) -> list[dict[str, Any]]:
    """Return each track with its states: [pts, x1, y1, x2, y2, score, interpolated, map error m, speed m/s]."""
    by_id: dict[int, dict[str, Any]] = {}
    for t in tracks:
        entry = by_id.setdefault(t.track_id, {"id": t.track_id, "kind": t.kind, "at": []})
        place = t.on_map
        entry["at"].append(
            [
                round(t.pts_s, 4),
                *(round(side, 1) for side in t.box_px),
                round(t.score, 2),
                int(t.interpolated),
                None if place is None else round(place.error_m, 1),
                None if place is None or place.speed_m_s is None else round(place.speed_m_s, 1),
            ]
        )
    return list(by_id.values())


def incidents_json(files: Iterable[IncidentFile]) -> list[dict[str, Any]]:
    """Return what the timeline and the map mark."""
    return [
        {
            "id": f.incident.incident_id,
            "kind": f.incident.kind,
            "state": f.state,
            "road": f.incident.road_name or "",
            "place": None if f.incident.position is None else pair(f.incident.position),
            "error_m": f.incident.position_error_m,
            "first_pts": f.incident.first_pts_s,
            "last_pts": f.incident.last_pts_s,
            "opened_pts": f.incident.opened_pts_s,
            "opened_utc": f.incident.opened_utc_s,
            "box": list(f.incident.box_px),
            "tracks": list(f.incident.track_ids),
        }
        for f in files
    ]
