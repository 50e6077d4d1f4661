"""Fleets: docks, layers, goals, revisits; every rule of the check finds its breach."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from missions import FleetPlan, Plan, PlanningError, Sortie
from missions.mission import Mission
from planner import Effort, check_fleet, plan_fleet
from planner.layers import heights_of
from tests.planner.hills import ground_of
from tests.planner.in_metres import Places, changed, fleet_mission_of
from tests.planner.sound import assert_sound_fleet


def _fleet(network: Any, lines: Sequence[Places], mission: Mission, *, names: Sequence[str] = ()) -> FleetPlan:
    return plan_fleet(mission, "hash", network(lines, names), Effort(iterations=60))


@pytest.fixture(scope="module")
def good(network: Any, blocks: Any) -> FleetPlan:
    """Two docks and three aircraft over nine blocks, with a battery for two sorties each and more."""
    mission = fleet_mission_of([(-320.0, 0.0), (320.0, 0.0)], [0, 1, 1], reserve_pct=80, goal="makespan")
    return _fleet(network, blocks, mission)


@pytest.fixture(scope="module")
def daily(network: Any, blocks: Any) -> FleetPlan:
    """Two aircraft; one street is seen every 20 minutes for an hour."""
    mission = fleet_mission_of(
        [(-320.0, 0.0), (320.0, 0.0)],
        [0, 1],
        roads={"revisit": [{"names": ["Ring"], "every_min": 20}]},
        day={"begin": "08:00", "end": "09:00"},
    )
    return _fleet(network, blocks, mission, names=["Ring"] * 4)


def test_every_aircraft_of_the_good_plan_flies(good: FleetPlan) -> None:
    assert_sound_fleet(good)
    assert len(good.plans) == 3


def test_loads_are_even_where_batteries_allow(network: Any, blocks: Any) -> None:
    made = _fleet(network, blocks, fleet_mission_of([(-320.0, 0.0), (320.0, 0.0)], [0, 1, 1], goal="makespan"))
    assert_sound_fleet(made)
    flown = [sum(sortie.estimate.time_s for sortie in plan.sorties) for plan in made.plans]
    assert len(flown) == 3
    assert max(flown) < 1.15 * min(flown)


@pytest.mark.parametrize("goal", ["flight_time", "energy", "sorties", "makespan"])
def test_every_goal_gives_a_sound_plan(network: Any, blocks: Any, goal: str) -> None:
    mission = fleet_mission_of([(-320.0, 0.0), (320.0, 0.0)], [0, 0, 1], goal=goal, reserve_pct=75)
    made = _fleet(network, blocks, mission)
    assert_sound_fleet(made)
    assert made.goal == goal


def test_an_early_last_landing_is_earlier_than_least_flight(network: Any, blocks: Any) -> None:
    docks, fleet = [(-320.0, 0.0), (320.0, 0.0)], [0, 0, 1, 1]
    least, early = (
        _fleet(network, blocks, fleet_mission_of(docks, fleet, goal=goal)) for goal in ("flight_time", "makespan")
    )
    assert early.makespan_s < 0.6 * least.makespan_s
    assert least.estimate.time_s <= early.estimate.time_s


def test_a_dock_far_away_does_not_hinder(network: Any, blocks: Any) -> None:
    mission = fleet_mission_of([(0.0, 20.0), (9_000.0, 0.0)], [0, 0, 1], goal="makespan")
    made = _fleet(network, blocks, mission)
    assert_sound_fleet(made)
    assert {plan.vehicle_id for plan in made.plans} == {"uav-1", "uav-2"}
    assert any("uav-3 stays on the ground" in note for note in made.notes)


def test_zones_are_flown_round_from_every_dock(network: Any, blocks: Any) -> None:
    zones = [[(-420.0, -80.0), (-340.0, -80.0), (-340.0, 80.0), (-420.0, 80.0)],
             [(340.0, -80.0), (400.0, -80.0), (400.0, 80.0), (340.0, 80.0)]]  # fmt: skip
    made = _fleet(
        network, blocks, fleet_mission_of([(-520.0, 0.0), (520.0, 0.0)], [0, 1], zones=zones, goal="makespan")
    )
    assert_sound_fleet(made)
    assert len(made.plans) == 2


def test_aircraft_that_cross_fly_in_layers_and_under_a_low_cap_they_wait(network: Any, blocks: Any) -> None:
    docks, fleet = [(-320.0, 0.0), (320.0, 0.0)], [0, 0, 1]
    layered = _fleet(network, blocks, fleet_mission_of(docks, fleet, goal="makespan", layer_m=10))
    capped = _fleet(network, blocks, fleet_mission_of(docks, fleet, goal="makespan", height_m=60, altitude_cap_m=64))
    assert_sound_fleet(layered)
    assert_sound_fleet(capped)
    assert len({plan.sorties[0].takeoff_height_m + plan.dock_amsl_m for plan in layered.plans}) > 1
    assert {sortie.takeoff_height_m for _, sortie in capped.sorties} == {60.0}
    assert capped.makespan_s >= layered.makespan_s - 60


def _slope(slope_pct: float) -> Any:
    return ground_of(lambda east, _north: 200.0 + slope_pct / 100 * east)


@pytest.mark.parametrize("goal", ["flight_time", "makespan"])
def test_a_fleet_over_a_slope_keeps_its_height_above_ground_from_docks_above_and_below(
    network: Any, blocks: Any, goal: str
) -> None:
    mission = fleet_mission_of([(-320.0, 0.0), (320.0, 0.0)], [0, 1, 1], goal=goal, height_m=60, reserve_pct=75)
    over = changed(mission, terrain={"file": "hills.tif", "clearance_m": 30.0})
    terrain = _slope(10.0)
    made = plan_fleet(over, "hash", network(blocks), Effort(iterations=60), terrain=terrain)
    assert check_fleet(made, terrain) == ()
    west, east = made.docks[0].amsl_m, made.docks[-1].amsl_m
    assert east - west == pytest.approx(64.0, abs=4.0)
    for plan, sortie in made.sorties:
        assert plan.dock_amsl_m == made.dock_of(plan).amsl_m
        served = [w.altitude.metres + plan.dock_amsl_m for w in sortie.waypoints if w.stretch_id]
        assert max(served) - min(served) > 15.0


def test_heights_of_docks_on_a_hill_are_compared_above_the_sea() -> None:
    line = np.array([[0.0, 0.0], [100.0, 0.0]])
    beside = line + np.array([0.0, 50.0])
    rules = {"lowest_m": 60.0, "separation_m": 30.0, "layer_m": 10.0}
    assert heights_of([[line], [line]], [30.0, 34.0], highest_m=[100.0] * 2, **rules) == (60.0, 66.01)
    assert heights_of([[line], [beside]], [30.0, 30.0], highest_m=[100.0] * 2, **rules) == (60.0, 60.0)
    assert heights_of([[line]] * 3, [30.0] * 3, highest_m=[100.0, 65.0, 100.0], **rules) == (60.0, 60.0, 70.01)
    assert heights_of([[line]] * 6, [30.0] * 6, highest_m=[100.0] * 6, **rules)[-1] == 60.0


def test_roads_with_a_rank_are_flown_in_the_first_sorties(network: Any, blocks: Any) -> None:
    mission = fleet_mission_of(
        [(0.0, 20.0)], [0], roads={"priority": [{"names": ["Ring"], "rank": 3}]}, day=None, reserve_pct=75
    )
    made = _fleet(network, blocks, mission, names=["Ring"] * 3)
    (plan,) = made.plans
    ring = {stretch.stretch_id for stretch in plan.stretches if stretch.name == "Ring"}
    holds = [bool(ring & set(sortie.stretch_ids)) for sortie in plan.sorties]
    assert holds == sorted(holds, reverse=True)
    assert len(plan.sorties) > 1


def test_a_street_is_seen_again_and_again_through_the_day(daily: FleetPlan) -> None:
    assert_sound_fleet(daily)
    assert daily.day is not None
    (rule,) = daily.day.revisits
    for stretch_id in rule.stretch_ids:
        assert sum(stretch_id in sortie.stretch_ids for _, sortie in daily.sorties) == 3


def test_revisits_that_no_fleet_can_keep_are_refused_with_numbers(network: Any, blocks: Any) -> None:
    mission = fleet_mission_of(
        [(0.0, 20.0)],
        [0],
        roads={"revisit": [{"classes": ["residential"], "every_min": 9}]},
        day={"begin": "08:00", "end": "10:00"},
    )
    with pytest.raises(PlanningError, match=r"1 aircraft need \d+\.\d min for the round, swap included, of 8\.6 min"):
        _fleet(network, blocks, mission)


def test_a_revisit_of_no_road_is_refused(network: Any, blocks: Any) -> None:
    mission = fleet_mission_of(
        [(0.0, 20.0)],
        [0],
        roads={"revisit": [{"names": ["Nowhere"], "every_min": 30}]},
        day={"begin": "08:00", "end": "10:00"},
    )
    with pytest.raises(PlanningError, match="no road to patrol is Nowhere"):
        _fleet(network, blocks, mission)


def _with_sorties(fleet: FleetPlan, number: int, change: Callable[[Plan], tuple[Sortie, ...]]) -> FleetPlan:
    plans = list(fleet.plans)
    plans[number] = replace(plans[number], sorties=change(plans[number]))
    return replace(fleet, plans=tuple(plans))


def _late(seconds: float) -> Callable[[Plan], tuple[Sortie, ...]]:
    return lambda plan: tuple(replace(sortie, starts_s=sortie.starts_s + seconds) for sortie in plan.sorties)


def _sooner(seconds: float) -> Callable[[Plan], tuple[Sortie, ...]]:
    return lambda plan: (
        plan.sorties[0],
        replace(plan.sorties[1], starts_s=plan.sorties[1].starts_s - seconds),
        *plan.sorties[2:],
    )


def _same_height(fleet: FleetPlan) -> FleetPlan:
    """All at one height above the sea, at one dock, at the same time: the second flies what the first does."""
    first = fleet.plans[0]
    twin = replace(fleet.plans[1], dock=first.dock, dock_amsl_m=first.dock_amsl_m, sorties=first.sorties,
                   stretches=first.stretches, fence=first.fence, rally=first.rally)  # fmt: skip
    return replace(fleet, plans=(first, twin, fleet.plans[2]), dock_ids=(fleet.dock_ids[0],) * 2 + fleet.dock_ids[2:])


BREACHES: Any = (
    pytest.param("separation", _same_height, id="two fly the same at the same time"),
    pytest.param("timetable", lambda f: _with_sorties(f, 0, _sooner(60.0)), id="a swap of half the time"),
    pytest.param("timetable", lambda f: _with_sorties(f, 0, _sooner(200.0)), id="a start before the landing"),
    pytest.param("timetable", lambda f: _with_sorties(f, 0, _late(-50.0)), id="a start before the beginning"),
    pytest.param("coverage", lambda f: replace(f, plans=f.plans[1:], dock_ids=f.dock_ids[1:]), id="one stays at home"),
    pytest.param("estimate", lambda f: replace(f, makespan_s=f.makespan_s - 60), id="a promise too good"),
    pytest.param("fleet", lambda f: replace(f, plans=(f.plans[0],) * 3), id="the same aircraft three times"),
    pytest.param("fleet", lambda f: replace(f, dock_ids=("d9", *f.dock_ids[1:])), id="a dock nobody knows"),
    pytest.param("fleet", lambda f: replace(f, plans=()), id="nobody flies"),
    pytest.param("finite", lambda f: _with_sorties(f, 0, _late(float("nan"))), id="no number"),
)


@pytest.mark.parametrize(("rule", "breach"), BREACHES)
def test_a_breach_of_each_rule_is_found(good: FleetPlan, rule: str, breach: Callable[[FleetPlan], FleetPlan]) -> None:
    assert rule in {violation.rule for violation in check_fleet(breach(good))}


def test_a_near_miss_is_told_with_place_time_and_size(good: FleetPlan) -> None:
    (first, *_) = [violation for violation in check_fleet(_same_height(good)) if violation.rule == "separation"]
    assert first.place is not None
    assert (first.vehicle_id, first.unit) == ("uav-1", "m")
    assert first.size == pytest.approx(30.0, abs=0.2)
    assert "after the beginning" in first.text


def test_a_revisit_that_is_left_out_is_found(daily: FleetPlan) -> None:
    number = next(n for n, plan in enumerate(daily.plans) if len(plan.sorties) > 2)
    shorter = _with_sorties(daily, number, lambda plan: (plan.sorties[0], *plan.sorties[2:]))
    late = [violation for violation in check_fleet(shorter) if violation.rule == "revisit"]
    assert late
    assert late[0].size == pytest.approx(20.0, abs=0.1)
    assert late[0].unit == "min"


def test_a_landing_after_the_day_is_found(daily: FleetPlan) -> None:
    assert daily.day is not None
    short = replace(daily, day=replace(daily.day, length_s=daily.makespan_s - 90.0))
    (late, *_) = [violation for violation in check_fleet(short) if violation.rule == "timetable"]
    assert late.size == pytest.approx(1.5, abs=0.01)
    assert "after the day's end" in late.text
