"""Fence and rally points."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, Polygon

from planner.fence import FENCE_CORNERS, circumscribed_m, rally_m
from planner.keep_out import KeepOut

_PLACES = st.lists(st.tuples(st.floats(-3000, 3000), st.floats(-3000, 3000)), min_size=1, max_size=30)


@given(_PLACES, st.floats(10, 500))
def test_the_fence_holds_every_place_with_its_margin(places: list[tuple[float, float]], margin_m: float) -> None:
    corners = circumscribed_m(np.array(places), margin_m=margin_m)
    fence = Polygon(corners)
    assert len(corners) == FENCE_CORNERS
    assert fence.is_valid
    for place in places:
        assert fence.covers(Point(place))
        assert fence.exterior.distance(Point(place)) >= margin_m - 1e-6


def test_the_fence_of_a_long_road_is_narrow() -> None:
    fence = Polygon(circumscribed_m(np.array([[0.0, 0.0], [2000.0, 1000.0]]), margin_m=50.0))
    assert fence.area < 1.05 * (100.0 * np.hypot(2000, 1000) + 100.0**2)


def test_rally_points_are_apart_from_each_other_and_from_the_dock() -> None:
    places = np.array([[1000.0, 0.0], [990.0, 10.0], [-800.0, 0.0], [0.0, 700.0], [20.0, 20.0]])
    rally = rally_m(places, KeepOut(()))
    assert rally[0] == pytest.approx([1000.0, 0.0])
    everything = np.vstack([[[0.0, 0.0]], rally])
    gaps = [np.linalg.norm(a - b) for i, a in enumerate(everything) for b in everything[:i]]
    assert 1 <= len(rally) <= 4
    assert min(gaps) >= 150.0


def test_no_rally_point_is_in_a_zone() -> None:
    zone = np.array([[900.0, -100.0], [1100.0, -100.0], [1100.0, 100.0], [900.0, 100.0]])
    rally = rally_m(np.array([[1000.0, 0.0], [500.0, 0.0]]), KeepOut.of([zone]))
    assert rally == pytest.approx(np.array([[500.0, 0.0]]))
