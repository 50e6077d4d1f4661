import math
from dataclasses import replace
from typing import Any

import pytest

from sitl.autopilot import Copter
from sitl.autopilot.wire import mav

ACCEPTED, TEMPORARILY_REJECTED, DENIED, UNSUPPORTED, FAILED = 0, 1, 2, 3, 4
ARM, SET_MODE, TAKE_OFF, RETURN, START = 400, 176, 22, 20, 300
STABILIZE, AUTO, GUIDED, LOITER, RTL, LAND = 0, 3, 4, 5, 6, 9


def test_it_says_that_it_is_not_ardupilot(ground: Any) -> None:
    assert ground.command(512, 148) == ACCEPTED
    version = ground.of("AUTOPILOT_VERSION")[-1]
    assert version.flight_sw_version == 1 << 16  # 0.1.0, development
    assert bytes(version.flight_custom_version) == b"skyptrl\x00"
    assert version.capabilities & (4 | 8 | 8192 | 16384 | 32768) == 4 | 8 | 8192 | 16384 | 32768
    assert ground.texts()[0].startswith("skypatrol embedded")


def test_heartbeat_is_arducopters(ground: Any, words: Any) -> None:
    beats = ground.of("HEARTBEAT", ground.run(5.0))
    assert len(beats) in {5, 6}
    beat = beats[-1]
    assert (beat.type, beat.autopilot, beat.custom_mode, beat.base_mode, beat.system_status) == (2, 3, 0, 81, 3)
    ground.ready().start([words.TAKE_OFF, words.at(50, 0), words.RETURN])
    ground.run(20.0)
    beat = ground.of("HEARTBEAT")[-1]
    assert (beat.custom_mode, beat.base_mode, beat.system_status) == (3, 217, 4)  # as seen on 4.7.0-dev


@pytest.mark.parametrize("mode", [STABILIZE, GUIDED, LOITER, AUTO])
def test_nothing_arms_before_the_estimator_has_settled(mode: int, ground: Any) -> None:
    ground.run(1.0)
    ground.command(SET_MODE, 1, mode)
    assert ground.command(ARM, 1) == FAILED
    assert "Arm: AHRS: not using configured AHRS type" in ground.texts()


def test_guided_waits_for_a_position_and_says_so(ground: Any) -> None:
    ground.run(5.0)
    ground.command(SET_MODE, 1, GUIDED)
    assert ground.command(ARM, 1) == FAILED
    assert ground.texts()[-1] == "Arm: Need Position Estimate"
    ground.run(4.0)
    assert ground.command(ARM, 1) == ACCEPTED


@pytest.mark.parametrize(("mode", "text"), [(RTL, "Arm: RTL mode not armable"), (LAND, "Arm: LAND mode not armable")])
def test_modes_that_cannot_be_armed(mode: int, text: str, ground: Any) -> None:
    ground.ready().command(SET_MODE, 1, mode)
    assert ground.command(ARM, 1) == FAILED
    assert ground.texts()[-1] == text


def test_auto_arms_only_with_a_mission_and_its_option(ground: Any, words: Any) -> None:
    ground.ready()
    assert ground.command(SET_MODE, 1, AUTO) == ACCEPTED
    assert ground.command(ARM, 1) == FAILED
    assert ground.texts()[-1] == "Arm: Mode requires mission"
    ground.upload([words.HOME_ITEM, words.TAKE_OFF, words.RETURN])
    assert ground.command(ARM, 1) == FAILED
    assert ground.texts()[-1] == "Arm: AUTO mode not armable"
    ground.set_parameter("AUTO_OPTIONS", 3)
    assert ground.command(ARM, 1) == ACCEPTED
    ground.run(10.0)
    assert ground.copter.true_state().enu_m[2] > 5.0


def test_a_low_battery_keeps_it_on_the_ground_until_forced(ground: Any) -> None:
    ground.ready().command(SET_MODE, 1, GUIDED)
    ground.set_parameter("BATT_ARM_VOLT", 30.0)
    assert ground.command(ARM, 1) == FAILED
    assert ground.texts()[-1] == "Arm: Battery 1 below minimum arming voltage"
    assert ground.command(ARM, 1, 21196) == ACCEPTED


def test_outside_its_fence_it_does_not_arm(ground: Any, words: Any) -> None:
    corners = [words.at(n, e, 0, command=5001, p1=4) for n, e in ((50, 50), (90, 50), (90, 90), (50, 90))]
    assert ground.ready().upload(corners, 1) == ACCEPTED
    assert ground.command(207, 1) == ACCEPTED
    ground.run(0.5)
    ground.command(SET_MODE, 1, GUIDED)
    assert ground.command(ARM, 1) == FAILED
    assert ground.texts()[-1] == "Arm: Vehicle breaching Polygon fence"
    ground.command(207, 0)
    assert ground.command(ARM, 1) == ACCEPTED


def test_prearm_reasons_are_repeated_and_told_on_demand(ground: Any) -> None:
    ground.set_parameter("BATT_ARM_VOLT", 30.0)
    ground.run(70.0)
    assert ground.texts().count("PreArm: Battery 1 below minimum arming voltage") == 3
    assert ground.command(401) == ACCEPTED
    assert ground.texts()[-1] == "PreArm: Battery 1 below minimum arming voltage"
    status = ground.of("SYS_STATUS")[-1]
    assert not status.onboard_control_sensors_health & 0x10000000


def test_take_off_needs_guided_armed_and_a_height(ground: Any) -> None:
    ground.ready()
    assert ground.command(TAKE_OFF, 0, 0, 0, 0, 0, 0, 10) == FAILED
    ground.command(SET_MODE, 1, GUIDED)
    assert ground.command(TAKE_OFF, 0, 0, 0, 0, 0, 0, 10) == FAILED
    ground.command(ARM, 1)
    assert ground.command(TAKE_OFF, 0, 0, 0, 0, 0, 0, -3) == FAILED
    assert ground.command(TAKE_OFF, 0, 0, 0, 0, 0, 0, math.nan) == FAILED
    assert ground.command(TAKE_OFF, 0, 0, 0, 0, 0, 0, 10, frame=0) == DENIED
    assert ground.command(TAKE_OFF, 0, 0, 0, 0, 0, 0, 10) == ACCEPTED
    ground.run(14.0)
    assert ground.copter.true_state().enu_m[2] == pytest.approx(10.0, abs=0.1)


def test_it_disarms_by_itself_when_nothing_happens(ground: Any) -> None:
    ground.ready().command(SET_MODE, 1, GUIDED)
    ground.command(ARM, 1)
    ground.run(9.5)
    assert ground.copter.true_state().armed
    ground.run(1.0)
    assert not ground.copter.true_state().armed


def test_it_does_not_disarm_in_the_air_unless_forced(ground: Any) -> None:
    ground.ready().take_off()
    assert ground.command(ARM, 0) == FAILED
    assert ground.command(SET_MODE, 1, STABILIZE) == FAILED
    assert ground.texts()[-1] == "Mode change to STABILIZE failed: no pilot"
    assert ground.command(246, 1) == FAILED
    assert ground.command(ARM, 0, 21196) == ACCEPTED
    ground.run(5.0)
    assert ground.copter.true_state().enu_m[2] == 0.0


def test_unknown_modes_and_commands_are_refused(ground: Any) -> None:
    ground.ready()
    assert ground.command(SET_MODE, 1, 99) == FAILED
    assert ground.texts()[-1] == "No such mode 99"
    assert ground.command(SET_MODE, 0, 4) == DENIED
    for number in (999, 2500, 16, 519, 192):
        assert ground.command(number) == UNSUPPORTED
    assert [ground.command(193, what) for what in (0, 1, 2)] == [FAILED, FAILED, DENIED]
    assert ground.command(START, 1, 2) == DENIED
    assert ground.command(178, 1, -5) == DENIED
    assert ground.command(224, 99) == DENIED
    assert ground.command(246, 5) == UNSUPPORTED


def test_auto_from_the_ground_needs_a_take_off_first(ground: Any, words: Any) -> None:
    ground.ready().upload([words.HOME_ITEM, words.at(50, 0), words.RETURN])
    ground.command(SET_MODE, 1, GUIDED)
    ground.command(ARM, 1)
    assert ground.command(START) == FAILED
    assert ground.texts()[-2:] == ["Auto: Missing Takeoff Cmd", "Mode change to AUTO failed: init failed"]


def test_the_old_set_mode_is_acknowledged_too(ground: Any) -> None:
    ground.send(mav.MAVLink_set_mode_message(1, 1, GUIDED))
    ack = ground.of("COMMAND_ACK", ground.drain())[0]
    assert (ack.command, ack.result, ground.mode()) == (11, ACCEPTED, GUIDED)


def test_intervals_are_set_told_stopped_and_restored(ground: Any) -> None:
    assert ground.command(511, 30, 50_000) == ACCEPTED
    assert len(ground.of("ATTITUDE", ground.run(5.0))) == pytest.approx(100, abs=2)
    assert ground.command(510, 30) == ACCEPTED
    assert ground.of("MESSAGE_INTERVAL")[-1].interval_us == 50_000
    assert ground.command(511, 30, -1) == ACCEPTED
    assert ground.of("ATTITUDE", ground.run(2.0)) == []
    assert ground.command(511, 30, 0) == ACCEPTED
    assert len(ground.of("ATTITUDE", ground.run(5.0))) == pytest.approx(50, abs=2)
    assert ground.command(511, 99999, 1000) == DENIED
    assert ground.command(512, 99999) == FAILED
    assert ground.texts()[-1] == "No ap_message for mavlink id (99999)"


def test_streams_by_group(ground: Any) -> None:
    ground.send(mav.MAVLink_request_data_stream_message(1, 1, 6, 2, 1))
    assert len(ground.of("GLOBAL_POSITION_INT", ground.run(10.0))) == pytest.approx(20, abs=1)
    ground.send(mav.MAVLink_request_data_stream_message(1, 1, 0, 0, 0))
    assert {m.get_type() for m in ground.run(5.0)} <= {"HEARTBEAT", "STATUSTEXT", "HOME_POSITION"}


def test_home_is_told_moved_and_locked(ground: Any, words: Any) -> None:
    ground.ready()
    assert ground.command(410) == ACCEPTED
    home = ground.of("HOME_POSITION")[-1]
    assert (home.latitude, home.longitude, home.altitude) == (words.LAT, words.LON, 40_000)
    place = words.at(30, 0)
    assert ground.command(179, 0, 0, 0, 0, 0, 0, 40.0, frame=0, x=place.x, y=place.y) == ACCEPTED
    assert ground.of("HOME_POSITION")[-1].latitude == pytest.approx(place.x, abs=1)
    ground.take_off()
    assert ground.of("HOME_POSITION")[-1].latitude == pytest.approx(place.x, abs=1)


def test_a_reboot_keeps_what_was_set_and_stored(ground: Any, words: Any) -> None:
    ground.ready().upload([words.HOME_ITEM, words.TAKE_OFF])
    ground.set_parameter("RTL_ALT_M", 33)
    assert ground.command(246, 1) == ACCEPTED
    ground.copter.step(0.5)
    ground.drain()
    assert ground.t_s < 1.0
    assert [item.command for item in ground.download()] == [16, 22]
    assert ground.parameter("RTL_ALT_M") == 33
    assert ground.parameter("RTL_CLIMB_MIN_M") == 0
    assert ground.parameter("STAT_BOOTCNT") == 2


def test_a_place_to_go_to_in_guided(ground: Any, words: Any) -> None:
    ground.ready().take_off()
    place = words.at(40, 30)
    go = (192, -1, 0, 0, 0, 0, 0, 25.0)
    assert ground.command(*go, frame=6, x=place.x, y=place.y) == ACCEPTED
    ground.run(25.0)
    east, north, up = ground.copter.true_state().enu_m
    assert (east, north, up) == pytest.approx((30.0, 40.0, 25.0), abs=0.3)
    ground.send(
        mav.MAVLink_set_position_target_global_int_message(
            0, 1, 1, 6, 0xDF8, words.LAT, words.LON, 20.0, 0, 0, 0, 0, 0, 0, 0, 0
        )
    )
    ground.run(25.0)
    assert ground.copter.true_state().enu_m == pytest.approx((0.0, 0.0, 20.0), abs=0.3)
    assert ground.command(*go[:-1], math.nan, frame=6, x=place.x, y=place.y) == DENIED


def test_gimbal_orders(ground: Any) -> None:
    ground.ready()
    assert ground.command(1000, -60, 20, math.nan, math.nan) == ACCEPTED
    ground.run(3.0)
    state = ground.copter.true_state()
    assert (state.gimbal_pitch_deg, state.gimbal_azimuth_deg) == pytest.approx((-60.0, 20.0))
    assert ground.command(1000, math.nan, math.nan, 5, 0) == UNSUPPORTED
    assert ground.command(1000, -120, 0, 0, 0) == FAILED
    assert ground.command(205, -30, 0, 0, 0, 0, 0, 2) == ACCEPTED
    ground.run(3.0)
    assert ground.copter.true_state().gimbal_pitch_deg == pytest.approx(-30.0)
    ground.set_parameter("MNT1_TYPE", 0)
    assert ground.command(1000, -60, 0, 0, 0) == FAILED


def test_only_its_own_parameters_answer(ground: Any) -> None:
    ground.send(mav.MAVLink_param_request_list_message(1, 1))
    rows = ground.of("PARAM_VALUE", ground.run(1.0))
    assert [row.param_index for row in rows] == list(range(rows[0].param_count))
    assert len(rows) == 86
    assert len({row.param_id for row in rows}) == 86
    kinds = {row.param_id: row.param_type for row in rows}
    assert (kinds["RTL_ALT_M"], kinds["FS_GCS_ENABLE"], kinds["FENCE_OPTIONS"], kinds["AUTO_OPTIONS"]) == (9, 2, 4, 6)
    for name in ("NOPE", "WPNAV_SPEED", "RTL_ALT"):
        ground.send(mav.MAVLink_param_request_read_message(1, 1, name.encode(), -1))
        ground.send(mav.MAVLink_param_set_message(1, 1, name.encode(), 1.0, 9))
    assert ground.drain() == []


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("WP_SPD", 7.3, 7.300000190734863),
        ("FENCE_TYPE", 4.6, 4.0),
        ("FENCE_TYPE", 300.0, 127.0),
        ("MNT1_PITCH_MIN", -45.0, -45.0),
        ("MAV_GCS_SYSID", 254.99, 255.0),
    ],
)
def test_values_are_kept_in_their_own_type(name: str, value: float, stored: float, ground: Any) -> None:
    ground.set_parameter(name, value)
    assert ground.of("PARAM_VALUE", ground.drain())[-1].param_value == stored
    assert ground.parameter(name) == stored


@pytest.mark.parametrize(("name", "value"), [("MIS_TOTAL", 9.0), ("WP_SPD", math.nan)])
def test_read_only_parameters_and_nonsense_are_denied(name: str, value: float, ground: Any) -> None:
    before = ground.parameter(name)
    ground.set_parameter(name, value)
    ground.drain()
    assert ground.texts()[-1] == f"Param write denied ({name})"
    assert ground.parameter(name) == before


def test_own_parameters_of_the_settings_hold_from_boot(settings: Any, words: Any) -> None:
    ground = words.Ground(Copter(replace(settings, parameters={"RTL_ALT_M": 60.0, "FENCE_ENABLE": 1.0})))
    assert ground.parameter("RTL_ALT_M") == 60.0
    assert ground.parameter("FENCE_ENABLE") == 1.0


def test_a_message_that_it_does_not_know_is_said_once_to_be_left_undone(ground: Any) -> None:
    for _ in range(3):
        ground.send(mav.MAVLink_rc_channels_override_message(1, 1, *[1500] * 8))
        ground.send(mav.MAVLink_log_request_list_message(1, 1, 0, 0xFFFF))
        ground.send(mav.MAVLink_log_request_list_message(9, 1, 0, 0xFFFF))  # another vehicle's
    ground.run(0.5)
    undone = [text for text in ground.texts() if text.endswith("is not done here")]
    assert undone == ["RC_CHANNELS_OVERRIDE is not done here", "LOG_REQUEST_LIST is not done here"]
