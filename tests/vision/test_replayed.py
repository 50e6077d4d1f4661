"""A video without metadata is watched with what its recorded flight told: alike every time, whatever the pace."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vision_detectors import SCRIPTED, FunctionDetector
from vision_streams import FRAME, GROUND_AMSL_M, HEIGHT_M, START_UTC_S, Flight, place_of, transport_stream, write_stream

from missions.camera import PoseError
from missions.codec import to_json
from missions.detection import Box, Detection
from missions.errors import InputError
from missions.geopoint import GeoPoint
from missions.incident import Incident
from missions.mission import Wind
from missions.recorded_flight import PictureTime, RecordedFlight
from missions.telemetry import Telemetry
from vision import WatchSpec, watch_source
from vision.events import IncidentSeen, TracksSeen
from vision.recorded import clock_of, load_recorded, poses_of, wind_at, winds_of
from vision.spec import TelemetryKind

SMOKE_AT_M = (40.0, 3.0)
SECONDS = 6


def told(at_s: float, **changes: object) -> Telemetry:
    lat, lon, _ = FRAME.enu_to_geodetic([[6.0 * at_s, 0.0]])[0]
    value = Telemetry(
        patrol_id="p", vehicle_id="v", stream_id="main", captured_utc_s=START_UTC_S + at_s,
        position=GeoPoint(lat_deg=float(lat), lon_deg=float(lon)), amsl_m=GROUND_AMSL_M + HEIGHT_M,
        height_above_home_m=HEIGHT_M, heading_deg=90.0, roll_deg=0.0, pitch_deg=0.0,
        velocity_enu_m_s=(6.0, 0.0, 0.0), gimbal_pitch_deg=-60.0, gimbal_azimuth_deg=90.0,
    )  # fmt: skip
    return replace(value, **changes)  # type: ignore[arg-type] # fields of several types


def flown(*, every_s: float = 0.2) -> RecordedFlight:
    return RecordedFlight(
        picture_times=tuple(
            PictureTime(pts_s=number * every_s, captured_utc_s=START_UTC_S + number * every_s)
            for number in range(round(SECONDS / every_s))
        ),
        telemetry=tuple(told(number / 10) for number in range(SECONDS * 10)),
    )


def watched(tmp_path: Path, recorded: RecordedFlight) -> tuple[list[Incident], list[tuple[float, float]]]:
    flight = Flight(boils_at_m=SMOKE_AT_M)

    def smoke(looked: int) -> list[Detection]:
        u, v = flight.pixel(SMOKE_AT_M, looked / 5)
        return [Detection(kind="smoke", score=0.7, box_px=Box(u - 12, v - 20, u + 12, v + 3.5))]

    video = tmp_path / "flown.ts"
    if not video.exists():
        write_stream(video, transport_stream(flight, SECONDS, klv=False))
    file = tmp_path / "flight.json"
    file.write_text(to_json(recorded))
    spec = WatchSpec(
        video=str(video),
        telemetry=TelemetryKind.REPLAYED,
        telemetry_file=file,
        camera="wide-720p",
        patrol_id="p",
        watch=SCRIPTED,
    )
    events = list(watch_source(spec, detector=FunctionDetector(smoke)))
    incidents = [event.incident for event in events if isinstance(event, IncidentSeen)]
    return incidents, [(e.pts_s, e.captured_utc_s) for e in events if isinstance(e, TracksSeen) and e.detected]


def test_incidents_of_a_replay_have_their_time_and_place_and_are_alike_every_time(tmp_path: Path) -> None:
    first, times = watched(tmp_path, flown())
    again, times_again = watched(tmp_path, flown())
    assert (first, times) == (again, times_again)
    found = first[-1]
    assert found.position is not None
    assert place_of(found.position) == pytest.approx(SMOKE_AT_M, abs=2.0)
    assert found.opened_utc_s - START_UTC_S == pytest.approx(found.opened_pts_s - times[0][0], abs=1e-3)


def test_a_picture_has_the_capture_time_it_had_in_flight_though_the_clock_was_uneven(tmp_path: Path) -> None:
    uneven = replace(
        flown(),
        picture_times=tuple(
            PictureTime(pts_s=time.pts_s, captured_utc_s=START_UTC_S + 1.05 * time.pts_s)
            for time in flown().picture_times
        ),
    )
    _, times = watched(tmp_path, uneven)
    first_pts_s = times[0][0]
    assert [utc_s - START_UTC_S for _, utc_s in times] == pytest.approx(
        [1.05 * pts_s for pts_s, _ in times], abs=0.06
    ), first_pts_s


@given(st.integers(700, 3000))
def test_a_clock_of_a_recording_forgets_nothing(count: int) -> None:
    times = tuple(
        PictureTime(pts_s=n * 0.2, captured_utc_s=START_UTC_S + n * 0.2 + (n % 3) * 0.01) for n in range(count)
    )
    clock = clock_of(RecordedFlight(picture_times=times, telemetry=()))
    assert clock.captured_utc_s(0.0) == times[0].captured_utc_s
    assert clock.captured_utc_s(times[-1].pts_s) == times[-1].captured_utc_s


def test_between_two_parts_of_a_recording_no_time_is_invented() -> None:
    """A patrol that was cut off went on minutes later, a second further in its footage."""
    times = (
        PictureTime(pts_s=10.0, captured_utc_s=START_UTC_S + 10.0),
        PictureTime(pts_s=12.0, captured_utc_s=START_UTC_S + 300.0),
    )
    clock = clock_of(RecordedFlight(picture_times=times, telemetry=()))
    assert clock.captured_utc_s(10.5) == START_UTC_S + 10.5
    assert clock.captured_utc_s(11.9) == pytest.approx(START_UTC_S + 299.9)


def test_the_wind_of_a_picture_is_what_the_aircraft_had_told_by_then() -> None:
    telemetry = (
        told(0.0),
        told(1.0, wind_from_deg=90.0, wind_speed_m_s=4.0),
        told(2.0),
        told(3.0, wind_from_deg=180.0, wind_speed_m_s=5.0),
    )
    winds = winds_of(RecordedFlight(picture_times=(), telemetry=telemetry))
    assert wind_at(winds, START_UTC_S + 0.5) is None
    assert wind_at(winds, START_UTC_S + 2.5) == Wind(speed_m_s=4.0, from_deg=90.0)
    assert wind_at(winds, START_UTC_S + 9.0) == Wind(speed_m_s=5.0, from_deg=180.0)


def test_a_pose_of_a_recording_is_known_between_its_reports() -> None:
    pose = poses_of(flown(), PoseError()).pose_at(START_UTC_S + 1.25)
    assert pose is not None
    assert place_of(pose.position)[0] == pytest.approx(7.5, abs=0.01)


@pytest.mark.parametrize(
    ("content", "told_about"),
    [pytest.param("{}", "picture_times", id="fields"), pytest.param("[", "flight.json", id="no JSON")],
)
def test_a_file_that_is_no_recorded_flight_is_refused(tmp_path: Path, content: str, told_about: str) -> None:
    file = tmp_path / "flight.json"
    file.write_text(content)
    with pytest.raises(InputError, match=told_about):
        load_recorded(file)
    with pytest.raises(InputError, match="cannot be read"):
        load_recorded(tmp_path / "absent.json")
