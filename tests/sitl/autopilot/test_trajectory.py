import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitl.autopilot.trajectory import Limits, Trajectory, leg_between, may_overlap

LIMITS = Limits(
    horizontal_m_s=8.0,
    up_m_s=3.0,
    down_m_s=2.0,
    horizontal_m_s2=2.5,
    vertical_m_s2=1.0,
    jerk_m_s3=1.0,
    corner_m_s2=5.0,
    radius_m=2.0,
)
ORIGIN = (0.0, 0.0, 0.0)


def _fly_corner(turn_deg: float) -> tuple[float, float]:
    """Return the least speed and the least distance from the corner on the way round it."""
    corner = (100.0, 0.0, 0.0)
    end = (100.0 + 100 * math.cos(math.radians(turn_deg)), 100 * math.sin(math.radians(turn_deg)), 0.0)
    path = Trajectory(ORIGIN)
    first, second = leg_between(ORIGIN, corner, LIMITS), leg_between(corner, end, LIMITS)
    path.add(first)
    begun, slowest, nearest = False, math.inf, math.inf
    while second.remaining_s > 8.0:
        if not begun and may_overlap(first, second, LIMITS):
            path.add(second)
            begun = True
        path.advance(0.02)
        nearest = min(nearest, math.dist(path.position, corner))
        if begun and second.t_s < 5:
            slowest = min(slowest, math.hypot(*path.velocity))
        elif first.t_s > 1 and not begun:
            assert math.hypot(*path.velocity) <= 8.0 + 1e-6
    return slowest, nearest


def test_straight_on_is_flown_at_full_speed() -> None:
    slowest, nearest = _fly_corner(0.0)
    assert slowest == pytest.approx(8.0, abs=0.05)
    assert nearest < 0.2


@pytest.mark.parametrize("turn_deg", [20, 45, 90, 135, 170])
def test_a_corner_is_cut_by_no_more_than_the_radius_and_costs_speed(turn_deg: float) -> None:
    slowest, nearest = _fly_corner(turn_deg)
    assert nearest < LIMITS.radius_m
    assert slowest < 8.0


@given(*[st.floats(-300, 300)] * 3, st.floats(0.1, 1))
def test_braking_ends_within_the_limits(east: float, north: float, up: float, share: float) -> None:
    path = Trajectory(ORIGIN)
    leg = leg_between(ORIGIN, (east, north, up), LIMITS)
    path.add(leg)
    path.advance(leg.profile.total_s * share * 0.9)
    speed = math.hypot(*path.velocity)
    path.brake(LIMITS)
    rest = path.rest_point
    for _ in range(3000):
        path.advance(0.02)
    assert path.resting
    assert path.position == pytest.approx(rest, abs=1e-6)
    assert math.hypot(*path.velocity) == 0.0
    assert speed <= 8.6


def test_a_change_of_speed_keeps_the_end_of_the_leg() -> None:
    path = Trajectory(ORIGIN)
    leg = leg_between(ORIGIN, (200.0, 0.0, 0.0), LIMITS)
    path.add(leg)
    for _ in range(400):
        path.advance(0.02)
    slower = Limits(**{**{name: getattr(LIMITS, name) for name in LIMITS.__slots__}, "horizontal_m_s": 3.0})
    renewed = path.change_speed(leg, slower)
    assert path.rest_point == pytest.approx((200.0, 0.0, 0.0))
    for _ in range(300):
        path.advance(0.02)
    assert path.velocity[0] == pytest.approx(3.0, abs=0.01)
    for _ in range(round(renewed.remaining_s / 0.02) + 2):
        path.advance(0.02)
    assert path.position == pytest.approx((200.0, 0.0, 0.0), abs=1e-6)
