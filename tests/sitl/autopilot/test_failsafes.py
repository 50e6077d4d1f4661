import math
from typing import Any

import pytest

from sitl.autopilot.wire import mav

AUTO, LOITER, RTL, LAND, BRAKE = 3, 5, 6, 9, 17


def _away(ground: Any, words: Any) -> None:
    """Fly out on a long leg."""
    ground.ready().start([words.TAKE_OFF, words.at(250, 0), words.at(250, 250), words.RETURN])
    ground.run(22.0)
    assert ground.mode() == AUTO


def test_silence_does_nothing_by_default(ground: Any, words: Any) -> None:
    _away(ground, words)
    ground.beats = False
    ground.run(12.0)
    assert ground.mode() == AUTO


@pytest.mark.parametrize(
    ("action", "options", "mode"), [(1, 0, RTL), (5, 0, LAND), (7, 0, BRAKE), (1, 2, AUTO), (3, 16, RTL)]
)
def test_lost_ground_station(action: int, options: int, mode: int, ground: Any, words: Any) -> None:
    ground.set_parameter("FS_GCS_ENABLE", action)
    ground.set_parameter("FS_OPTIONS", options)
    _away(ground, words)
    ground.beats = False
    ground.run(4.0)
    assert ground.mode() == AUTO
    ground.run(3.0)
    assert ground.mode() == mode
    assert ground.texts()[-1].startswith("GCS Failsafe")
    assert ground.of("HEARTBEAT")[-1].system_status == 5
    ground.beats = True
    ground.run(2.0)
    assert ground.texts()[-1] == "GCS Failsafe Cleared"
    assert ground.mode() == mode


def test_only_the_named_station_counts_and_only_after_its_first_heartbeat(ground: Any, words: Any) -> None:
    ground.set_parameter("FS_GCS_ENABLE", 1)
    ground.set_parameter("MAV_GCS_SYSID", 254)
    _away(ground, words)  # heartbeats of 255 do not count, so there is nothing to lose
    ground.run(10.0)
    assert ground.mode() == AUTO
    other = words.Ground(ground.copter, system=254)
    other.send(mav.MAVLink_heartbeat_message(6, 8, 0, 0, 0, 3))
    ground.run(6.5)
    assert ground.mode() == RTL


@pytest.mark.parametrize(("level", "action", "mode"), [("LOW", 2, RTL), ("CRT", 1, LAND)])
def test_low_voltage_after_its_timer(level: str, action: int, mode: int, ground: Any, words: Any) -> None:
    ground.set_parameter("BATT_LOW_VOLT", 22.5 if level == "LOW" else 0)
    ground.set_parameter("BATT_CRT_VOLT", 21.0)
    ground.set_parameter(f"BATT_FS_{level}_ACT", action)
    _away(ground, words)
    ground.set_parameter("SIM_BATT_VOLTAGE", 22.0 if level == "LOW" else 20.0)
    ground.run(9.0)
    assert ground.mode() == AUTO
    ground.run(2.0)
    assert ground.mode() == mode
    texts = ground.texts()
    assert texts[-1] == "Battery Failsafe"
    assert texts[-2].startswith(f"Battery 1 is {'low' if level == 'LOW' else 'critical'} ")


def test_little_charge_left_sends_it_home_and_it_arrives(ground: Any, words: Any) -> None:
    ground.set_parameter("BATT_FS_LOW_ACT", 2)
    _away(ground, words)
    left = ground.parameter("BATT_CAPACITY") - ground.of("BATTERY_STATUS")[-1].current_consumed
    ground.set_parameter("BATT_LOW_MAH", left - 50)
    ground.run(40.0, until=lambda m: m.get_type() == "HEARTBEAT" and m.custom_mode == RTL)
    assert ground.mode() == RTL
    ground.run(200.0, until=lambda m: m.get_type() == "HEARTBEAT" and not m.base_mode & 128)
    assert math.hypot(*ground.copter.true_state().enu_m) < 0.2


def test_a_fresh_pack_and_a_reset_gauge(ground: Any) -> None:
    ground.ready().take_off()
    ground.run(60.0)
    assert ground.of("SYS_STATUS")[-1].battery_remaining < 99
    assert ground.command(42651, 1, 100) == 0
    ground.run(1.0)
    assert ground.of("SYS_STATUS")[-1].battery_remaining == 100
    assert ground.copter.true_state().battery_pct < 99
    ground.set_parameter("SIM_BATT_CAP_AH", ground.parameter("SIM_BATT_CAP_AH"))
    assert ground.copter.true_state().battery_pct == 100


def _fenced(ground: Any, words: Any, action: int) -> None:
    corners = [words.at(n, e, 0, command=5001, p1=4) for n, e in ((-50, -50), (90, -50), (90, 50), (-50, 50))]
    assert ground.ready().upload(corners, 1) == 0
    ground.set_parameter("FENCE_ACTION", action)
    ground.set_parameter("FENCE_TYPE", 4)
    assert ground.command(207, 1) == 0
    ground.start([words.TAKE_OFF, words.at(300, 0), words.RETURN])


@pytest.mark.parametrize(("action", "mode"), [(0, AUTO), (1, RTL), (2, LAND), (4, BRAKE)])
def test_crossing_the_fence(action: int, mode: int, ground: Any, words: Any) -> None:
    _fenced(ground, words, action)
    ground.run(60.0, until=lambda m: m.get_type() == "STATUSTEXT" and "breached" in m.text)
    assert ground.texts()[-1] == "Polygon fence breached"
    assert ground.copter.true_state().enu_m[1] == pytest.approx(90.0, abs=1.5)
    ground.run(1.5)
    assert ground.mode() == mode
    status = ground.of("FENCE_STATUS")[-1]
    assert (status.breach_status, status.breach_count, status.breach_type) == (1, 1, 3)


def test_back_inside_the_breach_is_cleared(ground: Any, words: Any) -> None:
    _fenced(ground, words, 1)
    ground.run(200.0, until=lambda m: m.get_type() == "HEARTBEAT" and not m.base_mode & 128 and ground.t_s > 60)
    assert "Fence breach cleared" in ground.texts()
    assert math.hypot(*ground.copter.true_state().enu_m) < 0.2


def test_too_high_is_a_breach_too(ground: Any) -> None:
    ground.set_parameter("FENCE_ALT_MAX", 15)
    ground.ready().command(207, 1)
    ground.take_off(30.0)
    assert "Max Alt fence breached" in ground.texts()
    assert ground.mode() == RTL


def test_without_gps_it_flies_on_for_a_while_then_lands_blind_and_modes_are_refused(ground: Any, words: Any) -> None:
    _away(ground, words)
    ground.set_parameter("SIM_GPS1_ENABLE", 0)
    mode = ground.mode()
    ground.run(6.0)
    assert ground.mode() == mode
    ground.run(4.0)
    assert ground.mode() == LAND
    assert "EKF Failsafe: changed to LAND Mode" in ground.texts()
    assert ground.command(176, 1, LOITER) == 4
    assert ground.texts()[-1] == "Mode change to LOITER failed: requires position"
    assert ground.of("GPS_RAW_INT")[-1].fix_type == 0
    place = ground.copter.true_state().enu_m
    ground.run(60.0, until=lambda m: m.get_type() == "HEARTBEAT" and not m.base_mode & 128)
    east, north, up = ground.copter.true_state().enu_m
    assert up == 0.0
    assert math.dist((east, north), place[:2]) < 25.0  # 8 m/s of motion through the air take 3 s to die down
