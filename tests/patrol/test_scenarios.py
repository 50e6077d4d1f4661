"""Scripted worlds: from a seed, on the streets that are flown, in time to be seen."""

from pathlib import Path

import pytest

from geo import distance_to_polyline_m
from missions import Plan
from missions.hardware import load_airframe
from missions.scenario import ScriptedIncident
from patrol.run.prepare import prepare
from patrol.scenarios import scenario_for


@pytest.fixture(scope="module")
def plan() -> Plan:
    example = Path(__file__).resolve().parents[2] / "missions" / "examples" / "gaoxin-avenue" / "mission.yaml"
    return prepare(example, iterations=100).plan


def incident(plan: Plan, seed: int) -> ScriptedIncident:
    return scenario_for(plan, load_airframe(plan.airframe), seed).incidents[0]


def test_the_same_seed_gives_the_same_world_and_another_seed_another(plan: Plan) -> None:
    airframe = load_airframe(plan.airframe)
    assert scenario_for(plan, airframe, 7) == scenario_for(plan, airframe, 7)
    assert len({incident(plan, seed).position for seed in range(20)}) == 20


@pytest.mark.parametrize("seed", range(20))
def test_it_happens_on_a_street_that_is_flown_before_the_flight_ends(plan: Plan, seed: int) -> None:
    from geo import LocalFrame

    happening = incident(plan, seed)
    frame = LocalFrame(lat_deg=plan.dock.lat_deg, lon_deg=plan.dock.lon_deg)
    here = frame.geodetic_to_enu(happening.position.lat_deg, happening.position.lon_deg)[0, :2]
    lines = [
        frame.geodetic_to_enu([p.lat_deg for p in s.centreline], [p.lon_deg for p in s.centreline])[:, :2]
        for s in plan.stretches
    ]
    assert min(distance_to_polyline_m(line, here) for line in lines) < 3.0
    assert 1.0 <= happening.start_s < plan.estimate.time_s
