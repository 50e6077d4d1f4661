"""Plumes: placed where they rise from, not under their drift."""

import numpy as np
import pytest

from geo import PinholeCamera, ground_from_pixels, pixels_from_enu
from missions import Box, CameraPose, GeoPoint
from missions.mission import Wind
from vision.plumes import source_pixel, upwind_enu, wind_to_trust

CAMERA = PinholeCamera.from_hfov(width_px=1280, height_px=720, hfov_deg=70)
ORIGIN_M = np.array([0.0, 0.0, 60.0])


def pose(azimuth_deg: float) -> CameraPose:
    return CameraPose(
        captured_utc_s=0.0,
        position=GeoPoint(lat_deg=30, lon_deg=114),
        amsl_m=60,
        azimuth_deg=azimuth_deg,
        pitch_deg=-60,
    )


def test_the_wind_is_named_by_where_it_comes_from() -> None:
    assert upwind_enu(Wind(speed_m_s=3, from_deg=90)) == pytest.approx(np.array([1.0, 0.0]), abs=1e-9)
    assert upwind_enu(Wind(speed_m_s=3, from_deg=0)) == pytest.approx(np.array([0.0, 1.0]), abs=1e-9)


@pytest.mark.parametrize("wind", [None, Wind(speed_m_s=0.2, from_deg=90)])
def test_in_a_calm_there_is_no_upwind_end(wind: Wind | None) -> None:
    assert upwind_enu(wind) is None


def test_a_measured_wind_holds_before_the_planned_one_where_it_has_a_direction() -> None:
    planned, measured, breath = (Wind(speed_m_s=s, from_deg=d) for s, d in ((3, 45), (2, 200), (0.6, 10)))
    assert wind_to_trust(measured, None, planned=planned) is measured
    assert wind_to_trust(None, measured, planned=planned) is measured
    assert wind_to_trust(breath, None, planned=planned) is planned
    assert wind_to_trust(None, None, planned=None) is None


@pytest.mark.parametrize("azimuth_deg", [0, 37, 90, 200, 315])
@pytest.mark.parametrize("from_deg", [0, 45, 120, 250])
def test_a_plume_on_the_ground_is_placed_near_its_source(azimuth_deg: float, from_deg: float) -> None:
    """Puffs from a source under the middle of the view, drifting 12 m downwind and widening to 4 m."""
    view = pose(azimuth_deg)
    turn = {"azimuth_deg": view.azimuth_deg, "pitch_deg": view.pitch_deg}
    upwind = upwind_enu(Wind(speed_m_s=3, from_deg=from_deg))
    assert upwind is not None
    source_m = ground_from_pixels(np.array([[640.0, 380.0]]), CAMERA, origin_enu_m=ORIGIN_M, **turn).points_enu_m[0]
    across = np.array([-upwind[1], upwind[0]])
    puffs_m = np.array(
        [
            [*(source_m[:2] - upwind * drift_m + across * side * drift_m / 3), 0.0]
            for drift_m in np.linspace(0, 12, 25)
            for side in (-0.5, 0.5)
        ]
    )
    uv = pixels_from_enu(puffs_m, CAMERA, origin_enu_m=ORIGIN_M, **turn)
    box = Box(*uv.min(axis=0), *uv.max(axis=0))
    found_px = source_pixel(box, upwind, pose=view, camera=CAMERA, origin_m=ORIGIN_M)
    middle_m = ground_from_pixels(np.array([box.centre]), CAMERA, origin_enu_m=ORIGIN_M, **turn).points_enu_m[0]
    found_m = ground_from_pixels(np.array([found_px]), CAMERA, origin_enu_m=ORIGIN_M, **turn).points_enu_m[0]
    assert np.linalg.norm(found_m - source_m) < 3.0
    assert np.linalg.norm(found_m - source_m) < np.linalg.norm(middle_m - source_m)
