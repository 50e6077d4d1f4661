"""An aircraft in the air goes on from where it is, on what is left in its battery, and all of the rest is planned."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import LocalFrame
from missions import Altitude, AltitudeReference, Breakpoint, InAir, InputError, Plan, PlanningError
from missions.formats.mav_commands import MAV_CMD_NAV_TAKEOFF
from missions.items import mission_items
from missions.mission import Wind
from missions.place import Place, joining_point
from missions.roads import RoadNetwork
from planner import check_plan
from planner.profile import sortie_points_m
from planner.replanning import Remaining, remaining
from planner.replanning_in_air import replan_in_air
from planner.search import Effort
from tests.planner.in_metres import FRAME, place_of


@pytest.fixture(scope="module")
def patrol(plan: Any, blocks: Any) -> Plan:
    made: Plan = plan(blocks, reserve_pct=70)
    assert len(made.sorties) >= 2
    return made


@pytest.fixture(scope="module")
def roads(network: Any, blocks: Any) -> RoadNetwork:
    made: RoadNetwork = network(blocks)
    return made


def _at(plan: Plan, sortie: float, item: float, fraction: float) -> Breakpoint:
    chosen = plan.sorties[min(int(sortie * len(plan.sorties)), len(plan.sorties) - 1)]
    items = len(mission_items(plan, chosen))
    return Breakpoint(sortie_id=chosen.sortie_id, item_seq=min(int(item * items), items - 1), fraction=fraction)


def _here(east_m: float, north_m: float, up_m: float = 60.0) -> InAir:
    return InAir(position=place_of(east_m, north_m), altitude=Altitude(metres=up_m, above=AltitudeReference.HOME))


SHARES = st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1) | st.floats(0.95, 1))
PLACES = st.none() | st.builds(_here, st.floats(-300, 300), st.floats(-300, 300), st.floats(40, 80))


WINDS = st.builds(Wind, speed_m_s=st.floats(0, 6), from_deg=st.floats(0, 359))


@given(SHARES, st.tuples(PLACES, st.floats(71, 100), WINDS))
@settings(max_examples=25, deadline=None)
def test_from_anywhere_the_rest_is_flown_or_the_battery_is_said_not_to_do(
    patrol: Plan, roads: RoadNetwork, mission: Any, shares: Any, now: Any
) -> None:
    at, left = _at(patrol, *shares), remaining(patrol, _at(patrol, *shares))
    here, battery_pct, wind = now
    try:
        made = replan_in_air(
            mission(reserve_pct=70), patrol, at, roads, here=here, battery_pct=battery_pct, wind=wind,
            effort=Effort(iterations=20),
        )  # fmt: skip
    except PlanningError as exc:
        reason = str(exc)
    else:
        _assert_goes_on(made, left, battery_pct)
        return
    assert "does not bring" in reason


def _assert_goes_on(made: Plan, left: Remaining, battery_pct: float) -> None:
    assert check_plan(made) == ()
    first = made.sorties[0]
    assert first.begins is not None
    assert first.battery_pct == battery_pct
    assert all(sortie.begins is None for sortie in made.sorties[1:])
    flown_m = sum(stretch.length_m for stretch in made.stretches)
    assert left.left_m - 1.0 <= flown_m <= left.left_m + left.again_m + 10.5


def test_nothing_takes_off_for_a_sortie_that_begins_in_the_air(patrol: Plan, roads: RoadNetwork, mission: Any) -> None:
    at = _at(patrol, 0.0, 0.4, 0.5)
    made = replan_in_air(
        mission(reserve_pct=70), patrol, at, roads, here=None, battery_pct=92.0, effort=Effort(iterations=20)
    )
    commands = [[item.command for item in mission_items(made, sortie)] for sortie in made.sorties]
    assert MAV_CMD_NAV_TAKEOFF not in commands[0]
    assert all(MAV_CMD_NAV_TAKEOFF in own for own in commands[1:])
    whole, first = patrol.sorties[0].estimate, made.sorties[0].estimate
    assert first.time_s < whole.time_s
    assert first.energy_wh < whole.energy_wh
    assert "begins in the air" in made.notes[1]


@pytest.mark.parametrize("fraction", [0.5, 0.98])
@pytest.mark.parametrize("item", [0.35, 0.5, 0.65])
def test_off_its_route_it_flies_back_to_where_the_stretch_was_left(
    patrol: Plan, roads: RoadNetwork, mission: Any, item: float, fraction: float
) -> None:
    at = _at(patrol, 0.0, item, fraction)
    here = _here(0.0, 0.0, 75.0)
    made = replan_in_air(
        mission(reserve_pct=70), patrol, at, roads, here=here, battery_pct=95.0, effort=Effort(iterations=20)
    )
    assert made.sorties[0].begins == here
    assert check_plan(made) == ()


def test_a_battery_that_does_not_bring_it_home_is_said_with_numbers(
    patrol: Plan, roads: RoadNetwork, mission: Any
) -> None:
    at = _at(patrol, 0.0, 0.5, 0.5)
    with pytest.raises(PlanningError, match=r"the way takes \d+\.\d Wh, 0\.\d Wh are left beside the reserve of 70 %"):
        replan_in_air(
            mission(reserve_pct=70), patrol, at, roads, here=None, battery_pct=70.1, effort=Effort(iterations=20)
        )
    with pytest.raises(InputError, match="are the reserve"):
        replan_in_air(
            mission(reserve_pct=70), patrol, at, roads, here=None, battery_pct=60.0, effort=Effort(iterations=20)
        )


def test_footprints_begin_where_the_aircraft_is(patrol: Plan, roads: RoadNetwork, mission: Any) -> None:
    here = _here(120.0, -40.0)
    made = replan_in_air(
        mission(reserve_pct=70), patrol, _at(patrol, 0.0, 0.5, 0.5), roads, here=here, battery_pct=95.0,
        effort=Effort(iterations=20),
    )  # fmt: skip
    frame = LocalFrame(lat_deg=made.dock.lat_deg, lon_deg=made.dock.lon_deg)
    begin = sortie_points_m(made.dock, made.sorties[0])[0]
    place = frame.geodetic_to_enu(here.position.lat_deg, here.position.lon_deg)[0]
    assert np.allclose(begin[:2], place[:2])
    assert begin[2] == 60.0


def test_the_first_leg_of_a_sortie_that_begins_in_the_air_is_left_on_its_own_line(
    patrol: Plan, roads: RoadNetwork, mission: Any
) -> None:
    here = _here(120.0, -40.0, 75.0)
    made = replan_in_air(
        mission(reserve_pct=70), patrol, _at(patrol, 0.0, 0.5, 0.5), roads, here=here, battery_pct=95.0,
        effort=Effort(iterations=20),
    )  # fmt: skip
    first = made.sorties[0]
    point = joining_point(made, first, Place(sortie=0, waypoint=0, fraction=0.5))
    begin, to = sortie_points_m(made.dock, first)[:2]
    place = FRAME.geodetic_to_enu(point.position.lat_deg, point.position.lon_deg)[0]
    assert np.allclose([*place[:2], point.altitude.metres], (begin + to) / 2, atol=0.05)
