"""A fleet over hills that are there: San Francisco's Telegraph Hill as USGS measured it, and a city's benchmark."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.planner.city import patrolled
from benchmarks.planner.networks import Network
from missions import FleetPlan
from missions.mission import Mission
from missions.terrain import Terrain, load_terrain
from planner import Effort, check_fleet, plan_fleet
from planner.coverage import coverage_of
from planner.ground import Ground
from planner.profile import waypoints_enu_m
from tests.planner.hills import grid_over

BOUNDS = (37.7908, -122.4083, 37.7983, -122.4037)
CLEARANCE_M = 30.0
DOCKS = {"north": (37.7979, -122.4065), "south": (37.7912, -122.4050), "west": (37.7945, -122.4082)}
ZONES = {"school": (37.7925, -122.4070), "tower": (37.7962, -122.4048)}
HALF_DEG = 0.0003


def _mission(goal: str) -> Mission:
    corners = {name: [(lat + a * HALF_DEG, lon + b * HALF_DEG) for a, b in ((-1, -1), (-1, 1), (1, 1), (1, -1))]
               for name, (lat, lon) in ZONES.items()}  # fmt: skip
    return Mission.model_validate(
        {
            "name": "Telegraph Hill",
            "roads": {"file": "grid.geojson"},
            "docks": [{"id": name, "lat": lat, "lon": lon} for name, (lat, lon) in DOCKS.items()],
            "fleet": [
                {"vehicle_id": f"uav-{number}", "system_id": number, "dock": dock}
                for number, dock in enumerate([*DOCKS, *DOCKS], start=1)
            ],
            "no_fly": [
                {"id": name, "corners": [{"lat": lat, "lon": lon} for lat, lon in places]}
                for name, places in corners.items()
            ],
            "terrain": {"file": "elevation1.tif", "clearance_m": CLEARANCE_M},
            "flight": {"height_m": 60, "goal": goal, "wind": {"speed_m_s": 5, "from_deg": 270}, "reserve_pct": 70},
        }
    )


@pytest.fixture(scope="module")
def hill(shared_data: Path) -> Terrain:
    path = shared_data / "roads" / "elevation" / "elevation1.tif"
    return load_terrain(path, bounds_deg=(37.790, -122.409, 37.800, -122.403))


def _least_clear_m(fleet: FleetPlan, terrain: Terrain) -> float:
    """Every metre of every leg against the highest ground near by."""
    least = np.inf
    for plan, sortie in fleet.sorties:
        ground = Ground.at_dock(terrain, plan.dock)
        points = waypoints_enu_m(plan.dock, sortie.waypoints, takeoff_height_m=sortie.takeoff_height_m)
        for start, end in itertools.pairwise(points):
            share = np.linspace(0.0, 1.0, max(2, int(np.linalg.norm(end - start))))[:, None]
            along = start + share * (end - start)
            least = min(least, float(np.min(along[:, 2] - ground.surface_m(along[:, :2]))))
    return least


@pytest.mark.shared
@pytest.mark.parametrize("goal", ["flight_time", "makespan"])
def test_six_aircraft_from_three_docks_patrol_a_real_hill_round_two_zones_in_the_wind(hill: Terrain, goal: str) -> None:
    network = grid_over(BOUNDS, rows=6, columns=4)
    made = plan_fleet(_mission(goal), "hash", network, Effort(iterations=400), terrain=hill)
    assert check_fleet(made, hill) == ()
    assert len({plan.dock for plan in made.plans}) == 3 or goal == "flight_time"
    assert {zone.zone_id for plan in made.plans for zone in plan.keep_out} == set(ZONES)
    docks_m = [dock.amsl_m for dock in made.docks]
    assert max(docks_m) - min(docks_m) > 10.0
    assert _least_clear_m(made, hill) >= CLEARANCE_M
    seen = coverage_of(made, hill).total
    assert seen.seen_m > 0.9 * seen.required_m
    assert set(seen.reasons) <= {"no_fly", "too_few_pixels", "outside_footprint"}


def test_the_benchmark_of_a_city_gives_a_sound_plan_over_its_hills() -> None:
    rows, columns = 5, 5
    nodes = np.array([[250.0 * column, 250.0 * row] for row in range(rows) for column in range(columns)])
    edges = [(n, n + 1) for n in range(rows * columns) if (n + 1) % columns]
    edges += [(n, n + columns) for n in range(columns * (rows - 1))]
    network = Network(name="grid", ids=tuple(map(str, range(len(nodes)))), nodes_m=nodes, edges=tuple(edges))
    found: Any = patrolled(network, goal="makespan", seconds=1.0)
    assert found.violations == 0
    assert found.aircraft > 3
    assert found.seen_share > 0.85
