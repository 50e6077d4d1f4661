"""Zones and obstacles over hills, and flights of other programs held against the ground."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions import Altitude, AltitudeReference, Plan, PlanningError, Zone, ZoneRule
from missions.flight_path import FlightPath, path_of
from missions.terrain import Terrain
from missions.zones.of_mission import NoFlyZones
from planner import Effort, check_plan, plan_mission
from planner.check_path import check_path
from planner.path_case import PathLimits
from tests.planner.hills import ground_of, mission_over_terrain
from tests.planner.in_metres import Mast, points_of, square_of, with_masts

AGL, AMSL, HOME = AltitudeReference.TERRAIN, AltitudeReference.AMSL, AltitudeReference.HOME
STREET = [[(100.0, 0.0), (500.0, 0.0)]]
RIDGE = ground_of(lambda east, _north: 20.0 + 80.0 * np.clip((east - 150.0) / 100.0, 0.0, 1.0))
"""20 m above the sea at the dock, 100 m from 250 m east on."""


def _zone(lower: Altitude | None, *, east_m: float = 300.0, half_m: float = 40.0) -> Zone:
    return Zone(zone_id="z", rule=ZoneRule.KEEP_OUT, corners=points_of(square_of((east_m, 0.0), half_m)), lower=lower)


def _plan(network: Any, terrain: Terrain, *, zones: Sequence[Zone] = (), mast_top_m: float | None = None) -> Plan:
    masts = [] if mast_top_m is None else [(300.0, 0.0, 20.0, mast_top_m)]
    mission = with_masts(mission_over_terrain(height_m=60.0), masts)
    no_fly = NoFlyZones(zones=tuple(zones))
    return plan_mission(mission, "h", network(STREET), Effort(iterations=20), no_fly=no_fly, terrain=terrain)


@pytest.mark.parametrize(
    ("lower", "hinders"),
    [
        (Altitude(metres=151.0, above=AGL), False),  # legs are 120 m above ground at most, and 30 m are kept
        (Altitude(metres=100.0, above=AGL), True),
        (Altitude(metres=100.0, above=HOME), True),  # lower than the ridge and 60 m
        (Altitude(metres=172.0, above=HOME), False),
        (Altitude(metres=185.0, above=AMSL), True),
        (Altitude(metres=192.0, above=AMSL), False),  # the terrain says how high the dock lies
        (None, True),
    ],
)
def test_a_zone_over_a_ridge_is_flown_under_where_the_flight_over_the_ridge_is_lower(
    network: Any, lower: Altitude | None, hinders: bool
) -> None:
    zone = _zone(lower)
    made = _plan(network, RIDGE, zones=[zone])
    assert bool(made.keep_out) is hinders
    assert any(note.startswith("flown under: z (") for note in made.notes) is not hinders
    for flight in (path_of(made, sortie) for sortie in made.sorties):
        limits = PathLimits(keep_out=(zone,))
        assert check_path(replace(flight, zones=()), limits, RIDGE).violations == ()


def test_without_the_ridge_the_same_zone_is_flown_under(network: Any) -> None:
    assert not _plan(network, ground_of(lambda east, _north: 20.0 + 0 * east), zones=[_zone(_home(100.0))]).keep_out


def _home(metres: float) -> Altitude:
    return Altitude(metres=metres, above=HOME)


def test_an_obstacle_is_flown_over_on_the_ground_it_stands_on(network: Any) -> None:
    made = _plan(network, RIDGE, mast_top_m=50.0)
    assert made.keep_out == ()
    assert "obstacles flown over, with 10 m or more between: 1" in made.notes
    assert check_plan(made, RIDGE) == ()
    higher = replace(made.obstacles[0], top=Altitude(metres=64.0, above=AGL))
    violations = check_plan(replace(made, obstacles=(higher,)), RIDGE)
    assert {violation.rule for violation in violations} == {"obstacle"}
    assert "its top is at 144 m" in violations[0].text


def test_service_below_the_height_asked_for_rises_over_a_mast(network: Any) -> None:
    """It may be lower than asked by a tenth, but not there."""
    wavy = ground_of(lambda east, _north: 5.0 * np.sin(east / 40.0))
    assert check_plan(_plan(network, wavy, mast_top_m=50.0), wavy) == ()


def test_an_obstacle_higher_than_the_flight_is_flown_round(network: Any) -> None:
    made = _plan(network, RIDGE, mast_top_m=51.0)
    assert [zone.zone_id for zone in made.keep_out] == ["obstacle m0"]
    assert check_plan(made, RIDGE) == ()


def _rules(flight: FlightPath, terrain: Terrain | None) -> set[str]:
    return {violation.rule for violation in check_path(flight, PathLimits(), terrain).violations}


@pytest.fixture
def level(plan: Any) -> FlightPath:
    """A flight at 60 m above home, whatever the ground."""
    made: Plan = plan(STREET, height_m=60.0)
    return path_of(made, made.sorties[0])


def test_a_flight_of_another_program_into_a_hill_is_named(level: FlightPath) -> None:
    assert _rules(level, None) == set()
    assert _rules(level, ground_of(lambda east, _north: 0 * east)) == set()
    found = check_path(level, PathLimits(), RIDGE).violations
    assert {violation.rule for violation in found} == {"terrain"}
    assert found[0].size == pytest.approx(22.0, abs=0.1)  # 20 m under the top of the ridge, 2 m are kept
    assert "the way there comes to -20.0 m above the terrain" in found[0].text


def test_a_flight_over_a_valley_is_too_high_above_ground_between_its_items(level: FlightPath) -> None:
    gorge = ground_of(lambda east, _north: np.where(np.abs(east - 300.0) < 50.0, -80.0, 0.0))
    found = check_path(level, PathLimits(), gorge).violations
    assert {violation.rule for violation in found} == {"altitude"}
    assert found[0].size == pytest.approx(20.0, abs=0.1)


def test_heights_above_the_terrain_follow_it(level: FlightPath) -> None:
    items = tuple(replace(item, frame=10) if item.command == 16 else item for item in level.items)
    following = replace(level, items=items)
    findings = check_path(following, PathLimits(), RIDGE)
    assert findings.violations == ()
    assert not any("elevation model" in note for note in findings.notes)
    zone = _zone(Altitude(metres=165.0, above=HOME))
    assert {v.rule for v in check_path(following, PathLimits(keep_out=(zone,)), RIDGE).violations} == {"keep_out"}


def test_heights_above_the_sea_are_judged_by_the_terrain_where_the_file_does_not_say_how_high_home_is(
    level: FlightPath,
) -> None:
    items = tuple(
        replace(item, frame=0, params=(*item.params[:6], 80.0)) if item.command == 16 else item for item in level.items
    )
    above_sea = replace(level, items=items, home_amsl_m=None)
    assert _rules(above_sea, None) == {"datum"}
    assert _rules(above_sea, ground_of(lambda east, _north: 20.0 + 0 * east)) == set()


def test_terrain_that_does_not_know_home_is_said(level: FlightPath) -> None:
    hole = ground_of(lambda east, north: np.where(np.hypot(east, north) < 60.0, np.nan, 0.0))
    (found,) = check_path(level, PathLimits(), hole).violations
    assert found.rule == "terrain"
    assert "knows no height at the dock" in found.text


_MAST = st.tuples(st.floats(-400, 400), st.floats(-400, 400), st.floats(2, 25), st.floats(20, 150))


@settings(max_examples=12, deadline=None)
@given(masts=st.lists(_MAST, max_size=8), relief_m=st.floats(0, 40))
def test_any_masts_on_any_hills_give_a_plan_that_passes_its_check_or_a_reason(
    network: Any, blocks: Any, masts: list[Mast], relief_m: float
) -> None:
    hills = ground_of(lambda east, north: relief_m * np.sin(east / 90.0) * np.cos(north / 70.0))
    asked = with_masts(mission_over_terrain(height_m=60.0), masts)
    try:
        made = plan_mission(asked, "h", network(blocks), Effort(iterations=5), terrain=hills)
    except PlanningError as exc:
        reason = str(exc)
    else:
        assert check_plan(made, hills) == ()
        return
    assert "breaks a rule" not in reason
