"""Any network, zones and aircraft give a sound plan or a reason; where a plan is known, never a reason.

Of the cases of each kind of patrol about two in three are made from a plan that is known. `SKYPATROL_CASES=3000 pytest
tests/planner/test_never_refused.py` draws so many of each kind; by default there are few.
"""

import os
from collections.abc import Callable, Sequence
from typing import Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from missions import FleetPlan, Plan, PlanningError
from planner import Effort, check_fleet, check_plan, plan_fleet, plan_mission
from tests.planner.in_metres import fleet_mission_of, mission_of, network_of
from tests.planner.known_plans import Case, cases
from tests.planner.sound import assert_sound, assert_sound_fleet

CASES: Final = int(os.environ.get("SKYPATROL_CASES", "60"))
KNOWN_SHARE: Final = 0.65
LITTLE: Final = Effort(iterations=20)


def _cases(share: float) -> settings:
    """Draw a share of the cases of one kind of patrol, at least one."""
    return settings(max_examples=max(1, round(share * CASES)), deadline=None, suppress_health_check=list(HealthCheck))


# Where a plan is known


@given(cases())
@_cases(KNOWN_SHARE)
def test_what_one_aircraft_can_fly_is_planned(case: Case) -> None:
    assert isinstance(case.known, Plan)
    assert check_plan(case.known) == ()
    made = plan_mission(case.mission, "hash", case.network, LITTLE)
    assert_sound(made)
    assert {road_id for part in made.left_out for road_id in part.road_ids} == case.lost


@given(cases(fleet=True))
@_cases(KNOWN_SHARE / 2)
def test_what_a_fleet_can_fly_is_planned(case: Case) -> None:
    assert isinstance(case.known, FleetPlan)
    assert check_fleet(case.known) == ()
    made = plan_fleet(case.mission, "hash", case.network, LITTLE)
    assert_sound_fleet(made)
    assert {road_id for plan in made.plans for part in plan.left_out for road_id in part.road_ids} == case.lost


# Where nobody knows

_COORDINATE = st.integers(-4, 4).map(lambda k: 150.0 * k)
_NODE = st.tuples(_COORDINATE, _COORDINATE)
_EDGES = st.lists(st.tuples(_NODE, _NODE).filter(lambda ends: ends[0] != ends[1]), min_size=1, max_size=8)
_BOX = st.tuples(st.floats(-600, 600), st.floats(-600, 600), st.floats(20, 200), st.floats(20, 200)).map(
    lambda b: [(b[0], b[1]), (b[0] + b[2], b[1]), (b[0] + b[2], b[1] + b[3]), (b[0], b[1] + b[3])]
)
_ZONES = st.lists(_BOX, max_size=2)
_WIND = st.fixed_dictionaries({"speed_m_s": st.floats(0, 10), "from_deg": st.floats(0, 359)})
_DOCKS = st.lists(st.tuples(st.floats(-700, 700), st.floats(-700, 700)), min_size=1, max_size=3)
_FLEETS = _DOCKS.flatmap(
    lambda docks: st.tuples(
        st.just(docks), st.lists(st.integers(0, len(docks) - 1), min_size=1, max_size=4), st.randoms()
    )
)
_FLIGHTS = st.fixed_dictionaries(
    {
        "height_m": st.just(60),
        "goal": st.sampled_from(["flight_time", "makespan", "energy", "sorties"]),
        "altitude_cap_m": st.sampled_from([60.0, 75.0, 120.0]),
        "swap_s": st.sampled_from([0.0, 120.0]),
        "reserve_pct": st.integers(25, 80),
        "wind": _WIND,
    }
)


def _or_reason(make: Callable[[], Any], words: Sequence[str]) -> Any:
    """Return the plan; or None where it is refused for a reason in which one of the words stands."""
    try:
        return make()
    except PlanningError as exc:
        reason = str(exc)
    assert "breaks a rule" not in reason
    assert any(word in reason for word in words), reason
    return None


@given(_EDGES, _ZONES, _WIND, st.integers(25, 80))
@_cases(1 - KNOWN_SHARE)
def test_any_streets_zones_and_wind_give_a_sound_plan_or_a_reason(
    edges: Any, zones: Any, wind: Any, reserve_pct: int
) -> None:
    mission = mission_of(zones=zones, wind=wind, reserve_pct=reserve_pct)
    made = _or_reason(lambda: plan_mission(mission, "hash", network_of(edges), LITTLE), ("dock", "no-fly zone", "Wh"))
    if made is not None:
        assert_sound(made)


@given(_EDGES, _FLEETS, _FLIGHTS, _ZONES)
@_cases(0.7 * (1 - KNOWN_SHARE) / 2)
def test_any_docks_fleet_and_streets_give_a_sound_plan_or_a_reason(
    edges: Any, fleet: Any, flight: Any, zones: Any
) -> None:
    docks, homes, random = fleet
    airframes = [random.choice(["quad-5kg", "sitl-quad"]) for _ in homes]
    mission = fleet_mission_of(docks, homes, zones=zones, airframes=airframes, **flight)
    words = ("Wh", "battery", "no-fly zone", "headway")
    made = _or_reason(lambda: plan_fleet(mission, "hash", network_of(edges), LITTLE), words)
    if made is not None:
        assert_sound_fleet(made)


@given(_EDGES, _FLEETS, st.lists(st.sampled_from([12, 20, 30, 45]), min_size=1, max_size=2))
@_cases(0.3 * (1 - KNOWN_SHARE) / 2)
def test_any_revisits_give_a_sound_day_or_a_reason(edges: Any, fleet: Any, intervals: Any) -> None:
    docks, homes, _ = fleet
    rules = [{"names": [name], "every_min": every} for name, every in zip("AB", intervals, strict=False)]
    mission = fleet_mission_of(
        docks,
        homes,
        roads={"revisit": rules[: len(edges)]},
        day={"begin": "08:00", "end": "09:50"},
        reserve_pct=60,
    )
    network = network_of(edges, ["A", "B", *["C"] * len(edges)])
    words = ("min", "no road to patrol", "Wh", "aircraft")
    made = _or_reason(lambda: plan_fleet(mission, "hash", network, LITTLE), words)
    if made is not None:
        assert_sound_fleet(made)
