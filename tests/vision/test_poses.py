import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions.camera import CameraPose
from missions.geopoint import GeoPoint
from vision.poses import PoseTrack, angle_between
from vision.stream_clock import StreamClock


def pose(at_s: float, *, lon_deg: float = 114.0, azimuth_deg: float = 0.0) -> CameraPose:
    return CameraPose(
        captured_utc_s=at_s,
        position=GeoPoint(lat_deg=30.0, lon_deg=lon_deg),
        amsl_m=100.0,
        azimuth_deg=azimuth_deg,
        pitch_deg=-60.0,
    )


def test_between_two_reports_everything_is_on_the_way() -> None:
    track = PoseTrack([pose(10.0, lon_deg=114.0), pose(11.0, lon_deg=114.001)])
    middle = track.pose_at(10.25)
    assert middle is not None
    assert middle.position.lon_deg == pytest.approx(114.00025)


def test_headings_turn_the_short_way_through_north() -> None:
    assert angle_between(350.0, 10.0, 0.5) == pytest.approx(0.0)
    assert angle_between(10.0, 350.0, 0.25) == pytest.approx(5.0)


@given(st.floats(0, 360), st.floats(-179, 179), st.floats(0, 1))
def test_a_heading_on_the_way_is_never_further_off_than_the_ends(first: float, turn: float, share: float) -> None:
    found = angle_between(first, first + turn, share)
    moved = (found - first + 180.0) % 360.0 - 180.0
    assert moved == pytest.approx(share * turn, abs=1e-6)


def test_nothing_is_known_between_reports_too_far_apart_or_before_the_first() -> None:
    track = PoseTrack([pose(10.0), pose(12.0)])
    assert track.pose_at(11.0) is None
    assert track.pose_at(9.9) is None
    assert track.pose_at(12.2) is not None
    assert track.pose_at(12.6) is None


def test_reports_may_come_in_any_order_and_old_ones_are_forgotten() -> None:
    track = PoseTrack(keep_s=5.0)
    for at_s in (2.0, 1.0, 3.0, 9.0):
        track.add(pose(at_s))
    assert track.pose_at(2.0) is None
    assert track.newest_utc_s == 9.0


def test_capture_time_is_what_the_metadata_says_and_runs_on_behind_it() -> None:
    clock = StreamClock()
    clock.tell(1.0, 1001.0)
    clock.tell(1.2, 1001.3)
    assert clock.captured_utc_s(1.1) == pytest.approx(1001.15)
    assert clock.captured_utc_s(1.7) == pytest.approx(1001.8)
    assert clock.captured_utc_s(0.5) == pytest.approx(1000.5)


def test_without_metadata_the_least_delay_ever_seen_counts_as_none() -> None:
    clock = StreamClock()
    clock.arrived(5.0, 1005.4)
    clock.arrived(6.0, 1006.1)
    clock.arrived(7.0, 1007.9)
    assert clock.captured_utc_s(8.0) == pytest.approx(1008.1)
