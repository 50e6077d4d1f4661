"""Which zones and obstacles stand in a patrol's way, and what is said of the others."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

from missions import (
    Altitude,
    AltitudeReference,
    GeoPoint,
    Obstacle,
    Plan,
    PlanningError,
    Zone,
    ZoneRule,
)
from missions.zones import circle
from missions.zones.of_mission import NoFlyZones
from planner import Effort, check_plan, plan_mission
from planner.profile import waypoints_enu_m
from tests.planner.in_metres import (
    DOCK,
    FRAME,
    Mast,
    changed,
    mission_of,
    network_of,
    place_of,
    points_of,
    square_of,
    with_masts,
)

STREET = [[(100.0, 0.0), (500.0, 0.0)]]
AGL, AMSL, HOME = AltitudeReference.TERRAIN, AltitudeReference.AMSL, AltitudeReference.HOME


def _zone(east_m: float, north_m: float, half_m: float, *, lower: Altitude | None = None, name: str = "z") -> Zone:
    corners = points_of(square_of((east_m, north_m), half_m))
    return Zone(zone_id=name, rule=ZoneRule.KEEP_OUT, corners=corners, lower=lower)


def planned(
    zones: Sequence[Zone] = (), masts: Sequence[Mast] = (), lines: Any = STREET, dock: Any = DOCK, **flight: Any
) -> Plan:
    """A plan over lines, with zones as a file would give them and obstacles as the mission lists them."""
    asked = with_masts(changed(mission_of(**{"height_m": 60.0} | flight), dock=dock), masts)
    no_fly = NoFlyZones(zones=tuple(zones))
    return plan_mission(asked, "hash", network_of(lines), Effort(iterations=20), no_fly=no_fly)


@pytest.mark.parametrize(
    ("lower", "hinders"),
    [
        (None, True),
        (Altitude(metres=0.0, above=AGL), True),
        (Altitude(metres=89.0, above=AGL), True),  # flown at 60 m, 30 m are kept
        (Altitude(metres=90.0, above=AGL), False),
        (Altitude(metres=500.0, above=AGL), False),
        (Altitude(metres=90.0, above=HOME), False),
        (Altitude(metres=119.0, above=AMSL), True),  # the dock lies 30 m above the sea
        (Altitude(metres=120.0, above=AMSL), False),
    ],
)
def test_a_zone_wholly_above_the_flight_is_flown_under_and_said(lower: Altitude | None, hinders: bool) -> None:
    made: Plan = planned([_zone(300, 0, 50, lower=lower)])
    assert bool(made.keep_out) is hinders
    assert any("flown under" in note for note in made.notes) is not hinders
    assert any("in a no-fly zone" in note for note in made.notes) is hinders


def test_a_height_above_the_sea_hinders_where_the_dock_does_not_say_how_high_it_lies() -> None:
    zone = _zone(300, 0, 50, lower=Altitude(metres=3000.0, above=AMSL))
    dock = {key: value for key, value in DOCK.items() if key != "amsl_m"}
    assert planned([zone], dock=dock).keep_out
    assert not planned([zone]).keep_out


def test_zones_far_from_the_roads_are_left_out_and_counted() -> None:
    zones = [
        _zone(5400, 0, 50, name="near"),
        _zone(6000, 0, 50, name="far"),
        Zone(
            zone_id="other continent",
            rule=ZoneRule.KEEP_OUT,
            corners=circle(GeoPoint(lat_deg=-30.5, lon_deg=-65.6), 9e5),
        ),
    ]
    made: Plan = planned(zones)
    assert [zone.zone_id for zone in made.keep_out] == ["near"]
    assert "no-fly zones left out, more than 5 km from the roads: 2" in made.notes


def test_a_way_round_that_leads_into_a_zone_that_was_left_out_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wall between dock and road that ends outside the reach, where other zones stand."""
    monkeypatch.setattr("planner.hindrances.REACH_M", 500.0)
    ring = [(200, -700), (260, -700), (260, 700), (200, 700)]
    wall = Zone(zone_id="wall", rule=ZoneRule.KEEP_OUT, corners=tuple(place_of(*corner) for corner in ring))
    beyond = [_zone(230, 1000, 290, name="north"), _zone(230, -1000, 290, name="south")]
    lines = [[(400.0, 0.0), (500.0, 0.0)]]
    assert [zone.zone_id for zone in planned([wall], lines=lines).keep_out] == ["wall"]
    with pytest.raises(PlanningError, match=r"leads 5 km and more from the roads, into zone (north|south)"):
        planned([wall, *beyond], lines=lines)


def test_three_concentric_circles_fit_the_autopilot_as_one() -> None:
    middle = place_of(300, 900)
    zones = [
        Zone(zone_id=f"r{radius}", rule=ZoneRule.KEEP_OUT, corners=circle(middle, float(radius)))
        for radius in (200, 400, 600)
    ]
    made: Plan = planned(zones)
    assert [(zone.zone_id, len(zone.corners)) for zone in made.keep_out] == [("r600", 36)]
    assert check_plan(made) == ()


def test_an_obstacle_that_reaches_the_flight_is_flown_round() -> None:
    made: Plan = planned(masts=[(300, 0, 15, 90)])
    (zone,) = made.keep_out
    assert (zone.zone_id, len(zone.corners)) == ("obstacle m0", 8)
    flown = LineString(waypoints_enu_m(made.dock, made.sorties[0].waypoints, takeoff_height_m=60.0)[:, :2])
    assert flown.distance(Point(300, 0)) > 15.0
    assert made.obstacles[0].top == Altitude(metres=90.0, above=AGL)
    assert check_plan(made) == ()


@pytest.mark.parametrize(("top_agl_m", "hinders"), [(50.0, False), (50.1, True), (400.0, True)])
def test_an_obstacle_under_the_clearance_is_flown_over_and_said(top_agl_m: float, hinders: bool) -> None:
    made: Plan = planned(masts=[(300, 0, 15, top_agl_m)])
    assert bool(made.keep_out) is hinders
    assert ("obstacles flown over on level ground, with 10 m or more between: 1" in made.notes) is not hinders
    assert len(made.obstacles) == 1
    assert check_plan(made) == ()


def test_no_rally_point_is_on_an_obstacle_that_is_flown_over() -> None:
    made: Plan = planned(masts=[(500, 0, 15, 20)])
    places = [FRAME.geodetic_to_enu(p.lat_deg, p.lon_deg)[0, :2] for p in made.rally]
    assert all(np.linalg.norm(place - [500, 0]) > 15 for place in places)


def test_a_dock_beside_a_low_mast_is_refused() -> None:
    with pytest.raises(PlanningError, match="the dock is within 15 m of obstacle m0"):
        planned(masts=[(5, 5, 15, 3)])


def _with_obstacle(made: Plan, **changes: Any) -> Plan:
    crane = Obstacle(
        obstacle_id="crane", position=place_of(300, 0), radius_m=20.0, top=Altitude(metres=55.0, above=AGL)
    )
    return replace(made, obstacles=(replace(crane, **changes),), obstacle_clearance_m=10.0)


def test_the_check_names_a_leg_over_a_crane_with_place_and_metres() -> None:
    found, back = check_plan(_with_obstacle(planned(), position=place_of(300, 8)))
    assert back.rule == "obstacle"  # the way back is the same
    assert (found.rule, found.sortie_id, found.unit) == ("obstacle", "sortie-1", "m")
    assert found.size == pytest.approx(12.0, abs=0.5)
    assert found.place is not None
    assert found.place.distance_m(place_of(300, 0)) < 2.0
    assert "at 60 m, within its radius of 20 m; its top is at 55 m, 10 m are kept above it" in found.text


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"top": Altitude(metres=50.0, above=AGL)}, set()),
        ({"top": Altitude(metres=80.0, above=AMSL)}, set()),  # the dock lies 30 m above the sea
        ({"top": Altitude(metres=80.1, above=AMSL)}, {"obstacle"}),
        ({"position": place_of(300, 25)}, set()),
        ({"position": place_of(0, 15), "top": Altitude(metres=2.0, above=AGL)}, {"obstacle"}),  # over the dock
        ({"radius_m": float("nan")}, {"finite"}),
        ({"top": Altitude(metres=float("inf"), above=AGL)}, {"finite"}),
    ],
)
def test_the_check_compares_heights_of_one_datum(changes: dict[str, Any], rules: set[str]) -> None:
    assert {found.rule for found in check_plan(_with_obstacle(planned(), **changes))} == rules


def test_a_climbing_leg_is_as_high_as_it_is_over_the_obstacle() -> None:
    made: Plan = planned()
    (sortie,) = made.sorties
    low, high = Altitude(metres=30.0, above=HOME), Altitude(metres=60.0, above=HOME)
    first, *rest = sortie.waypoints
    climbing = replace(sortie, takeoff_height_m=30.0, waypoints=(replace(first, altitude=low), *rest))
    assert all(waypoint.altitude == high for waypoint in rest)
    low_crane = {"top": Altitude(metres=25.0, above=AGL)}
    near, far = (
        _with_obstacle(replace(made, sorties=(climbing,)), position=place_of(east_m, 0), **low_crane)
        for east_m in (150, 450)
    )
    rules = [{found.rule for found in check_plan(asked)} for asked in (near, far)]
    assert "obstacle" in rules[0]
    assert "obstacle" not in rules[1]


@given(
    masts=st.lists(
        st.tuples(st.floats(-400, 400), st.floats(-400, 400), st.floats(2, 25), st.floats(20, 150)), max_size=14
    )
)
@settings(max_examples=15, deadline=None)
def test_any_masts_give_a_plan_that_passes_its_check_or_a_reason(blocks: Any, masts: list[Mast]) -> None:
    try:
        made = plan_mission(
            with_masts(mission_of(height_m=60.0), masts), "hash", network_of(blocks), Effort(iterations=10)
        )
    except PlanningError as exc:
        reason = str(exc)
    else:
        _assert_clear(made, masts)
        return
    assert "breaks a rule" not in reason
    assert any(word in reason for word in ("dock", "no-fly", "obstacle"))


def _assert_clear(made: Plan, masts: Sequence[Mast]) -> None:
    assert check_plan(made) == ()
    flown = [
        waypoints_enu_m(made.dock, sortie.waypoints, takeoff_height_m=sortie.takeoff_height_m)
        for sortie in made.sorties
    ]
    for east, north, radius, top in masts:
        if top > 50:
            assert all(LineString(line[:, :2]).distance(Point(east, north)) > radius for line in flown)


def test_no_road_is_lost_to_a_zone_made_simpler_for_the_autopilot() -> None:
    """A zone of 92 corners with a bay in which a road ends."""
    angles = np.linspace(0.25, 2 * np.pi - 0.25, 90)
    rim = [place_of(700 + 250 * -float(np.cos(angle)), 250 * float(np.sin(angle))) for angle in angles]
    bay = Zone(zone_id="bay", rule=ZoneRule.KEEP_OUT, corners=(*rim, place_of(650, -40), place_of(650, 40)))
    made: Plan = planned([bay], lines=[[(100.0, 0.0), (630.0, 0.0)]])
    assert len(made.keep_out[0].corners) == 54
    assert sum(stretch.length_m for stretch in made.stretches) == pytest.approx(530.0, abs=0.5)
    assert not any("lie in a no-fly zone" in note for note in made.notes)
    assert any("keep-out zone bay was enlarged" in note for note in made.notes)
    assert check_plan(made) == ()


def test_zones_outside_the_fence_go_where_there_is_no_room_for_them() -> None:
    middles = [(east, north) for east in range(-3000, 3001, 1500) for north in (-2500, -1500, 1500, 2500)]
    zones = [_zone(300, 40, 15, name="beside")]
    zones += [_zone(*middle, 200, name=f"{middle}") for middle in middles]
    made: Plan = planned(zones)
    assert "beside" in {zone.zone_id for zone in made.keep_out}
    assert sum(len(zone.corners) for zone in made.keep_out) <= 54
    assert check_plan(made) == ()
