"""Roads to stretches: each piece of road once, merged between junctions."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString

from geo import length_m
from missions.roads import RoadNetwork
from planner.stretches import FLIGHT_TOLERANCE_M, Chain, chains_of, cut_evenly
from tests.planner.in_metres import FRAME


def _chains(network: Any, lines: Sequence[Any], names: Sequence[str] = ()) -> tuple[Chain, ...]:
    made: RoadNetwork = network(lines, names)
    return chains_of(made, FRAME)


def test_roads_through_a_node_of_two_become_one_stretch(network: Any) -> None:
    chains = _chains(network, [[(0, 0), (100, 0)], [(100, 0), (200, 10), (300, 0)]], ["A", "Long Road"])
    assert len(chains) == 1
    assert chains[0].road_ids == ("r0", "r1")
    assert chains[0].name == "Long Road"
    assert chains[0].length_m == pytest.approx(301.0, abs=0.05)


def test_a_crossing_ends_four_stretches(network: Any) -> None:
    arms = [[(0, 0), (100, 0)], [(0, 0), (0, 100)], [(0, 0), (-100, 0)], [(0, 0), (0, -100)]]
    assert len(_chains(network, arms)) == 4


def test_a_ring_without_junctions_is_one_closed_stretch(network: Any) -> None:
    (ring,) = _chains(network, [[(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)]])
    assert ring.length_m == pytest.approx(400.0, abs=0.05)
    assert ring.line_m[0] == pytest.approx(ring.line_m[-1])
    assert length_m(ring.flown_m) == pytest.approx(400.0, abs=0.05)


def test_repeated_and_empty_pieces_are_flown_once(network: Any) -> None:
    road = [(0, 0), (100, 0)]
    chains = _chains(network, [road, road, road[::-1], [(0, 0), (0, 0)]])
    assert sum(chain.length_m for chain in chains) == pytest.approx(100.0, abs=0.05)


def test_cut_pieces_are_equal_and_join_up(network: Any) -> None:
    (chain,) = _chains(network, [[(0, 0), (100, 0), (100, 200)]])
    pieces = cut_evenly(chain, 4)
    assert [piece.length_m for piece in pieces] == pytest.approx([75.0] * 4, abs=0.05)
    for a, b in itertools.pairwise(pieces):
        assert a.line_m[-1] == pytest.approx(b.line_m[0])


_GRID = st.tuples(st.integers(0, 3), st.integers(0, 3))


@given(st.lists(st.tuples(_GRID, _GRID).filter(lambda ends: ends[0] != ends[1]), min_size=1, max_size=14))
def test_no_piece_of_road_is_lost_or_doubled(network: Any, edges: list[Any]) -> None:
    lines = [[(100.0 * x, 100.0 * y) for x, y in ends] for ends in edges]
    distinct = {frozenset(ends) for ends in edges}
    wanted_m = sum(100.0 * float(np.linalg.norm(np.subtract(*tuple(ends)))) for ends in distinct)
    assert sum(chain.length_m for chain in _chains(network, lines)) == pytest.approx(wanted_m, rel=1e-4)


@given(st.lists(st.floats(-8, 8), min_size=3, max_size=40))
def test_the_flown_line_stays_by_the_centreline(network: Any, offsets: list[float]) -> None:
    (chain,) = _chains(network, [[(20.0 * i, y) for i, y in enumerate(offsets)]])
    flown, road = LineString(chain.flown_m), LineString(chain.line_m)
    assert flown.hausdorff_distance(road) <= FLIGHT_TOLERANCE_M + 1e-6
    assert len(chain.flown_m) <= len(chain.line_m)
