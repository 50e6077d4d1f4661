"""Flight over ground that is not flat: heights, refusals, and the check that knows nothing of how they were found."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st

from missions import Altitude, AltitudeReference, InputError, Plan, PlanningError
from missions.terrain import Terrain, load_terrain
from planner import Effort, check_plan, plan_mission
from planner.check_ground import untested
from planner.ground import Ground
from planner.heights import Heights
from tests.planner.hills import grid_over, ground_of, mission_over_terrain
from tests.planner.in_metres import DOCK_POINT

STREET = [[(60.0, 0.0), (460.0, 0.0)]]


def _heights(terrain: Terrain, *, height_m: float = 60.0, clearance_m: float = 30.0, cap_m: float = 120.0) -> Heights:
    ground = Ground.at_dock(terrain, DOCK_POINT)
    return Heights(height_m=height_m, cap_m=cap_m, ground=ground, clearance_m=clearance_m)


def _above_m(points: np.ndarray, terrain: Terrain) -> tuple[np.ndarray, np.ndarray]:
    """Heights above the ground every 2 m, and above the highest cell whose centre is within one cell, in own words."""
    from geo import resample

    ground = Ground.at_dock(terrain, DOCK_POINT)
    places = resample(points, 2.0)
    below = ground.surface_m(places[:, :2])
    return places[:, 2] - below, places[:, 2] - ground.highest_m(places[:, :2])


def test_over_flat_ground_a_leg_needs_no_more_waypoints() -> None:
    line = np.array([[0.0, 0.0], [300.0, 0.0], [300.0, 200.0]])
    flown = _heights(ground_of(lambda _east, _north: 42.0)).service(line)
    assert flown == pytest.approx(np.column_stack([line, np.full(3, 60.0)]))


def test_a_ridge_between_two_waypoints_is_climbed_over() -> None:
    """Both ends stand in the plain; a check of waypoints alone would see nothing."""
    terrain = ground_of(lambda east, _north: 90.0 * np.exp(-(((east - 250.0) / 60.0) ** 2)))
    heights = _heights(terrain)
    flown = heights.service(np.array([[0.0, 0.0], [500.0, 0.0]]))
    assert len(flown) > 3
    assert flown[:, 2].max() == pytest.approx(150.0, abs=8.0)
    over = heights.between(np.array([[0.0, 0.0, 60.0], [500.0, 0.0, 60.0]]))
    assert over[[0, -1], 2].tolist() == [60.0, 60.0]
    assert 110.0 < over[:, 2].max() < 152.0
    assert len(over) <= len(flown)  # a dead leg rises no more often than it has to


_BUMP = st.tuples(st.floats(-300, 300), st.floats(-300, 300), st.floats(60, 200), st.floats(-40, 60))
_PLACE = st.tuples(st.floats(-400, 400), st.floats(-400, 400))


@settings(deadline=None, max_examples=60)
@given(st.lists(_BUMP, max_size=4), st.lists(_PLACE, min_size=2, max_size=5, unique=True), st.floats(35, 100))
def test_every_place_of_every_leg_is_clear_and_under_the_cap_or_the_reason_is_said(
    bumps: Sequence[Any], places: Sequence[Any], height_m: float
) -> None:
    def shape(east: Any, north: Any) -> Any:
        return sum(
            (rise * np.exp(-(((east - x) ** 2 + (north - y) ** 2) / wide**2)) for x, y, wide, rise in bumps), 0.0 * east
        )

    terrain = ground_of(shape)
    heights = _heights(terrain, height_m=height_m)
    try:
        service = heights.service(np.array(places))
        dead = heights.between(np.vstack([service[0], service[-1]]))
    except PlanningError as exc:
        assert "is both 30 m clear of the terrain and under 120 m" in str(exc)  # noqa: PT017 - either may be right
        return
    for points in (service, dead):
        above, clear = _above_m(points, terrain)
        assert clear.min() >= 30.0
        assert above.max() <= 120.0


def test_a_cliff_that_leaves_no_height_is_refused_with_place_and_numbers() -> None:
    terrain = ground_of(lambda east, _north: np.where(east > 200.0, 110.0, 0.0))
    with pytest.raises(PlanningError, match=r"no height at 30\.50\d+, 114\.40\d+ is both 30 m clear .* rises 110 m"):
        _heights(terrain).service(np.array([[0.0, 0.0], [400.0, 0.0]]))


def test_ground_that_nobody_knows_is_refused_with_its_place(network: Any) -> None:
    terrain = ground_of(lambda east, _north: np.where((east > 200.0) & (east < 300.0), np.nan, 5.0))
    with pytest.raises(PlanningError, match=r"hills.tif knows no height at 30\.5.*, 114\.40"):
        plan_mission(mission_over_terrain(height_m=60), "h", network(STREET), Effort(iterations=20), terrain=terrain)
    nothing = ground_of(lambda east, _north: np.where(east < 50.0, np.nan, 5.0))
    with pytest.raises(PlanningError, match=r"knows no height at the dock \(30\.5"):
        plan_mission(mission_over_terrain(height_m=60), "h", network(STREET), Effort(iterations=20), terrain=nothing)


def test_a_height_under_the_clearance_is_refused_with_its_field(network: Any) -> None:
    with pytest.raises(InputError, match=r"^flight.height_m: 25 m is lower than terrain.clearance_m 30"):
        plan_mission(
            mission_over_terrain(height_m=25),
            "h",
            network(STREET),
            Effort(iterations=20),
            terrain=ground_of(lambda e, _n: 0 * e),
        )


def test_the_vertical_datum_cancels_and_a_dock_that_disagrees_is_noted(network: Any) -> None:
    low, high = (ground_of(lambda east, _north, up=up: 0.1 * east + up) for up in (0.0, 500.0))
    plans = [
        plan_mission(mission_over_terrain(height_m=60), "h", network(STREET), Effort(iterations=20), terrain=terrain)
        for terrain in (low, high)
    ]
    assert [s.waypoints for s in plans[0].sorties] == [s.waypoints for s in plans[1].sorties]
    assert plans[1].notes == ()
    said = plan_mission(
        mission_over_terrain(height_m=60, amsl_m=470.0), "h", network(STREET), Effort(iterations=20), terrain=high
    )
    (note,) = said.notes
    assert note.startswith("hills.tif says 500 m above sea level at the dock, dock.amsl_m says 470 m")


@pytest.fixture(scope="module")
def hilly(network: Any) -> tuple[Plan, Terrain]:
    terrain = ground_of(lambda east, _north: 60.0 * np.exp(-(((east - 250.0) / 80.0) ** 2)))
    mission = mission_over_terrain(height_m=60)
    return plan_mission(mission, "h", network(STREET), Effort(iterations=20), terrain=terrain), terrain


def _lowered(plan: Plan, metres: float) -> Plan:
    def lower(waypoint: Any) -> Any:
        height = waypoint.altitude.metres - metres
        return replace(waypoint, altitude=Altitude(metres=height, above=AltitudeReference.HOME))

    sortie = plan.sorties[0]
    return replace(plan, sorties=(replace(sortie, waypoints=tuple(map(lower, sortie.waypoints))),))


def _only_the_ends(plan: Plan) -> Plan:
    """Leave out the waypoints that were put in for the hill."""
    sortie = plan.sorties[0]
    flat = [w for w in sortie.waypoints if w.altitude.metres < 70.0]
    return replace(plan, sorties=(replace(sortie, waypoints=tuple(flat)),))


def test_the_check_passes_what_was_planned_and_finds_what_was_damaged(hilly: tuple[Plan, Terrain]) -> None:
    plan, terrain = hilly
    assert check_plan(plan, terrain) == ()
    low = [v for v in check_plan(_lowered(plan, 40.0), terrain) if v.rule == "terrain"]
    assert low
    assert all(v.size > 0 and v.unit == "m" and v.place and "clearance 30 m" in v.text for v in low)
    high = [v for v in check_plan(_lowered(plan, -70.0), terrain) if v.rule == "altitude"]
    assert high
    assert "above ground, cap 120 m" in high[0].text


def test_the_check_tests_segments_not_waypoints(hilly: tuple[Plan, Terrain]) -> None:
    plan, terrain = hilly
    broken = [v for v in check_plan(_only_the_ends(plan), terrain) if v.rule == "terrain"]
    assert broken
    place = broken[0].place
    assert place is not None
    assert place.lon_deg == pytest.approx(114.4 + 250 / 95_900, abs=0.0006)  # at the hill, where no waypoint is


def test_ground_unknown_to_the_check_is_a_violation(hilly: tuple[Plan, Terrain]) -> None:
    plan, terrain = hilly
    unknown = terrain.top_m.copy()
    unknown[:, 50:60] = np.nan
    violations = check_plan(plan, replace(terrain, top_m=unknown, bottom_m=unknown))
    assert any(v.rule == "terrain" and "knows no ground under" in v.text for v in violations)


def test_without_the_terrain_the_check_says_what_it_left_out(hilly: tuple[Plan, Terrain]) -> None:
    plan, _ = hilly
    assert check_plan(plan) == ()
    (line,) = untested(plan, has_terrain=False)
    assert "hills.tif" in line
    assert untested(plan, has_terrain=True) == ()


def test_fence_and_return_hold_the_highest_leg(hilly: tuple[Plan, Terrain]) -> None:
    plan, _ = hilly
    highest = max(w.altitude.metres for w in plan.sorties[0].waypoints)
    assert plan.return_height_m == highest > 100.0
    assert plan.ceiling_m >= highest + 5.0


@pytest.mark.shared
@pytest.mark.parametrize("height_m", [40.0, 60.0, None])
def test_streets_over_a_hill_of_san_francisco_are_planned_and_checked(
    shared_data: Path, height_m: float | None
) -> None:
    """Telegraph Hill: 10 to 98 m within 600 m, in cells of 30 m, the border without heights."""
    path = shared_data / "roads" / "elevation" / "elevation1.tif"
    network = grid_over((37.7908, -122.4083, 37.7983, -122.4037), rows=6, columns=4)
    terrain = load_terrain(path, bounds_deg=(37.790, -122.409, 37.800, -122.403))
    mission = mission_over_terrain((37.7945, -122.406), height_m=height_m)
    plan = plan_mission(mission, "h", network, Effort(iterations=60), terrain=terrain)
    assert check_plan(plan, terrain) == ()
    with rasterio.open(path) as raster:
        for sortie in plan.sorties:
            for waypoint in sortie.waypoints:
                place = (waypoint.position.lon_deg, waypoint.position.lat_deg)
                ground = float(next(raster.sample([place]))[0]) - float(next(raster.sample([(-122.406, 37.7945)]))[0])
                assert 25.0 < waypoint.altitude.metres - ground < 125.0
    heights = [w.altitude.metres for s in plan.sorties for w in s.waypoints]
    assert max(heights) - min(heights) > 50.0


@pytest.mark.shared
def test_the_real_hill_refuses_a_cap_that_its_slopes_leave_no_room_for(shared_data: Path) -> None:
    path = shared_data / "roads" / "elevation" / "elevation1.tif"
    network = grid_over((37.7908, -122.4083, 37.7983, -122.4037), rows=6, columns=4)
    terrain = load_terrain(path, bounds_deg=(37.790, -122.409, 37.800, -122.403))
    mission = mission_over_terrain((37.7945, -122.406), height_m=50, altitude_cap_m=60)
    with pytest.raises(PlanningError, match=r"no height at 37\.79\d+, -122\.40\d+ is both 30 m clear"):
        plan_mission(mission, "h", network, Effort(iterations=20), terrain=terrain)
