"""QGroundControl .plan, QGC WPL and GeoJSON: out, and in from files other programs wrote."""

import json
import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from missions import Altitude, AltitudeReference, InputError, Plan, ZoneRule
from missions.formats import mav_commands as mav
from missions.formats.plan_geojson import to_geojson
from missions.formats.qgc_plan import to_qgc
from missions.formats.qgc_reader import from_qgc
from missions.formats.stored_item import StoredItem, stored
from missions.formats.wpl import from_wpl, to_wpl, wpl_items
from missions.items import fence_items, mission_items, rally_items


def _close(a: StoredItem, b: StoredItem) -> bool:
    same = all(
        math.isclose(x, y, abs_tol=1e-7) or (math.isnan(x) and math.isnan(y))
        for x, y in zip(a.params, b.params, strict=True)
    )
    return same and (a.seq, a.command, a.frame, a.autocontinue) == (b.seq, b.command, b.frame, b.autocontinue)


def test_a_qgc_plan_has_the_keys_the_ground_station_asks_for(plan: Plan) -> None:
    document = json.loads(to_qgc(plan, plan.sorties[0]))
    assert {"fileType", "groundStation", "version", "mission", "geoFence", "rallyPoints"} == set(document)
    assert (document["fileType"], document["version"]) == ("Plan", 1)
    mission = document["mission"]
    assert (mission["version"], mission["firmwareType"], mission["vehicleType"]) == (2, 3, 2)
    assert mission["plannedHomePosition"] == [30.45772, 114.41405, 32.0]
    assert (mission["cruiseSpeed"], mission["hoverSpeed"]) == (10.0, 10.0)
    assert [item["doJumpId"] for item in mission["items"]] == list(range(1, len(mission["items"]) + 1))
    for item in mission["items"]:
        assert {"autoContinue", "command", "doJumpId", "frame", "params", "type"} <= set(item)
        assert len(item["params"]) == 7
    waypoint = next(item for item in mission["items"] if item["command"] == mav.MAV_CMD_NAV_WAYPOINT)
    assert (waypoint["frame"], waypoint["AltitudeMode"], waypoint["Altitude"]) == (3, 1, 60.0)
    assert waypoint["params"][4:] == [30.4572459, 114.4115011, 60.0]
    gimbal = next(item for item in mission["items"] if item["command"] == mav.MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW)
    assert (gimbal["frame"], gimbal["params"]) == (2, [-60.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    fence = document["geoFence"]
    assert (fence["version"], fence["circles"]) == (2, [])
    assert [polygon["inclusion"] for polygon in fence["polygons"]] == [True, False]
    assert document["rallyPoints"]["points"][0] == [30.45772, 114.41405, 65.0]


def test_every_sortie_comes_back_from_a_qgc_plan(plan: Plan) -> None:
    for sortie in plan.sorties:
        back = from_qgc(to_qgc(plan, sortie))
        assert len(back.items) == len(mission_items(plan, sortie)) - 1
        for item, own in zip(back.items, mission_items(plan, sortie)[1:], strict=True):
            assert item.same_as(stored(own))
        assert (back.home, back.home_amsl_m) == (plan.dock, plan.dock_amsl_m)
        assert [(z.rule, z.corners) for z in back.zones] == [(z.rule, z.corners) for z in (plan.fence, *plan.keep_out)]
        assert tuple(point.position for point in back.rally) == plan.rally
        assert {point.altitude for point in back.rally} == {Altitude(metres=65.0, above=AltitudeReference.HOME)}


def test_altitudes_keep_their_datum_in_both_formats(plan: Plan) -> None:
    sortie = plan.sorties[0]
    datums = (AltitudeReference.AMSL, AltitudeReference.HOME, AltitudeReference.TERRAIN)
    waypoints = tuple(
        replace(waypoint, altitude=Altitude(metres=70.0, above=datum))
        for waypoint, datum in zip(sortie.waypoints, datums, strict=True)
    )
    mixed = replace(sortie, waypoints=waypoints)
    frames = [item.frame for item in from_qgc(to_qgc(plan, mixed)).items if item.command == mav.MAV_CMD_NAV_WAYPOINT]
    assert frames == [0, 3, 10]
    frames = [item.frame for item in wpl_items(to_wpl(plan, mixed)) if item.command == mav.MAV_CMD_NAV_WAYPOINT]
    assert frames == [0, 0, 3, 10]


def test_every_sortie_comes_back_from_wpl(plan: Plan) -> None:
    for sortie in plan.sorties:
        back = wpl_items(to_wpl(plan, sortie))
        own = [stored(item) for item in mission_items(plan, sortie)]
        assert len(back) == len(own)
        assert all(_close(a, b) for a, b in zip(back, own, strict=True))
        assert [item.current for item in back] == [True] + [False] * (len(own) - 1)


@pytest.mark.shared
def test_a_qgroundcontrol_mission_is_read(shared_data: Path) -> None:
    path = shared_data / "formats" / "plans" / "mavsdk_qgroundcontrol_sample.plan"
    found = from_qgc(path.read_text(), file=path)
    assert [item.command for item in found.items[:2]] == [mav.MAV_CMD_NAV_TAKEOFF, mav.MAV_CMD_NAV_WAYPOINT]
    assert [item.seq for item in found.items] == list(range(1, len(found.items) + 1))
    assert math.isnan(found.items[1].params[3])
    assert found.items[1].params[4:] == (47.39777106, 8.5466122, 50.0)
    assert found.home is not None
    assert found.home.lat_deg == 47.3977507
    assert found.home_amsl_m == pytest.approx(488.931, abs=1e-3)


@pytest.mark.shared
def test_a_survey_is_unrolled_to_its_items(shared_data: Path) -> None:
    path = shared_data / "formats" / "plans" / "mavsdk_qgroundcontrol_sample_with_survey.plan"
    data = json.loads(path.read_text())
    inner = data["mission"]["items"][1]["TransectStyleComplexItem"]["Items"]
    found = from_qgc(path.read_text(), file=path)
    assert len(found.items) == len(data["mission"]["items"]) - 1 + len(inner)
    assert [item.command for item in found.items[1 : len(inner) + 1]] == [item["command"] for item in inner]


@pytest.mark.shared
def test_a_command_without_a_place_keeps_its_last_parameters(shared_data: Path) -> None:
    path = shared_data / "formats" / "plans" / "mavsdk_qgroundcontrol_sample_with_digicam_control.plan"
    (item,) = from_qgc(path.read_text(), file=path).items
    assert (item.command, item.frame, item.params) == (203, 2, (1, 0, 0, 0, 1, 0, 0))


@pytest.mark.shared
def test_fences_to_stay_in_and_to_keep_out_of_are_read(shared_data: Path) -> None:
    path = shared_data / "formats" / "plans" / "qgc_geofence_inclusion_exclusion.plan"
    found = from_qgc(path.read_text(), file=path)
    assert [(zone.rule, len(zone.corners)) for zone in found.zones] == [(ZoneRule.STAY_IN, 4), (ZoneRule.KEEP_OUT, 4)]
    assert found.zones[0].corners[0].lat_deg == 38.7507608625056


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sample_without_mission", "mission: is missing"),
        ("sample_wrong_mission_version", r"mission\.version: version 7 is not understood \(version 2\)"),
        ("sample_wrong_overall_version", "version: version 42 is not understood"),
        ("sample_with_survey_wrong_version", r"mission\.items\.1\.version: survey version 9 is not understood"),
        (
            "sample_with_survey_missing_items",
            r"mission\.items\.1\.TransectStyleComplexItem\.Items: is missing \(save the plan again",
        ),
    ],
)
def test_plans_that_are_broken_are_refused_where_they_break(shared_data: Path, name: str, message: str) -> None:
    path = shared_data / "formats" / "plans" / f"mavsdk_qgroundcontrol_{name}.plan"
    with pytest.raises(InputError, match=message):
        from_qgc(path.read_text(), file=path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not whole JSON"),
        ("[]", "is no QGroundControl plan"),
        ('{"fileType": "Plan", "version": 1, "mission": {"version": 2}}', r"mission\.items: is missing"),
        (
            (
                '{"fileType": "Plan", "version": 1, "mission": {"version": 2, "items": [{"type": "ComplexItem", '
                '"complexItemType": "StructureScan"}]}}'
            ),
            r"mission\.items\.0: StructureScan is not understood",
        ),
        (
            (
                '{"fileType": "Plan", "version": 1, "mission": {"version": 2, "items": [{"type": "SimpleItem", '
                '"command": 16, "frame": 3, "params": [1, 2]}]}}'
            ),
            r"mission\.items\.0: is no whole item \(command, frame and seven params",
        ),
        (
            (
                '{"fileType": "Plan", "version": 1, "mission": {"version": 2, "items": [], '
                '"plannedHomePosition": [123, 0, 0]}}'
            ),
            r"mission\.plannedHomePosition: is no position \(\[latitude, longitude\]\)",
        ),
        (
            (
                '{"fileType": "Plan", "version": 1, "mission": {"version": 2, "items": []}, '
                '"geoFence": {"polygons": [{"polygon": [[1, 2]]}]}}'
            ),
            r"geoFence\.polygons\.0: needs at least 3 corners",
        ),
        (
            (
                '{"fileType": "Plan", "version": 1, "mission": {"version": 2, "items": []}, '
                '"geoFence": {"circles": [{"circle": {}}]}}'
            ),
            r"geoFence\.circles\.0: is no circle",
        ),
        (
            '{"fileType": "Plan", "version": 1, "mission": {"version": 2, "items": []}, "geoFence": []}',
            "geoFence: is no object",
        ),
    ],
)
def test_a_qgc_plan_with_a_wrong_part_is_refused_by_its_field(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        from_qgc(text)


def test_round_fences_and_rally_points_are_read() -> None:
    text = json.dumps(
        {
            "fileType": "Plan",
            "version": 1,
            "mission": {"version": 2, "items": [], "plannedHomePosition": [1, 2, None]},
            "geoFence": {"circles": [{"circle": {"center": [1, 2], "radius": 30}, "inclusion": False}]},
            "rallyPoints": {"points": [[1.5, 2.5, 40]]},
        }
    )
    found = from_qgc(text)
    assert [(circle.radius_m, circle.rule) for circle in found.circles] == [(30.0, ZoneRule.KEEP_OUT)]
    assert [(p.position.lat_deg, p.position.lon_deg) for p in found.rally] == [(1.5, 2.5)]
    assert [p.altitude for p in found.rally] == [Altitude(metres=40.0, above=AltitudeReference.HOME)]


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.sampled_from(["SimpleItem", "x"]) | st.integers(0, 20),
    lambda inner: (
        st.lists(inner, max_size=7)
        | st.dictionaries(st.sampled_from(["type", "params", "command", "frame", "polygon", "circle", "points"]), inner)
    ),
    max_leaves=10,
)


@given(items=_JSON, fence=_JSON, rally=_JSON, home=_JSON, speed=_JSON)
def test_any_json_in_a_qgc_plan_is_read_or_refused(
    items: object, fence: object, rally: object, home: object, speed: object
) -> None:
    mission = {"version": 2, "items": items, "plannedHomePosition": home, "cruiseSpeed": speed}
    text = json.dumps({"fileType": "Plan", "version": 1, "mission": mission, "geoFence": fence, "rallyPoints": rally})
    try:
        from_qgc(text)
    except InputError:
        return


@pytest.mark.shared
def test_mission_planners_and_dronekits_waypoint_files_are_read(shared_data: Path) -> None:
    folder = shared_data / "formats" / "plans"
    dronekit = wpl_items((folder / "dronekit_mpmission.waypoints").read_text())
    assert [item.command for item in dronekit] == [16, 22, 16, 16, 16, 16, 16]
    assert (dronekit[0].current, dronekit[0].params[4:]) == (True, (-35.363262, 149.165237, 584.0))
    planner = wpl_items((folder / "mavsdk_mission_planner_sample.txt").read_text())
    assert [(item.command, item.frame) for item in planner] == [(22, 5), (16, 5), (16, 5), (20, 5)]


def test_spaces_blank_lines_and_a_byte_order_mark_are_no_matter() -> None:
    text = "\ufeffQGC WPL 110\r\n\r\n0 1 0 16  0 0 0 0 -35.3 149.1 584 1\r\n1\t0\t3\t16 0 0 0 nan 1 2 3 0\r\n"
    home, item = wpl_items(text)
    assert (home.current, home.autocontinue, item.autocontinue) == (True, True, False)
    assert math.isnan(item.params[3])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", r"w\.txt:1: is no waypoint file \(the first line is QGC WPL 110\)", id="empty"),
        pytest.param("hello", "is no waypoint file", id="other text"),
        pytest.param("QGC WPL 120\n", "version 120 is not understood", id="other version"),
        pytest.param("QGC WPL 110\n\n", "holds no items", id="no items"),
        pytest.param("QGC WPL 110\n0 1 0 16 0 0", "w.txt:2: has 6 columns .12: seq current", id="short line"),
        pytest.param("QGC WPL 110\n0 1 0 16 0 0 0 x 1 2 3 1", "w.txt:2: p4: is 'x' .a number", id="a word"),
        pytest.param("QGC WPL 110\n0 1 0 16.5 0 0 0 0 1 2 3 1", "command: is '16.5' .a whole number", id="half"),
        pytest.param("QGC WPL 110\n0 1 0 nan 0 0 0 0 1 2 3 1", "command: is 'nan'", id="no number"),
        pytest.param("QGC WPL 110\n0 1 0 16 0 0 0 0 1 2 1e999 1", "z: is '1e999' .a finite", id="infinite"),
    ],
)
def test_a_waypoint_file_is_refused_with_line_and_column(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        from_wpl(text, file="w.txt")


@given(text=st.text(max_size=80))
def test_any_text_is_a_waypoint_file_or_a_clear_refusal(text: str) -> None:
    try:
        from_wpl("QGC WPL 110\n" + text)
    except InputError:
        return


def test_geojson_shows_dock_legs_stretches_fence_and_rally(plan: Plan) -> None:
    document = json.loads(to_geojson(plan))
    kinds = [feature["properties"]["kind"] for feature in document["features"]]
    assert kinds == [
        "dock", "stretch", "stretch", "leg", "leg", "leg", "leg", "leg", "leg", "leg", "fence", "keep_out", "rally",
        "rally",
    ]  # fmt: skip
    assert document["features"][0]["geometry"]["coordinates"] == [114.41405, 30.45772]
    for feature in document["features"]:
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        assert shape.is_valid
        west, south, east, north = shape.bounds
        assert 114.4 < west <= east < 114.5
        assert 30.4 < south <= north < 30.5


def test_geojson_legs_start_and_end_at_the_dock_without_gaps(plan: Plan) -> None:
    document = json.loads(to_geojson(plan))
    for sortie in plan.sorties:
        legs = [f for f in document["features"] if f["properties"].get("sortie_id") == sortie.sortie_id]
        lines = [leg["geometry"]["coordinates"] for leg in legs]
        assert lines[0][0] == lines[-1][-1] == [114.41405, 30.45772]
        assert all(one[-1] == two[0] for one, two in pairwise(lines))
        assert [leg["properties"]["number"] for leg in legs] == list(range(1, len(legs) + 1))


def test_geojson_areas_are_closed_and_counter_clockwise(plan: Plan) -> None:
    document = json.loads(to_geojson(plan))
    rings = [f["geometry"]["coordinates"][0] for f in document["features"] if f["geometry"]["type"] == "Polygon"]
    assert len(rings) == 2
    assert all(ring[0] == ring[-1] and shapely.LinearRing(ring).is_ccw for ring in rings)


def test_items_are_home_gimbal_take_off_legs_and_return_in_order(plan: Plan) -> None:
    items = mission_items(plan, plan.sorties[0])
    assert [item.seq for item in items] == list(range(len(items)))
    assert [item.command for item in items] == [16, 1000, 22, 178, 16, 178, 16, 1000, 16, 20]
    assert items[0].altitude == Altitude(metres=32.0, above=AltitudeReference.AMSL)
    assert items[2].altitude == Altitude(metres=60.0, above=AltitudeReference.HOME)
    assert [item.waypoint_index for item in items if item.waypoint_index is not None] == [0, 1, 2]
    speeds = [item.params[1] for item in items if item.command == mav.MAV_CMD_DO_CHANGE_SPEED]
    assert speeds == [10.0, 8.0]


def test_the_gimbal_is_told_whole_degrees_and_only_when_they_change(plan: Plan) -> None:
    sortie = plan.sorties[0]
    pitches = (-60.2, -59.8, -61.0)
    waypoints = tuple(
        replace(waypoint, gimbal_pitch_deg=pitch) for waypoint, pitch in zip(sortie.waypoints, pitches, strict=True)
    )
    items = mission_items(plan, replace(sortie, waypoints=waypoints))
    told = [item.params[0] for item in items if item.command == mav.MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW]
    assert told == [-60.0, -61.0]


def test_no_item_of_a_plan_is_nan_because_copter_refuses_it(plan: Plan) -> None:
    items = [item for sortie in plan.sorties for item in mission_items(plan, sortie)]
    assert not any(math.isnan(value) for item in items for value in stored(item).params)


def test_items_of_the_rest_of_a_sortie_set_speed_and_gimbal_again(plan: Plan) -> None:
    items = mission_items(plan, plan.sorties[0], first_waypoint=2)
    assert [item.command for item in items] == [16, 1000, 22, 178, 16, 20]
    assert [item.waypoint_index for item in items if item.waypoint_index is not None] == [2]
    assert (items[3].params[1], items[1].params[0]) == (8.0, -70.0)


def test_fence_items_count_the_corners_of_their_polygon(plan: Plan) -> None:
    items = fence_items(plan)
    assert [item.seq for item in items] == list(range(7))
    assert [(item.command, item.params[0]) for item in items] == [(5001, 4.0)] * 4 + [(5002, 3.0)] * 3
    assert [item.position for item in items] == [*plan.fence.corners, *plan.keep_out[0].corners]


def test_rally_points_are_at_the_highest_take_off_height(plan: Plan) -> None:
    items = rally_items(plan)
    assert [item.position for item in items] == list(plan.rally)
    assert {item.altitude for item in items} == {Altitude(metres=65.0, above=AltitudeReference.HOME)}
