"""Airframes, cameras and detectors are data."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions import InputError
from missions.hardware import known, load_airframe, load_camera, load_detector_spec


def test_everything_that_is_shipped_is_right_and_named_as_its_file() -> None:
    assert [load_airframe(name).name for name in known("airframes")] == ["quad-5kg", "sitl-quad"]
    assert [load_camera(name).name for name in known("cameras")] == ["wide-1080p", "wide-720p"]
    assert [load_detector_spec(name).name for name in known("detectors")] == ["nano", "small"]


@pytest.mark.parametrize("name", known("airframes"))
def test_an_airframe_flies_some_minutes_and_its_figures_fit_each_other(name: str) -> None:
    airframe = load_airframe(name)
    assert 10 < airframe.battery_wh / airframe.hover_w * 60 < 60
    assert airframe.cruise_m_s < airframe.max_airspeed_m_s
    assert airframe.battery_empty_v < airframe.battery_full_v
    assert (
        3.0 < airframe.battery_empty_v / airframe.battery_cells < airframe.battery_full_v / airframe.battery_cells < 4.4
    )
    nominal_wh = airframe.battery_mah / 1000 * (airframe.battery_empty_v + airframe.battery_full_v) / 2
    assert 0.6 < airframe.battery_wh / nominal_wh <= 1.05


@pytest.mark.parametrize("name", known("cameras"))
def test_a_cameras_projection_has_its_field_of_view(name: str) -> None:
    camera = load_camera(name)
    assert 2 * math.degrees(math.atan(camera.width_px / 2 / camera.pinhole.focal_px)) == pytest.approx(camera.hfov_deg)
    assert camera.pinhole.centre_px == (camera.width_px / 2, camera.height_px / 2)


def test_the_detector_knows_the_kinds_the_rules_use() -> None:
    spec = load_detector_spec("nano")
    assert set(spec.kinds) == {"person", "two_wheeler", "vehicle", "smoke", "fire"}
    assert spec.input_width_px % 32 == spec.input_height_px % 32 == 0


def test_a_camera_of_ones_own_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "tele.toml"
    path.write_text('name = "tele"\nwidth_px = 640\nheight_px = 480\nhfov_deg = 20\nfps = 25\n')
    assert load_camera(str(path)).hfov_deg == 20.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param('name = "tele"\n', r"tele\.toml: width_px: Field required \(a CameraModel\)", id="missing"),
        pytest.param("name = ", r"tele\.toml: Invalid value .*\(TOML\)", id="not toml"),
        pytest.param(b"\xff\xfe", r"tele\.toml: is not UTF-8", id="not text"),
    ],
)
def test_a_wrong_hardware_file_is_refused(tmp_path: Path, text: str | bytes, message: str) -> None:
    path = tmp_path / "tele.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=message):
        load_camera(str(path))


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(
        InputError, match=r"no such Airframe 'quad-9kg' \(one of quad-5kg, sitl-quad, or a \.toml file\)"
    ):
        load_airframe("quad-9kg")


@given(lean_deg=st.floats(1, 80))
def test_a_lean_holds_no_more_than_the_airframes_top_speed_and_that_at_the_lean_that_it_is_known_at(
    lean_deg: float,
) -> None:
    airframe = load_airframe("sitl-quad")
    held_m_s = airframe.airspeed_at_lean_m_s(lean_deg)
    assert 0 < held_m_s <= airframe.max_airspeed_m_s
    assert (held_m_s == airframe.max_airspeed_m_s) == (lean_deg >= 45.0)
    assert held_m_s <= airframe.airspeed_at_lean_m_s(lean_deg + 5.0)


def test_the_firmwares_30_degrees_hold_less_than_the_10_m_s_that_were_flown_with_them() -> None:
    assert load_airframe("sitl-quad").airspeed_at_lean_m_s(30.0) == pytest.approx(8.66, abs=0.01)
    unknown = replace(load_airframe("sitl-quad"), max_airspeed_lean_deg=None)
    assert unknown.airspeed_at_lean_m_s(30.0) == 15.0
