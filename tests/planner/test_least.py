"""The lower bound that is told while a plan is searched."""

import re

from planner import Effort, plan_mission
from planner.explain import explain
from tests.planner.in_metres import mission_of, network_of

STREETS = network_of(
    [[(east, north), (east, north + 120.0)] for east in (0.0, 90.0, 200.0, 330.0) for north in (50.0, 230.0)]
    + [[(0.0, 300.0), (90.0, 310.0), (330.0, 280.0)]]
)


def test_the_progress_tells_the_gap_that_the_plan_then_has() -> None:
    mission = mission_of()
    told: list[str] = []
    effort = Effort(iterations=400, progress=lambda _, text: told.append(text))
    plan = plan_mission(mission, "hash", STREETS, effort)
    last = re.search(r"([\d.]+) % above the lower bound", told[-1])
    why = explain([plan])
    assert last is not None
    assert why.gap is not None
    assert abs(float(last.group(1)) - 100 * why.gap) < 2.0  # the search sums legs, the plan flies them


def test_who_does_not_watch_pays_for_no_bound() -> None:
    mission = mission_of()
    watched = plan_mission(mission, "hash", STREETS, Effort(iterations=50, progress=lambda *_: None))
    assert plan_mission(mission, "hash", STREETS, Effort(iterations=50)) == watched
