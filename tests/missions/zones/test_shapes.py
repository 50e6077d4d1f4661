"""Circles, arcs and corridors contain what they stand for, and little more."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from shapely import LineString, Point, box

from missions import GeoPoint
from missions.zones.outline import Outline
from missions.zones.shapes import OVERSHOOT, arc, area_m2, circle, corridor, offset
from tests.missions.zones.conftest import polygon_m

GEOD = Geod(ellps="WGS84")
CENTRES = st.builds(GeoPoint, lat_deg=st.floats(-70, 70), lon_deg=st.floats(-170, 170))
RADII_M = st.floats(3.0, 30_000.0)
BEARINGS_DEG = st.floats(0, 359.9)


def _place(centre: GeoPoint, bearing_deg: float, distance_m: float) -> Point:
    lon, lat, _ = GEOD.fwd(centre.lon_deg, centre.lat_deg, bearing_deg, distance_m)
    return Point(polygon_m([GeoPoint(lat_deg=lat, lon_deg=lon)] * 3, centre).exterior.coords[0])


@given(centre=CENTRES, radius_m=RADII_M, sides=st.sampled_from([None, 8, 36]), bearing_deg=BEARINGS_DEG)
def test_a_circle_is_inside_its_polygon(
    centre: GeoPoint, radius_m: float, sides: int | None, bearing_deg: float
) -> None:
    corners = circle(centre, radius_m, sides=sides)
    assert polygon_m(corners, centre).covers(_place(centre, bearing_deg, radius_m))
    assert polygon_m(corners, centre).is_valid


@given(centre=CENTRES, radius_m=RADII_M)
def test_a_circles_polygon_adds_less_than_it_says(centre: GeoPoint, radius_m: float) -> None:
    corners = circle(centre, radius_m)
    reach_m = [GEOD.inv(centre.lon_deg, centre.lat_deg, c.lon_deg, c.lat_deg)[2] for c in corners]
    assert max(reach_m) <= radius_m * (1 + OVERSHOOT)
    assert math.pi * radius_m**2 < area_m2(corners) * 1.0001 < math.pi * radius_m**2 * (1 + OVERSHOOT)


@given(
    centre=CENTRES,
    radius_m=RADII_M,
    turn_deg=st.tuples(BEARINGS_DEG, st.floats(5, 350)),
    clockwise=st.booleans(),
    share=st.floats(0, 1),
)
def test_an_arc_runs_round_its_circle_on_the_side_asked_for(
    centre: GeoPoint, radius_m: float, turn_deg: tuple[float, float], clockwise: bool, share: float
) -> None:
    from_deg, sweep_deg = turn_deg
    turn = 1 if clockwise else -1
    start, end = (offset(centre, from_deg + turn * part * sweep_deg, radius_m) for part in (0, 1))
    on_it = _place(centre, from_deg + turn * share * sweep_deg, radius_m)
    whole = [centre, *arc(centre, start, end, clockwise=clockwise, outside=True)]
    assert polygon_m(whole, centre).buffer(radius_m * 1e-6).covers(on_it)
    inner = [centre, *arc(centre, start, end, clockwise=clockwise, outside=False)]
    assert not polygon_m(inner, centre).buffer(-radius_m * 1e-4).covers(on_it)
    swept_m2 = math.pi * radius_m**2 * sweep_deg / 360
    assert polygon_m(whole, centre).area == pytest.approx(swept_m2, rel=0.01)
    assert polygon_m(inner, centre).area == pytest.approx(swept_m2, rel=0.01)
    assert polygon_m(inner, centre).area < swept_m2 < polygon_m(whole, centre).area


@given(centre=CENTRES, radius_m=st.floats(100, 5000), clockwise=st.booleans(), dent=st.booleans())
def test_a_half_disc_and_a_block_with_a_dent_are_contained(
    centre: GeoPoint, radius_m: float, clockwise: bool, dent: bool
) -> None:
    """The arc bulges out of the one and into the other, whichever way round the outline is drawn."""
    outline = Outline()
    outline.clockwise = clockwise
    west, east = offset(centre, 270, radius_m), offset(centre, 90, radius_m)
    over = [offset(east, 0, 2 * radius_m), offset(west, 0, 2 * radius_m)]
    start, end = (west, east) if clockwise else (east, west)  # over the north
    outline.arc_of_places(centre, start, end)
    for place in (over if clockwise else over[::-1]) if dent else ():
        outline.corner(place)
    zone = polygon_m(outline.ring(), centre)
    disc = polygon_m(circle(centre, radius_m, sides=360), centre)
    true = disc.intersection(box(-3 * radius_m, 0, 3 * radius_m, 3 * radius_m))
    if dent:
        true = polygon_m([west, east, *over], centre).difference(disc)
    assert true.difference(zone).buffer(-radius_m * 1e-3).is_empty
    assert zone.area < true.area * 1.02
    assert zone.is_valid


@given(centre=CENTRES, bearing_deg=BEARINGS_DEG, length_m=st.floats(10, 20_000), width_m=st.floats(100, 10_000))
def test_a_corridor_holds_everything_within_half_its_width(
    centre: GeoPoint, bearing_deg: float, length_m: float, width_m: float
) -> None:
    end = offset(centre, bearing_deg, length_m)
    drawn = polygon_m(corridor([centre, end], width_m), centre)
    line = LineString(polygon_m([centre, end, centre], centre).exterior.coords[:2])
    assert drawn.covers(line.buffer(width_m / 2 * 0.9999, quad_segs=64))
    assert drawn.area < line.buffer(width_m / 2, quad_segs=64).area * 1.02
