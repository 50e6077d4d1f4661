"""Footprints against the ray casting that positions incidents, and against geometry."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import Point, Polygon

from geo import footprint_enu_m
from missions import CameraModel, Wanted
from missions.hardware import load_camera
from planner.footprint import View, placed_m

CAMERA = load_camera("wide-720p")
E_BIKE = Wanted(kind="two_wheeler", smallest_px=12.0, input_width_px=1280, input_height_px=736)
PERSON = Wanted(kind="person", smallest_px=12.0, input_width_px=1280, input_height_px=736)
HALF_VIEW_DEG = math.degrees(math.atan(360 / CAMERA.pinhole.focal_px))
_HEIGHT = st.floats(10.0, 150.0)
_PITCH = st.floats(-90.0, -35.0)
_ANGLE = st.floats(0.0, 2 * math.pi)


@settings(deadline=None)
@given(_HEIGHT, _PITCH, _ANGLE, st.floats(-500, 500), st.floats(-500, 500))
def test_a_footprint_is_where_the_corner_rays_meet_the_ground(
    height_m: float, pitch_deg: float, angle: float, east_m: float, north_m: float
) -> None:
    """Geo casts pixels one by one; the two agree to a centimetre."""
    view = View.of(CAMERA, None, gimbal_pitch_deg=pitch_deg)
    course = np.array([math.sin(angle), math.cos(angle)])
    ours = placed_m(view.whole_m(np.array([height_m])), np.array([[east_m, north_m]]), course[None])[0]
    cast = footprint_enu_m(
        CAMERA.pinhole,
        origin_enu_m=np.array([east_m, north_m, height_m]),
        azimuth_deg=math.degrees(angle),
        pitch_deg=pitch_deg,
        limit_m=2000.0,
    )
    assert ours == pytest.approx(cast, abs=0.01)


@settings(deadline=None)
@given(_HEIGHT, _PITCH)
def test_a_footprint_holds_the_place_below_where_the_view_reaches_straight_down(
    height_m: float, pitch_deg: float
) -> None:
    assume(abs(-pitch_deg + HALF_VIEW_DEG - 90.0) > 0.1)
    view = View.of(CAMERA, E_BIKE, gimbal_pitch_deg=pitch_deg)
    below = Polygon(view.whole_m(np.array([height_m]))[0]).covers(Point(0.0, 0.0))
    assert below == (-pitch_deg + HALF_VIEW_DEG > 90.0)


@settings(deadline=None)
@given(_HEIGHT, _PITCH)
def test_the_part_with_pixels_enough_lies_in_the_footprint_and_is_smaller_from_higher(
    height_m: float, pitch_deg: float
) -> None:
    view = View.of(CAMERA, E_BIKE, gimbal_pitch_deg=pitch_deg)
    low, high = view.enough_m(np.array([height_m, 1.3 * height_m]))
    whole = Polygon(view.whole_m(np.array([height_m]))[0])
    assert whole.area > 0
    assume(not np.isnan(low).any())
    assert whole.buffer(1e-6).covers(Polygon(low))
    if not np.isnan(high).any():  # seen from above in shares of its own footprint
        assert Polygon(high).area / 1.3**2 <= Polygon(low).area * (1 + 1e-9)


def test_straight_down_the_footprint_is_the_pictures_rectangle() -> None:
    view = View.of(CAMERA, E_BIKE, gimbal_pitch_deg=-90.0)
    footprint = Polygon(view.whole_m(np.array([60.0]))[0])
    width_m = 2 * 60.0 * math.tan(math.radians(35.0))
    assert footprint.area == pytest.approx(width_m**2 * 720 / 1280)
    assert footprint.centroid.distance(Point(0.0, 0.0)) < 1e-6
    assert view.usable_half_width_m(60.0) == pytest.approx(width_m / 2)


def test_rows_stop_where_the_object_gets_too_small() -> None:
    """At 110 m the far edge shows an e-bike with 10 px; 12 px are met nearer, by hand calculation."""
    view = View.of(CAMERA, E_BIKE, gimbal_pitch_deg=-60.0)
    far_m = view.enough_m(np.array([110.0]))[0][0, 1]
    depression = math.atan2(110.0, far_m)
    depth_m = 110.0 / math.sin(depression) * math.cos(math.radians(60.0) - depression)
    assert CAMERA.pinhole.focal_px * 1.8 / depth_m == pytest.approx(12.0, rel=0.01)
    assert far_m < view.whole_m(np.array([110.0]))[0][0, 1]


def test_from_too_high_nothing_is_large_enough() -> None:
    view = View.of(CAMERA, E_BIKE, gimbal_pitch_deg=-60.0)
    assert np.isnan(view.enough_m(np.array([300.0]))).all()
    assert view.usable_half_width_m(300.0) == 0.0


def test_a_person_straight_below_is_too_small_where_a_slanting_view_is_not() -> None:
    """From 50 m shoulders are 9 px straight down; ahead, where more of a standing body shows, there are enough."""
    view = View.of(CAMERA, PERSON, gimbal_pitch_deg=-75.0)
    near_m = view.enough_m(np.array([50.0]))[0][2, 1]
    assert near_m > view.whole_m(np.array([50.0]))[0][2, 1] + 1.0


def test_a_detector_with_a_small_input_sees_less() -> None:
    small = Wanted(kind="two_wheeler", smallest_px=12.0, input_width_px=640, input_height_px=368)
    views = [View.of(CAMERA, wanted, gimbal_pitch_deg=-60.0) for wanted in (E_BIKE, small)]
    assert views[1].pixels == pytest.approx(views[0].pixels / 2)


def test_a_camera_near_the_horizon_is_cut_where_nothing_is_looked_for() -> None:
    tilted = CameraModel(name="t", width_px=1280, height_px=720, hfov_deg=70.0, fps=10.0)
    view = View.of(tilted, None, gimbal_pitch_deg=-20.0)
    assert view.ahead_m[0] == pytest.approx(1 / math.tan(math.radians(10.0)))
