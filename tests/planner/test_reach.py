"""What the radio's range leaves of the roads."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions import InputError, Plan, PlanningError
from planner import Effort, check_plan, plan_mission
from planner.ground import Ground
from planner.heights import Heights
from planner.reach import cut_at_reach, reach_m
from tests.planner.hills import ground_of, mission_over_terrain
from tests.planner.in_metres import DOCK_POINT


def test_the_reach_over_ground_is_shorter_by_the_height() -> None:
    flat = Heights(height_m=60.0, cap_m=120.0)
    assert reach_m(501.0, flat, np.zeros((1, 2))) == pytest.approx((500.0**2 - 60.0**2) ** 0.5)
    assert reach_m(None, flat, np.zeros((1, 2))) == np.inf


def test_a_hill_shortens_it_further_and_a_height_out_of_range_is_refused() -> None:
    terrain = ground_of(lambda east, _north: np.where(np.abs(east - 100.0) < 60.0, 80.0, 0.0))
    hilly = Heights(height_m=60.0, cap_m=250.0, ground=Ground.at_dock(terrain, DOCK_POINT), clearance_m=30.0)
    road = np.array([[0.0, 0.0], [400.0, 0.0], [400.0, 50.0]])
    assert reach_m(501.0, hilly, road) == pytest.approx((500.0**2 - 141.0**2) ** 0.5, abs=1.0)
    with pytest.raises(InputError, match=r"^flight.radio_range_m: is 120 m, but the flight is up to 141 m"):
        reach_m(120.0, hilly, road)


def test_a_road_is_cut_at_the_reach() -> None:
    west, east = cut_at_reach(np.array([[-300.0, 0.0], [0.0, 400.0], [300.0, 0.0]]), 350.0)
    assert np.linalg.norm(west, axis=1).max() <= 350.0
    assert np.linalg.norm(east, axis=1).max() <= 350.0
    assert cut_at_reach(np.array([[400.0, 0.0], [500.0, 0.0]]), 350.0) == ()


@settings(deadline=None, max_examples=12)
@given(st.floats(200.0, 700.0), st.booleans())
def test_no_plan_leaves_the_range(network: Any, mission: Any, blocks: Any, range_m: float, hilly: bool) -> None:
    terrain = ground_of(lambda east, north: 40.0 * np.sin(east / 120.0) * np.cos(north / 90.0)) if hilly else None
    asked = (mission_over_terrain if hilly else mission)(height_m=60.0, radio_range_m=range_m)
    plan: Plan = plan_mission(asked, "h", network(blocks), Effort(iterations=5), terrain=terrain)
    assert check_plan(plan, terrain) == ()
    assert bool(plan.left_out) == any("out of flight.radio_range_m" in note for note in plan.notes)


def test_where_no_road_is_in_range_the_reason_is_said(plan: Any) -> None:
    with pytest.raises(PlanningError, match="every kept road lies in a no-fly zone or out of radio range"):
        plan([[(400.0, 0.0), (500.0, 0.0)]], height_m=60.0, radio_range_m=200.0)


def test_the_way_round_a_zone_stays_in_range(plan: Any) -> None:
    """The zone reaches out to the range on its north side, so that only its south side leaves a way."""
    zone = [(100.0, -60.0), (160.0, -60.0), (160.0, 500.0), (100.0, 500.0)]
    made: Plan = plan([[(20.0, 0.0), (300.0, 0.0)]], zones=[zone], height_m=60.0, radio_range_m=420.0)
    assert check_plan(made) == ()
