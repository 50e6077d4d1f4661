import math
from dataclasses import replace
from typing import Any

import pytest

from geo import LocalFrame
from missions import TelemetryError
from sitl.autopilot import Copter
from sitl.autopilot.body import wrap_180


def _flight(settings: Any, words: Any, seed: int) -> list[tuple[Any, Any]]:
    """Fly out and back; returns (true, reported) pairs, ten a second."""
    ground = words.Ground(Copter(replace(settings, seed=seed, telemetry_error=TelemetryError()))).ready()
    gimbal = words.Item(command=1000, params=(-60, 0, 0, 0))
    ground.start([words.TAKE_OFF, gimbal, words.at(80, 0), words.at(80, 80), words.RETURN])
    pairs = []
    while ground.copter.true_state().armed:
        ground.run(0.1)
        pairs.append((ground.copter.true_state(), ground.copter.reported_state()))
    return pairs


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_reported_pose_is_off_by_no_more_than_the_settings_and_not_by_nothing(
    seed: int, settings: Any, words: Any
) -> None:
    error = TelemetryError()
    pairs = _flight(settings, words, seed)
    true = {round(pose.t_s, 2): pose for pose, _ in pairs}
    offsets = []
    for _, reported in pairs:
        then = true.get(round(reported.t_s, 2))
        if then is None:
            continue
        east, north, up = (r - t for r, t in zip(reported.enu_m, then.enu_m, strict=True))
        offsets.append(math.hypot(east, north))
        assert math.hypot(east, north) <= error.position_m + 1e-9
        assert abs(up) <= error.position_m / 2 + 1e-9
        assert abs(wrap_180(reported.heading_deg - then.heading_deg)) <= error.yaw_deg + 1e-9
        assert abs(reported.gimbal_pitch_deg - then.gimbal_pitch_deg) <= error.gimbal_deg + 1e-9
        azimuth = abs(wrap_180(reported.gimbal_azimuth_deg - then.gimbal_azimuth_deg))
        assert azimuth <= error.yaw_deg + error.gimbal_deg + 1e-9
    assert len(offsets) > 500
    assert min(offsets) > 0.02
    assert sum(offsets) / len(offsets) > 0.3
    assert max(offsets) - min(offsets) > 0.01  # it drifts


def test_reported_pose_is_late_by_the_lag(settings: Any, words: Any) -> None:
    lagging = TelemetryError(position_m=0.0, yaw_deg=0.0, gimbal_deg=0.0, lag_s=0.4)
    ground = words.Ground(Copter(replace(settings, telemetry_error=lagging))).ready()
    ground.start([words.TAKE_OFF, words.at(200, 0), words.RETURN])
    ground.run(25.0)
    true, position = ground.copter.true_state(), ground.of("GLOBAL_POSITION_INT")[-1]
    north = LocalFrame(lat_deg=30.49, lon_deg=114.41).geodetic_to_enu(position.lat / 1e7, position.lon / 1e7)[0, 1]
    age_s = true.t_s - position.time_boot_ms / 1000
    assert true.enu_m[1] - north == pytest.approx(8.0 * (0.4 + age_s), abs=0.05)
    assert ground.copter.reported_state().t_s == pytest.approx(true.t_s - 0.4, abs=0.02)


def test_messages_agree_with_the_true_state_when_there_is_no_error(ground: Any, words: Any) -> None:
    gimbal = words.Item(command=1000, params=(-60, 0, 0, 0))
    ground.ready().start([words.TAKE_OFF, gimbal, words.at(0, 300), words.RETURN])
    ground.run(25.0, until=lambda m: m.get_type() == "GLOBAL_POSITION_INT" and ground.t_s > 30)
    state = ground.copter.true_state()
    position, attitude = ground.of("GLOBAL_POSITION_INT")[-1], ground.of("ATTITUDE")[-1]
    assert position.time_boot_ms == pytest.approx(state.t_s * 1000, abs=1)
    enu = LocalFrame(lat_deg=30.49, lon_deg=114.41).geodetic_to_enu(position.lat / 1e7, position.lon / 1e7)[0]
    assert tuple(enu[:2]) == pytest.approx(state.enu_m[:2], abs=0.02)
    assert position.relative_alt == pytest.approx(state.enu_m[2] * 1000, abs=2)
    assert position.alt == pytest.approx(40_000 + state.enu_m[2] * 1000, abs=2)
    assert (position.vy, position.vx) == pytest.approx([100 * v for v in state.velocity_enu_m_s[:2]], abs=1.5)
    assert position.hdg == pytest.approx(state.heading_deg * 100, abs=2)
    assert math.degrees(attitude.pitch) == pytest.approx(state.pitch_deg, abs=0.3)
    clock = ground.of("SYSTEM_TIME")[-1]
    assert clock.time_unix_usec / 1e6 == pytest.approx(1_780_000_000 + clock.time_boot_ms / 1000, abs=1e-3)
    simulated = ground.of("SIMSTATE")[-1]
    assert simulated.lat == pytest.approx(words.LAT, abs=30)


def test_gimbal_quaternion_turns_back_into_its_angles(ground: Any) -> None:
    ground.ready()
    ground.command(1000, -50, 30, 0, 0)
    ground.run(3.0)
    w, x, y, z = ground.of("GIMBAL_DEVICE_ATTITUDE_STATUS")[-1].q
    assert math.degrees(math.asin(2 * (w * y - z * x))) == pytest.approx(-50.0, abs=1e-3)
    assert math.degrees(math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))) == pytest.approx(30.0, abs=1e-3)
    assert ground.of("GIMBAL_DEVICE_ATTITUDE_STATUS")[-1].flags == 4 + 8 + 32
    ground.command(1000, -50, 90, 0, 0, frame=0, x=16)  # yaw lock
    ground.run(3.0)
    status = ground.of("GIMBAL_DEVICE_ATTITUDE_STATUS")[-1]
    assert status.flags == 4 + 8 + 16 + 32  # locked, and still told in the vehicle's frame
    assert ground.copter.true_state().gimbal_azimuth_deg == pytest.approx(90.0, abs=0.1)


def test_looking_at_a_place_keeps_looking_at_it(ground: Any, words: Any) -> None:
    roi = words.at(30, 30, 0.0, command=195)
    ground.ready().start([words.TAKE_OFF, roi, words.at(60, 0), words.RETURN])
    ground.run(25.0)
    state = ground.copter.true_state()
    east, north, up = state.enu_m
    assert state.gimbal_azimuth_deg == pytest.approx(math.degrees(math.atan2(30 - east, 30 - north)) % 360, abs=3)
    away = math.hypot(30 - east, 30 - north)
    assert state.gimbal_pitch_deg == pytest.approx(-math.degrees(math.atan2(up, away)), abs=2)


def test_estimator_and_gps_come_up_in_steps(ground: Any) -> None:
    ground.run(2.0)
    assert ground.of("EKF_STATUS_REPORT")[-1].flags == 1024
    assert ground.of("GPS_RAW_INT")[-1].fix_type == 0
    assert ground.of("GLOBAL_POSITION_INT")[-1].lat == 0
    ground.run(4.0)
    assert ground.of("EKF_STATUS_REPORT")[-1].flags == 167
    assert ground.of("GPS_RAW_INT")[-1].fix_type == 6
    ground.run(4.0)
    assert ground.of("EKF_STATUS_REPORT")[-1].flags == 831
    assert ground.of("GLOBAL_POSITION_INT")[-1].lat != 0


def test_the_wind_is_told_in_flight_alone_and_is_an_estimate(settings: Any, words: Any) -> None:
    windy = replace(settings, wind_m_s=4.0, wind_from_deg=300.0, telemetry_error=TelemetryError())
    ground = words.Ground(Copter(windy)).ready()
    assert not ground.of("WIND")
    ground.start([words.TAKE_OFF, words.at(60, 0), words.RETURN])
    ground.run(30.0)
    told = ground.of("WIND")
    assert len(told) > 15
    off_m_s = [abs(message.speed - 4.0) for message in told]
    off_deg = [abs(wrap_180(message.direction - 300.0)) for message in told]
    assert 0.1 < max(off_m_s) <= 1.0
    assert 1.0 < max(off_deg) <= 12.0
