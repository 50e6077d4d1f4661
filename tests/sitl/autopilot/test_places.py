import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import LocalFrame
from missions import GeoPoint
from sitl.autopilot.places import Places

FRAME = LocalFrame(lat_deg=30.49, lon_deg=114.41)
PLACES = Places(GeoPoint(lat_deg=30.49, lon_deg=114.41))


@given(st.floats(-5000, 5000), st.floats(-5000, 5000), st.floats(-49, 49), st.floats(-49, 49))
def test_the_tangent_is_within_two_millimetres_of_the_ellipsoid(
    east: float, north: float, d_east: float, d_north: float
) -> None:
    PLACES.degrees(east, north)
    lat, lon = PLACES.degrees(east + d_east, north + d_north)
    exact = FRAME.enu_to_geodetic([[east + d_east, north + d_north, 0.0]])[0]
    assert (lat - exact[0]) * 111_000 == pytest.approx(0.0, abs=0.002)
    assert (lon - exact[1]) * 96_000 == pytest.approx(0.0, abs=0.002)


@given(st.floats(-3000, 3000), st.floats(-3000, 3000))
def test_there_and_back(east: float, north: float) -> None:
    assert PLACES.metres(*PLACES.degrees(east, north)) == pytest.approx((east, north), abs=0.01)
