"""Fixtures of roads, missions and plans that a test states in metres."""

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from missions import Plan
from missions.flight_path import FlightPath
from missions.formats.qgc_plan import to_qgc
from missions.formats.qgc_reader import from_qgc
from missions.mission import Mission
from missions.roads import RoadNetwork
from patrol.mission_roads import load_mission_roads
from patrol.planned import planned
from planner import Effort, check_plan, plan_mission
from planner.check_path import check_path
from tests.planner.in_metres import Places, mission_of, network_of

MakeNetwork = Callable[..., RoadNetwork]
MakeMission = Callable[..., Mission]
MakePlan = Callable[..., Plan]


@pytest.fixture(scope="session")
def network() -> MakeNetwork:
    """Roads of ENU polylines in metres from the dock; equal places are junctions."""
    return network_of


@pytest.fixture(scope="session")
def mission() -> MakeMission:
    """A mission with the dock at the origin and no-fly zones in ENU metres; the rest are fields of `flight`."""
    return mission_of


@pytest.fixture(scope="session")
def plan() -> MakePlan:
    """A plan over ENU polylines, made with few iterations."""

    def make(lines: Sequence[Places], *, seed: int = 0, iterations: int = 100, **settings: Any) -> Plan:
        names = settings.pop("names", ())
        return plan_mission(
            mission_of(**settings), "hash", network_of(lines, names), Effort(seed=seed, iterations=iterations)
        )

    return make


@pytest.fixture(scope="session")
def blocks() -> Sequence[Places]:
    """Streets of 3 x 3 blocks of 200 m, the dock in the middle of one."""
    at = [-300.0, -100.0, 100.0, 300.0]
    along = [((a, b), (c, b)) for b in at for a, c in itertools.pairwise(at)]
    across = [((b, a), (b, c)) for b in at for a, c in itertools.pairwise(at)]
    return [*along, *across]


@pytest.fixture(scope="module")
def good(example_mission: Path) -> Plan:
    roads = load_mission_roads(example_mission)
    made = planned(roads.loaded, roads.kept, Effort(iterations=50))
    assert check_plan(made) == ()
    return made


@pytest.fixture(scope="module")
def flight(good: Plan) -> FlightPath:
    """The same flight as QGroundControl keeps it."""
    path = from_qgc(to_qgc(good, good.sorties[0]))
    assert check_path(path).violations == ()
    return path
