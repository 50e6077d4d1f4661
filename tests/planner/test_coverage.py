"""What a plan shows, against counting pictures one by one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shapely import Point, Polygon

from geo import footprint_enu_m
from missions import FleetPlan, Plan, Wanted
from missions.hardware import load_camera
from missions.mission import Mission
from planner import Effort, plan_fleet
from planner.coverage import coverage_of, required_lines, stations_of
from planner.profile import waypoints_enu_m
from planner.swept import swept_of
from tests.planner.in_metres import FRAME

STREET = [[(50.0, 0.0), (450.0, 0.0)]]


def _pictures(plan: Plan) -> list[Polygon]:
    """The whole footprint of a picture every 3 m of flight, corner by corner."""
    camera = load_camera(plan.camera).pinhole
    pictures = []
    for sortie in plan.sorties:
        points = waypoints_enu_m(plan.dock, sortie.waypoints, takeoff_height_m=sortie.takeoff_height_m)
        for start, end, waypoint in zip(points[:-2], points[1:-1], sortie.waypoints, strict=True):
            length = float(np.linalg.norm(end - start))
            if length < 0.5:
                continue
            east, north, _ = (end - start) / length
            pictures += [
                Polygon(
                    footprint_enu_m(
                        camera,
                        origin_enu_m=start + share * (end - start),
                        azimuth_deg=float(np.degrees(np.arctan2(east, north))),
                        pitch_deg=waypoint.gimbal_pitch_deg,
                    )
                )
                for share in np.linspace(0.0, 1.0, int(length / 3.0) + 2)
            ]
    return pictures


def test_metres_seen_agree_with_pictures_counted_one_by_one(plan: Any, blocks: Any) -> None:
    made: Plan = replace(plan(blocks[:8], height_m=60.0), wanted=None)
    pictures = _pictures(made)
    swept = swept_of(made, None)
    for line in required_lines(made):
        along, across = stations_of(line)
        places = np.concatenate([along, across.reshape(-1, 2) * 1.2])[::9]
        counted = [any(picture.intersects(Point(place)) for picture in pictures) for place in places]
        shown = swept.shown_by(places) > 0
        assert not (np.array(counted) & ~shown).any()
        assert (np.array(counted) != shown).mean() < 0.05  # between two pictures 3 m apart


def test_a_street_is_seen_whole_and_its_metres_add_up(plan: Any, blocks: Any) -> None:
    made: Plan = plan(blocks, height_m=60.0)
    report = coverage_of(made)
    total = report.total
    assert report.pixels_counted
    assert total.required_m == pytest.approx(sum(stretch.length_m for stretch in made.stretches), rel=1e-6)
    assert total.seen_m == pytest.approx(total.required_m)
    assert total.seen_m + total.unseen_m == pytest.approx(total.required_m)
    assert 0 < total.seen_twice_m <= total.seen_m
    assert total.full_width_m == total.seen_m
    assert total.reasons == {}
    assert sum(s.seen.required_m for s in report.stretches) == pytest.approx(total.required_m)


def test_too_few_pixels_are_told_from_no_picture(plan: Any) -> None:
    made: Plan = plan(STREET, height_m=60.0)
    demanding = Wanted(kind="two_wheeler", smallest_px=60.0, input_width_px=1280, input_height_px=736)
    assert set(coverage_of(replace(made, wanted=demanding)).total.reasons) == {"too_few_pixels"}
    flown = made.sorties[0]
    half = replace(made, sorties=(replace(flown, waypoints=flown.waypoints[:1]),))
    total = coverage_of(half).total
    assert total.reasons["outside_footprint"] == pytest.approx(total.unseen_m)
    assert total.unseen_m > 250.0


def test_what_a_zone_forbids_is_required_all_the_same(plan: Any) -> None:
    zone = [(200.0, -150.0), (350.0, -150.0), (350.0, 150.0), (200.0, 150.0)]
    made: Plan = plan(STREET, zones=[zone], height_m=30.0)
    total = coverage_of(made).total
    assert total.required_m == pytest.approx(400.0, abs=1.0)
    (piece,) = made.left_out
    assert piece.reason == "no_fly"
    assert list(total.reasons) == ["no_fly"]
    assert 60.0 < total.reasons["no_fly"] < 170.0  # 170 m lie inside; pictures look on past the border


def test_what_is_out_of_radio_range_is_required_all_the_same(plan: Any) -> None:
    made: Plan = plan(STREET, height_m=60.0, radio_range_m=300.0)
    total = coverage_of(made).total
    assert total.required_m == pytest.approx(400.0, abs=1.0)
    assert list(total.reasons) == ["radio_range"]
    assert made.notes[0].startswith("road r0: 157 m are out of flight.radio_range_m")


def test_a_wide_carriageway_is_not_seen_to_its_edges_by_a_low_flight(plan: Any) -> None:
    made: Plan = plan(STREET, height_m=12.0)
    wide = replace(made, stretches=tuple(replace(stretch, width_m=40.0) for stretch in made.stretches))
    total = coverage_of(wide).total
    assert total.seen_m == pytest.approx(total.required_m)
    assert total.full_width_m == 0.0


def test_the_report_imports_nothing_of_the_search() -> None:
    from tests.planner.test_check import imports_of

    assert not imports_of("planner.coverage") & {"planner.search", "planner.task", "planner.visits", "planner.planning"}


@pytest.mark.shared
def test_all_metres_of_wuhan_are_seen(shared_data: Path) -> None:
    from missions.roads import load_network
    from planner import plan_mission
    from tests.planner.in_metres import mission_amid

    path = shared_data / "roads" / "wuhan_1km.geojson"
    network = load_network(path)
    plan = plan_mission(mission_amid(network), "h", network, Effort(iterations=60))
    total = coverage_of(plan).total
    assert total.required_m == pytest.approx(23_527, rel=0.005)
    assert total.seen_m > 0.999 * total.required_m
    assert any(note.startswith("height 91 m") for note in plan.notes)


FLEET = {"west": (-320.0, 0.0), "east": (320.0, 0.0)}


def _fleet(network: Any, lines: Any, zones: Any = ()) -> FleetPlan:
    places = {dock: FRAME.enu_to_geodetic(np.array([place]))[0] for dock, place in FLEET.items()}
    corners = [FRAME.enu_to_geodetic(np.array(zone)) for zone in zones]
    mission = Mission.model_validate(
        {
            "name": "Seen",
            "roads": {"file": "test.geojson"},
            "docks": [{"id": dock, "lat": place[0], "lon": place[1]} for dock, place in places.items()],
            "fleet": [{"vehicle_id": dock, "system_id": n, "dock": dock} for n, dock in enumerate(FLEET, start=1)],
            "flight": {"height_m": 60, "goal": "makespan"},
            "no_fly": [
                {"id": f"z{number}", "corners": [{"lat": lat, "lon": lon} for lat, lon, _ in zone]}
                for number, zone in enumerate(corners)
            ],
        }
    )
    return plan_fleet(mission, "hash", network(lines), Effort(iterations=100))


def test_a_fleet_shows_every_street_once_whoever_flies_it(network: Any, blocks: Any) -> None:
    made = _fleet(network, blocks)
    assert len(made.plans) == 2
    report = coverage_of(made)
    assert report.total.required_m == pytest.approx(sum(stretch.length_m for stretch in made.stretches), rel=1e-3)
    assert report.total.seen_m == pytest.approx(report.total.required_m)
    assert [one.stretch_id for one in report.stretches] == [stretch.stretch_id for stretch in made.stretches]


def test_what_one_aircraft_does_not_fly_another_may_show_and_else_nobody_does(network: Any, blocks: Any) -> None:
    made = _fleet(network, blocks)
    whole = coverage_of(made).total
    alone = coverage_of(replace(made, plans=made.plans[:1], dock_ids=made.dock_ids[:1])).total
    own = coverage_of(made.plans[0]).total
    assert alone.required_m == pytest.approx(whole.required_m)
    assert own.seen_m <= alone.seen_m < whole.seen_m
    assert alone.unseen_m == pytest.approx(alone.reasons["outside_footprint"])


def test_roads_that_the_fleet_may_not_fly_are_left_out_once(network: Any, blocks: Any) -> None:
    made = _fleet(network, blocks, [[(-220.0, -220.0), (20.0, -220.0), (20.0, 20.0), (-220.0, 20.0)]])
    report = coverage_of(made)
    lost_m = report.total.required_m - sum(one.seen.required_m for one in report.stretches)
    assert lost_m == pytest.approx(4 * 130.0, abs=8.0)  # four streets meet in the zone and its clearance of 10 m
    assert 0 < report.total.reasons["no_fly"] <= lost_m
