"""Flights in space and time: where an aircraft is, and how near two of them come."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import LocalFrame
from missions import Plan
from missions.hardware import load_airframe
from planner.energy import Wind
from planner.motion import Track, nearest, track_of

STREET = [[(0.0, 0.0), (400.0, 0.0)]]


def _track(*knots: tuple[float, float, float, float]) -> Track:
    rows = np.array(knots, float)
    return Track(times_s=rows[:, 0], places_m=rows[:, 1:], leg_ends=rows[1:-1, 0])


def test_a_flight_ends_when_its_estimate_says_and_at_the_dock(plan: Any) -> None:
    made: Plan = plan(STREET, height_m=60.0)
    sortie = made.sorties[0]
    frame = LocalFrame(lat_deg=made.dock.lat_deg, lon_deg=made.dock.lon_deg)
    track = track_of(sortie, load_airframe(made.airframe), Wind.blowing_from(0.0, speed_m_s=0.0), dock=made.dock,
                     dock_amsl_m=30.0, frame=frame)  # fmt: skip
    assert track.times_s[-1] == pytest.approx(sortie.estimate.time_s)
    assert (np.diff(track.times_s) >= 0).all()
    assert track.places_m[[0, -1]] == pytest.approx(np.array([[0, 0, 30.0]] * 2), abs=0.1)
    assert track.places_m[:, 2].max() == pytest.approx(30.0 + 60.0)
    assert track.at(track.leg_ends)[:, 0].max() == pytest.approx(400.0, abs=0.1)


def test_head_on_at_one_height_they_meet_and_a_layer_apart_they_do_not() -> None:
    east, west = _track((0, 0, 0, 60), (100, 1000, 0, 60)), _track((0, 1000, 0, 60), (100, 0, 0, 60))
    gap = nearest(east, 0.0, west, 0.0, separation_m=30, layer_m=10)
    assert gap is not None
    assert (gap.at_s, gap.across_m, gap.place_m) == (
        pytest.approx(50),
        pytest.approx(0, abs=1e-6),
        (pytest.approx(500), 0),
    )
    above = Track(times_s=west.times_s, places_m=west.places_m + np.array([0, 0, 10.0]), leg_ends=west.leg_ends)
    assert nearest(east, 0.0, above, 0.0, separation_m=30, layer_m=10) is None
    assert nearest(east, 0.0, west, 100.0, separation_m=30, layer_m=10) is None


def test_who_is_on_the_ground_is_not_in_the_way() -> None:
    climbing = _track((2, 0, 0, 0), (22, 0, 0, 60), (26, 40, 0, 60), (60, 300, 0, 60))
    assert nearest(climbing, 0.0, climbing, 8.0, separation_m=30, layer_m=8) is None
    assert nearest(climbing, 0.0, climbing, 2.0, separation_m=30, layer_m=8) is not None


_PLACE = st.tuples(*[st.integers(-60, 60)] * 2, st.integers(0, 30))
_TRACKS = st.lists(_PLACE, min_size=2, max_size=5).map(
    lambda places: _track(*((10.0 * number, *place) for number, place in enumerate(places)))
)


@given(_TRACKS, _TRACKS, st.floats(-20, 20))
@settings(max_examples=200, deadline=None)
def test_what_a_fine_grid_finds_is_found_and_is_the_worst(one: Track, other: Track, delay_s: float) -> None:
    gap = nearest(one, 0.0, other, delay_s, separation_m=25.0, layer_m=8.0)
    begin_s, end_s = max(0.0, delay_s), min(one.times_s[-1], delay_s + other.times_s[-1])
    times = np.linspace(begin_s, max(begin_s, end_s), 4000)
    offset = other.at(times - delay_s) - one.at(times)
    across, height = np.linalg.norm(offset[:, :2], axis=1), np.abs(offset[:, 2])
    near = (across < 25.0 - 0.2) & (height < 8.0 - 0.1)
    if near.any() and begin_s < end_s:
        assert gap is not None
        assert gap.across_m <= across[near].min() + 1e-6
    if gap is not None:
        assert gap.across_m <= 25.0 + 1e-6
        assert gap.height_m <= 8.0 + 1e-6
        here, there = one.at(np.array([gap.at_s]))[0], other.at(np.array([gap.at_s - delay_s]))[0]
        assert np.linalg.norm((there - here)[:2]) == pytest.approx(gap.across_m, abs=1e-6)
