"""Pixels on target against hand calculation."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions import InputError
from missions.hardware import load_camera, load_detector_spec
from planner.sight import check_sight, choose_height, sight_of

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


def _chosen(kind: str = "two_wheeler", pitch_deg: float = -60.0, **limits: float) -> tuple[float, str]:
    bounds = {"least_m": 10.0, "cap_m": 120.0} | limits
    return choose_height(kind, CAMERA, NANO, gimbal_pitch_deg=pitch_deg, **bounds)


def test_the_height_chosen_is_the_greatest_that_needs_no_note() -> None:
    height_m, why = _chosen()
    assert height_m == 91.0
    assert why == "height 91 m: up to 91 m a two-wheeler has 12 px to the far edge of the picture"
    assert check_sight("two_wheeler", CAMERA, NANO, height_m=height_m, gimbal_pitch_deg=-60.0) == ()
    assert check_sight("two_wheeler", CAMERA, NANO, height_m=height_m + 1.0, gimbal_pitch_deg=-60.0) != ()


def test_the_height_chosen_stays_under_the_cap_and_says_so() -> None:
    height_m, why = _chosen("vehicle")
    assert height_m == 120.0
    assert "the cap is 120 m" in why


def test_where_the_far_edge_asks_for_too_low_a_height_the_centre_decides() -> None:
    height_m, why = _chosen(least_m=100.0)
    assert 100.0 <= height_m <= 118.0
    assert "at the centre of the picture" in why


def test_where_no_height_will_do_the_reason_has_numbers() -> None:
    with pytest.raises(InputError, match=r"^flight.height_m: auto finds no height: .* 200 px .* only up to 5.1 m, "):
        choose_height(
            "person", CAMERA, replace(NANO, smallest_px=200.0), gimbal_pitch_deg=-60.0, least_m=10.0, cap_m=120.0
        )


@settings(deadline=None)
@given(st.sampled_from(["person", "two_wheeler", "vehicle"]), st.floats(-90, -40), st.floats(30, 400))
def test_from_the_height_chosen_the_object_is_large_enough(kind: str, pitch_deg: float, cap_m: float) -> None:
    height_m, _ = _chosen(kind, pitch_deg, cap_m=cap_m)
    assert height_m <= cap_m
    check_sight(kind, CAMERA, NANO, height_m=height_m, gimbal_pitch_deg=pitch_deg)  # raises where it is not
