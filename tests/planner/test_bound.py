"""The lower bound: below every tour, and on it where the network is easy."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions import Plan
from planner.bound import Streets, lower_bound
from planner.explain import explain
from planner.search import Base, Effort, Flying, Problem, search


def _still(starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    return np.linalg.norm(ends[None] - starts[:, None], axis=2) / 10.0


def _streets(places: np.ndarray, edges: list[tuple[int, int]], **more: Any) -> Streets:
    ends = np.array(edges)
    length = np.linalg.norm(places[ends[:, 1]] - places[ends[:, 0]], axis=1)
    return Streets(nodes_m=places, edges=ends, ahead_s=length / 7.0, back_s=length / 7.0, docks=np.array([0]), **more)


SQUARE = np.array([[0.0, 0.0], [100.0, 0.0], [100.0, 100.0], [0.0, 100.0]])


def test_a_ring_is_flown_round_without_dead_flight() -> None:
    bound = lower_bound(_streets(SQUARE, [(0, 1), (1, 2), (2, 3), (3, 0)]), _still)
    assert bound.time_s == pytest.approx(400 / 7)
    assert bound.sorties == 1


def test_a_single_street_costs_the_way_back() -> None:
    assert lower_bound(_streets(SQUARE, [(0, 1)]), _still).time_s == pytest.approx(100 / 7 + 100 / 10)


def test_a_street_apart_from_the_dock_is_reached_and_left() -> None:
    bound = lower_bound(_streets(SQUARE, [(2, 3)]), _still).time_s
    assert bound == pytest.approx(100 / 7 + (100 + np.hypot(100, 100)) / 10)


def test_short_sorties_are_counted() -> None:
    bound = lower_bound(_streets(SQUARE, [(0, 1), (1, 2), (2, 3), (3, 0)], longest_s=30.0), _still)
    assert bound.sorties >= 2


@given(st.integers(0, 10_000), st.integers(1, 9), st.floats(0.0, 4.0))
@settings(max_examples=15, deadline=None)
def test_no_tour_that_the_search_finds_is_below_the_bound(seed: int, count: int, wind: float) -> None:
    rng = np.random.default_rng(seed)
    places = rng.uniform(-300, 300, (count + 2, 2))
    pairs = list(itertools.combinations(range(1, len(places)), 2))
    edges = [pairs[i] for i in rng.choice(len(pairs), min(count, len(pairs)), replace=False)]
    blow = np.array([wind, 0.0])

    def seconds(steps: np.ndarray, airspeed: float) -> np.ndarray:
        length = np.maximum(np.linalg.norm(steps, axis=-1), 1e-9)
        along = steps @ blow / length
        return length / (along + np.sqrt(airspeed**2 - wind**2 + along**2))

    def legs(starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        return seconds(ends[None] - starts[:, None], 10.0)

    steps = np.array([places[b] - places[a] for a, b in edges])
    ahead, back = seconds(steps, 7.0), seconds(-steps, 7.0)
    streets = Streets(nodes_m=places, edges=np.array(edges), ahead_s=ahead, back_s=back, docks=np.array([0]))
    starts = np.array([places[end] for a, b in edges for end in (a, b)])
    stops = np.array([places[end] for a, b in edges for end in (b, a)])
    own = np.column_stack([ahead, back]).ravel()
    none = np.zeros(len(own))
    problem = Problem(
        flyings=(Flying(time_s=own, energy_j=none, link_s=legs(stops, starts), link_j=np.zeros((len(own),) * 2)),),
        bases=(
            Base(
                flying=0,
                out_s=legs(places[:1], starts)[0],
                out_j=none,
                home_s=legs(stops, places[:1])[:, 0],
                home_j=none,
                limit_j=1.0,
            ),
        ),
        items=np.ones(len(own), int),
        limit_items=100,
    )
    found_s = sum(problem.tour_time_s(tour) for tour in search(problem, Effort(seed=seed, iterations=100)))
    bound_s = lower_bound(streets, legs).time_s
    assert bound_s <= found_s + 1e-6
    assert bound_s > 0.7 * found_s


@pytest.mark.shared
def test_the_bound_of_nagoya_is_its_optimum(shared_data: Path) -> None:
    from benchmarks.planner.networks import read_network
    from benchmarks.planner.solve import bound_s

    assert bound_s(read_network(shared_data / "roads/1km/nagoya"), battery_s=None) == pytest.approx(1156.40, abs=0.01)


def test_a_plan_is_explained(plan: Any, blocks: Any) -> None:
    made: Plan = plan(blocks, airframe="sitl-quad")
    told = explain([made])
    assert told.lower_bound_s is not None
    assert told.gap is not None
    assert 0 < told.gap < 0.5
    assert told.gap == pytest.approx(made.estimate.time_s / told.lower_bound_s - 1)
    assert 0 < told.dead_share < 1
    assert [one.sortie_id for one in told.sorties] == [sortie.sortie_id for sortie in made.sorties]
    assert all(one.binds in ("battery", "items", "nothing") for one in told.sorties)
    assert all(0 < one.battery_used <= 1 for one in told.sorties)
