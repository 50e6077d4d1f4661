import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flight.clock import VehicleClock, VehicleDeadline
from flight.vehicle_state import VehicleState, product, quaternion_of, viewing_angles_deg
from missions import Message, Telemetry

POSITION = {
    "time_boot_ms": 61_000,
    "lat": 304577200,
    "lon": 1144140500,
    "alt": 92_000,
    "relative_alt": 60_000,
    "vx": 300,
    "vy": 400,
    "vz": -50,
    "hdg": 9000,
}


def follow(*messages: Message, rides_body: bool = False) -> list[Telemetry]:
    clock = VehicleClock()
    state = VehicleState(clock, patrol_id="p", vehicle_id="uav-1", stream_id="main")
    state.gimbal_rides_body = rides_body
    heard: list[Telemetry] = []
    state.listen(heard.append)
    for message in messages:
        clock.hear(message)
        state.hear(message)
    return heard


TIME = Message("SYSTEM_TIME", {"time_boot_ms": 60_000, "time_unix_usec": 1_780_000_060_000_000})


def test_telemetry_is_timed_by_the_vehicles_clock_in_enu_and_metres() -> None:
    (telemetry,) = follow(TIME, Message("GLOBAL_POSITION_INT", POSITION))
    assert telemetry.captured_utc_s == pytest.approx(1_780_000_061.0)
    assert telemetry.velocity_enu_m_s == (4.0, 3.0, 0.5)
    assert (telemetry.amsl_m, telemetry.height_above_home_m) == (92.0, 60.0)
    assert telemetry.heading_deg == 90.0


def test_without_a_date_or_a_fix_there_is_no_telemetry() -> None:
    assert follow(Message("GLOBAL_POSITION_INT", POSITION)) == []
    assert follow(TIME, Message("GLOBAL_POSITION_INT", {**POSITION, "lat": 0, "lon": 0})) == []


def test_a_gimbal_that_follows_the_body_adds_the_heading() -> None:
    q = list(quaternion_of(0, -60, 10))
    gimbal = Message("GIMBAL_DEVICE_ATTITUDE_STATUS", {"q": q, "flags": 12})
    (telemetry,) = follow(TIME, gimbal, Message("GLOBAL_POSITION_INT", POSITION))
    assert telemetry.gimbal_pitch_deg == pytest.approx(-60)
    assert telemetry.gimbal_azimuth_deg == pytest.approx(100)


def test_a_gimbal_locked_to_north_does_not() -> None:
    gimbal = Message("GIMBAL_DEVICE_ATTITUDE_STATUS", {"q": list(quaternion_of(0, -60, 10)), "flags": 12 | 16})
    (telemetry,) = follow(TIME, gimbal, Message("GLOBAL_POSITION_INT", POSITION))
    assert telemetry.gimbal_azimuth_deg == pytest.approx(10)


def test_servo_angles_against_a_pitching_body_give_the_line_of_sight() -> None:
    # Braking, nose 22.5 degrees down: a stabilised servo mount demands -37.5 to look 60 degrees down (seen on 4.7).
    attitude = Message(
        "ATTITUDE", {"roll": 0.0, "pitch": math.radians(-22.5), "yaw": math.radians(90), "time_boot_ms": 60_500}
    )
    gimbal = Message("GIMBAL_DEVICE_ATTITUDE_STATUS", {"q": list(quaternion_of(0, -37.5, 0)), "flags": 12})
    (telemetry,) = follow(TIME, attitude, gimbal, Message("GLOBAL_POSITION_INT", POSITION), rides_body=True)
    assert telemetry.gimbal_pitch_deg == pytest.approx(-60)
    assert telemetry.gimbal_azimuth_deg == pytest.approx(90)


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(Message("WIND", {"direction": -90.0, "speed": 3.0, "speed_z": 0.0}), id="ArduPilot"),
        pytest.param(Message("WIND_COV", {"wind_x": 0.0, "wind_y": 3.0, "wind_z": 0.0}), id="others, by where it goes"),
    ],
)
def test_the_wind_is_told_by_where_it_comes_from(told: Message) -> None:
    unknown = Message("WIND_COV", {"wind_x": math.nan, "wind_y": math.nan, "wind_z": 0.0})
    before, after = follow(
        TIME,
        unknown,
        Message("GLOBAL_POSITION_INT", POSITION),
        told,
        unknown,
        Message("GLOBAL_POSITION_INT", POSITION),
    )
    assert before.wind is None
    assert after.wind is not None
    assert (after.wind.from_deg, after.wind.speed_m_s) == pytest.approx((270.0, 3.0))


angle = st.floats(-180, 180)


@given(roll=st.floats(-179, 179), pitch=st.floats(-89, 89), yaw=st.floats(0, 359))
def test_the_forward_axis_has_the_pitch_and_yaw_it_was_turned_by(roll: float, pitch: float, yaw: float) -> None:
    found_pitch, found_yaw = viewing_angles_deg(*quaternion_of(roll, pitch, yaw))
    assert found_pitch == pytest.approx(pitch, abs=1e-4)
    assert (found_yaw - yaw + 180) % 360 - 180 == pytest.approx(0, abs=1e-3)


@given(yaw=st.floats(0, 359))
def test_looking_straight_down_the_top_of_the_picture_gives_the_yaw(yaw: float) -> None:
    pitch, found = viewing_angles_deg(*quaternion_of(0, -90, yaw))
    assert pitch == pytest.approx(-90, abs=1e-3)
    assert (found - yaw + 180) % 360 - 180 == pytest.approx(0, abs=1e-3)


@given(first=st.tuples(angle, st.floats(-80, 80), angle))
def test_a_rotation_and_its_inverse_cancel(first: tuple[float, float, float]) -> None:
    w, x, y, z = quaternion_of(*first)
    assert product((w, x, y, z), (w, -x, -y, -z)) == pytest.approx((1, 0, 0, 0), abs=1e-9)


def test_a_reboot_forgets_the_old_date() -> None:
    clock = VehicleClock()
    clock.hear(TIME)
    assert clock.utc_s(61.0) == pytest.approx(1_780_000_061.0)
    clock.hear(Message("ATTITUDE", {"time_boot_ms": 1_000}))
    assert clock.has_utc, "one time far from the others may be a wild one"
    clock.hear(Message("ATTITUDE", {"time_boot_ms": 1_100}))
    assert not clock.has_utc
    assert clock.boot_s == 1.1
    assert clock.reboots == 1


def test_a_deadline_passes_by_the_vehicles_time_alone() -> None:
    clock = VehicleClock()
    clock.hear(Message("ATTITUDE", {"time_boot_ms": 10_000}))
    deadline = VehicleDeadline(clock, 5.0)
    clock.hear(Message("ATTITUDE", {"time_boot_ms": 14_900}))
    assert not deadline.passed
    clock.hear(Message("ATTITUDE", {"time_boot_ms": 15_100}))
    assert deadline.passed
