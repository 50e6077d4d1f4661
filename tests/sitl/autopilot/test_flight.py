import math
from dataclasses import replace
from typing import Any

import pytest

from sitl.autopilot import Copter
from sitl.autopilot.wire import mav

AUTO, GUIDED, LOITER, RTL, LAND, BRAKE = 3, 4, 5, 6, 9, 17


def _square(words: Any) -> list[Any]:
    return [words.TAKE_OFF, words.at(60, 0), words.at(60, 60), words.at(0, 60), words.RETURN]


def test_a_square_is_flown_in_order_through_every_waypoint_and_back(ground: Any, words: Any) -> None:
    ground.ready().start(_square(words))
    nearest = dict.fromkeys(((60, 0), (60, 60), (0, 60)), math.inf)
    while ground.copter.true_state().armed:
        ground.run(0.1)
        east, north, up = ground.copter.true_state().enu_m
        for corner in nearest:
            nearest[corner] = min(nearest[corner], math.dist((north, east, up), (*corner, 20.0)))
        assert up < 20.5
    assert [m.seq for m in ground.of("MISSION_ITEM_REACHED")] == [1, 2, 3, 4, 5]
    assert max(nearest.values()) < 2.0
    state = ground.copter.true_state()
    assert state.flown
    assert state.landed
    assert math.hypot(*state.enu_m) < 0.1
    current = ground.of("MISSION_CURRENT", ground.run(2.0))[-1]
    assert (current.seq, current.total, current.mission_state, current.mission_mode) == (0, 5, 5, 1)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_flight(settings: Any, words: Any) -> None:
    def flown(seed: int) -> tuple[bytes, tuple[float, float, float]]:
        windy = replace(settings, seed=seed, wind_m_s=4.0, wind_from_deg=70.0, gust_m_s=1.5)
        ground = words.Ground(Copter(windy))
        ground.ready().start(_square(words))
        copter, said = ground.copter, bytearray()
        for _ in range(1500):
            copter.step(0.02)
            said += copter.outgoing()
        return bytes(said), copter.true_state().enu_m

    assert flown(3) == flown(3)
    assert flown(3)[1] != flown(4)[1]


def test_steps_of_any_length_give_the_same_flight(settings: Any) -> None:
    fine, coarse = Copter(settings), Copter(settings)
    for _ in range(300):
        fine.step(0.02)
    for _ in range(8):
        coarse.step(0.75)
    assert fine.outgoing() == coarse.outgoing()


# Times between the waypoints of this mission on ArduCopter 4.7.0-dev (SITL, WPNAV_SPEED 800, _UP 250, _DN 150,
# RTL_ALT 1500): (item, seconds since the item before it was reached; the first since arming).
MEASURED = ((1, 14.3), (3, 11.0), (4, 8.3), (5, 12.2), (6, 3.7), (7, 20.9), (8, 13.4), (9, 49.5))


def test_each_leg_takes_as_long_as_on_arducopter(ground: Any, words: Any) -> None:
    for name, value in (("WP_SPD_UP", 2.5), ("WP_SPD_DN", 1.5)):
        ground.set_parameter(name, value)
    legs = [words.at(60, 0), words.at(120, 0), words.at(120, 80), words.at(110, 80), words.at(0, 80, 30.0, p1=3)]
    speed = words.Item(command=178, params=(1, 8, -1, 0))
    began_s = ground.ready().t_s
    ground.start([words.TAKE_OFF, speed, *legs, words.at(-40, 40), words.RETURN])
    times = {}
    while ground.copter.true_state().armed:
        for message in ground.run(0.1):
            if message.get_type() == "MISSION_ITEM_REACHED":
                times[message.seq] = ground.t_s
    times[1] = times.pop(2)  # reached in the same step; only the last is told
    before_s = began_s
    for seq, measured_s in MEASURED:
        assert times[seq] - before_s == pytest.approx(measured_s, abs=0.8), seq
        before_s = times[seq]
    assert times[9] - began_s == pytest.approx(133.3, abs=2.0)


def test_return_climbs_comes_back_waits_and_lands(ground: Any, words: Any) -> None:
    ground.set_parameter("RTL_ALT_M", 30)
    ground.ready().start([words.TAKE_OFF, words.at(100, 0), words.at(300, 0), words.RETURN])
    ground.run(30.0)
    began_s, (_, north_m, _) = ground.t_s, ground.copter.true_state().enu_m
    assert ground.command(20) == 0
    heights, over_home_s = [], 0.0
    while ground.copter.true_state().armed:
        ground.run(0.5)
        state = ground.copter.true_state()
        heights.append(state.enu_m[2])
        if abs(state.enu_m[1]) < 0.5 and abs(state.enu_m[2] - 30.0) < 0.3:
            over_home_s += 0.5
    assert max(heights) == pytest.approx(30.0, abs=0.3)
    assert 5.0 <= over_home_s < 9.0
    assert ground.t_s - began_s == pytest.approx(10 / 3 + north_m / 8 + 5 + 20 / 2 + 10 / 0.5, abs=15.0)
    assert math.hypot(*ground.copter.true_state().enu_m) < 0.1


def test_near_home_the_return_stays_low(ground: Any) -> None:
    ground.set_parameter("RTL_ALT_M", 100)
    ground.ready().take_off(10.0)
    ground.command(20)
    heights = []
    while ground.copter.true_state().armed:
        ground.run(1.0)
        heights.append(ground.copter.true_state().enu_m[2])
    assert max(heights) < 10.5


def test_a_rally_point_nearer_than_home_is_used(ground: Any, words: Any) -> None:
    ground.ready().upload([words.at(150, 0, 25.0, command=5100)], 2)
    ground.start([words.TAKE_OFF, words.at(160, 0), words.RETURN])
    ground.run(60.0, until=lambda m: m.get_type() == "MISSION_ITEM_REACHED" and m.seq == 2)
    ground.command(20)
    ground.run(120.0, until=lambda m: m.get_type() == "HEARTBEAT" and not m.base_mode & 128)
    east, north, up = ground.copter.true_state().enu_m
    assert (east, north, up) == pytest.approx((0.0, 150.0, 0.0), abs=0.5)


def test_land_item_comes_down_where_it_says(ground: Any, words: Any) -> None:
    ground.ready().fly([words.TAKE_OFF, words.at(30, 0), words.at(30, 30, 0.0, command=21)])
    assert ground.copter.true_state().enu_m == pytest.approx((30.0, 30.0, 0.0), abs=0.3)
    assert [m.seq for m in ground.of("MISSION_ITEM_REACHED")] == [1, 2, 3]


def test_a_mission_goes_on_where_it_was_left(ground: Any, words: Any) -> None:
    ground.ready().start(_square(words))
    ground.run(60.0, until=lambda m: m.get_type() == "MISSION_ITEM_REACHED" and m.seq == 2)
    assert ground.command(176, 1, LOITER) == 0
    ground.run(10.0)
    assert math.hypot(*ground.copter.true_state().velocity_enu_m_s) < 0.01
    assert ground.of("MISSION_CURRENT")[-1].mission_state == 2
    assert ground.command(176, 1, AUTO) == 0
    ground.run(2.0)
    assert ground.of("MISSION_CURRENT")[-1].seq == 3
    ground.run(300.0, until=lambda m: m.get_type() == "HEARTBEAT" and not m.base_mode & 128)
    assert [m.seq for m in ground.of("MISSION_ITEM_REACHED")] == [1, 2, 3, 4, 5]


def test_a_mission_uploaded_in_flight_is_flown_from_where_it_is(ground: Any, words: Any) -> None:
    ground.ready().start(_square(words))
    ground.run(17.0)
    assert ground.upload([words.HOME_ITEM, words.TAKE_OFF]) == 0  # the item being flown to is gone
    ground.run(0.5)
    assert ground.upload([words.HOME_ITEM, words.TAKE_OFF, words.at(40, 0), words.at(40, -40), words.RETURN]) == 0
    ground.run(200.0, until=lambda m: m.get_type() == "HEARTBEAT" and not m.base_mode & 128)
    assert "Auto mission changed, restarted command" in ground.texts()
    assert [m.seq for m in ground.of("MISSION_ITEM_REACHED")] == [1, 2, 3, 4]
    assert math.hypot(*ground.copter.true_state().enu_m) < 0.1


def test_clearing_the_mission_in_flight_is_refused(ground: Any, words: Any) -> None:
    ground.ready().start(_square(words))
    ground.run(20.0)
    ground.send(mav.MAVLink_mission_clear_all_message(1, 1, 0))
    assert ground.of("MISSION_ACK", ground.drain())[-1].type == 1
    assert len(ground.download()) == 6


def test_a_mission_can_be_entered_anywhere(ground: Any, words: Any) -> None:
    ground.ready().start(_square(words))
    ground.run(20.0)
    assert ground.command(224, 4) == 0
    ground.run(1.0)
    assert ground.of("MISSION_CURRENT")[-1].seq == 4
    ground.run(200.0, until=lambda m: m.get_type() == "MISSION_ITEM_REACHED")
    assert ground.copter.true_state().enu_m[:2] == pytest.approx((60.0, 0.0), abs=2.5)


def test_speed_changes_in_the_middle_of_a_leg(ground: Any, words: Any) -> None:
    ground.ready().start([words.TAKE_OFF, words.at(400, 0), words.RETURN])
    ground.run(30.0)
    assert math.hypot(*ground.copter.true_state().velocity_enu_m_s) == pytest.approx(8.0, abs=0.05)
    assert ground.command(178, 1, 3.0, -1) == 0
    ground.run(8.0)
    assert math.hypot(*ground.copter.true_state().velocity_enu_m_s) == pytest.approx(3.0, abs=0.05)


def test_jumps_are_counted(ground: Any, words: Any) -> None:
    jump = words.Item(command=177, params=(2, 2, 0, 0))
    ground.ready().fly([words.TAKE_OFF, words.at(20, 0), words.at(0, 0), jump, words.RETURN])
    assert [m.seq for m in ground.of("MISSION_ITEM_REACHED")] == [1, 2, 3, 2, 3, 2, 3, 5]


def test_gimbal_and_speed_commands_rule_the_leg_after_them(ground: Any, words: Any) -> None:
    gimbal, slow = words.Item(command=1000, params=(-60, 0, 0, 0)), words.Item(command=178, params=(1, 4, -1, 0))
    ground.ready().start([words.TAKE_OFF, words.at(50, 0), gimbal, slow, words.at(150, 0), words.RETURN])
    ground.run(60.0, until=lambda m: m.get_type() == "MISSION_ITEM_REACHED" and m.seq == 4)
    assert ground.copter.true_state().gimbal_pitch_deg > -10
    ground.run(15.0)
    state = ground.copter.true_state()
    assert state.gimbal_pitch_deg == pytest.approx(-60.0)
    assert state.velocity_enu_m_s[1] == pytest.approx(4.0, abs=0.1)


def test_the_nose_looks_along_the_leg_and_leans_into_the_acceleration(ground: Any, words: Any) -> None:
    ground.ready().start([words.TAKE_OFF, words.at(0, 200), words.RETURN])
    ground.run(13.0)
    steepest = 0.0
    for _ in range(40):
        ground.run(0.1)
        steepest = min(steepest, ground.copter.true_state().pitch_deg)
    assert -30 < steepest < -8
    ground.run(5.0)
    state = ground.copter.true_state()
    assert state.heading_deg == pytest.approx(90.0, abs=0.5)
    assert state.pitch_deg == pytest.approx(-7.5, abs=2.0)


@pytest.mark.parametrize("gust_m_s", [0.5, 2.0])
def test_wind_and_gusts_move_it_by_less_than_a_metre(gust_m_s: float, settings: Any, words: Any) -> None:
    windy = replace(settings, wind_m_s=6.0, wind_from_deg=20.0, gust_m_s=gust_m_s)
    ground = words.Ground(Copter(windy)).ready()
    ground.take_off()
    worst = 0.0
    for _ in range(300):
        ground.run(0.2)
        east, north, up = ground.copter.true_state().enu_m
        worst = max(worst, math.dist((east, north, up), (0.0, 0.0, 20.0)))
    assert 0.02 < worst < 1.0


def test_against_a_strong_wind_it_is_slower_and_in_a_storm_it_is_blown_away(settings: Any, words: Any) -> None:
    ground = words.Ground(Copter(replace(settings, wind_m_s=14.0, wind_from_deg=0.0))).ready()
    ground.start([words.TAKE_OFF, words.at(300, 0), words.RETURN])
    ground.run(30.0)
    assert ground.copter.true_state().velocity_enu_m_s[1] == pytest.approx(2.8, abs=0.3)  # 30 degrees: 16.8 m/s
    ground.set_parameter("ATC_ANGLE_MAX", 45.0)
    ground.run(10.0)
    assert ground.copter.true_state().velocity_enu_m_s[1] == pytest.approx(4.0, abs=0.3)  # the airframe's 18 m/s
    ground.set_parameter("SIM_WIND_SPD", 25.0)
    ground.run(10.0)
    assert ground.copter.true_state().velocity_enu_m_s[1] < -4.0


def test_energy_follows_the_airframes_figures(ground: Any, settings: Any) -> None:
    plane = settings.airframe
    ground.ready().take_off()
    before_pct, before_s = ground.copter.true_state().battery_pct, ground.t_s
    ground.run(60.0)
    hover_w = (before_pct - ground.copter.true_state().battery_pct) / 100 * plane.battery_wh * 3600 / 60.0
    assert hover_w == pytest.approx(plane.hover_w, rel=0.03)
    status = ground.of("BATTERY_STATUS")[-1]
    assert status.battery_remaining == pytest.approx(ground.copter.true_state().battery_pct, abs=1.5)
    assert ground.t_s - before_s == pytest.approx(60.0, abs=0.1)


def test_forty_times_real_time_at_least(ground: Any, words: Any) -> None:
    import time

    ground.ready().start([words.TAKE_OFF, words.at(200, 0), words.at(200, 200), words.RETURN])
    began_s = time.process_time()
    for _ in range(1000):
        ground.copter.step(0.02)
        ground.copter.outgoing()
    assert 20.0 / (time.process_time() - began_s) > 40.0
