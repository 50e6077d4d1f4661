"""One plan and one incident from which tests make theirs, naming only what matters to them."""

from dataclasses import replace
from typing import Any

from missions import Box, Estimate, GeoPoint, Incident, IncidentKind, Plan, Zone, ZoneRule

DOCK = GeoPoint(lat_deg=30.45772, lon_deg=114.41405)
NOTHING = Estimate(distance_m=0, service_m=0, time_s=0, energy_wh=0, energy_share_pct=0)
FENCE = Zone(
    zone_id="fence",
    rule=ZoneRule.STAY_IN,
    corners=tuple(GeoPoint(lat_deg=30 + lat, lon_deg=114 + lon) for lat, lon in ((0, 0), (0, 1), (1, 1))),
)
_PLAN = Plan(
    mission_name="drawn", mission_hash="", vehicle_id="uav-1", system_id=1, airframe="quad-5kg", camera="wide-720p",
    dock=DOCK, dock_amsl_m=32.0, altitude_cap_m=120.0, wind_m_s=0.0, wind_from_deg=0.0, reserve_pct=25.0,
    stretches=(), sorties=(), fence=FENCE, keep_out=(), rally=(), estimate=NOTHING,
)  # fmt: skip
_INCIDENT = Incident(
    incident_id="p-001", patrol_id="p", vehicle_id="uav-1", stream_id="main", kind=IncidentKind.SMOKE,
    began_utc_s=1051.0, opened_utc_s=1053.0, last_seen_utc_s=1055.0, first_pts_s=51.0, last_pts_s=55.0, score=0.9,
    box_px=Box(1, 2, 3, 4), opened_pts_s=53.0, position=GeoPoint(lat_deg=30.4573, lon_deg=114.4140),
)  # fmt: skip


def plan_with(**changes: Any) -> Plan:
    """A plan in still air that flies nowhere, but for the changes."""
    return replace(_PLAN, **changes)


def incident_with(**changes: Any) -> Incident:
    """Smoke seen for four seconds, but for the changes."""
    return replace(_INCIDENT, **changes)
