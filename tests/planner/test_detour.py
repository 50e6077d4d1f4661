"""Detours: off the route to look at a place and back to where it was left, within the same rules."""

import io
import math
import zipfile
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Polygon

from missions import Breakpoint, InputError, Plan, PlanningError
from missions.formats.mav_commands import (
    MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW,
    MAV_CMD_DO_SET_ROI_LOCATION,
    MAV_CMD_DO_SET_ROI_NONE,
    MAV_CMD_NAV_WAYPOINT,
)
from missions.formats.plan_file import load_plan, save_plan
from missions.formats.plan_geojson import to_geojson
from missions.formats.qgc_plan import to_qgc
from missions.formats.wpl import to_wpl
from missions.formats.wpml import to_wpml
from missions.hardware import load_airframe
from missions.items import mission_items
from missions.place import place_of
from planner import Effort, check_plan, plan_mission
from planner.coverage import coverage_of
from planner.detour import Loiter, Orbit, with_detour
from tests.planner.hills import ground_of, mission_over_terrain
from tests.planner.seeding import geo
from tests.planner.sound import enu

ZONE = [(60.0, 20.0), (140.0, 20.0), (140.0, 80.0), (60.0, 80.0)]


@pytest.fixture(scope="module")
def patrol(plan: Any, blocks: Any) -> Plan:
    """Streets round a zone, in the middle of a block."""
    made: Plan = plan(blocks, reserve_pct=40, zones=[ZONE], height_m=60.0)
    return made


def _left_at(plan: Plan, at: Breakpoint) -> np.ndarray:
    place = place_of(plan, at)
    points = enu(plan, [plan.dock, *(w.position for w in plan.sorties[place.sortie].waypoints)])
    left: np.ndarray = points[place.waypoint] + place.fraction * (points[place.waypoint + 1] - points[place.waypoint])
    return left


WAYS = st.one_of(
    st.builds(Loiter, hold_s=st.floats(1, 60)),
    st.builds(Orbit, radius_m=st.floats(10, 120)),
)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-300, 300), st.floats(-300, 300), WAYS)
@settings(max_examples=40, deadline=None)
def test_any_detour_returns_to_the_route_and_keeps_every_rule_or_says_why_not(  # noqa: PLR0917
    patrol: Plan, item: float, fraction: float, east: float, north: float, how: Loiter | Orbit
) -> None:
    sortie = patrol.sorties[0]
    seqs = [row.seq for row in mission_items(patrol, sortie) if row.waypoint_index is not None]
    at = Breakpoint(
        sortie_id=sortie.sortie_id, item_seq=seqs[min(int(item * len(seqs)), len(seqs) - 1)], fraction=fraction
    )
    try:
        made = with_detour(patrol, at, geo(patrol, [east, north])[0], how)
    except (InputError, PlanningError) as exc:
        assert any(word in str(exc) for word in ("zone", "geofence", "battery"))  # noqa: PT017
        return
    assert check_plan(made) == ()
    changed = made.sorties[0]
    place, left_at = place_of(patrol, at), _left_at(patrol, at)
    points = enu(patrol, [w.position for w in changed.waypoints])
    back = len(changed.waypoints) - (len(sortie.waypoints) - place.waypoint) - 1
    assert np.linalg.norm(points[back] - left_at) < 1.0
    assert changed.waypoints[back + 1 :] == sortie.waypoints[place.waypoint :]  # speed and gimbal too
    assert changed.waypoints[: place.waypoint] == sortie.waypoints[: place.waypoint]
    zone = Polygon(enu(patrol, patrol.keep_out[0].corners))
    assert LineString(points).distance(zone) > 9
    assert changed.estimate.energy_wh > sortie.estimate.energy_wh
    assert changed.estimate.service_m == pytest.approx(sortie.estimate.service_m, abs=0.1)


def _detour(patrol: Plan, how: Loiter | Orbit) -> tuple[Plan, Breakpoint]:
    at = Breakpoint(sortie_id="sortie-1", item_seq=8, fraction=0.5)
    return with_detour(patrol, at, geo(patrol, [-180.0, 10.0])[0], how), at


def test_a_detour_from_just_past_a_waypoint_leaves_nothing_of_the_street_out(patrol: Plan) -> None:
    sortie = patrol.sorties[0]
    for row in mission_items(patrol, sortie):
        if row.waypoint_index:
            at = Breakpoint(sortie_id=sortie.sortie_id, item_seq=row.seq, fraction=0.0015)  # 0.3 m of a block of 200 m
            made = with_detour(patrol, at, geo(patrol, [-180.0, 10.0])[0], Loiter(hold_s=20))
            assert made.sorties[0].estimate.service_m == pytest.approx(sortie.estimate.service_m, abs=0.1)


def test_a_loiter_hovers_where_the_camera_has_the_place_in_the_middle(patrol: Plan) -> None:
    made, _ = _detour(patrol, Loiter(hold_s=19.2))
    hover = [w for w in made.sorties[0].waypoints if w.hold_s]
    assert [w.hold_s for w in hover] == [20.0]
    off_m = float(np.linalg.norm(enu(made, [hover[0].position])[0] - [-180.0, 10.0]))
    assert off_m == pytest.approx(60 / math.tan(math.radians(60)), abs=0.1)
    assert hover[0].look_at is not None
    assert hover[0].look_at.position == geo(made, [-180.0, 10.0])[0]


def test_hover_takes_its_time_and_hover_power(patrol: Plan) -> None:
    short, long = (_detour(patrol, Loiter(hold_s=s))[0].sorties[0].estimate for s in (10, 130))
    assert long.time_s - short.time_s == pytest.approx(120, abs=0.01)
    hover_w = load_airframe(patrol.airframe).hover_w
    assert (long.energy_wh - short.energy_wh) * 3600 == pytest.approx(120 * hover_w, rel=1e-6)


def test_an_orbit_is_a_closed_circle_with_the_camera_on_its_middle(patrol: Plan) -> None:
    made, _ = _detour(patrol, Orbit(radius_m=40.0))
    round_it = [w for w in made.sorties[0].waypoints if w.look_at is not None]
    places = enu(made, [w.position for w in round_it])
    assert len(round_it) == 13
    assert np.linalg.norm(places - [-180.0, 10.0], axis=1) == pytest.approx(np.full(13, 40.0), abs=0.05)
    assert np.linalg.norm(places[0] - places[-1]) < 0.05
    pitch_deg = -math.degrees(math.atan2(60, 40))
    assert [w.gimbal_pitch_deg for w in round_it] == pytest.approx([pitch_deg] * 13)


def test_the_items_of_a_detour_hold_the_camera_on_the_place_and_then_command_the_gimbal_anew(patrol: Plan) -> None:
    made, _ = _detour(patrol, Loiter(hold_s=20))
    items = mission_items(made, made.sorties[0])
    commands = [item.command for item in items]
    start, end = commands.index(MAV_CMD_DO_SET_ROI_LOCATION), commands.index(MAV_CMD_DO_SET_ROI_NONE)
    assert items[start].position == geo(made, [-180.0, 10.0])[0]
    hovering = [item for item in items[start:end] if item.command == MAV_CMD_NAV_WAYPOINT]
    assert [item.params[0] for item in hovering] == [20.0]
    assert commands[end + 1] == MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW
    assert items[end + 1].params[0] == -60.0


def test_a_plan_with_a_detour_is_saved_read_and_exported_with_its_hover(patrol: Plan, tmp_path: Any) -> None:
    made, _ = _detour(patrol, Loiter(hold_s=20))
    save_plan(made, tmp_path / "plan.json")
    assert load_plan(tmp_path / "plan.json") == made
    assert "\t16\t20.000000\t" in to_wpl(made, made.sorties[0])
    assert '"command": 195' in to_qgc(made, made.sorties[0])
    assert '"holds_s"' in to_geojson(made)
    assert '"holds_s"' not in to_geojson(patrol)


def test_wpml_hovers_with_the_nose_on_the_place(patrol: Plan) -> None:
    made, _ = _detour(patrol, Loiter(hold_s=20))
    with zipfile.ZipFile(io.BytesIO(to_wpml(made, made.sorties[0]))) as kmz:
        texts = [kmz.read(name).decode() for name in ("wpmz/template.kml", "wpmz/waylines.wpml")]
    for text in texts:
        assert text.count("<wpml:hoverTime>20</wpml:hoverTime>") == 1
        assert "towardPOI" in text
        place = geo(made, [-180.0, 10.0])[0]
        assert f"{place.lat_deg:.6f},{place.lon_deg:.6f},0.000000" in text
    with zipfile.ZipFile(io.BytesIO(to_wpml(patrol, patrol.sorties[0]))) as kmz:
        assert "towardPOI" not in kmz.read("wpmz/waylines.wpml").decode()


def test_what_is_seen_counts_no_leg_on_which_the_camera_is_kept_on_a_place(patrol: Plan) -> None:
    before, after = coverage_of(patrol).total, coverage_of(_detour(patrol, Orbit(radius_m=40.0))[0]).total
    assert after.seen_m == pytest.approx(before.seen_m)


def test_a_promise_without_the_hover_is_found_by_the_check(patrol: Plan) -> None:
    made, _ = _detour(patrol, Loiter(hold_s=120))
    first, *rest = made.sorties
    waypoints = tuple(replace(w, hold_s=0.0) for w in first.waypoints)
    lying = replace(made, sorties=(replace(first, waypoints=waypoints), *rest))
    assert {violation.rule for violation in check_plan(lying)} == {"estimate"}


@pytest.mark.parametrize(
    ("place", "how", "said"),
    [
        ((100.0, 50.0), Loiter(hold_s=20), "in a no-fly zone"),
        ((5000.0, 0.0), Loiter(hold_s=20), "outside the plan's geofence"),
        ((20.0, 50.0), Orbit(radius_m=60), "crosses a no-fly zone"),
        ((-330.0, 0.0), Orbit(radius_m=150), "leaves the geofence by"),
        ((-180.0, 10.0), Loiter(hold_s=3000), r"battery does not allow.*Wh of 192.0 Wh"),
        ((-180.0, 10.0), Loiter(hold_s=0), "--loiter"),
        ((-180.0, 10.0), Orbit(radius_m=1), "--orbit"),
    ],
)
def test_a_detour_that_may_not_be_flown_is_refused(
    patrol: Plan, place: tuple[float, float], how: Loiter | Orbit, said: str
) -> None:
    at = Breakpoint(sortie_id="sortie-1", item_seq=8, fraction=0.5)
    with pytest.raises((InputError, PlanningError), match=said):
        with_detour(patrol, at, geo(patrol, [*place])[0], how)


def test_there_is_no_detour_while_it_lands(patrol: Plan) -> None:
    last = len(mission_items(patrol, patrol.sorties[0])) - 1
    at = Breakpoint(sortie_id="sortie-1", item_seq=last, fraction=0.0)
    with pytest.raises(InputError, match="only lands"):
        with_detour(patrol, at, geo(patrol, [-180.0, 10.0])[0], Loiter(hold_s=20))


@pytest.mark.parametrize("how", [Loiter(hold_s=20), Orbit(radius_m=60)])
def test_over_a_ridge_a_detour_keeps_clear_of_the_ground_or_is_refused_without_it(
    network: Any, how: Loiter | Orbit
) -> None:
    ridge = ground_of(lambda east, _north: 20.0 + 60.0 * np.clip((east - 150.0) / 150.0, 0.0, 1.0))
    street = [[(100.0, 0.0), (500.0, 0.0)]]
    mission = mission_over_terrain(height_m=60.0, fence_margin_m=200)
    made = plan_mission(mission, "h", network(street), Effort(iterations=20), terrain=ridge)
    items = mission_items(made, made.sorties[0])
    last = max(item.seq for item in items if item.waypoint_index is not None)
    at, place = Breakpoint(sortie_id="sortie-1", item_seq=last - 2, fraction=0.5), geo(made, [250.0, 90.0])[0]
    changed = with_detour(made, at, place, how, terrain=ridge)
    assert check_plan(changed, ridge) == ()
    looking = [waypoint.look_at for waypoint in changed.sorties[0].waypoints if waypoint.look_at is not None]
    assert looking[0].altitude.metres == pytest.approx(40.0, abs=1.0)
    with pytest.raises(PlanningError, match="heights are not known"):
        with_detour(made, at, place, how)


def test_later_sorties_wait_for_the_detour(plan: Any, blocks: Any) -> None:
    made: Plan = plan(blocks, reserve_pct=75)
    item = next(row.seq for row in mission_items(made, made.sorties[-1]) if row.waypoint_index == 1)
    assert len(made.sorties) >= 2
    sparing = replace(made, reserve_pct=40.0)
    at = Breakpoint(sortie_id="sortie-1", item_seq=item, fraction=0.5)
    changed = with_detour(sparing, at, geo(made, [20.0, 20.0])[0], Loiter(hold_s=30))
    more_s = changed.sorties[0].estimate.time_s - made.sorties[0].estimate.time_s
    for before, after in zip(made.sorties[1:], changed.sorties[1:], strict=True):
        assert after.starts_s - before.starts_s == pytest.approx(more_s, abs=0.1)
    assert changed.estimate.time_s == pytest.approx(made.estimate.time_s + more_s)
