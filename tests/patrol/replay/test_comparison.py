"""Incidents found then and now."""

from dataclasses import replace

from missions.geopoint import GeoPoint
from missions.incident import IncidentKind
from patrol.replay import compare_incidents
from tests.samples import incident_with

SMOKE = incident_with(position_error_m=3.0)
NORTH_OF_IT = GeoPoint(lat_deg=30.4573 + 2.0 / 111_320, lon_deg=114.4140)


def test_the_same_happening_within_a_picture_and_its_own_error_is_the_same() -> None:
    now = replace(SMOKE, incident_id="q-001", opened_utc_s=SMOKE.opened_utc_s + 0.2, position=NORTH_OF_IT)
    (row,) = compare_incidents([SMOKE], [now])
    assert row.same
    assert row.apart_m is not None
    assert 1.9 < row.apart_m < 2.1


def test_one_that_opened_later_or_elsewhere_differs() -> None:
    later = replace(SMOKE, opened_utc_s=SMOKE.opened_utc_s + 1.0)
    elsewhere = replace(SMOKE, position=GeoPoint(lat_deg=30.4583, lon_deg=114.4140))
    nowhere = replace(SMOKE, position=None)
    assert [row.same for now in (later, elsewhere, nowhere) for row in compare_incidents([SMOKE], [now])] == [False] * 3


def test_what_is_gone_and_what_is_new_are_rows_of_their_own() -> None:
    fire = replace(SMOKE, kind=IncidentKind.FIRE)
    rows = compare_incidents([SMOKE], [fire])
    assert [(row.then, row.now) for row in rows] == [(SMOKE, None), (None, fire)]
    assert not any(row.same for row in rows)


def test_each_is_paired_with_the_nearest_in_time_and_used_once() -> None:
    earlier = replace(SMOKE, incident_id="p-002", opened_utc_s=SMOKE.opened_utc_s - 4.0)
    rows = compare_incidents([earlier, SMOKE], [SMOKE])
    assert [(row.then and row.then.incident_id, row.now is not None) for row in rows] == [
        ("p-002", False),
        ("p-001", True),
    ]


def test_nothing_then_and_nothing_now_is_no_row() -> None:
    assert compare_incidents([], []) == ()
