"""One presentation time for a patrol whose stream begins anew."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from missions import Box, Incident, IncidentKind
from patrol.run.footage_clock import FootageClock

INCIDENT = Incident(
    incident_id="p-001", patrol_id="p", vehicle_id="uav-1", stream_id="main", kind=IncidentKind.SMOKE,
    began_utc_s=1.0, opened_utc_s=2.0, last_seen_utc_s=3.0, first_pts_s=1.0, last_pts_s=3.0, score=0.9,
    box_px=Box(1, 2, 3, 4), opened_pts_s=2.0,
)  # fmt: skip


def test_a_stream_that_goes_on_is_left_alone() -> None:
    clock = FootageClock()
    assert [clock.pts_s(at / 10) for at in range(50)] == [at / 10 for at in range(50)]


@given(st.lists(st.lists(st.floats(0, 500), min_size=1, max_size=5).map(sorted), min_size=1, max_size=6))
def test_times_of_a_patrol_never_step_back_by_more_than_the_tolerance(streams: list[list[float]]) -> None:
    clock, newest = FootageClock(), 0.0
    for stream in streams:
        for at_s in stream:
            mapped = clock.pts_s(at_s)
            assert mapped >= newest - 2.0
            newest = max(newest, mapped)


def test_a_resumed_patrol_begins_behind_its_archive() -> None:
    clock = FootageClock(after_pts_s=100.0)
    assert clock.pts_s(1.0) == 101.0
    assert clock.pts_s(1.1) == 101.1


def test_an_incident_known_before_keeps_its_times_and_a_new_one_is_shifted() -> None:
    clock = FootageClock(after_pts_s=100.0)
    clock.pts_s(1.0)
    again = clock.incident(INCIDENT, INCIDENT)
    assert (again.first_pts_s, again.opened_pts_s, again.last_pts_s) == (1.0, 2.0, 103.0)
    new = clock.incident(replace(INCIDENT, incident_id="p-002"), None)
    assert (new.first_pts_s, new.opened_pts_s, new.last_pts_s) == (101.0, 102.0, 103.0)
