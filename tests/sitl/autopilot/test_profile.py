import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitl.autopilot.profile import Profile, Ramp

LENGTHS = st.floats(0.01, 5000)
SPEEDS = st.floats(0.2, 25)
ACCELERATIONS = st.floats(0.5, 6)
JERKS = st.floats(0.3, 10)


@given(LENGTHS, SPEEDS, ACCELERATIONS, JERKS)
def test_a_leg_covers_its_length_within_its_limits(
    length_m: float, cruise_m_s: float, acceleration_m_s2: float, jerk_m_s3: float
) -> None:
    profile = Profile.over(length_m, cruise_m_s=cruise_m_s, acceleration_m_s2=acceleration_m_s2, jerk_m_s3=jerk_m_s3)
    assert profile.length_m == pytest.approx(length_m, rel=1e-6, abs=1e-6)
    before_m = -1e-9
    for step in range(51):
        distance, speed, acceleration = profile.at(profile.total_s * step / 50)
        assert distance >= before_m - 1e-6
        assert -1e-6 <= speed <= cruise_m_s + 1e-6
        assert abs(acceleration) <= acceleration_m_s2 + 1e-6
        before_m = distance
    assert profile.at(profile.total_s)[:2] == pytest.approx((length_m, 0.0), rel=1e-6, abs=1e-6)


@given(SPEEDS, SPEEDS, ACCELERATIONS, JERKS, st.floats(0, 1))
def test_speed_is_the_derivative_of_distance(
    from_m_s: float, to_m_s: float, acceleration_m_s2: float, jerk_m_s3: float, share: float
) -> None:
    ramp = Ramp.between(from_m_s, to_m_s, acceleration_m_s2, jerk_m_s3)
    t_s, h_s = share * ramp.total_s, 1e-4
    slope = (ramp.at(t_s + h_s)[0] - ramp.at(t_s)[0]) / h_s
    if t_s + h_s < ramp.total_s:
        assert slope == pytest.approx(ramp.at(t_s)[1], abs=acceleration_m_s2 * h_s + 1e-6)


@given(st.floats(0.01, 50), SPEEDS)
def test_a_leg_that_begins_at_speed_ends_at_rest_even_when_it_is_too_short(length_m: float, from_m_s: float) -> None:
    profile = Profile.over(length_m, cruise_m_s=8.0, acceleration_m_s2=2.5, jerk_m_s3=1.0, from_m_s=from_m_s)
    assert profile.at(0.0)[1] == pytest.approx(from_m_s)
    assert profile.at(profile.total_s)[:2] == pytest.approx((length_m, 0.0), abs=1e-6)


def test_the_time_of_a_leg_is_the_one_worked_out_by_hand() -> None:
    profile = Profile.over(100.0, cruise_m_s=8.0, acceleration_m_s2=2.5, jerk_m_s3=1.0)
    ramp_s = 8.0 / 2.5 + 2.5 / 1.0
    assert profile.total_s == pytest.approx(100.0 / 8.0 + ramp_s)
    assert math.isclose(profile.at(profile.total_s / 2)[1], 8.0)
