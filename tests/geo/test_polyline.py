"""Polylines against shapely."""

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from geo import cumulative_m, distance_to_polyline_m, length_m, point_along, project_onto, resample, slice_along

_METRES = st.floats(-2000, 2000).map(lambda metres: round(metres, 3))
_LINES = st.lists(st.tuples(_METRES, _METRES), min_size=2, max_size=12).map(lambda rows: np.array(rows, float))


@given(line=_LINES, share=st.floats(0, 1))
def test_length_and_places_along_are_shapelys(line: np.ndarray, share: float) -> None:
    shape = shapely.LineString(line)
    assert length_m(line) == pytest.approx(shape.length, abs=1e-9)
    assume(shape.length > 1e-3)
    at = shape.interpolate(share * shape.length)
    np.testing.assert_allclose(point_along(line, share * shape.length), [at.x, at.y], atol=1e-6)


@given(line=_LINES, x=_METRES, y=_METRES)
def test_the_nearest_place_is_shapelys(line: np.ndarray, x: float, y: float) -> None:
    station, gap, segment = project_onto(line, np.array([x, y]))
    wanted = shapely.LineString(line).distance(shapely.Point(x, y))
    assert gap == pytest.approx(wanted, abs=1e-6)
    assert distance_to_polyline_m(line, np.array([x, y])) == gap
    assert np.linalg.norm(point_along(line, station) - (x, y)) == pytest.approx(gap, abs=1e-5)
    stations = cumulative_m(line)
    assert stations[segment] - 1e-6 <= station <= stations[segment + 1] + 1e-6


@given(line=_LINES, one=st.floats(0, 1), two=st.floats(0, 1))
def test_a_slice_has_the_length_asked_for_and_lies_on_the_line(line: np.ndarray, one: float, two: float) -> None:
    total = length_m(line)
    low, high = sorted((one * total, two * total))
    assume(high - low > 1e-3)
    part = slice_along(line, low, high)
    assert length_m(part) == pytest.approx(high - low, abs=1e-5)
    assert all(distance_to_polyline_m(line, place) < 1e-6 for place in part)
    np.testing.assert_allclose(part[0], point_along(line, low), atol=1e-9)


@given(line=_LINES, step=st.floats(1, 500))
def test_resampled_places_are_no_farther_apart_than_the_step(line: np.ndarray, step: float) -> None:
    places = resample(line, step)
    assert (np.linalg.norm(np.diff(places, axis=0), axis=1) <= step + 1e-6).all()
    np.testing.assert_allclose(places[[0, -1]], line[[0, -1]], atol=1e-9)


def test_points_and_nothing_have_no_length() -> None:
    assert length_m(np.zeros((0, 2))) == 0.0
    assert length_m(np.array([[3.0, 4.0]])) == 0.0
    assert project_onto(np.array([[3.0, 4.0]]), np.array([0.0, 0.0])) == (0.0, 5.0, 0)


def test_stations_beyond_the_ends_are_the_ends() -> None:
    line = np.array([[0.0, 0.0, 5.0], [10.0, 0.0, 15.0]])
    np.testing.assert_allclose(point_along(line, -1), line[0])
    np.testing.assert_allclose(point_along(line, 1e9), line[1])
    assert length_m(line) == pytest.approx(10 * np.sqrt(2))


def test_points_that_stand_twice_do_no_harm() -> None:
    line = np.array([[0.0, 0.0], [0.0, 0.0], [10.0, 0.0], [10.0, 0.0]])
    station, gap, _ = project_onto(line, np.array([4.0, 3.0]))
    assert (station, gap) == (4.0, 3.0)
    np.testing.assert_allclose(point_along(line, 4.0), [4.0, 0.0])
