"""One aircraft of a fleet breaks off: all that is left is flown, the others fly on, and nobody comes too near."""

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from missions import Breakpoint, FleetPlan, InputError, PlanningError
from missions.items import mission_items
from missions.mission import Mission, Wind
from missions.roads import RoadNetwork, load_network
from planner import check_fleet, plan_fleet
from planner.coverage import coverage_of
from planner.fleet_replanning import BrokenOff, moment_s, replan_fleet
from planner.replanning import remaining
from planner.search import Effort
from tests.planner.in_metres import fleet_mission_of

QUICK = Effort(iterations=30)


def _mission(**flight: Any) -> Mission:
    docks = [(-320.0, 0.0), (320.0, 0.0)]
    return fleet_mission_of(docks, [1, 0, 1], height_m=60, goal="makespan", reserve_pct=80, **flight)


@pytest.fixture(scope="module")
def roads(network: Any, blocks: Any) -> RoadNetwork:
    made: RoadNetwork = network(blocks)
    return made


@pytest.fixture(scope="module")
def fleet(roads: RoadNetwork) -> FleetPlan:
    made = plan_fleet(_mission(), "hash", roads, Effort(iterations=100))
    assert check_fleet(made) == ()
    assert len(made.plans) == 3
    return made


def _left_m(fleet: FleetPlan, vehicle: int, at: Breakpoint) -> tuple[float, float]:
    """Return what is left of the whole patrol at a breakpoint's moment, and what may be flown again."""
    now_s = moment_s(fleet.plans[vehicle], at)
    own = remaining(fleet.plans[vehicle], at)
    left_m = own.left_m
    for number, plan in enumerate(fleet.plans):
        if number == vehicle:
            continue
        length = {stretch.stretch_id: stretch.length_m for stretch in plan.stretches}
        left_m += sum(length[one] for s in plan.sorties if s.starts_s >= now_s for one in s.stretch_ids)
    return left_m, own.again_m


def _at(fleet: FleetPlan, vehicle: int, sortie: float, item: float, fraction: float) -> Breakpoint:
    plan = fleet.plans[vehicle]
    chosen = plan.sorties[min(int(sortie * len(plan.sorties)), len(plan.sorties) - 1)]
    items = len(mission_items(plan, chosen))
    return Breakpoint(sortie_id=chosen.sortie_id, item_seq=min(int(item * items), items - 1), fraction=fraction)


SHARES = st.tuples(st.integers(0, 2), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
HOW = st.tuples(st.booleans(), st.floats(82, 100), st.sampled_from([(), ("uav-1", "uav-2"), ("uav-3",)]))
WINDS = st.none() | st.builds(Wind, speed_m_s=st.floats(0, 3), from_deg=st.floats(0, 359))


@given(SHARES, HOW, WINDS)
@settings(max_examples=20, deadline=None, phases=[Phase.explicit, Phase.generate])
def test_wherever_one_breaks_off_the_rest_is_flown_and_all_rules_are_kept_or_a_reason_is_said(
    fleet: FleetPlan, roads: RoadNetwork, shares: Any, how: Any, wind: Any
) -> None:
    vehicle, *where = shares
    in_air, battery_pct, by = how
    at = _at(fleet, vehicle, *where)
    broken = BrokenOff(vehicle_id=fleet.plans[vehicle].vehicle_id, at=at, battery_pct=battery_pct, is_in_air=in_air)
    try:
        made = replan_fleet(_mission(), fleet, broken, roads, by=by, wind=wind, effort=QUICK)
    except PlanningError as exc:
        reason = str(exc)
    else:
        _assert_goes_on(fleet, made, vehicle, at)
        return
    reasons = ("nothing is left", "does not bring", "does not last", "allows no sortie", "Wh", "separation")
    assert any(words in reason for words in reasons)


def _assert_goes_on(fleet: FleetPlan, made: FleetPlan, vehicle: int, at: Breakpoint) -> None:
    assert check_fleet(made) == ()
    flown_m = sum(stretch.length_m for stretch in made.stretches)
    least_m, _ = _left_m(fleet, vehicle, at)
    assert flown_m >= least_m - 1.0
    assert flown_m <= sum(stretch.length_m for stretch in fleet.stretches) + 1.0
    seen = coverage_of(made).total  # a camera that looks ahead shows the first metres before the breakpoint
    assert seen.unseen_m < 60.0 * len(made.plans)


def test_others_in_the_air_fly_on_from_where_they_are_and_nobody_takes_off_for_them(
    fleet: FleetPlan, roads: RoadNetwork
) -> None:
    at = _at(fleet, 0, 0.0, 0.5, 0.5)
    now_s = moment_s(fleet.plans[0], at)
    flying = [p.vehicle_id for p in fleet.plans[1:] if any(s.starts_s < now_s < s.lands_s for s in p.sorties)]
    assert flying
    made = replan_fleet(_mission(), fleet, BrokenOff(vehicle_id=fleet.plans[0].vehicle_id, at=at), roads, effort=QUICK)
    for plan in made.plans:
        begun = [sortie for sortie in plan.sorties if sortie.begins is not None]
        assert len(begun) == (plan.vehicle_id in flying)
        for sortie in begun:
            old = next(p for p in fleet.plans if p.vehicle_id == plan.vehicle_id)
            flown = next(s for s in old.sorties if s.starts_s < now_s < s.lands_s)
            assert sortie.lands_s == pytest.approx(flown.lands_s - now_s, abs=8.0)
            assert sortie.battery_pct < 100.0


def test_what_one_leaves_another_flies_if_so_asked(fleet: FleetPlan, roads: RoadNetwork) -> None:
    first, other = fleet.plans[0].vehicle_id, fleet.plans[1].vehicle_id
    made = replan_fleet(
        _mission(),
        fleet,
        BrokenOff(vehicle_id=first, at=_at(fleet, 0, 0.0, 0.3, 0.0)),
        roads,
        by=(other,),
        effort=QUICK,
    )
    assert first not in {plan.vehicle_id for plan in made.plans}
    assert check_fleet(made) == ()


@pytest.mark.parametrize("battery_pct", [95.0, 91.0])
def test_on_the_ground_its_next_sortie_needs_no_more_than_is_left_in_its_battery(
    fleet: FleetPlan, roads: RoadNetwork, battery_pct: float
) -> None:
    broken = BrokenOff(vehicle_id="uav-1", at=_at(fleet, 0, 0.0, 0.3, 0.0), battery_pct=battery_pct)
    made = replan_fleet(_mission(), fleet, broken, roads, effort=QUICK)
    assert check_fleet(made) == ()
    own = next(plan for plan in made.plans if plan.vehicle_id == "uav-1")
    assert own.sorties[0].battery_pct == battery_pct
    assert own.sorties[0].estimate.energy_share_pct <= battery_pct - own.reserve_pct + 1e-6
    assert all(sortie.battery_pct == 100.0 for sortie in own.sorties[1:])
    assert f"uav-1: sortie-1 flies on the {battery_pct:g} % left in its battery" in made.notes[1]


def test_a_plan_of_what_is_left_can_be_broken_off_again(fleet: FleetPlan, roads: RoadNetwork) -> None:
    once = replan_fleet(
        _mission(), fleet, BrokenOff(vehicle_id="uav-1", at=_at(fleet, 0, 0.0, 0.3, 0.2)), roads, effort=QUICK
    )
    number = next(n for n, plan in enumerate(once.plans) if plan.vehicle_id == "uav-1")
    at = _at(once, number, 0.0, 0.6, 0.5)
    again = replan_fleet(
        _mission(), once, BrokenOff(vehicle_id="uav-1", at=at, is_in_air=True, battery_pct=95.0), roads, effort=QUICK
    )
    assert check_fleet(again) == ()


@pytest.mark.parametrize(
    ("vehicle_id", "by", "said"),
    [("uav-9", (), "no aircraft uav-9 flies in the plan"), ("uav-1", ("uav-9",), "the mission has no aircraft uav-9")],
)
def test_unknown_aircraft_are_refused(
    fleet: FleetPlan, roads: RoadNetwork, vehicle_id: str, by: Any, said: str
) -> None:
    broken = BrokenOff(vehicle_id=vehicle_id, at=_at(fleet, 0, 0.0, 0.3, 0.0))
    with pytest.raises(InputError, match=said):
        replan_fleet(_mission(), fleet, broken, roads, by=by, effort=QUICK)


@pytest.mark.shared
def test_a_fleet_over_wuhan_is_replanned_in_under_five_seconds(shared_data: Path) -> None:
    roads = load_network(shared_data / "roads" / "wuhan_1km.geojson")
    places = [(30.545, 114.320), (30.551, 114.338)]
    mission = Mission.model_validate(
        {
            "name": "Wuhan",
            "roads": {"file": "w.geojson"},
            "docks": [{"id": f"d{n}", "lat": lat, "lon": lon} for n, (lat, lon) in enumerate(places)],
            "fleet": [{"vehicle_id": f"uav-{n}", "system_id": n, "dock": f"d{n % 2}"} for n in (1, 2, 3)],
            "flight": {"height_m": 60, "goal": "makespan", "reserve_pct": 50},
        }
    )
    fleet = plan_fleet(mission, "hash", roads, Effort(seconds=2.0))
    at = _at(fleet, 0, 0.0, 0.3, 0.5)
    for in_air in (False, True):
        broken = BrokenOff(vehicle_id=fleet.plans[0].vehicle_id, at=at, is_in_air=in_air, battery_pct=80.0)
        began_s = time.process_time()
        made = replan_fleet(mission, fleet, broken, roads, effort=Effort(seconds=1.0))
        assert time.process_time() - began_s < 5.0
        assert check_fleet(made) == ()
