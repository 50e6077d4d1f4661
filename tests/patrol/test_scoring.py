"""Matching what was found to what happened."""

from dataclasses import replace

import pytest

from missions import Alert, Box, Delivery, DeliveryState, GeoPoint, Incident, IncidentKind, Truth
from patrol.scoring import score_alerts, score_incidents

HERE = GeoPoint(lat_deg=30.4573, lon_deg=114.4140)
TAKEOFF = 1000.0
TRUTH = Truth(incident_id="scripted-1", kind="smoke", position=HERE, began_utc_s=1040.0, first_visible_utc_s=1050.0)
INCIDENT = Incident(
    incident_id="p-001",
    patrol_id="p",
    vehicle_id="uav-1",
    stream_id="main",
    kind=IncidentKind.SMOKE,
    began_utc_s=1051.0,
    opened_utc_s=1053.0,
    last_seen_utc_s=1055.0,
    first_pts_s=51.0,
    last_pts_s=55.0,
    score=0.9,
    box_px=Box(1, 2, 3, 4),
    opened_pts_s=53.0,
    position=GeoPoint(lat_deg=30.4573, lon_deg=114.41405),
    position_error_m=4.0,
)


def test_onset_is_the_first_sight_where_that_is_later_than_the_start() -> None:
    (row,) = score_incidents([INCIDENT], [TRUTH], takeoff_utc_s=TAKEOFF)
    assert row.true
    assert row.began_s == 40.0
    assert row.onset_to_opened_s == pytest.approx(3.0)
    assert row.position_error_m == pytest.approx(4.8, abs=0.1)  # 5e-5 degrees of longitude at this latitude


def test_onset_is_the_start_where_the_place_was_in_sight_before() -> None:
    (row,) = score_incidents([INCIDENT], [replace(TRUTH, began_utc_s=1052.0)], takeoff_utc_s=TAKEOFF)
    assert row.onset_to_opened_s == pytest.approx(1.0)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"kind": IncidentKind.STOPPED_VEHICLE}, id="another kind"),
        pytest.param({"position": GeoPoint(lat_deg=30.4580, lon_deg=114.4140)}, id="78 m away"),
        pytest.param({"opened_utc_s": 1030.0}, id="before it began"),
    ],
)
def test_an_incident_that_is_not_the_happening_is_a_false_alarm(change: dict[str, object]) -> None:
    missed, false = score_incidents([replace(INCIDENT, **change)], [TRUTH], takeoff_utc_s=TAKEOFF)
    assert missed.true
    assert missed.opened_s is None
    assert not false.true


def test_a_second_incident_of_one_happening_counts_against_us() -> None:
    again = replace(INCIDENT, incident_id="p-002", opened_utc_s=1054.0)
    rows = score_incidents([INCIDENT, again], [TRUTH], takeoff_utc_s=TAKEOFF)
    assert [(row.incident_id, row.true) for row in rows] == [("p-001", True), ("p-002", False)]


def test_fire_seen_where_smoke_was_scripted_is_the_same_happening() -> None:
    (row,) = score_incidents([replace(INCIDENT, kind=IncidentKind.FIRE)], [TRUTH], takeoff_utc_s=TAKEOFF)
    assert row.incident_id == "p-001"


def test_an_alert_is_timed_from_onset_in_patrol_then_wall_seconds() -> None:
    scored = score_incidents([INCIDENT], [TRUTH], takeoff_utc_s=TAKEOFF)
    alert = Alert(
        alert_id="a",
        incident_id="p-001",
        person_id="desk",
        channel="console:",
        language="en",
        title="t",
        body="b",
        created_wall_s=5000.0,
    )
    unsent = replace(alert, alert_id="b")
    sent = Delivery(alert_id="a", state=DeliveryState.SENT, at_wall_s=5000.5)
    first, second = score_alerts([alert, unsent], [sent], scored)
    assert first.onset_to_sent_s == pytest.approx(3.5)
    assert first.opened_to_sent_s == pytest.approx(0.5)
    assert second.onset_to_sent_s is None
