"""Which part of a plan a vehicle has on board, told from its stored items alone."""

from dataclasses import replace

import pytest
from flight_fakes import drawn_plan, place
from hypothesis import given
from hypothesis import strategies as st

from flight.attach import rest_on_board
from flight.course import Rest, rest_from
from flight.item_codec import WireItem, wire_items
from missions import Breakpoint, Plan
from missions.formats.mav_commands import MAV_MISSION_TYPE_MISSION
from missions.items import mission_items

PLAN = drawn_plan((0, 60), (100, 60), (100, 0), (200, 0), (0, 0), sorties=2)


def stored(plan: Plan, rest: Rest) -> tuple[WireItem, ...]:
    return wire_items(rest.items(plan), MAV_MISSION_TYPE_MISSION)


def at(waypoint: int, fraction: float) -> Breakpoint:
    items = mission_items(PLAN, PLAN.sorties[0])
    seq = next(item.seq for item in items if item.waypoint_index == waypoint)
    return Breakpoint(sortie_id="sortie-1", item_seq=seq, fraction=fraction)


def test_a_whole_sortie_is_known() -> None:
    assert rest_on_board(PLAN, 1, stored(PLAN, Rest(sortie=1))) == Rest(sortie=1)


@given(waypoint=st.integers(0, 3), share=st.floats(0.05, 0.95))
def test_the_rest_of_a_sortie_is_known_with_the_point_where_it_went_on(waypoint: int, share: float) -> None:
    rest = rest_from(PLAN, at(waypoint, share))
    found = rest_on_board(PLAN, 0, stored(PLAN, rest))
    assert found is not None
    assert found.first_waypoint == rest.first_waypoint == waypoint
    assert found.start is not None
    assert found.start.item_seq == at(waypoint, share).item_seq
    assert found.start.fraction == pytest.approx(share, abs=0.01)
    assert len(found.items(PLAN)) == len(rest.items(PLAN))


def test_a_rest_with_a_way_round_zones_is_known() -> None:
    rest = rest_from(PLAN, at(2, 0.5))
    corner = replace(rest.way[0], position=place(-30, 30), speed_m_s=12.0, hold_s=0.0)
    rest = replace(rest, way=(corner, *rest.way))
    found = rest_on_board(PLAN, 0, stored(PLAN, rest))
    assert found is not None
    assert len(found.way) == 2
    assert found.first_waypoint == 2


def test_another_mission_is_no_part_of_the_plan() -> None:
    other = drawn_plan((0, 70), (110, 60), (100, 0), (200, 0), (0, 0))
    assert rest_on_board(PLAN, 0, stored(other, Rest(sortie=0))) is None
    assert rest_on_board(PLAN, 0, ()) is None


def test_a_rest_begins_on_the_leg_at_the_exact_point_with_the_legs_gimbal() -> None:
    rest = rest_from(PLAN, at(1, 0.25))
    point = rest.way[-1]
    assert point.position.distance_m(place(25, 60)) < 0.02
    assert point.gimbal_pitch_deg == PLAN.sorties[0].waypoints[1].gimbal_pitch_deg
    assert point.hold_s == 1.0
    assert rest_from(PLAN, at(0, 0.0)) == Rest(sortie=0)
    last = mission_items(PLAN, PLAN.sorties[0])[-1].seq
    assert rest_from(PLAN, Breakpoint(sortie_id="sortie-1", item_seq=last, fraction=0.0)) == Rest(sortie=1)
