"""Large problems a part at a time: what the parts say is what the whole says."""

from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions.mission import Mission
from missions.zones.of_mission import NoFlyZones
from planner import check_fleet, plan_fleet
from planner.assignment import Crew
from planner.fleet_search import fleet_tours, last_landing_s
from planner.fleet_task import Asked, FleetTask, fleet_task_of, problems_of
from planner.problems import Problems
from planner.search import Effort, Tour
from tests.planner.in_metres import fleet_mission_of


def _mission(goal: str = "flight_time", height_m: float = 60.0, **flight: Any) -> Mission:
    return fleet_mission_of([(-300.0, 20.0), (300.0, 20.0)], [1, 0, 1, 0], goal=goal, height_m=height_m, **flight)


@pytest.fixture(scope="module")
def task(network: Any, blocks: Any) -> FleetTask:
    return fleet_task_of(_mission(), Asked(network=network(blocks), no_fly=NoFlyZones(zones=()), terrain=None))


def _problems(task: FleetTask, largest: int, share: float = 0.2) -> Problems:
    limits_j = [limit_j * share for limit_j in task.limits_j]
    whole = problems_of(task.field, limits_j=limits_j)
    return Problems(places_m=whole.places_m, of=whole.of, largest=largest)


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_tours_cost_the_same_in_their_part_as_in_the_whole(task: FleetTask, data: Any) -> None:
    stretches = data.draw(
        st.lists(st.integers(0, len(task.stretches) - 1), min_size=1, max_size=8, unique=True), label="stretches"
    )
    visits = tuple(2 * one + data.draw(st.integers(0, 1)) for one in stretches)
    tour = Tour(data.draw(st.integers(0, 1)), visits)
    few, many = _problems(task, 400), _problems(task, 10)
    assert many.tour_time_s(tour) == pytest.approx(few.tour_time_s(tour))
    assert many.tour_energy_j(tour) == pytest.approx(few.tour_energy_j(tour))
    assert many.price_s([tour]) == pytest.approx(few.price_s([tour]))
    part = many.around(tour)
    assert part.of_all(part.tours[0]) == tour
    assert many.watts() == pytest.approx(few.watts())


@pytest.mark.parametrize("goal", ["flight_time", "makespan", "energy", "sorties"])
def test_a_fleet_in_districts_serves_every_stretch_once_within_its_batteries(task: FleetTask, goal: str) -> None:
    crew = Crew(bases=tuple(craft.base for craft in task.crafts), swaps_s=(120.0,) * 4)
    few, many = _problems(task, 400), _problems(task, 10)
    rosters = fleet_tours(many, crew, goal, Effort(iterations=100))
    flown = [tour for own in rosters for tour in own]
    assert sorted(visit // 2 for tour in flown for visit in tour.visits) == list(range(len(task.stretches)))
    assert all(few.keeps_limits(tour) for tour in flown)
    whole = fleet_tours(few, crew, goal, Effort(iterations=100))
    assert last_landing_s(few, crew, rosters) < 2.0 * last_landing_s(few, crew, whole)


def test_problems_of_many_never_hold_more_stretches_than_a_few_tours(network: Any, blocks: Any) -> None:
    asked: list[int] = []

    def counted(of: Any, stretches: Any) -> Any:
        asked.append(len(stretches))
        return of(stretches)

    lines = [
        [(east + x, north + y) for x, y in line] for east in (-400, 400) for north in (-400, 400) for line in blocks
    ]
    task = fleet_task_of(_mission(), Asked(network=network(lines), no_fly=NoFlyZones(zones=()), terrain=None))
    whole = _problems(task, 15, share=0.35)
    counting = Problems(places_m=whole.places_m, of=partial(counted, whole.of), largest=15)
    crew = Crew(bases=tuple(craft.base for craft in task.crafts), swaps_s=(120.0,) * 4)
    fleet_tours(counting, crew, "makespan", Effort(iterations=60))
    assert max(asked) <= len(task.stretches) / 2


def test_one_long_street_is_shared_by_four_aircraft_where_that_lands_all_earlier(network: Any) -> None:
    street = network([[(-1200.0, 0.0), (1200.0, 0.0)]])
    early = plan_fleet(_mission("makespan"), "hash", street, Effort(iterations=200))
    assert check_fleet(early) == ()
    assert len(early.plans) > 1
    assert sum(stretch.length_m for stretch in early.stretches) == pytest.approx(2400.0, abs=1.0)
    least = plan_fleet(_mission(), "hash", street, Effort(iterations=200))
    assert len(least.plans) == 1
    assert early.makespan_s < 0.7 * least.makespan_s
