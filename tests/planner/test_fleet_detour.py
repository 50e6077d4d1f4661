"""One aircraft of a fleet goes to look at a place: nobody comes too near, and nobody begins before it was to."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions import Breakpoint, FleetPlan, GeoPoint, InputError, PlanningError
from missions.fleet_plan import PatrolDay
from missions.items import mission_items
from planner import Effort, check_fleet, plan_fleet
from planner.detour import Loiter
from planner.fleet_detour import with_fleet_detour
from planner.fleet_replanning import moment_s
from tests.planner.in_metres import fleet_mission_of, place_of


@pytest.fixture(scope="module")
def fleet(network: Any, blocks: Any) -> FleetPlan:
    docks = [(-320.0, 0.0), (320.0, 0.0)]
    mission = fleet_mission_of(docks, [1, 0, 1], height_m=60, goal="makespan", reserve_pct=80)
    made = plan_fleet(mission, "hash", network(blocks), Effort(iterations=100))
    assert len(made.sorties) > 3
    return made


def _at(fleet: FleetPlan, flight: float, item: float, fraction: float) -> tuple[str, Breakpoint]:
    plan, sortie = fleet.sorties[min(int(flight * len(fleet.sorties)), len(fleet.sorties) - 1)]
    items = len(mission_items(plan, sortie)) - 2  # before it only lands
    at = Breakpoint(sortie_id=sortie.sortie_id, item_seq=min(int(item * items), items - 1), fraction=fraction)
    return plan.vehicle_id, at


@given(
    st.tuples(*[st.floats(0, 1)] * 3),
    st.builds(place_of, st.floats(-280, 280), st.floats(-280, 280)),
    st.builds(Loiter, hold_s=st.floats(1, 40)),
)
@settings(max_examples=25)
def test_wherever_one_looks_all_rules_are_kept_or_a_reason_is_said(
    fleet: FleetPlan, shares: Any, place: GeoPoint, how: Loiter
) -> None:
    vehicle_id, at = _at(fleet, *shares)
    try:
        made = with_fleet_detour(fleet, vehicle_id, at, place, how)
    except (PlanningError, InputError) as exc:
        reason = str(exc)
    else:
        _assert_sound(fleet, made, vehicle_id, at)
        return
    words = ("battery does not allow", "breaks a rule: separation", "outside the plan's geofence")
    assert any(one in reason for one in words)


def _assert_sound(fleet: FleetPlan, made: FleetPlan, vehicle_id: str, at: Breakpoint) -> None:
    assert check_fleet(made) == ()
    now_s = moment_s(next(plan for plan in fleet.plans if plan.vehicle_id == vehicle_id), at)
    for before, after in zip(fleet.plans, made.plans, strict=True):
        for old, new in zip(before.sorties, after.sorties, strict=True):
            assert (new.sortie_id, new.stretch_ids) == (old.sortie_id, old.stretch_ids)
            assert new.starts_s == old.starts_s or new.starts_s > old.starts_s >= now_s
            if (after.vehicle_id, new.sortie_id) != (vehicle_id, at.sortie_id):
                assert new.waypoints == old.waypoints
    assert made.makespan_s >= fleet.makespan_s - 0.1
    assert vehicle_id in made.notes[-1]


def test_later_sorties_of_the_same_aircraft_wait_for_it_and_its_swap(fleet: FleetPlan) -> None:
    fleet = replace(fleet, plans=tuple(replace(plan, reserve_pct=50.0) for plan in fleet.plans))  # room for the detour
    plan = next(plan for plan in fleet.plans if len(plan.sorties) > 1)
    at = Breakpoint(sortie_id=plan.sorties[0].sortie_id, item_seq=6, fraction=0.5)
    made = with_fleet_detour(fleet, plan.vehicle_id, at, plan.sorties[0].waypoints[2].position, Loiter(hold_s=8.0))
    own = next(one for one in made.plans if one.vehicle_id == plan.vehicle_id)
    first, second = own.sorties[:2]
    assert first.estimate.time_s > plan.sorties[0].estimate.time_s + 8.0
    assert second.starts_s - first.lands_s >= fleet.dock_of(plan).swap_s - 0.1


def test_a_day_of_revisits_and_unknown_aircraft_are_refused(fleet: FleetPlan) -> None:
    at, place = Breakpoint(sortie_id="sortie-1", item_seq=6, fraction=0.5), place_of(0.0, 0.0)
    with pytest.raises(InputError, match="no aircraft uav-9"):
        with_fleet_detour(fleet, "uav-9", at, place, Loiter(hold_s=20.0))
    day = PatrolDay(begin="06:00", length_s=7200.0, revisits=())
    with pytest.raises(InputError, match="day of revisits"):
        with_fleet_detour(replace(fleet, day=day), "uav-1", at, place, Loiter(hold_s=20.0))
