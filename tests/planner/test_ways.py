"""Round the zones."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon

from missions.hardware import load_airframe
from missions.zones.of_mission import drawn_no_fly
from planner.energy import Wind
from planner.keep_out import CLEARANCE_M, KeepOut
from planner.search import Tour
from planner.sorties import SortieBuilder
from planner.task import task_of
from planner.ways import WaysRound
from tests.planner.in_metres import mission_of, network_of, square_of

QUAD = load_airframe("quad-5kg")
STILL = Wind(east_m_s=0.0, north_m_s=0.0)
SQUARE = np.array([[-100.0, -100.0], [100.0, -100.0], [100.0, 100.0], [-100.0, 100.0]])


def _way(start: np.ndarray, end: np.ndarray, keep_out: KeepOut, wind: Wind = STILL) -> np.ndarray:
    ways = WaysRound.between(start[None], end[None], keep_out=keep_out, airframe=QUAD, wind=wind, speed_m_s=10.0)
    assert np.isfinite(ways.time_s[0, 0])
    return np.vstack([start[None], ways.corners_on(0, 0), end[None]])


def test_the_way_round_a_square_takes_its_nearer_corners() -> None:
    way = _way(np.array([-300.0, 20.0]), np.array([300.0, 20.0]), KeepOut.of([SQUARE]))
    assert len(way) == 4
    assert (way[1:3, 1] > 100.0).all()  # past the northern side


def test_a_free_leg_is_flown_straight() -> None:
    assert len(_way(np.array([-300.0, 200.0]), np.array([300.0, 200.0]), KeepOut.of([SQUARE]))) == 2


def test_wind_may_choose_the_other_side() -> None:
    gale = Wind.blowing_from(0.0, speed_m_s=12.0)
    north = _way(np.array([-150.0, 0.0]), np.array([150.0, 0.0]), KeepOut.of([SQUARE - np.array([0.0, 1.0])]))
    assert (north[1:3, 1] > 0).all()
    assert len(_way(np.array([-150.0, 0.0]), np.array([150.0, 0.0]), KeepOut.of([SQUARE]), gale)) == 4


_PLACE = st.tuples(st.floats(-400, 400), st.floats(-400, 400)).map(np.array)
_ZONE = st.tuples(_PLACE, st.floats(20, 120), st.integers(3, 8), st.floats(0, 6)).map(
    lambda z: (
        z[0]
        + z[1]
        * np.array([[math.cos(z[3] + 6.2831 * k / z[2]), math.sin(z[3] + 6.2831 * k / z[2])] for k in range(z[2])])
    )
)


@given(_PLACE, _PLACE, st.lists(_ZONE, min_size=1, max_size=3))
def test_no_way_touches_a_zone(start: np.ndarray, end: np.ndarray, zones: list[np.ndarray]) -> None:
    keep_out = KeepOut.of(zones)
    assume(not keep_out.contains(start) and not keep_out.contains(end))
    ways = WaysRound.between(start[None], end[None], keep_out=keep_out, airframe=QUAD, wind=STILL, speed_m_s=10.0)
    assume(np.isfinite(ways.time_s[0, 0]))
    way = np.vstack([start[None], ways.corners_on(0, 0), end[None]])
    for zone in zones:
        assert not LineString(way).intersects(Polygon(zone))


def test_a_stretch_is_cut_at_the_clearance_of_a_zone() -> None:
    west, east = KeepOut.of([SQUARE]).cut(np.array([[-300.0, 0.0], [300.0, 0.0]]))
    assert west == pytest.approx(np.array([[-300.0, 0.0], [-100.0 - CLEARANCE_M, 0.0]]))
    assert east == pytest.approx(np.array([[100.0 + CLEARANCE_M, 0.0], [300.0, 0.0]]))
    assert KeepOut.of([SQUARE]).cut(np.array([[-50.0, 0.0], [50.0, 0.0]])) == ()
    assert Polygon(SQUARE).distance(Point(west[-1])) == pytest.approx(CLEARANCE_M)


def test_the_search_counts_for_a_way_round_what_it_takes_when_it_is_flown(blocks: Any) -> None:
    """In wind and with turns at the corners of zones; the first legs of the search and the last to the dock too."""
    zones = [square_of((0.0, -200.0), 60.0), square_of((200.0, 0.0), 50.0)]
    asked = mission_of(zones=zones, height_m=60.0, wind={"speed_m_s": 8.0, "from_deg": 40.0})
    task = task_of(asked, network_of(blocks), drawn_no_fly(asked))
    problem = task.field.problem(np.arange(len(task.field.chains)), limit_j=np.inf, limit_items=600)
    names = [f"s{number}" for number in range(len(task.field.chains))]
    builder = SortieBuilder(dock=task.dock, field=task.field, stretch_ids=names, gimbal_pitch_deg=-60.0)
    turned = 0
    for first in range(0, len(task.field.visits), 5):
        for second in range((first + 7) % 3, len(task.field.visits), 6):
            if first // 2 == second // 2:
                continue
            tour = Tour(base=0, visits=(first, second))
            ways = task.field.ways(tour.visits)
            assert ways is not None
            turned += int(ways.crossed.any())
            flown = builder.sortie(1, tour).estimate
            assert flown.time_s == pytest.approx(problem.tour_time_s(tour), rel=2e-3)
            assert flown.energy_wh * 3600.0 == pytest.approx(problem.tour_energy_j(tour), rel=2e-3)
    assert turned > 20
