"""A good plan passes; every kind of damage is found, where it was done."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from missions import Altitude, AltitudeReference, GeoPoint, LegKind, Plan, Sortie, Waypoint, Zone, ZoneRule
from planner import check_plan

Edit = Callable[[Plan], Plan]


@pytest.fixture(scope="module")
def good(plan: Any, blocks: Any) -> Plan:
    made: Plan = plan(blocks, wind={"speed_m_s": 4, "from_deg": 200})
    return made


def _with_sortie(plan: Plan, **changes: Any) -> Plan:
    return replace(plan, sorties=(replace(plan.sorties[0], **changes), *plan.sorties[1:]))


def _with_waypoint(plan: Plan, index: int, **changes: Any) -> Plan:
    waypoints = list(plan.sorties[0].waypoints)
    waypoints[index] = replace(waypoints[index], **changes)
    return _with_sortie(plan, waypoints=tuple(waypoints))


def _moved(point: GeoPoint, north_m: float) -> GeoPoint:
    return GeoPoint(lat_deg=point.lat_deg + north_m / 111_000, lon_deg=point.lon_deg)


def _box(point: GeoPoint, half_m: float) -> tuple[GeoPoint, ...]:
    d_lat, d_lon = half_m / 111_000, half_m / 95_000
    signs = ((-1, -1), (-1, 1), (1, 1), (1, -1))
    return tuple(GeoPoint(lat_deg=point.lat_deg + a * d_lat, lon_deg=point.lon_deg + b * d_lon) for a, b in signs)


def _home(metres: float) -> Altitude:
    return Altitude(metres=metres, above=AltitudeReference.HOME)


def _crossed(fence: Zone) -> Zone:
    return replace(fence, corners=tuple(fence.corners[k] for k in (0, 5, 3, 8)))


def _zone(plan: Plan, around: GeoPoint, half_m: float = 15.0) -> Plan:
    return replace(plan, keep_out=(Zone(zone_id="new", rule=ZoneRule.KEEP_OUT, corners=_box(around, half_m)),))


def _middle_of_first_leg(plan: Plan) -> GeoPoint:
    first = plan.sorties[0].waypoints[0].position
    return GeoPoint(lat_deg=(plan.dock.lat_deg + first.lat_deg) / 2, lon_deg=(plan.dock.lon_deg + first.lon_deg) / 2)


def _return_cut(plan: Plan) -> Plan:
    """Leave out the waypoint above the dock, so that the way back is the return's own leg, and forbid its middle."""
    cut = _with_sortie(plan, waypoints=plan.sorties[0].waypoints[:-1])
    last = cut.sorties[0].waypoints[-1].position
    middle = GeoPoint(lat_deg=(plan.dock.lat_deg + last.lat_deg) / 2, lon_deg=(plan.dock.lon_deg + last.lon_deg) / 2)
    return _zone(cut, middle, 10.0)


EDITS: Sequence[Any] = (
    pytest.param("fence", lambda p: _with_waypoint(p, 3, position=_moved(p.dock, 2000.0)), id="a waypoint outside"),
    pytest.param("fence", lambda p: replace(p, fence=replace(p.fence, corners=_box(p.dock, 150.0))), id="small fence"),
    pytest.param("fence", lambda p: replace(p, dock=_moved(p.dock, 900.0)), id="dock outside the fence"),
    pytest.param("zone", lambda p: replace(p, fence=_crossed(p.fence)), id="fence crosses itself"),
    pytest.param("keep_out", lambda p: _zone(p, _middle_of_first_leg(p), 5.0), id="zone between two waypoints"),
    pytest.param("keep_out", _return_cut, id="zone on the way back"),
    pytest.param("keep_out", lambda p: _zone(p, p.dock), id="zone over the dock"),
    pytest.param("altitude", lambda p: _with_waypoint(p, 2, altitude=_home(121.0)), id="above the cap"),
    pytest.param("altitude", lambda p: _with_waypoint(p, 2, altitude=_home(0.5)), id="near the ground"),
    pytest.param("altitude", lambda p: _with_sortie(p, takeoff_height_m=130.0), id="take-off above the cap"),
    pytest.param("altitude", lambda p: replace(p, altitude_cap_m=50.0), id="lowered cap"),
    pytest.param("datum", lambda p: _with_waypoint(p, 2, altitude=Altitude(metres=60.0, above=AltitudeReference.AMSL)),
                 id="another datum"),
    pytest.param("radio", lambda p: replace(p, radio_range_m=350.0), id="out of radio range"),
    pytest.param("energy", lambda p: replace(p, reserve_pct=80.0), id="larger reserve"),
    pytest.param("energy", lambda p: replace(p, airframe="sitl-quad"), id="smaller battery"),
    pytest.param("wind", lambda p: replace(p, wind_m_s=15.0), id="more wind than the airframe takes"),
    pytest.param("speed", lambda p: _with_waypoint(p, 4, speed_m_s=19.0), id="too fast"),
    pytest.param("speed", lambda p: _with_waypoint(p, 4, speed_m_s=0.0), id="no speed"),
    pytest.param("gimbal", lambda p: _with_waypoint(p, 4, gimbal_pitch_deg=-120.0), id="gimbal over the top"),
    pytest.param("items", lambda p: _with_sortie(p, waypoints=p.sorties[0].waypoints * 30), id="650 items"),
    pytest.param("items", lambda p: _with_sortie(p, waypoints=()), id="nothing to fly"),
    pytest.param("sorties", lambda p: replace(p, sorties=()), id="no sortie"),
    pytest.param("fence_points", lambda p: replace(p, keep_out=tuple(
        Zone(zone_id=str(n), rule=ZoneRule.KEEP_OUT, corners=_box(_moved(p.dock, 5000.0 + 50 * n), 5.0))
        for n in range(14))), id="70 fence points"),
    pytest.param("rally_points", lambda p: replace(p, rally=p.rally * 30), id="46 rally points"),
    pytest.param("rally", lambda p: replace(p, rally=(_moved(p.dock, 3000.0),)), id="rally point outside"),
    pytest.param("rally", lambda p: _zone(p, p.rally[0], 5.0), id="rally point in a zone"),
    pytest.param("coverage", lambda p: _with_sortie(p, waypoints=_unserved(p.sorties[0])), id="a stretch left out"),
    pytest.param("coverage", lambda p: replace(p, stretches=p.stretches[1:]), id="a stretch unknown"),
    pytest.param("coverage", lambda p: _with_waypoint(p, 2, position=_moved(p.sorties[0].waypoints[2].position, 9.0)),
                 id="9 m beside the road"),
    pytest.param("finite", lambda p: _with_waypoint(p, 2, altitude=_home(float("nan"))), id="not a number"),
    pytest.param("finite", lambda p: _with_waypoint(p, 2, speed_m_s=float("inf")), id="infinite"),
    pytest.param("estimate", lambda p: _with_sortie(p, estimate=replace(p.sorties[0].estimate, time_s=60.0)),
                 id="a promise that does not hold"),
)  # fmt: skip


def _unserved(sortie: Sortie) -> tuple[Waypoint, ...]:
    served = sortie.stretch_ids[0]
    return tuple(
        replace(w, leg=LegKind.DEADHEAD, stretch_id=None) if w.stretch_id == served else w for w in sortie.waypoints
    )


def test_a_good_plan_breaks_nothing(good: Plan) -> None:
    assert check_plan(good) == ()


@pytest.mark.parametrize(("rule", "edit"), EDITS)
def test_damage_is_found(good: Plan, rule: str, edit: Edit) -> None:
    violations = check_plan(edit(good))
    assert rule in {violation.rule for violation in violations}
    assert all(violation.text for violation in violations)


def test_a_violation_names_sortie_waypoint_place_and_size(good: Plan) -> None:
    violations = check_plan(_with_waypoint(good, 3, position=_moved(good.dock, 2000.0)))
    first = next(violation for violation in violations if violation.rule == "fence")
    assert (first.sortie_id, first.waypoint_index) == ("sortie-1", 3)
    assert first.unit == "m"
    assert 1000 < first.size < 2500
    assert first.place is not None
    assert first.place.lat_deg > good.dock.lat_deg
    assert "outside the geofence" in first.text


def test_a_crossing_between_two_good_waypoints_is_found(good: Plan) -> None:
    """The check looks at segments: both ends of this leg are outside the zone."""
    zone = _zone(good, _middle_of_first_leg(good), 5.0)
    (violation,) = [v for v in check_plan(zone) if v.rule == "keep_out" and v.waypoint_index == 0]
    assert violation.size == pytest.approx(10.0, rel=0.5)


def test_the_radio_reaches_a_straight_distance_height_included(good: Plan) -> None:
    farthest_m = max(
        math.hypot(good.dock.distance_m(w.position), w.altitude.metres) for s in good.sorties for w in s.waypoints
    )
    assert check_plan(replace(good, radio_range_m=farthest_m + 0.5)) == ()
    violations = check_plan(replace(good, radio_range_m=farthest_m - 5.0))
    assert {violation.rule for violation in violations} == {"radio"}
    assert max(violation.size for violation in violations) == pytest.approx(5.0, abs=0.2)


def _imports(module: str) -> set[str]:
    import ast
    import importlib
    import inspect

    tree = ast.parse(inspect.getsource(importlib.import_module(module)))
    names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    return {name for name in names if name.startswith("planner.")}


def imports_of(module: str) -> set[str]:
    """The modules of the planner that one imports, and those that they import."""
    seen: set[str] = set()
    ahead = {module}
    while ahead:
        seen |= ahead
        ahead = set().union(*map(_imports, ahead)) - seen
    return seen


def test_the_check_imports_nothing_of_the_search() -> None:
    search = ("heights", "keep_out", "planning", "required", "search", "sorties", "stretches", "task", "visits", "ways")
    assert not imports_of("planner.check_path") & {f"planner.{name}" for name in search}
    assert not imports_of("planner.check") & {f"planner.{name}" for name in search}
    assert not imports_of("planner.check_fleet") & {f"planner.{name}" for name in search}
