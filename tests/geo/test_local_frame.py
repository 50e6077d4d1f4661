"""ENU and back, against the ellipsoid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from geo import LocalFrame

_LAT, _LON = st.floats(-80, 80), st.floats(-179, 179)
_NEAR = st.floats(-20_000, 20_000)


@given(lat=_LAT, lon=_LON, alt=st.floats(-100, 5000), east=_NEAR, north=_NEAR, up=st.floats(-100, 3000))
def test_enu_comes_back_through_degrees(
    *, lat: float, lon: float, alt: float, east: float, north: float, up: float
) -> None:
    frame = LocalFrame(lat_deg=lat, lon_deg=lon, alt_m=alt)
    there = frame.enu_to_geodetic([[east, north, up]])
    back = frame.geodetic_to_enu(there[:, 0], there[:, 1], there[:, 2])
    np.testing.assert_allclose(back, [[east, north, up]], atol=1e-5)


@given(lat=_LAT, lon=_LON, east=_NEAR, north=_NEAR)
def test_enu_is_what_projs_topocentric_conversion_gives(lat: float, lon: float, east: float, north: float) -> None:
    frame = LocalFrame(lat_deg=lat, lon_deg=lon)
    place = frame.enu_to_geodetic([[east, north]])[0]
    projs = Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart +ellps=WGS84 "
        f"+step +proj=topocentric +ellps=WGS84 +lon_0={lon} +lat_0={lat} +h_0=0"
    ).transform(place[1], place[0], place[2])
    np.testing.assert_allclose(projs, [east, north, 0.0], atol=1e-4)


@given(lat=_LAT, lon=_LON, azimuth=st.floats(0, 360), metres=st.floats(1, 3000))
def test_over_a_patrol_enu_lengths_are_lengths_on_the_ellipsoid(
    lat: float, lon: float, azimuth: float, metres: float
) -> None:
    east, north, _ = Geod(ellps="WGS84").fwd(lon, lat, azimuth, metres)
    enu = LocalFrame(lat_deg=lat, lon_deg=lon).geodetic_to_enu(north, east)[0]
    assert np.hypot(enu[0], enu[1]) == pytest.approx(metres, rel=1e-6, abs=1e-5)


def test_many_positions_keep_their_order_and_one_altitude_serves_all() -> None:
    frame = LocalFrame(lat_deg=30.0, lon_deg=114.0, alt_m=10.0)
    enu = frame.geodetic_to_enu([30.0, 30.001], [114.0, 114.0], 25.0)
    assert enu.shape == (2, 3)
    np.testing.assert_allclose(enu[0], [0, 0, 15], atol=1e-9)
    assert enu[1, 1] == pytest.approx(110.85, abs=0.05)
    assert frame.geodetic_to_enu(30.0, 114.0).shape == (1, 3)
    assert frame.enu_to_geodetic(np.zeros((0, 3))).shape == (0, 3)
