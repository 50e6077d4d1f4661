"""One violation of each kind in the same flight as another program keeps it; what cannot be checked is said."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import shapely
from hypothesis import given, settings

from missions import GeoPoint, InputError, Plan, ZoneRule
from missions.flight_path import Circle, FlightPath, RallyPoint, paths_of
from missions.formats import mav_commands as mav
from missions.formats.qgc_plan import path_to_qgc
from missions.formats.qgc_reader import from_qgc
from missions.formats.stored_item import StoredItem
from patrol.foreign_check import check_foreign
from planner.check_path import check_path
from planner.path_case import PathLimits
from tests.missions.generated_plans import plans
from tests.missions.ruins import ruins
from tests.planner.seeding import (
    Seed,
    assert_named,
    bow_tie,
    geo,
    legs_of,
    longest,
    moved,
    notched_fence,
    slot_across,
    square,
)
from tests.planner.sound import enu


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


@dataclass(frozen=True)
class _Good:
    """The good flight, and the places in it that are damaged."""

    path: FlightPath
    plan: Plan

    @property
    def third(self) -> int:
        """The item of its third waypoint."""
        return _waypoint_index(self.path, 2)

    @property
    def there(self) -> GeoPoint:
        """Where that is."""
        place = self.path.items[self.third].position
        assert place is not None
        return place

    @property
    def spot(self) -> GeoPoint:
        """The middle of the longest leg."""
        return geo(self.plan, longest(self.plan)[1])[0]

    def circle(self, *, radius_m: float, at: GeoPoint | None = None) -> Circle:
        """A keep-out circle, at the middle of the longest leg where no place is said."""
        return Circle(centre=at or self.spot, radius_m=radius_m, rule=ZoneRule.KEEP_OUT)

    def with_circles(self, *circles: Circle) -> FlightPath:
        return replace(self.path, circles=circles)

    def with_third(self, **params: float) -> FlightPath:
        """The flight with parameters of its third waypoint changed."""
        return _edited(self.path, self.third, **params)

    def before_third(self, item: StoredItem) -> FlightPath:
        return _inserted(self.path, self.third, item)

    def before_last(self, item: StoredItem) -> FlightPath:
        return _inserted(self.path, len(self.path.items) - 1, item)

    def without(self, command: int) -> FlightPath:
        return replace(self.path, items=_numbered([item for item in self.path.items if item.command != command]))


Seeds = Iterator[tuple[str, Seed]]


def _in_areas(good: _Good) -> Seeds:
    edge, slot = slot_across(good.plan)
    notched = (notched_fence(good.plan, slot), *good.path.zones[1:])
    yield "fence between waypoints", Seed(replace(good.path, zones=notched), "fence", geo(good.plan, edge)[0])
    yield "round keep-out", Seed(good.with_circles(good.circle(radius_m=6.0)), "keep_out", good.spot)
    own_zone = PathLimits(keep_out=(square(good.plan, longest(good.plan)[1], 5.0),), max_speed_m_s=9.0)
    slow = good.without(mav.MAV_CMD_DO_CHANGE_SPEED)
    yield "a mission's no-fly zone", Seed(slow, "keep_out", good.spot, limits=own_zone)
    small = replace(good.circle(radius_m=20.0, at=good.plan.dock), rule=ZoneRule.STAY_IN)
    yield "small round fence", Seed(replace(good.with_circles(small), rally=()), "fence")
    yield "home in a zone", Seed(good.with_circles(good.circle(radius_m=1.0, at=good.plan.dock)), "keep_out")
    yield "fence crosses itself", Seed(replace(good.path, zones=(*good.path.zones, bow_tie(good.plan))), "zone")
    yield "circle of no size", Seed(good.with_circles(good.circle(radius_m=0.0)), "zone", good.spot)


def _of_heights(good: _Good) -> Seeds:
    takeoff = next(k for k, item in enumerate(good.path.items) if item.command == mav.MAV_CMD_NAV_TAKEOFF)
    yield "above the cap", Seed(good.with_third(p7=120.5), "altitude", good.there)
    yield "take-off above the cap", Seed(_edited(good.path, takeoff, p7=125.0), "altitude", good.plan.dock)
    yield "near the ground", Seed(good.with_third(p7=1.0), "altitude", good.there)
    items = list(good.path.items)
    items[good.third] = replace(items[good.third], frame=mav.MAV_FRAME_GLOBAL)
    by_sea = replace(good.path, items=tuple(items))
    yield "below home by sea level", Seed(replace(by_sea, home_amsl_m=500.0), "altitude", good.there)
    yield "sea level without home's", Seed(replace(by_sea, home_amsl_m=None), "datum", good.there)


def _of_capacity(good: _Good) -> Seeds:
    items = good.path.items
    yield (
        "650 items",
        Seed(replace(good.path, items=_numbered([*items[:2], *[_command(2000)] * 650, *items[2:]])), "items"),
    )
    away = good.circle(radius_m=5.0, at=geo(good.plan, (4000.0, 4000.0))[0])
    yield "70 fence points", Seed(good.with_circles(*[away] * 70), "fence_points")
    yield "46 rally points", Seed(replace(good.path, rally=good.path.rally[:1] * 47), "rally_points")


def _at_rally_points(good: _Good) -> Seeds:
    far = RallyPoint(position=geo(good.plan, (0.0, 9000.0))[0], altitude=None)
    yield "rally point outside", Seed(replace(good.path, rally=(far,)), "rally", far.position)
    beside = moved(good.plan, good.plan.dock, 15.0, 15.0)
    inside = good.with_circles(good.circle(radius_m=1.0, at=beside))
    near = RallyPoint(position=beside, altitude=None)
    yield "rally point in a zone", Seed(replace(inside, rally=(near,)), "rally")


def _of_speed_and_gimbal(good: _Good) -> Seeds:
    yield "no speed", Seed(good.before_third(_command(178, 1.0, 0.0)), "speed")
    fast = _inserted(good.without(mav.MAV_CMD_DO_CHANGE_SPEED), 3, _command(178, 1.0, 12.0))
    yield "too fast", Seed(fast, "speed", limits=PathLimits(max_speed_m_s=9.0))
    yield "gimbal over the top", Seed(good.before_third(_command(1000, -120.0)), "gimbal")


def _of_places_and_numbers(good: _Good) -> Seeds:
    nowhere = _command(16, 0, 0, 0, 0, 0, 0, 60.0, frame=3)
    yield "a waypoint without a place", Seed(good.before_third(nowhere), "place")
    far = GeoPoint(lat_deg=40.0, lon_deg=good.there.lon_deg)
    yield "a waypoint far away", Seed(replace(good.with_third(p5=40.0), zones=()), "place", far)
    yield "infinite", Seed(good.with_third(p1=float("inf")), "finite", good.there)
    yield "no height", Seed(good.with_third(p7=float("nan")), "finite", good.there)


def _of_the_course(good: _Good) -> Seeds:
    yield "no take-off", Seed(good.without(mav.MAV_CMD_NAV_TAKEOFF), "takeoff")
    yield "no return", Seed(replace(good.path, items=good.path.items[:-1]), "landing")
    yield "return in the middle", Seed(good.before_third(_command(20)), "landing")
    yield "jump out of range", Seed(good.before_last(_command(177, 9999.0, 1.0)), "jump")
    yield "jump for ever", Seed(good.before_last(_command(177, 2.0, -1.0)), "jump")


KINDS = (
    _in_areas,
    _of_heights,
    _of_capacity,
    _at_rally_points,
    _of_speed_and_gimbal,
    _of_places_and_numbers,
    _of_the_course,
)


def test_every_seed_in_a_flight_of_another_program_is_named_and_nothing_else(flight: FlightPath, good: Plan) -> None:
    seeds = dict(seed for kind in KINDS for seed in kind(_Good(flight, good)))
    assert len(seeds) == 29
    found = {name: check_path(case.plan, case.limits).violations for name, case in seeds.items()}
    rules = {name: {violation.rule for violation in violations} for name, violations in found.items()}
    assert rules == {name: {case.rule} for name, case in seeds.items()}
    for name, case in seeds.items():
        assert_named(found[name], case)


def test_a_crossing_names_the_item_that_is_flown_to(flight: FlightPath, good: Plan) -> None:
    index, middle = longest(good)
    circle = Circle(centre=geo(good, middle)[0], radius_m=6.0, rule=ZoneRule.KEEP_OUT)
    violations = check_path(replace(flight, circles=(circle,))).violations
    seq = flight.items[_waypoint_index(flight, index)].seq
    found = next(violation for violation in violations if violation.item_seq == seq)
    assert found.size == pytest.approx(12.0, abs=0.1)
    assert (found.unit, found.sortie_id) == ("m", "flight")
    assert found.text == f"item {seq}: the way there crosses keep-out circle 1 for 12 m"


def test_the_way_a_jump_takes_is_checked(flight: FlightPath, good: Plan) -> None:
    """Straight across from one waypoint to another, over a zone that no other way crosses."""
    waypoints = [k for k, item in enumerate(flight.items) if item.command == mav.MAV_CMD_NAV_WAYPOINT]
    places = enu(good, [flight.items[k].position for k in waypoints])
    flown = shapely.multilinestrings(list(shapely.linestrings(legs_of(good))))
    pairs = [(a, b) for a in range(len(waypoints)) for b in range(a)]
    middles = {pair: shapely.Point((places[pair[0]] + places[pair[1]]) / 2) for pair in pairs}
    start, end = max(pairs, key=lambda pair: float(flown.distance(middles[pair])))
    middle = middles[start, end]
    assert flown.distance(middle) > 20
    circle = Circle(centre=geo(good, (middle.x, middle.y))[0], radius_m=10.0, rule=ZoneRule.KEEP_OUT)
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
