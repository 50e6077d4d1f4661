"""A patrol broken off anywhere: what was flown and what is left are all of it, and the rest is planned anew."""

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString

from missions import Breakpoint, InputError, LegKind, Plan, PlanningError
from missions.items import mission_items
from missions.mission import Wind
from missions.place import place_of
from missions.roads import RoadNetwork, load_network
from planner import Effort, check_plan, plan_mission
from planner.replanning import OVERLAP_M, remaining, replan, to_see
from tests.planner.hills import ground_of, mission_over_terrain
from tests.planner.in_metres import mission_amid
from tests.planner.sound import enu


def _whole_m(plan: Plan) -> float:
    return sum(stretch.length_m for stretch in plan.stretches)


@pytest.fixture(scope="module")
def patrol(plan: Any, blocks: Any) -> Plan:
    made: Plan = plan([*blocks, RING], reserve_pct=75)
    assert len(made.sorties) >= 3
    return made


RING = [(400.0, 0.0), (520.0, 0.0), (520.0, 90.0), (400.0, 90.0), (400.0, 0.0)]
"""A street that ends where it begins."""


@pytest.fixture(scope="module")
def roads(network: Any, blocks: Any) -> RoadNetwork:
    made: RoadNetwork = network([*blocks, RING])
    return made


Shares = tuple[float, float, float]
BREAKPOINTS = st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
WINDS = st.builds(Wind, speed_m_s=st.floats(0, 8), from_deg=st.floats(0, 359))


def _at(plan: Plan, sortie: float, item: float, fraction: float) -> Breakpoint:
    chosen = plan.sorties[min(int(sortie * len(plan.sorties)), len(plan.sorties) - 1)]
    items = len(mission_items(plan, chosen))
    return Breakpoint(sortie_id=chosen.sortie_id, item_seq=min(int(item * items), items - 1), fraction=fraction)


def _served_m(plan: Plan, at: Breakpoint) -> float:
    """Metres of service flown before a breakpoint, by the waypoints alone."""
    place, total = place_of(plan, at), 0.0
    for number, sortie in enumerate(plan.sorties[: place.sortie + 1]):
        points = enu(plan, [plan.dock, *(waypoint.position for waypoint in sortie.waypoints)])
        for index, waypoint in enumerate(sortie.waypoints):
            leg_m = float(np.linalg.norm(points[index + 1] - points[index]))
            if waypoint.leg is not LegKind.SERVICE or (number == place.sortie and index > place.waypoint):
                continue
            total += leg_m * (place.fraction if number == place.sortie and index == place.waypoint else 1.0)
    return total


@given(BREAKPOINTS)
@settings(max_examples=80, deadline=None)
def test_what_was_flown_and_what_is_left_add_up_to_all_stretches(patrol: Plan, at: Shares) -> None:
    where = _at(patrol, *at)
    left = remaining(patrol, where)
    assert left.flown_m + left.left_m == pytest.approx(_whole_m(patrol), abs=1e-6)
    assert left.flown_m == pytest.approx(_served_m(patrol, where), abs=1.0)
    assert 0 <= left.again_m <= OVERLAP_M + 1e-6
    assert sum(stretch.length_m for stretch in left.stretches) == pytest.approx(left.left_m + left.again_m, abs=0.1)


@given(BREAKPOINTS)
@settings(max_examples=40, deadline=None)
def test_flown_legs_and_what_is_left_cover_every_stretch(patrol: Plan, at: Shares) -> None:
    where = _at(patrol, *at)
    place, left = place_of(patrol, where), remaining(patrol, where)
    lines = [enu(patrol, stretch.centreline) for stretch in left.stretches]
    for number, sortie in enumerate(patrol.sorties[: place.sortie + 1]):
        points = enu(patrol, [patrol.dock, *(waypoint.position for waypoint in sortie.waypoints)])
        for index, waypoint in enumerate(sortie.waypoints):
            if waypoint.leg is not LegKind.SERVICE or (number == place.sortie and index > place.waypoint):
                continue
            share = place.fraction if number == place.sortie and index == place.waypoint else 1.0
            lines.append(np.array([points[index], points[index] + share * (points[index + 1] - points[index])]))
    covered = MultiLineString([line for line in lines if LineString(line).length > 0]).buffer(2.0)
    for stretch in patrol.stretches:
        assert LineString(enu(patrol, stretch.centreline)).difference(covered).length < 1.0


@given(BREAKPOINTS, WINDS)
@settings(max_examples=12, deadline=None)
def test_the_new_plan_of_any_breakpoint_passes_its_check(
    patrol: Plan, roads: RoadNetwork, mission: Any, at: Shares, wind: Wind
) -> None:
    where = _at(patrol, *at)
    asked = mission(reserve_pct=75)
    left = remaining(patrol, where)
    try:
        made = replan(asked, patrol, where, roads, wind=wind, effort=Effort(iterations=10))
    except PlanningError as exc:
        assert not left.stretches or "wind" in str(exc)  # noqa: PT017
        return
    assert check_plan(made) == ()
    assert _whole_m(made) == pytest.approx(left.left_m + left.again_m, abs=1.0)
    assert (made.wind_m_s, made.wind_from_deg) == (wind.speed_m_s, wind.from_deg)
    assert patrol.plan_hash[:12] in made.notes[0]
    assert f"{left.left_m:.0f} m" in made.notes[0]


def test_a_breakpoint_before_the_first_leg_leaves_everything(patrol: Plan) -> None:
    left = remaining(patrol, Breakpoint(sortie_id="sortie-1", item_seq=0, fraction=0.0))
    assert left.stretches == tuple(
        stretch
        for sortie in patrol.sorties
        for stretch_id in sortie.stretch_ids
        for stretch in patrol.stretches
        if stretch.stretch_id == stretch_id
    )
    assert left.flown_m == pytest.approx(0.0, abs=1e-6)


def test_the_last_landing_leaves_nothing_and_is_refused(patrol: Plan, roads: RoadNetwork, mission: Any) -> None:
    last = patrol.sorties[-1]
    at = Breakpoint(sortie_id=last.sortie_id, item_seq=len(mission_items(patrol, last)) - 1, fraction=0.0)
    with pytest.raises(PlanningError, match="nothing is left"):
        replan(mission(reserve_pct=75), patrol, at, roads, effort=Effort(iterations=10))


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (Breakpoint(sortie_id="sortie-99", item_seq=3, fraction=0.0), "no sortie sortie-99"),
        (Breakpoint(sortie_id="sortie-1", item_seq=9999, fraction=0.0), "no item 9999"),
        (Breakpoint(sortie_id="sortie-1", item_seq=-1, fraction=0.0), "no item -1"),
        (Breakpoint(sortie_id="sortie-1", item_seq=5, fraction=1.5), "no share"),
        (Breakpoint(sortie_id="sortie-1", item_seq=5, fraction=float("nan")), "no share"),
    ],
)
def test_a_place_that_the_plan_does_not_have_is_refused(patrol: Plan, at: Breakpoint, said: str) -> None:
    with pytest.raises(InputError, match=said):
        remaining(patrol, at)


def test_a_broken_off_dual_carriageway_is_flown_once_again_and_both_sides_are_shown(mission: Any, network: Any) -> None:
    there, back = [(100.0, 0.0), (700.0, 0.0)], [(700.0, 20.0), (100.0, 20.0)]
    roads = network([there, back], ["Avenue", "Avenue"])
    oneway = RoadNetwork(roads=tuple(replace(road, oneway=True) for road in roads.roads), source=roads.source)
    asked = mission()
    whole = plan_mission(asked, "hash", oneway, Effort(iterations=50))
    assert [len(stretch.beside) for stretch in whole.stretches] == [1]
    items = mission_items(whole, whole.sorties[0])
    service = next(
        item.seq
        for item in items
        if item.waypoint_index is not None and whole.sorties[0].waypoints[item.waypoint_index].leg is LegKind.SERVICE
    )
    at = Breakpoint(sortie_id="sortie-1", item_seq=service, fraction=0.5)
    left = remaining(whole, at)
    assert left.left_m == pytest.approx(300, abs=1)
    seen = to_see(left.stretches, whole.dock)
    assert [round(chain.length_m, -1) for chain in (*seen.flown, *seen.beside)] == [310, 300]
    made = replan(asked, whole, at, oneway, effort=Effort(iterations=50))
    assert check_plan(made) == ()
    assert len(made.stretches) == 1
    assert len(made.stretches[0].beside) == 1


@pytest.mark.parametrize("battery_pct", [99.0, 90.0, 86.0])
def test_the_first_sortie_needs_no_more_than_its_battery_has(
    patrol: Plan, roads: RoadNetwork, mission: Any, battery_pct: float
) -> None:
    at = Breakpoint(sortie_id="sortie-1", item_seq=0, fraction=0.0)
    made = replan(mission(reserve_pct=75), patrol, at, roads, battery_pct=battery_pct, effort=Effort(iterations=20))
    assert made.sorties[0].battery_pct == battery_pct
    assert made.sorties[0].estimate.energy_share_pct <= battery_pct - 75 + 1e-6
    assert all(sortie.battery_pct == 100 for sortie in made.sorties[1:])
    for before, after in zip(made.sorties, made.sorties[1:], strict=False):
        assert after.starts_s > before.lands_s
    assert check_plan(made) == ()
    served = sorted(stretch_id for sortie in made.sorties for stretch_id in sortie.stretch_ids)
    assert served == sorted(stretch.stretch_id for stretch in made.stretches)
    less = replace(made, sorties=(replace(made.sorties[0], battery_pct=76.0), *made.sorties[1:]))
    assert [violation.rule for violation in check_plan(less)] == ["energy"]


@pytest.mark.parametrize(("battery_pct", "error"), [(75.0, InputError), (75.5, PlanningError)])
def test_a_battery_that_allows_nothing_is_refused(
    patrol: Plan, roads: RoadNetwork, mission: Any, battery_pct: float, error: type[Exception]
) -> None:
    at = Breakpoint(sortie_id="sortie-1", item_seq=0, fraction=0.0)
    with pytest.raises(error, match=r"reserve"):
        replan(mission(reserve_pct=75), patrol, at, roads, battery_pct=battery_pct, effort=Effort(iterations=10))


@pytest.mark.shared
def test_wuhan_is_planned_anew_from_every_sortie_in_less_than_five_seconds(shared_data: Any) -> None:
    path = shared_data / "roads" / "wuhan_1km.geojson"
    network = load_network(path)
    asked = mission_amid(network)
    whole = plan_mission(asked, "hash", network, Effort(seconds=0.5))
    for sortie in whole.sorties:
        at = Breakpoint(sortie_id=sortie.sortie_id, item_seq=len(sortie.waypoints) // 2, fraction=0.4)
        began_s = time.process_time()
        made = replan(asked, whole, at, network, effort=Effort(seconds=0.5), wind=Wind(speed_m_s=6, from_deg=270))
        assert time.process_time() - began_s < 5
        left = remaining(whole, at)
        assert _whole_m(made) == pytest.approx(left.left_m + left.again_m, abs=1.0)


def test_over_a_ridge_what_is_left_is_flown_as_high_as_before(network: Any) -> None:
    ridge = ground_of(lambda east, _north: 20.0 + 80.0 * np.clip((east - 150.0) / 100.0, 0.0, 1.0))
    asked, roads = mission_over_terrain(height_m=60.0), network([[(100.0, 0.0), (500.0, 0.0)]])
    whole = plan_mission(asked, "h", roads, Effort(iterations=20), terrain=ridge)
    service = [
        item.seq
        for item in mission_items(whole, whole.sorties[0])
        if item.waypoint_index is not None and whole.sorties[0].waypoints[item.waypoint_index].leg is LegKind.SERVICE
    ]
    at = Breakpoint(sortie_id="sortie-1", item_seq=service[1], fraction=0.3)
    left = remaining(whole, at)
    assert left.flown_m == pytest.approx(_served_m(whole, at), abs=1.0)
    made = replan(asked, whole, at, roads, terrain=ridge, effort=Effort(iterations=20))
    assert check_plan(made, ridge) == ()
    assert made.terrain == whole.terrain
