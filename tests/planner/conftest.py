"""Roads and missions made in the planning frame, so that a test states metres."""

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geo import LocalFrame
from missions import Plan
from missions.flight_path import FlightPath
from missions.formats.qgc_plan import to_qgc
from missions.formats.qgc_reader import from_qgc
from missions.mission import Mission
from missions.roads import Road, RoadNetwork
from patrol.mission_roads import load_mission_roads
from patrol.planned import planned
from planner import check_plan, plan_mission
from planner.check_path import check_path

DOCK = {"lat": 30.5, "lon": 114.4, "amsl_m": 30.0}
FRAME = LocalFrame(lat_deg=30.5, lon_deg=114.4)

Places = Sequence[tuple[float, float]]
MakeNetwork = Callable[..., RoadNetwork]
MakeMission = Callable[..., Mission]
MakePlan = Callable[..., Plan]


def _network(lines: Sequence[Places], names: Sequence[str] = ()) -> RoadNetwork:
    roads = []
    for number, line in enumerate(lines):
        geodetic = FRAME.enu_to_geodetic(np.array(line, float))[:, :2]
        name = names[number] if number < len(names) else ""
        ids = tuple(f"{east:.2f},{north:.2f}" for east, north in line)
        roads.append(
            Road(
                road_id=f"r{number}",
                name=name,
                road_class="residential",
                oneway=False,
                lanes=2,
                node_ids=ids,
                lat_lon_deg=geodetic,
            )
        )
    return RoadNetwork(roads=tuple(roads), source="test.geojson")


def _mission(zones: Sequence[Places] = (), watch: dict[str, Any] | None = None, **flight: Any) -> Mission:
    no_fly = []
    for number, zone in enumerate(zones):
        corners = FRAME.enu_to_geodetic(np.array(zone, float))
        no_fly.append({"id": f"z{number}", "corners": [{"lat": lat, "lon": lon} for lat, lon, _ in corners]})
    airframe = flight.pop("airframe", "quad-5kg")
    return Mission.model_validate(
        {
            "name": "Test",
            "roads": {"file": "test.geojson"},
            "dock": DOCK,
            "aircraft": {"airframe": airframe},
            "flight": flight,
            "no_fly": no_fly,
            "watch": watch or {},
        }
    )


@pytest.fixture(scope="session")
def network() -> MakeNetwork:
    """Roads of ENU polylines in metres from the dock; equal places are junctions."""
    return _network


@pytest.fixture(scope="session")
def mission() -> MakeMission:
    """A mission with the dock at the origin and no-fly zones in ENU metres; the rest are fields of `flight`."""
    return _mission


@pytest.fixture(scope="session")
def plan() -> MakePlan:
    """A plan over ENU polylines, made with few iterations."""

    def make(lines: Sequence[Places], *, seed: int = 0, iterations: int = 100, **settings: Any) -> Plan:
        names = settings.pop("names", ())
        return plan_mission(_mission(**settings), "hash", _network(lines, names), seed=seed, iterations=iterations)

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
    made = planned(roads.loaded, roads.kept, seed=0, seconds=1.0, iterations=50)
    assert check_plan(made) == ()
    return made


@pytest.fixture(scope="module")
def flight(good: Plan) -> FlightPath:
    """The same flight as QGroundControl keeps it."""
    path = from_qgc(to_qgc(good, good.sorties[0]))
    assert check_path(path).violations == ()
    return path
