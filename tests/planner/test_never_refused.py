"""Any network, zones and aircraft give a sound plan or a reason; where a plan is known, never a reason.

`SKYPATROL_CASES=2000 pytest tests/planner/test_never_refused.py` draws so many cases for each kind of patrol.
"""

import os
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings

from missions import FleetPlan, Plan
from planner import check_fleet, check_plan, plan_fleet, plan_mission
from tests.planner.known_plans import Case, cases

CASES: Final = int(os.environ.get("SKYPATROL_CASES", "60"))
KNOWN: Final = settings(
    max_examples=CASES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


@given(cases())
@KNOWN
def test_one(case: Case) -> None:
    assert check_plan(case.known) == ()
    made = plan_mission(case.mission, "hash", case.network, iterations=20)
    assert check_plan(made) == ()
    assert {road for lost in made.left_out for road in lost.road_ids} <= case.lost


@given(cases(fleet=True))
@KNOWN
def test_fleet(case: Case) -> None:
    assert check_fleet(case.known) == ()
    made = plan_fleet(case.mission, "hash", case.network, iterations=20)
    assert check_fleet(made) == ()
    assert {road for plan in made.plans for lost in plan.left_out for road in lost.road_ids} <= case.lost
