"""GCJ-02 and BD-09."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import bd09_to_wgs84, gcj02_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02

_LAT, _LON = st.floats(3.0, 53.5), st.floats(74.0, 135.0)


def _metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    return math.hypot(a[0] - b[0], (a[1] - b[1]) * math.cos(math.radians(a[0]))) * 111_195


@given(lat=_LAT, lon=_LON)
def test_gcj02_comes_back_to_a_billionth_of_a_degree(lat: float, lon: float) -> None:
    assert gcj02_to_wgs84(*wgs84_to_gcj02(lat, lon)) == pytest.approx((lat, lon), abs=1e-9)
    assert wgs84_to_gcj02(*gcj02_to_wgs84(lat, lon)) == pytest.approx((lat, lon), abs=1e-9)


@given(lat=_LAT, lon=_LON)
def test_bd09_comes_back_to_a_billionth_of_a_degree(lat: float, lon: float) -> None:
    assert bd09_to_wgs84(*wgs84_to_bd09(lat, lon)) == pytest.approx((lat, lon), abs=1e-9)


@given(lat=st.floats(18.0, 53.5), lon=st.floats(74.0, 135.0))
def test_the_shift_is_a_few_hundred_metres(lat: float, lon: float) -> None:
    assert 20 < _metres((lat, lon), wgs84_to_gcj02(lat, lon)) < 1500


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        pytest.param((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215), id="Shanghai"),
        pytest.param((22.543847, 113.912316), (22.540796131694766, 113.9171764808363), id="Shenzhen"),
        pytest.param((39.911954, 116.377817), (39.91334545536069, 116.38404722455657), id="Beijing"),
    ],
)
def test_known_pairs_of_the_public_eviltransform_project_agree(
    wgs84: tuple[float, float], gcj02: tuple[float, float]
) -> None:
    assert wgs84_to_gcj02(*wgs84) == pytest.approx(gcj02, abs=1e-6)


@pytest.mark.parametrize(("lat", "lon"), [(-22.95, -43.19), (40.84, 14.25), (37.81, -122.27), (60.0, 114.0)])
def test_outside_china_nothing_is_shifted(lat: float, lon: float) -> None:
    assert wgs84_to_gcj02(lat, lon) == (lat, lon)
    assert gcj02_to_wgs84(lat, lon) == (lat, lon)
