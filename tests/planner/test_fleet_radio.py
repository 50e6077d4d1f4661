"""The radio of each dock: what one of them reaches is flown, from there alone, legs included."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import length_m
from missions import FleetPlan, PlanningError
from missions.mission import Mission
from planner import Effort, check_fleet, plan_fleet
from planner.reach import cut_at_reach
from tests.planner.in_metres import FRAME

Places = Sequence[tuple[float, float]]


def _mission(docks: Places, *, zones: Sequence[Places] = (), range_m: float, **flight: Any) -> Mission:
    places = FRAME.enu_to_geodetic(np.array(docks, float))
    corners = [FRAME.enu_to_geodetic(np.array(zone, float)) for zone in zones]
    return Mission.model_validate(
        {
            "name": "Radio",
            "roads": {"file": "test.geojson"},
            "docks": [{"id": f"d{n}", "lat": lat, "lon": lon} for n, (lat, lon, _) in enumerate(places)],
            "fleet": [{"vehicle_id": f"uav-{n}", "system_id": n + 1, "dock": f"d{n}"} for n in range(len(docks))],
            "no_fly": [
                {"id": f"z{n}", "corners": [{"lat": lat, "lon": lon} for lat, lon, _ in zone]}
                for n, zone in enumerate(corners)
            ],
            "flight": {"height_m": 60, "radio_range_m": range_m, **flight},
        }
    )


def _farthest_m(fleet: FleetPlan) -> float:
    """From its own dock over the ground."""
    return max(
        plan.dock.distance_m(waypoint.position)
        for plan in fleet.plans
        for sortie in plan.sorties
        for waypoint in sortie.waypoints
    )


def test_a_road_that_two_docks_reach_together_is_flown_whole_each_half_from_its_own(network: Any) -> None:
    made = plan_fleet(
        _mission([(-500.0, 0.0), (500.0, 0.0)], range_m=620.0), "h", network([[(-1000.0, 40.0), (1000.0, 40.0)]]),
        Effort(iterations=60),
    )  # fmt: skip
    assert check_fleet(made) == ()
    assert sum(stretch.length_m for stretch in made.stretches) == pytest.approx(2000.0, abs=0.5)
    assert not made.plans[0].left_out
    assert len(made.plans) == 2
    assert _farthest_m(made) < 620.0


def test_what_no_dock_reaches_is_left_out_and_said(network: Any) -> None:
    made = plan_fleet(
        _mission([(-800.0, 0.0), (800.0, 0.0)], range_m=500.0), "h", network([[(-1000.0, 0.0), (1000.0, 0.0)]]),
        Effort(iterations=60),
    )  # fmt: skip
    assert check_fleet(made) == ()
    lost_m = sum(a.distance_m(b) for one in made.plans[0].left_out for a, b in [one.centreline])
    assert 600.0 < lost_m < 640.0
    assert {one.reason for one in made.plans[0].left_out} == {"radio_range"}
    assert any("m are out of flight.radio_range_m, not flown" in note for note in made.notes)


def test_the_ways_round_a_zone_stay_in_the_range_of_the_dock_that_flies_them(network: Any) -> None:
    """From each dock only the south side of its zone is in range."""
    docks = [(-700.0, 0.0), (700.0, 0.0)]
    zones = [[(x - 30.0, -60.0), (x + 30.0, -60.0), (x + 30.0, 600.0), (x - 30.0, 600.0)] for x in (-570.0, 570.0)]
    street = [[(-680.0, 0.0), (-400.0, 0.0)], [(680.0, 0.0), (400.0, 0.0)]]
    made = plan_fleet(_mission(docks, zones=zones, range_m=420.0), "h", network(street), Effort(iterations=60))
    assert check_fleet(made) == ()
    assert len(made.plans) == 2


def test_check_finds_a_sortie_that_flies_from_a_dock_out_of_range(network: Any) -> None:
    made = plan_fleet(
        _mission([(-500.0, 0.0), (500.0, 0.0)], range_m=620.0), "h", network([[(-1000.0, 40.0), (1000.0, 40.0)]]),
        Effort(iterations=60),
    )  # fmt: skip
    first, second = made.plans
    swapped = (replace(first, sorties=second.sorties, stretches=second.stretches), second)
    radio = [one for one in check_fleet(replace(made, plans=swapped)) if one.rule == "radio"]
    assert radio
    assert {one.vehicle_id for one in radio} == {first.vehicle_id}
    assert max(one.size or 0.0 for one in radio) > 300.0


_LINES = st.lists(st.tuples(st.floats(-900, 900), st.floats(-900, 900)), min_size=2, max_size=5, unique=True)
_CIRCLES = st.lists(st.tuples(st.floats(-700, 700), st.floats(-700, 700), st.floats(50, 900)), min_size=1, max_size=4)


@given(_LINES, _CIRCLES)
def test_what_docks_reach_of_a_line_is_cut_so_that_each_part_is_within_one_of_them(line: Any, circles: Any) -> None:
    line_m, docks = np.array(line), np.array(circles)[:, :2]
    reach = np.array(circles)[:, 2]
    parts = cut_at_reach(line_m, reach, docks)
    for part in parts:
        away = np.linalg.norm(part[None] - docks[:, None], axis=2).max(axis=1)
        assert (away <= reach + 0.01).any()
    fine = np.concatenate([a + np.linspace(0, 1, 400)[:, None] * (b - a) for a, b in itertools.pairwise(line_m)])
    steps = np.linalg.norm(np.diff(fine, axis=0), axis=1)
    near = (np.linalg.norm(fine[None] - docks[:, None], axis=2) <= reach[:, None]).any(axis=0)
    held_m = float(steps[near[:-1] & near[1:]].sum())
    cut_m = sum(length_m(part) for part in parts)
    assert cut_m <= held_m + 2 * steps.max() * (len(circles) + 1) * len(line)
    assert cut_m >= held_m - 5.0 * 2 * len(circles) * len(line)


_NODE = st.tuples(*[st.integers(-3, 3).map(lambda k: 150.0 * k)] * 2)
_EDGES = st.lists(st.tuples(_NODE, _NODE).filter(lambda e: e[0] != e[1]), min_size=1, max_size=6)
_DOCKS = st.lists(st.tuples(st.floats(-700, 700), st.floats(-700, 700)), min_size=1, max_size=3)
_BOX = st.tuples(st.floats(-500, 500), st.floats(-500, 500), st.floats(20, 200), st.floats(20, 200)).map(
    lambda b: [(b[0], b[1]), (b[0] + b[2], b[1]), (b[0] + b[2], b[1] + b[3]), (b[0], b[1] + b[3])]
)


@given(_EDGES, _DOCKS, st.lists(_BOX, max_size=2), st.data())
@settings(max_examples=15, deadline=None)
def test_any_range_and_docks_give_a_sound_plan_or_a_reason(
    network: Any, edges: Any, docks: Any, zones: Any, data: Any
) -> None:
    goal = data.draw(st.sampled_from(["flight_time", "makespan"]))
    mission = _mission(docks, zones=zones, range_m=data.draw(st.floats(200, 1200)), goal=goal)
    try:
        made = plan_fleet(mission, "h", network([list(edge) for edge in edges]), Effort(iterations=40))
    except PlanningError as exc:
        reason = str(exc)
    else:
        assert check_fleet(made) == ()
        return
    assert "breaks a rule" not in reason
    assert any(words in reason for words in ("Wh", "battery", "no-fly zone", "radio range"))
