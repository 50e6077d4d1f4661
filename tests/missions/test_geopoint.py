"""Places and the distance between them."""

import pytest

from missions import GeoPoint

HERE = GeoPoint(lat_deg=30.4573, lon_deg=114.4140)


def test_distance_over_ground_is_symmetric() -> None:
    there = GeoPoint(lat_deg=30.4583, lon_deg=114.4150)
    assert HERE.distance_m(there) == pytest.approx(there.distance_m(HERE), rel=1e-6)
    assert HERE.distance_m(there) == pytest.approx(146.5, abs=1.0)


@pytest.mark.parametrize(("lat_deg", "lon_deg"), [(90.1, 0.0), (0.0, -180.1)])
def test_a_place_off_the_globe_is_refused(lat_deg: float, lon_deg: float) -> None:
    with pytest.raises(ValueError, match="not a WGS84 position"):
        GeoPoint(lat_deg=lat_deg, lon_deg=lon_deg)
