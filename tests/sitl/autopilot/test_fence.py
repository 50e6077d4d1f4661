import math

from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, Polygon

from sitl.autopilot.fence import ALT_MAX, CIRCLE, POLYGON, Fence, FenceLimits
from sitl.autopilot.stored_items import CIRCLE_EXCLUSION, EXCLUSION, INCLUSION, StoredItem

LIMITS = FenceLimits(kinds=POLYGON, alt_max_m=100.0, alt_min_m=-10.0, radius_m=300.0, options=0)
HOME = (0.0, 0.0, 0.0)


def _loaded(*areas: tuple[int, list[tuple[float, float]]]) -> Fence:
    items: list[StoredItem] = []
    for command, corners in areas:
        count = float(len(corners))
        items += [StoredItem(command=command, params=(count, 0, 0, 0), x=round(x), y=round(y)) for x, y in corners]
    fence = Fence()
    fence.load(items, lambda x, y: (float(x), float(y)))
    return fence


STAR = [(0, 100), (30, 30), (100, 0), (30, -30), (0, -100), (-30, -30), (-100, 0), (-30, 30)]


@given(st.floats(-150, 150), st.floats(-150, 150))
def test_depth_in_a_polygon_is_shapelys(east: float, north: float) -> None:
    polygon, point = Polygon(STAR), Point(east, north)
    expected = polygon.exterior.distance(point) * (1 if polygon.contains(point) else -1)
    depth = _loaded((INCLUSION, STAR)).depths_m((east, north, 10.0), HOME, LIMITS)[POLYGON]
    assert math.isclose(depth, expected, abs_tol=1e-6)


def test_every_inclusion_must_hold_unless_an_option_says_any() -> None:
    left = [(-100, -50), (0, -50), (0, 50), (-100, 50)]
    right = [(-10, -50), (100, -50), (100, 50), (-10, 50)]
    fence = _loaded((INCLUSION, left), (INCLUSION, right))
    either = FenceLimits(kinds=POLYGON, alt_max_m=100.0, alt_min_m=-10.0, radius_m=300.0, options=2)
    assert fence.depths_m((50.0, 0.0, 5.0), HOME, LIMITS)[POLYGON] < 0
    assert fence.depths_m((50.0, 0.0, 5.0), HOME, either)[POLYGON] > 0
    assert fence.depths_m((-5.0, 0.0, 5.0), HOME, LIMITS)[POLYGON] > 0


def test_keep_out_areas_and_height_and_circle() -> None:
    hole = [(10, 10), (20, 10), (20, 20), (10, 20)]
    fence = _loaded((INCLUSION, STAR), (EXCLUSION, hole))
    assert fence.depths_m((15.0, 15.0, 5.0), HOME, LIMITS)[POLYGON] == -5.0
    round_hole = Fence()
    round_hole.load([StoredItem(command=CIRCLE_EXCLUSION, params=(30, 0, 0, 0), x=50, y=0)], lambda x, y: (x, y))
    assert round_hole.depths_m((40.0, 0.0, 5.0), HOME, LIMITS)[POLYGON] == -20.0
    all_kinds = FenceLimits(kinds=7, alt_max_m=100.0, alt_min_m=-10.0, radius_m=300.0, options=0)
    depths = fence.depths_m((0.0, 310.0, 104.0), HOME, all_kinds)
    assert (depths[ALT_MAX], depths[CIRCLE]) == (-4.0, -10.0)


def test_no_stored_area_means_no_polygon_fence() -> None:
    assert Fence().depths_m((1e6, 0.0, 0.0), HOME, LIMITS) == {}
