"""Pixels to the ground and back, with errors that hold."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from geo import PinholeCamera, enu_from_camera, footprint_enu_m, ground_from_pixels, pixels_from_enu
from geo.camera_rays import pixel_rays_camera

Axis = tuple[float, float, float]
CAMERA = PinholeCamera.from_hfov(width_px=1280, height_px=720, hfov_deg=70)
_AZIMUTH, _ROLL = st.floats(0, 360), st.floats(-30, 30)
_PITCH = st.floats(-89.99, -35)


@given(azimuth=_AZIMUTH, pitch=st.floats(-90, 90), roll=st.floats(-180, 180))
def test_a_rotation_is_a_rotation(azimuth: float, pitch: float, roll: float) -> None:
    turn = enu_from_camera(azimuth_deg=azimuth, pitch_deg=pitch, roll_deg=roll)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("azimuth", "pitch", "roll", "right", "down", "forward"),
    [
        pytest.param(0, 0, 0, (1, 0, 0), (0, 0, -1), (0, 1, 0), id="north, level"),
        pytest.param(90, 0, 0, (0, -1, 0), (0, 0, -1), (1, 0, 0), id="east, level"),
        pytest.param(0, -90, 0, (1, 0, 0), (0, -1, 0), (0, 0, -1), id="straight down, north at the top"),
        pytest.param(90, -90, 0, (0, -1, 0), (-1, 0, 0), (0, 0, -1), id="straight down, east at the top"),
        pytest.param(0, 0, 90, (0, 0, -1), (-1, 0, 0), (0, 1, 0), id="right side down"),
        pytest.param(
            0, -45, 0, (1, 0, 0), (0, -math.sqrt(0.5), -math.sqrt(0.5)), (0, math.sqrt(0.5), -math.sqrt(0.5)), id="45"
        ),
    ],
)
def test_the_axes_of_a_camera_are_where_a_pilot_expects_them(
    *, azimuth: float, pitch: float, roll: float, right: Axis, down: Axis, forward: Axis
) -> None:
    turn = enu_from_camera(azimuth_deg=azimuth, pitch_deg=pitch, roll_deg=roll)
    np.testing.assert_allclose(turn, np.column_stack([right, down, forward]), atol=1e-12)


@given(
    azimuth=_AZIMUTH,
    pitch=_PITCH,
    roll=_ROLL,
    height=st.floats(10, 300),
    ground=st.floats(-20, 20),
    u=st.floats(0, 1280),
    v=st.floats(0, 720),
)
def test_a_pixel_comes_back_from_the_ground(
    *, azimuth: float, pitch: float, roll: float, height: float, ground: float, u: float, v: float
) -> None:
    origin = np.array([120.0, -35.0, ground + height])
    pose: dict[str, Any] = {"origin_enu_m": origin, "azimuth_deg": azimuth, "pitch_deg": pitch, "roll_deg": roll}
    hit = ground_from_pixels(np.array([[u, v]]), CAMERA, ground_up_m=ground, **pose)
    assume(np.isfinite(hit.slant_range_m[0]))
    assert hit.points_enu_m[0, 2] == pytest.approx(ground, abs=1e-6)
    assert np.linalg.norm(hit.points_enu_m[0] - origin) == pytest.approx(hit.slant_range_m[0], rel=1e-9)
    np.testing.assert_allclose(pixels_from_enu(hit.points_enu_m, CAMERA, **pose), [[u, v]], atol=1e-5)


def test_by_hand_sixty_metres_up_and_forty_five_degrees_down_sees_sixty_metres_ahead() -> None:
    hit = ground_from_pixels(
        np.array([[640.0, 360.0]]), CAMERA, origin_enu_m=np.array([0, 0, 60.0]), azimuth_deg=30, pitch_deg=-45
    )
    np.testing.assert_allclose(hit.points_enu_m[0], [30.0, 60 * math.sqrt(0.75), 0.0], atol=1e-9)
    assert hit.slant_range_m[0] == pytest.approx(60 * math.sqrt(2))
    assert hit.error_m[0] == 0.0


@pytest.mark.parametrize(
    ("pitch", "azimuth", "u", "v"),
    [
        (-60.0, 0.0, 640.0, 360.0),
        (-60.0, 77.0, 200.0, 650.0),
        (-45.0, 200.0, 1100.0, 300.0),
        (-85.0, 10.0, 900.0, 500.0),
    ],
)
def test_the_error_is_that_of_ten_thousand_noisy_poses(pitch: float, azimuth: float, u: float, v: float) -> None:
    sigma: dict[str, Any] = {
        "position_error_m": 1.5,
        "height_error_m": 1.5,
        "angle_error_deg": (2.0, 0.5, 0.5),
        "pixel_error_px": 2.0,
    }
    origin, uv = np.array([0.0, 0.0, 60.0]), np.array([[u, v]])
    claimed = ground_from_pixels(uv, CAMERA, origin_enu_m=origin, azimuth_deg=azimuth, pitch_deg=pitch, **sigma)
    rng = np.random.default_rng(11)
    places = np.array(
        [
            ground_from_pixels(
                uv + rng.normal(0, 2.0, 2),
                CAMERA,
                origin_enu_m=origin + rng.normal(0, 1.5, 3),
                azimuth_deg=azimuth + rng.normal(0, 2.0),
                pitch_deg=pitch + rng.normal(0, 0.5),
                roll_deg=rng.normal(0, 0.5),
            ).points_enu_m[0, :2]
            for _ in range(10_000)
        ]
    )
    spread_m = float(np.sqrt(((places - claimed.points_enu_m[0, :2]) ** 2).sum(axis=1).mean()))
    assert claimed.error_m[0] == pytest.approx(spread_m, rel=0.04)


def test_rays_at_and_above_the_horizon_and_beyond_the_limit_meet_nothing() -> None:
    origin = np.array([0.0, 0.0, 60.0])
    level = ground_from_pixels(
        np.array([[640.0, 360.0], [640.0, 0.0], [640.0, 719.0]]),
        CAMERA,
        origin_enu_m=origin,
        azimuth_deg=0,
        pitch_deg=0,
        position_error_m=1.0,
    )
    assert np.isnan(level.points_enu_m[:2]).all()
    assert np.isnan(level.slant_range_m[:2]).all()
    assert np.isfinite(level.points_enu_m[2]).all()
    near = ground_from_pixels(
        np.array([[640.0, 360.0]]), CAMERA, origin_enu_m=origin, azimuth_deg=0, pitch_deg=-10, limit_m=100
    )
    assert np.isnan(near.slant_range_m).all()


def test_from_below_the_ground_nothing_is_met() -> None:
    hit = ground_from_pixels(
        np.array([[640.0, 360.0]]), CAMERA, origin_enu_m=np.array([0, 0, -5.0]), azimuth_deg=0, pitch_deg=-60
    )
    assert np.isnan(hit.slant_range_m).all()


def test_a_place_that_meets_nothing_has_no_error_either() -> None:
    hit = ground_from_pixels(
        np.array([[640.0, 100.0]]),
        CAMERA,
        origin_enu_m=np.array([0, 0, 60.0]),
        azimuth_deg=0,
        pitch_deg=0,
        position_error_m=1.5,
        height_error_m=1.5,
        angle_error_deg=(2.0, 0.5, 0.5),
    )
    assert np.isnan(hit.error_m).all()


def test_no_pixels_give_no_places() -> None:
    hit = ground_from_pixels(
        np.zeros((0, 2)), CAMERA, origin_enu_m=np.array([0, 0, 60.0]), azimuth_deg=0, pitch_deg=-60
    )
    assert hit.points_enu_m.shape == (0, 3)
    assert pixel_rays_camera(np.zeros((0, 2)), CAMERA).shape == (0, 3)


def test_what_lies_behind_the_camera_has_no_pixel() -> None:
    uv = pixels_from_enu(
        np.array([[0.0, -50.0, 60.0], [0.0, 50.0, 60.0]]),
        CAMERA,
        origin_enu_m=np.array([0, 0, 60.0]),
        azimuth_deg=0,
        pitch_deg=0,
    )
    assert np.isnan(uv[0]).all()
    np.testing.assert_allclose(uv[1], [640, 360], atol=1e-9)


def test_a_footprint_straight_down_is_the_rectangle_of_the_lens() -> None:
    corners = footprint_enu_m(CAMERA, origin_enu_m=np.array([10.0, 20.0, 60.0]), azimuth_deg=0, pitch_deg=-90)
    half = 60 * math.tan(math.radians(35))
    wanted = [[-half, half * 9 / 16], [half, half * 9 / 16], [half, -half * 9 / 16], [-half, -half * 9 / 16]]
    np.testing.assert_allclose(corners - [10, 20], wanted, atol=1e-9)


def test_the_upper_corners_of_a_flat_look_are_open() -> None:
    corners = footprint_enu_m(CAMERA, origin_enu_m=np.array([0, 0, 60.0]), azimuth_deg=0, pitch_deg=-15)
    assert np.isnan(corners[:2]).all()
    assert np.isfinite(corners[2:]).all()
