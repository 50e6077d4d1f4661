"""One violation of each kind, put into a good plan of the example mission: that rule is named, there, and no other."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from shapely import Polygon, box

from geo import LocalFrame
from missions import Altitude, AltitudeReference, GeoPoint, InputError, LegKind, Plan, Zone, ZoneRule
from missions.flight_path import Circle, FlightPath, RallyPoint, paths_of
from missions.formats import mav_commands as mav
from missions.formats.qgc_plan import path_to_qgc, to_qgc
from missions.formats.qgc_reader import from_qgc
from missions.formats.stored_item import StoredItem
from missions.hardware import load_airframe
from patrol.foreign_check import check_foreign
from patrol.mission_roads import load_mission_roads
from patrol.planned import planned
from planner import check_plan
from planner.check_path import check_path
from planner.energy import Wind, watt_hours
from planner.path_case import PathLimits
from planner.profile import fly_sortie, wanted_speeds_m_s, waypoints_enu_m
from tests.missions.generated_plans import plans
from tests.missions.ruins import ruins

HOME = AltitudeReference.HOME


@dataclass(frozen=True)
class Seed:
    """A damaged plan, the rule it breaks and where."""

    plan: Any
    rule: str
    place: GeoPoint | None = None
    within_m: float = 0.5
    limits: PathLimits | None = None


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


# What seeds are made with


def _frame(plan: Plan) -> LocalFrame:
    return LocalFrame(lat_deg=plan.dock.lat_deg, lon_deg=plan.dock.lon_deg)


def _enu(plan: Plan, points: Any) -> Any:
    return _frame(plan).geodetic_to_enu([p.lat_deg for p in points], [p.lon_deg for p in points])[:, :2]


def _geo(plan: Plan, places: Any) -> tuple[GeoPoint, ...]:
    rows = _frame(plan).enu_to_geodetic(np.atleast_2d(np.asarray(places, float)))
    return tuple(GeoPoint(lat_deg=float(lat), lon_deg=float(lon)) for lat, lon, _ in rows)


def _moved(plan: Plan, point: GeoPoint, east_m: float, north_m: float) -> GeoPoint:
    return _geo(plan, _enu(plan, [point])[0] + [east_m, north_m])[0]


def _legs(plan: Plan) -> Any:
    """The (N, 2, 2) legs of the first sortie that end at its waypoints."""
    places = np.vstack([[[0.0, 0.0]], _enu(plan, [w.position for w in plan.sorties[0].waypoints])])
    return np.stack([places[:-1], places[1:]], axis=1)


def _longest(plan: Plan) -> tuple[int, Any]:
    """The longest leg and its middle."""
    legs = _legs(plan)
    index = int(np.argmax(np.linalg.norm(legs[:, 1] - legs[:, 0], axis=1)))
    return index, legs[index].mean(axis=0)


def _slot_across(plan: Plan) -> tuple[Any, Polygon]:
    """The middle of a leg at the patrol's edge, and a slot 4 m wide from 1 m inside it outwards over no other leg."""
    legs = _legs(plan)
    lines = shapely.linestrings(legs)
    for (start, end), line in zip(legs, lines, strict=True):
        middle, along = (start + end) / 2, (end - start) / max(np.linalg.norm(end - start), 1e-9)
        others = shapely.multilinestrings([other for other in lines if other.hausdorff_distance(line) > 1e-6])
        for side in (1.0, -1.0):
            out = np.array([-along[1], along[0]]) * side
            corners = [middle - out - 2 * along, middle - out + 2 * along, middle + 5000 * out + 2 * along]
            slot = Polygon([*corners, middle + 5000 * out - 2 * along])
            if line.length > 30 and not slot.intersects(others):
                return middle, slot
    raise AssertionError("no leg lies at the edge")


def _notched(plan: Plan, slot: Polygon) -> Zone:
    """The fence with a slot cut into it."""
    cut = Polygon(_enu(plan, plan.fence.corners)).difference(slot)
    whole = max(shapely.get_parts(cut), key=lambda part: part.area)
    return replace(plan.fence, corners=_geo(plan, whole.exterior.coords[:-1]))


def _square(plan: Plan, place: Any, half_m: float, zone_id: str = "new") -> Zone:
    east, north = place
    corners = [(east - half_m, north - half_m), (east + half_m, north - half_m), (east + half_m, north + half_m),
               (east - half_m, north + half_m)]  # fmt: skip
    return Zone(zone_id=zone_id, rule=ZoneRule.KEEP_OUT, corners=_geo(plan, corners))


def _bow_tie(plan: Plan) -> Zone:
    zone = _square(plan, (4000.0, 4000.0), 30.0)
    return replace(zone, corners=tuple(zone.corners[k] for k in (0, 2, 1, 3)))


def _with_sortie(plan: Plan, **changes: Any) -> Plan:
    return replace(plan, sorties=(replace(plan.sorties[0], **changes), *plan.sorties[1:]))


def _with_waypoint(plan: Plan, index: int, **changes: Any) -> Plan:
    waypoints = list(plan.sorties[0].waypoints)
    waypoints[index] = replace(waypoints[index], **changes)
    return _with_sortie(plan, waypoints=tuple(waypoints))


def _honest(plan: Plan) -> Plan:
    """The plan with the estimates its waypoints now take, so that nothing but the seed is wrong."""
    sortie, airframe = plan.sorties[0], load_airframe(plan.airframe)
    cost = fly_sortie(
        waypoints_enu_m(plan.dock, sortie.waypoints, takeoff_height_m=sortie.takeoff_height_m),
        wanted_speeds_m_s(sortie.waypoints),
        airframe,
        Wind.blowing_from(plan.wind_from_deg, speed_m_s=plan.wind_m_s),
        takeoff_height_m=sortie.takeoff_height_m,
    )
    said = replace(sortie.estimate, distance_m=cost.distance_m, time_s=cost.time_s, energy_wh=watt_hours(cost.energy_j))
    return _with_sortie(plan, estimate=said)


# Plans of ours


def _fence(plan: Plan) -> Seed:
    middle, slot = _slot_across(plan)
    return Seed(replace(plan, fence=_notched(plan, slot)), "fence", _geo(plan, middle)[0])


def _dock_outside(plan: Plan) -> Seed:
    return Seed(replace(plan, fence=_notched(plan, box(-2, -5000, 2, 1))), "fence", plan.dock)


def _keep_out(plan: Plan) -> Seed:
    _, middle = _longest(plan)
    return Seed(replace(plan, keep_out=(_square(plan, middle, 5.0),)), "keep_out", _geo(plan, middle)[0])


def _altitude(plan: Plan) -> Seed:
    index, _ = _longest(plan)
    high = Altitude(metres=plan.altitude_cap_m + 1.0, above=HOME)
    place = plan.sorties[0].waypoints[index].position
    return Seed(_honest(_with_waypoint(plan, index, altitude=high)), "altitude", place)


def _takeoff_height(plan: Plan) -> Seed:
    return Seed(_honest(_with_sortie(plan, takeoff_height_m=plan.altitude_cap_m + 5.0)), "altitude", plan.dock)


def _datum(plan: Plan) -> Seed:
    first = plan.sorties[0].waypoints[2]
    other = Altitude(metres=first.altitude.metres, above=AltitudeReference.AMSL)
    return Seed(_with_waypoint(plan, 2, altitude=other), "datum", first.position)


def _capacity(plan: Plan) -> Seed:
    """Waypoints again and again at their places, which takes no time."""
    waypoints = plan.sorties[0].waypoints
    often = 650 // len(waypoints) + 1
    return Seed(_with_sortie(plan, waypoints=tuple(w for w in waypoints for _ in range(often))), "items")


def _rally(plan: Plan) -> Seed:
    away = _geo(plan, (0.0, 9000.0))[0]
    return Seed(replace(plan, rally=(*plan.rally, away)), "rally", away)


def _speed(plan: Plan) -> Seed:
    index, _ = _longest(plan)
    fast = load_airframe(plan.airframe).max_airspeed_m_s + 1.0
    place = plan.sorties[0].waypoints[index].position
    return Seed(_honest(_with_waypoint(plan, index, speed_m_s=fast)), "speed", place)


def _energy(plan: Plan) -> Seed:
    return Seed(replace(plan, reserve_pct=95.0), "energy", plan.dock)


def _wind(plan: Plan) -> Seed:
    return Seed(replace(plan, wind_m_s=load_airframe(plan.airframe).max_wind_m_s + 1.0), "wind", plan.dock)


def _coverage(plan: Plan) -> Seed:
    sortie = plan.sorties[0]
    left_out = next(stretch for stretch in plan.stretches if stretch.stretch_id in sortie.stretch_ids)
    waypoints = tuple(
        replace(w, leg=LegKind.DEADHEAD, stretch_id=None) if w.stretch_id == left_out.stretch_id else w
        for w in sortie.waypoints
    )
    return Seed(_with_sortie(plan, waypoints=waypoints), "coverage", left_out.centreline[0])


def _estimate(plan: Plan) -> Seed:
    said = replace(plan.sorties[0].estimate, time_s=plan.sorties[0].estimate.time_s * 0.9)
    return Seed(_with_sortie(plan, estimate=said), "estimate", plan.dock)


def _finite(plan: Plan) -> Seed:
    return Seed(_with_waypoint(plan, 1, speed_m_s=float("nan")), "finite")


def _zone(plan: Plan) -> Seed:
    tie = _bow_tie(plan)
    return Seed(replace(plan, keep_out=(tie,)), "zone", tie.corners[0])


OURS: tuple[Callable[[Plan], Seed], ...] = (
    _fence, _dock_outside, _keep_out, _altitude, _takeoff_height, _datum, _capacity, _rally, _speed, _energy, _wind,
    _coverage, _estimate, _finite, _zone,
)  # fmt: skip


@pytest.mark.parametrize("seed", OURS, ids=lambda seed: seed.__name__.strip("_"))
def test_a_seed_in_a_plan_of_ours_is_named_and_nothing_else(good: Plan, seed: Callable[[Plan], Seed]) -> None:
    case = seed(good)
    _assert_named(check_plan(case.plan), case)


def _assert_named(violations: Any, case: Seed) -> None:
    assert {violation.rule for violation in violations} == {case.rule}, violations
    assert all(violation.text for violation in violations)
    if case.place is not None:
        near = [v for v in violations if v.place and v.place.distance_m(case.place) <= case.within_m]
        assert near, (case.place, violations)


# Flights of other programs


def _waypoint_index(path: FlightPath, nth: int) -> int:
    return [k for k, item in enumerate(path.items) if item.command == mav.MAV_CMD_NAV_WAYPOINT][nth]


def _edited(path: FlightPath, index: int, **params: float) -> FlightPath:
    """The flight with parameters p1 to p7 of an item changed."""
    numbers = list(path.items[index].params)
    for name, value in params.items():
        numbers[int(name[1:]) - 1] = value
    items = list(path.items)
    items[index] = replace(items[index], params=tuple(numbers))  # type: ignore[arg-type]  # seven of them
    return replace(path, items=tuple(items))


def _numbered(items: list[StoredItem]) -> tuple[StoredItem, ...]:
    return tuple(replace(item, seq=seq) for seq, item in enumerate(items, start=1))


def _inserted(path: FlightPath, index: int, item: StoredItem) -> FlightPath:
    return replace(path, items=_numbered([*path.items[:index], item, *path.items[index:]]))


def _command(command: int, *params: float, frame: int = mav.MAV_FRAME_MISSION) -> StoredItem:
    p1, p2, p3, p4, x, y, z = (*params, *([0.0] * (7 - len(params))))
    return StoredItem(seq=0, command=command, frame=frame, params=(p1, p2, p3, p4, x, y, z))


def _foreign_seeds(path: FlightPath, plan: Plan) -> Iterator[tuple[str, Seed]]:
    third = _waypoint_index(path, 2)
    there = path.items[third].position
    assert there is not None
    middle, last = _longest(plan)[1], len(path.items) - 1
    spot = _geo(plan, middle)[0]
    limits = PathLimits(keep_out=(_square(plan, middle, 5.0),), max_speed_m_s=9.0)
    edge, slot = _slot_across(plan)
    notched = (_notched(plan, slot), *path.zones[1:])
    takeoff = next(k for k, item in enumerate(path.items) if item.command == mav.MAV_CMD_NAV_TAKEOFF)
    circle = Circle(centre=spot, radius_m=6.0, rule=ZoneRule.KEEP_OUT)
    far = RallyPoint(position=_geo(plan, (0.0, 9000.0))[0], altitude=None)
    bare = [item for item in path.items if item.command != mav.MAV_CMD_DO_CHANGE_SPEED]
    slow = replace(path, items=_numbered(bare))
    amsl = replace(path.items[third], frame=mav.MAV_FRAME_GLOBAL)
    high = _edited(path, third, p7=120.5)
    yield "fence between waypoints", Seed(replace(path, zones=notched), "fence", _geo(plan, edge)[0])
    yield "round keep-out", Seed(replace(path, circles=(circle,)), "keep_out", spot)
    yield "a mission's no-fly zone", Seed(slow, "keep_out", spot, limits=limits)
    yield (
        "small round fence",
        Seed(
            replace(path, circles=(replace(circle, centre=plan.dock, radius_m=20.0, rule=ZoneRule.STAY_IN),), rally=()),
            "fence",
        ),
    )
    yield "home in a zone", Seed(replace(path, circles=(replace(circle, centre=plan.dock, radius_m=1.0),)), "keep_out")
    yield "above the cap", Seed(high, "altitude", there)
    yield "take-off above the cap", Seed(_edited(path, takeoff, p7=125.0), "altitude", plan.dock)
    yield "near the ground", Seed(_edited(path, third, p7=1.0), "altitude", there)
    yield (
        "below home by sea level",
        Seed(
            replace(path, items=_numbered([*path.items[:third], amsl, *path.items[third + 1 :]]), home_amsl_m=500.0),
            "altitude",
            there,
        ),
    )
    yield (
        "sea level without home's",
        Seed(
            replace(path, items=_numbered([*path.items[:third], amsl, *path.items[third + 1 :]]), home_amsl_m=None),
            "datum",
            there,
        ),
    )
    yield (
        "650 items",
        Seed(replace(path, items=_numbered([*path.items[:2], *[_command(2000)] * 650, *path.items[2:]])), "items"),
    )
    yield (
        "70 fence points",
        Seed(
            replace(
                path,
                circles=(Circle(centre=_geo(plan, (4000.0, 4000.0))[0], radius_m=5.0, rule=ZoneRule.KEEP_OUT),) * 70,
            ),
            "fence_points",
        ),
    )
    yield "46 rally points", Seed(replace(path, rally=path.rally[:1] * 47), "rally_points")
    yield "rally point outside", Seed(replace(path, rally=(far,)), "rally", far.position)
    yield "rally point in a zone", Seed(
        replace(path, rally=(RallyPoint(position=_moved(plan, plan.dock, 15.0, 15.0), altitude=None),),
                circles=(replace(circle, centre=_moved(plan, plan.dock, 15.0, 15.0), radius_m=1.0),)), "rally"
    )  # fmt: skip
    yield "fence crosses itself", Seed(replace(path, zones=(*path.zones, _bow_tie(plan))), "zone")
    yield "circle of no size", Seed(replace(path, circles=(replace(circle, radius_m=0.0),)), "zone", spot)
    yield "no speed", Seed(_inserted(path, third, _command(178, 1.0, 0.0)), "speed")
    yield "too fast", Seed(_inserted(slow, 3, _command(178, 1.0, 12.0)), "speed", limits=PathLimits(max_speed_m_s=9.0))
    yield "gimbal over the top", Seed(_inserted(path, third, _command(1000, -120.0)), "gimbal")
    yield (
        "a waypoint without a place",
        Seed(_inserted(path, third, _command(16, 0, 0, 0, 0, 0, 0, 60.0, frame=3)), "place"),
    )
    yield (
        "a waypoint far away",
        Seed(replace(_edited(path, third, p5=40.0), zones=()), "place", GeoPoint(lat_deg=40.0, lon_deg=there.lon_deg))
        if there
        else ("", Seed(path, "")),
    )
    yield (
        "no take-off",
        Seed(replace(path, items=_numbered([item for item in path.items if item.command != 22])), "takeoff"),
    )
    yield "no return", Seed(replace(path, items=path.items[:last]), "landing")
    yield "return in the middle", Seed(_inserted(path, third, _command(20)), "landing")
    yield "jump out of range", Seed(_inserted(path, last, _command(177, 9999.0, 1.0)), "jump")
    yield "jump for ever", Seed(_inserted(path, last, _command(177, 2.0, -1.0)), "jump")
    yield "infinite", Seed(_edited(path, third, p1=float("inf")), "finite", there)
    yield "no height", Seed(_edited(path, third, p7=float("nan")), "finite", there)


def test_every_seed_in_a_flight_of_another_program_is_named_and_nothing_else(flight: FlightPath, good: Plan) -> None:
    seeds = dict(_foreign_seeds(flight, good))
    assert len(seeds) == 29
    found = {name: check_path(case.plan, case.limits).violations for name, case in seeds.items()}
    rules = {name: {violation.rule for violation in violations} for name, violations in found.items()}
    assert rules == {name: {case.rule} for name, case in seeds.items()}
    for name, case in seeds.items():
        _assert_named(found[name], case)


def test_a_crossing_names_the_item_that_is_flown_to(flight: FlightPath, good: Plan) -> None:
    index, middle = _longest(good)
    circle = Circle(centre=_geo(good, middle)[0], radius_m=6.0, rule=ZoneRule.KEEP_OUT)
    violations = check_path(replace(flight, circles=(circle,))).violations
    seq = flight.items[_waypoint_index(flight, index)].seq
    found = next(violation for violation in violations if violation.item_seq == seq)
    assert found.size == pytest.approx(12.0, abs=0.1)
    assert (found.unit, found.sortie_id) == ("m", "flight")
    assert found.text == f"item {seq}: the way there crosses keep-out circle 1 for 12 m"


def test_the_way_a_jump_takes_is_checked(flight: FlightPath, good: Plan) -> None:
    """Straight across from one waypoint to another, over a zone that no other way crosses."""
    waypoints = [k for k, item in enumerate(flight.items) if item.command == mav.MAV_CMD_NAV_WAYPOINT]
    places = _enu(good, [flight.items[k].position for k in waypoints])
    flown = shapely.multilinestrings(list(shapely.linestrings(_legs(good))))
    pairs = [(a, b) for a in range(len(waypoints)) for b in range(a)]
    middles = {pair: shapely.Point((places[pair[0]] + places[pair[1]]) / 2) for pair in pairs}
    start, end = max(pairs, key=lambda pair: float(flown.distance(middles[pair])))
    middle = middles[start, end]
    assert flown.distance(middle) > 20
    circle = Circle(centre=_geo(good, (middle.x, middle.y))[0], radius_m=10.0, rule=ZoneRule.KEEP_OUT)
    assert check_path(replace(flight, circles=(circle,))).violations == ()
    jump = _inserted(flight, waypoints[start] + 1, _command(177, float(flight.items[waypoints[end]].seq), 1.0))
    (found,) = check_path(replace(jump, circles=(circle,))).violations
    assert (found.rule, found.item_seq) == ("keep_out", waypoints[start] + 2)


def test_turns_around_a_place_must_keep_within_the_fence(flight: FlightPath) -> None:
    third = _waypoint_index(flight, 2)
    items = list(flight.items)
    turns = replace(items[third], command=18, params=(1.0, 0.0, 5000.0, *items[third].params[3:]))
    found = check_path(replace(flight, items=_numbered([*items[:third], turns, *items[third + 1 :]]))).violations
    assert {violation.rule for violation in found} == {"fence"}


def test_heights_above_the_terrain_are_said_to_be_unknown_above_home(flight: FlightPath) -> None:
    items = tuple(replace(item, frame=10) if item.command == 16 else item for item in flight.items)
    findings = check_path(replace(flight, items=items))
    assert findings.violations == ()
    assert any("above the terrain" in note and "unknown without an elevation model" in note for note in findings.notes)


def test_a_flight_without_home_says_what_is_not_checked(flight: FlightPath) -> None:
    findings = check_path(replace(flight, home=None, home_amsl_m=None))
    assert "home is unknown: the ways from and to it are not checked" in findings.notes


@pytest.mark.shared
@pytest.mark.parametrize("name", ["plans/mavsdk_qgroundcontrol_sample.plan", "plans/dronekit_mpmission.waypoints"])
def test_what_is_left_of_a_ruined_plan_is_checked_without_an_accident(
    shared_data: Path, tmp_path: Path, name: str
) -> None:
    for ruin in ruins((shared_data / "formats" / name).read_bytes()):
        (tmp_path / "ruin").write_bytes(ruin)
        with suppress(InputError):
            assert check_foreign(tmp_path / "ruin", None).summary


@settings(max_examples=30, deadline=None)
@given(plan=plans(waypoints=1))
def test_an_export_breaks_what_the_plan_breaks(plan: Plan) -> None:
    for path in paths_of(plan):
        meant = check_path(path).violations
        found = check_path(from_qgc(path_to_qgc(path))).violations
        assert [(v.rule, v.item_seq, v.size) for v in found] == [(v.rule, v.item_seq, v.size) for v in meant]


def test_a_command_that_flies_in_a_way_of_its_own_is_said_to_be_unchecked(flight: FlightPath) -> None:
    findings = check_path(_inserted(flight, _waypoint_index(flight, 2), _command(30, 0, 0, 0, 0, 0, 0, 500.0, frame=3)))
    assert findings.violations == ()
    assert any("where command 30 flies is not checked" in note for note in findings.notes)
