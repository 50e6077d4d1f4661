"""Pixels on target against hand calculation."""

import math

import pytest

from missions import InputError
from missions.hardware import load_camera, load_detector_spec
from planner.sight import check_sight, sight_of

CAMERA, NANO = load_camera("wide-720p"), load_detector_spec("nano")


def test_straight_down_at_60_m_an_e_bike_is_27_px_at_1280() -> None:
    """The figure of the planning notes: 70 degree lens, 1280 px input."""
    sight = sight_of("two_wheeler", CAMERA, NANO, height_m=60.0, gimbal_pitch_deg=-90.0)
    focal_px = 640 / math.tan(math.radians(35))
    assert sight.centre_px == pytest.approx(focal_px * 1.8 / 60.0)
    assert sight.centre_px == pytest.approx(27.4, abs=0.1)
    assert sight.gsd_m_px == pytest.approx(60.0 / focal_px)
    assert sight.width_m == pytest.approx(2 * 60.0 * math.tan(math.radians(35)))


def test_an_oblique_view_has_a_near_and_a_far_edge() -> None:
    sight = sight_of("vehicle", CAMERA, NANO, height_m=60.0, gimbal_pitch_deg=-60.0)
    half_view = math.atan(360 / CAMERA.pinhole.focal_px)
    assert sight.far_m == pytest.approx(60.0 / math.tan(math.radians(60) - half_view))
    assert sight.near_m == pytest.approx(60.0 / math.tan(math.radians(60) + half_view))
    assert sight.far_px < sight.centre_px


def test_the_named_greatest_height_is_just_enough() -> None:
    with pytest.raises(InputError, match=r"^flight.height_m: .* \((\d+) m or lower") as caught:
        check_sight("two_wheeler", CAMERA, NANO, height_m=150.0, gimbal_pitch_deg=-60.0)
    height_m = float(str(caught.value.remedy).split(" m")[0])
    check_sight("two_wheeler", CAMERA, NANO, height_m=height_m, gimbal_pitch_deg=-60.0)
    with pytest.raises(InputError):
        check_sight("two_wheeler", CAMERA, NANO, height_m=height_m + 1.0, gimbal_pitch_deg=-60.0)


def test_a_far_edge_too_far_is_a_note() -> None:
    (note,) = check_sight("two_wheeler", CAMERA, NANO, height_m=110.0, gimbal_pitch_deg=-60.0)
    assert "far edge" in note


def test_the_example_height_needs_no_note() -> None:
    assert check_sight("two_wheeler", CAMERA, NANO, height_m=60.0, gimbal_pitch_deg=-60.0) == ()


def test_a_person_shows_more_of_itself_obliquely() -> None:
    above = sight_of("person", CAMERA, NANO, height_m=30.0, gimbal_pitch_deg=-90.0)
    oblique = sight_of("person", CAMERA, NANO, height_m=30.0, gimbal_pitch_deg=-45.0)
    assert above.object_m == pytest.approx(0.5)
    assert oblique.object_m > 1.5
