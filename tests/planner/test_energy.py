"""Wind and timing against hand calculation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions.hardware import load_airframe
from planner.energy import (
    JERK_M_S3,
    Wind,
    airspeed_m_s,
    deadhead_speed_m_s,
    ground_speed_m_s,
    landing,
    overlap_s,
    ramp_s,
    rest_to_rest_s,
    takeoff,
)
from planner.profile import fly_polyline, fly_sortie

QUAD = load_airframe("quad-5kg")
STILL = Wind(east_m_s=0.0, north_m_s=0.0)
EAST, NORTH = np.array([1.0, 0.0]), np.array([0.0, 1.0])


def test_wind_from_the_north_east_blows_to_the_south_west() -> None:
    wind = Wind.blowing_from(45.0, speed_m_s=3.0)
    assert wind.east_m_s == pytest.approx(-3.0 / math.sqrt(2))
    assert wind.north_m_s == pytest.approx(-3.0 / math.sqrt(2))


def test_the_commanded_ground_speed_is_held_while_airspeed_permits() -> None:
    wind = Wind.blowing_from(90.0, speed_m_s=8.0)
    assert ground_speed_m_s(EAST, wind, QUAD, wanted_m_s=8.0) == pytest.approx(8.0)  # 16 m/s of 18 through the air
    assert ground_speed_m_s(EAST, wind, QUAD, wanted_m_s=12.0) == pytest.approx(10.0)  # 18 - 8
    assert ground_speed_m_s(-EAST, wind, QUAD, wanted_m_s=12.0) == pytest.approx(12.0)


def test_a_cross_wind_costs_airspeed_by_the_wind_triangle() -> None:
    wind = Wind.blowing_from(90.0, speed_m_s=6.0)
    assert airspeed_m_s(NORTH, np.array(8.0), wind) == pytest.approx(10.0)  # 6-8-10
    assert ground_speed_m_s(NORTH, wind, QUAD, wanted_m_s=30.0) == pytest.approx(math.sqrt(18.0**2 - 6.0**2))


def test_a_wind_as_strong_as_the_aircraft_leaves_no_headway() -> None:
    wind = Wind.blowing_from(0.0, speed_m_s=18.0)
    assert np.isnan(ground_speed_m_s(NORTH, wind, QUAD, wanted_m_s=5.0))
    assert np.isnan(ground_speed_m_s(EAST, wind, QUAD, wanted_m_s=5.0))


def test_deadhead_is_faster_than_service_and_leaves_airspeed_for_wind() -> None:
    assert deadhead_speed_m_s(QUAD, service_m_s=8.0) == pytest.approx(10.0)
    assert deadhead_speed_m_s(QUAD, service_m_s=13.0) == pytest.approx(13.0)


def _integrated_s(length_m: float, top_m_s: float, a: float) -> float:
    """Fly an S-curve in small steps: accelerate until the top speed or until half-way, and mirror it."""
    j, dt = JERK_M_S3, 1e-3
    speeds, acc, speed, covered = [0.0], 0.0, 0.0, 0.0
    ramp = float(ramp_s(np.array(top_m_s), a))
    rise = a / j if top_m_s >= a * a / j else ramp / 2
    time = 0.0
    while time < ramp:
        acc = j * time if time < rise else (j * (ramp - time) if time > ramp - rise else a)
        speed += acc * dt
        covered += speed * dt
        time += dt
        speeds.append(speed)
    assert speed == pytest.approx(top_m_s, rel=0.01)
    return 2 * ramp + (length_m - 2 * covered) / top_m_s


@pytest.mark.parametrize(("length_m", "top_m_s"), [(200.0, 8.0), (400.0, 12.0), (60.0, 3.0)])
def test_a_long_leg_takes_length_over_speed_and_one_ramp(length_m: float, top_m_s: float) -> None:
    time, _ = rest_to_rest_s(np.array(length_m), np.array(top_m_s), 2.5)
    assert float(time) == pytest.approx(_integrated_s(length_m, top_m_s, 2.5), rel=0.01)


@given(st.floats(0.5, 300.0), st.floats(1.0, 18.0), st.floats(0.5, 5.0))
def test_a_leg_never_beats_its_top_speed_and_a_longer_one_takes_longer(length: float, top: float, a: float) -> None:
    time, ramp = rest_to_rest_s(np.array([length, length * 1.1]), np.array(top), a)
    assert time[0] >= length / top
    assert time[1] > time[0]
    assert (2 * ramp <= time * (1 + 1e-9)).all()


def test_a_straight_continuation_costs_no_time_and_a_sharper_turn_costs_more() -> None:
    ramp, long_s = ramp_s(np.array(8.0), 2.5), np.array(60.0)
    assert overlap_s(np.array(0.0), ramp, long_s, 2.5) == pytest.approx(float(ramp))
    saved = [float(overlap_s(np.array(math.radians(d)), ramp, long_s, 2.5)) for d in (0, 10, 45, 90, 180)]
    assert saved == sorted(saved, reverse=True)
    assert saved[-1] > 0


def test_a_line_in_two_legs_takes_as_long_as_in_one() -> None:
    whole = np.array([[0.0, 0.0, 60.0], [400.0, 0.0, 60.0]])
    halves = np.array([[0.0, 0.0, 60.0], [200.0, 0.0, 60.0], [400.0, 0.0, 60.0]])
    one = fly_polyline(whole, np.full(1, 8.0), QUAD, STILL)
    two = fly_polyline(halves, np.full(2, 8.0), QUAD, STILL)
    assert two.time_s.sum() == pytest.approx(one.time_s.sum())
    assert two.energy_j.sum() == pytest.approx(one.energy_j.sum())


def test_wind_makes_the_way_there_and_back_differ() -> None:
    wind = Wind.blowing_from(90.0, speed_m_s=10.0)
    there = np.array([[0.0, 0.0, 60.0], [1000.0, 0.0, 60.0]])
    out, back = (fly_polyline(line, np.full(1, 12.0), QUAD, wind) for line in (there, there[::-1]))
    assert out.time_s[0] > back.time_s[0] * 1.4
    assert out.energy_j[0] > back.energy_j[0] * 1.5


def test_a_sortie_counts_its_climb_and_landing() -> None:
    hop = np.array([[0.0, 0.0, 60.0], [100.0, 0.0, 60.0], [0.0, 0.0, 60.0]])
    cost = fly_sortie(hop, np.full(2, 8.0), QUAD, STILL, takeoff_height_m=60.0)
    assert cost.distance_m == pytest.approx(320.0)
    up, down = takeoff(QUAD, 60.0), landing(QUAD, 60.0)
    assert cost.time_s == pytest.approx(float(cost.legs.time_s.sum()) + up.time_s + down.time_s)
    assert up.time_s > 60.0 / QUAD.climb_m_s
    assert down.time_s > 5.0 + 50.0 / QUAD.descent_m_s + 20.0
