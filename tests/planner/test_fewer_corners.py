"""Keep-out areas with fewer corners: nothing given up, little added, the dock never shut in."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, Point, Polygon, union_all

from missions import PlanningError
from planner.fewer_corners import Area, fitted
from planner.keep_out import CLEARANCE_M

DOCK = Point(0, 0)


def _fitted(
    areas: Sequence[Area], *, room: int, roads: MultiLineString | None = None
) -> tuple[tuple[Area, ...], tuple[str, ...]]:
    return fitted(areas, room=room, free=DOCK, free_m=CLEARANCE_M + 1, roads=roads)


def _star(middle: tuple[float, float], radii_m: list[float]) -> Polygon:
    """A polygon with a corner in each of so many directions, concave where the radii jump."""
    angles = np.linspace(0, 2 * math.pi, len(radii_m), endpoint=False)
    ring = np.column_stack([np.cos(angles), np.sin(angles)]) * np.array(radii_m)[:, None]
    return Polygon(ring + np.array(middle))


STARS = st.builds(
    _star,
    st.tuples(st.floats(-1500, 1500), st.floats(-1500, 1500)),
    st.lists(st.floats(30, 300), min_size=3, max_size=40),
)


@given(shapes=st.lists(STARS, min_size=1, max_size=12), room=st.integers(40, 60))
@settings(max_examples=60, deadline=None)
def test_areas_that_fit_hold_the_given_ones_and_leave_the_dock_out(shapes: list[Polygon], room: int) -> None:
    assume(all(shape.is_valid and shape.distance(DOCK) > CLEARANCE_M + 2 for shape in shapes))
    areas = [Area(area_id=f"z{number}", shape=shape) for number, shape in enumerate(shapes)]
    few, said = _fitted(areas, room=room)
    assert sum(area.corners for area in few) <= room
    assert all(area.shape.is_valid and not area.shape.interiors for area in few)
    together = union_all([area.shape for area in few])
    assert together.buffer(0.01).covers(union_all(shapes))
    assert together.distance(DOCK) > CLEARANCE_M
    assert len({area.area_id for area in few}) == len(few)
    assert bool(said) <= (sum(area.corners for area in areas) > room)


def test_what_fits_is_left_as_it_is() -> None:
    areas = [Area(area_id="a", shape=_star((500, 0), [50.0] * 40))]
    few, said = _fitted(areas, room=54)
    assert few == tuple(areas)
    assert said == ()


def test_a_circle_of_ninety_corners_grows_by_little() -> None:
    circle = _star((500, 0), [100.0] * 90)
    ((area,), said) = _fitted([Area(area_id="a", shape=circle)], room=54)
    assert area.corners == 54
    assert area.shape.area < circle.area * 1.003
    assert said == ("keep-out zone a was enlarged by 0.1 % to 54 corners to fit the autopilot",)


def test_areas_one_in_the_other_become_the_outer_one() -> None:
    rings = [Area(area_id=f"r{radius}", shape=_star((800, 0), [float(radius)] * 36)) for radius in (100, 250, 350)]
    few, said = _fitted(rings, room=54)
    assert [(area.area_id, area.corners) for area in few] == [("r350", 36)]
    assert said == ()


def test_areas_that_overlap_are_united_where_that_spares_corners() -> None:
    pair = [Area(area_id=name, shape=_star((east, 0), [100.0] * 36)) for name, east in (("a", 500), ("b", 560))]
    ((area,), said) = _fitted(pair, room=54)
    assert area.area_id == "a + b"
    assert area.shape.area == pytest.approx(pair[0].shape.union(pair[1].shape).area, rel=1e-9)
    assert said[0].startswith("keep-out zones a + b were joined")


def test_a_dent_with_the_dock_in_it_stays_open() -> None:
    """A horseshoe round the dock: its hull would shut it in."""
    outer = [(300 * math.cos(a), 300 * math.sin(a)) for a in np.linspace(0.4, 2 * math.pi - 0.4, 60)]
    inner = [(100 * math.cos(a), 100 * math.sin(a)) for a in np.linspace(2 * math.pi - 0.4, 0.4, 60)]
    shoe = Polygon([*outer, *inner])
    ((area,), _) = _fitted([Area(area_id="shoe", shape=shoe)], room=20)
    assert area.shape.buffer(1e-3).covers(shoe)
    assert not area.shape.intersects(LineString([(0, 0), (400, 0)]))


def test_a_dent_with_a_road_in_it_is_filled_last() -> None:
    """Of two equal dents the one without a road is filled."""
    block = Polygon([(200, 0), (300, 0), (350, 100), (400, 0), (500, 0), (500, 400), (400, 400), (350, 300), (300, 400),
                     (200, 400)])  # fmt: skip
    road = MultiLineString([LineString([(350, 20), (350, 90)])])
    ((area,), _) = _fitted([Area(area_id="block", shape=block)], room=7, roads=road)
    assert not area.shape.intersects(LineString([(350, 20), (350, 60)]))
    assert area.shape.covers(Point(350, 390))


def test_more_areas_than_corners_are_joined_with_their_neighbours() -> None:
    masts = [
        Area(area_id=f"m{row}{column}", shape=_star((500 + 40 * column, 400 * row), [5.0] * 8))
        for row in range(-2, 3)
        for column in range(8)
    ]
    few, said = _fitted(masts, room=54)
    assert sum(area.corners for area in few) <= 54
    assert any("were joined" in line for line in said)
    assert all(area.area_id.count(" + ") <= 3 for area in few)
    assert len({area.area_id for area in few}) == len(few)
    assert sum(area.shape.area for area in few) < 10 * 8 * 40 * 20


def test_what_cannot_be_done_without_shutting_in_the_dock_is_refused() -> None:
    areas = [Area(area_id=f"m{n}", shape=_star((15 * math.cos(n), 15 * math.sin(n)), [1.0] * 8)) for n in range(6)]
    with pytest.raises(PlanningError, match="6 no-fly zones and obstacles need more than the 8 corners"):
        _fitted(areas, room=8)
