"""Incidents, people and places the tests of this room share."""

import time

import pytest

from missions import Alert, Box, GeoPoint, Incident, IncidentKind, Person, Responder, Roster
from response import plan_alerts


@pytest.fixture
def smoke() -> Incident:
    """An e-bike smokes on the avenue."""
    return Incident(
        incident_id="p1-smoke-1",
        patrol_id="p1",
        vehicle_id="uav-1",
        stream_id="main",
        kind=IncidentKind.SMOKE,
        began_utc_s=1_780_000_100.0,
        opened_utc_s=1_780_000_103.5,
        last_seen_utc_s=1_780_000_110.0,
        first_pts_s=100.0,
        last_pts_s=110.0,
        score=0.9,
        box_px=Box(600, 300, 660, 360),
        opened_pts_s=103.5,
        position=GeoPoint(lat_deg=30.4579, lon_deg=114.4150),
        position_error_m=6.2,
        road_name="Gaoxin Avenue",
    )


@pytest.fixture
def roster() -> Roster:
    """A desk with two channels, and two people on the avenue of whom the farther one has an extinguisher."""
    desk = Person(person_id="desk", name="Duty desk", channels=("console:", "review:"), language="en")
    gate = Person(person_id="gate", name="北门", channels=("console:",), language="zh-CN")
    shop = Person(person_id="shop", name="Shop", channels=("console:",), language="en")
    gate_position, shop_position = (GeoPoint(lat_deg=30.4579, lon_deg=lon) for lon in (114.4141, 114.4148))
    return Roster(
        staff=(desk, gate, shop),
        responders=(
            Responder(person_id="gate", position=gate_position, equipment=("extinguisher", "radio")),
            Responder(person_id="shop", position=shop_position),
        ),
    )


@pytest.fixture
def alert(smoke: Incident, roster: Roster) -> Alert:
    """The desk's warning of the smoke."""
    return plan_alerts(smoke, roster, mission_name="Gaoxin", now_wall_s=time.time())[0]
