"""Whole missions to checked plans, and refusals that say why."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shapely import Polygon

from missions import FailsafeAction, FailsafePolicy, GeoPoint, InputError, LegKind, Plan, PlanningError
from missions.formats.plan_file import load_plan, save_plan, with_hash
from missions.roads import load_network
from missions.roads_section import KeepRoads
from patrol.mission_roads import load_mission_roads
from planner import Effort, check_plan, plan_mission
from tests.planner.in_metres import mission_amid
from tests.planner.sound import assert_sound, enu

STREET = [[(50.0, 0.0), (450.0, 0.0)]]


def test_the_example_mission_is_one_short_sortie(example_mission: Path, tmp_path: Path) -> None:
    roads = load_mission_roads(example_mission)
    plan = plan_mission(roads.loaded.mission, roads.loaded.mission_hash, roads.kept, Effort(iterations=200))
    assert_sound(plan)
    assert len(plan.sorties) == 1
    assert plan.notes == ()
    assert 180 < plan.estimate.time_s < 330  # what the demo counts on
    assert sum(stretch.length_m for stretch in plan.stretches) == pytest.approx(787, abs=5)
    save_plan(plan, tmp_path / "plan.json")
    assert load_plan(tmp_path / "plan.json") == plan == with_hash(plan)


def _real(path: Path, *, named_only: bool, seconds: float = 1.5) -> Plan:
    network = load_network(path, keep=KeepRoads(named_only=named_only))
    mission = mission_amid(network, wind={"speed_m_s": 3, "from_deg": 45})
    return plan_mission(mission, "hash", network, Effort(seconds=seconds))


@pytest.mark.shared
def test_wuhan_becomes_a_checked_plan(shared_data: Path) -> None:
    plan = _real(shared_data / "roads" / "1km" / "wuhan" / "overpass.json", named_only=False)
    assert_sound(plan)
    assert sum(stretch.length_m for stretch in plan.stretches) == pytest.approx(23_527, rel=0.005)  # planning notes
    assert len(plan.sorties) <= 5
    assert plan.estimate.service_m > 0.7 * plan.estimate.distance_m


@pytest.mark.shared
def test_the_named_roads_of_rio_become_a_checked_plan(shared_data: Path) -> None:
    plan = _real(shared_data / "roads" / "osm-xml" / "rio.osm", named_only=True)
    assert_sound(plan)
    assert len(plan.stretches) > 200
    assert len(plan.sorties) <= 8
    assert all(stretch.name for stretch in plan.stretches)


def test_service_is_flown_at_the_missions_speed_height_and_pitch(plan: Any, blocks: Any) -> None:
    made: Plan = plan(blocks, speed_m_s=6.0, height_m=70.0)
    for waypoint in made.sorties[0].waypoints:
        assert waypoint.altitude.metres == 70.0
        assert waypoint.gimbal_pitch_deg == -60.0
        assert waypoint.speed_m_s == (6.0 if waypoint.leg is LegKind.SERVICE else 10.0)
    assert made.sorties[0].waypoints[-1].position.lat_deg == pytest.approx(made.dock.lat_deg, abs=1e-6)


def test_a_plan_carries_the_missions_failsafes_and_fence_margin(network: Any, mission: Any) -> None:
    policy = FailsafePolicy(on_link_loss=FailsafeAction.LAND, link_loss_after_s=8.0)
    asked = mission(fence_margin_m=75.0).model_copy(update={"failsafes": policy})
    made = plan_mission(asked, "h", network(STREET), Effort(iterations=20))
    assert made.failsafes == policy
    assert made.fence_margin_m == 75.0


def test_the_same_seed_and_iterations_give_the_same_plan(plan: Any, blocks: Any) -> None:
    first, again = (plan(blocks, seed=5, iterations=120, reserve_pct=70) for _ in range(2))
    assert len(first.sorties) > 1
    assert first.plan_hash == again.plan_hash


def test_a_smaller_battery_takes_more_sorties_each_within_it(plan: Any, blocks: Any) -> None:
    counts = []
    for reserve in (25, 60, 80):
        made: Plan = plan(blocks, reserve_pct=reserve)
        assert_sound(made)
        counts.append(len(made.sorties))
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]


def test_sorties_of_one_aircraft_follow_each_other_with_a_swap_between(plan: Any, blocks: Any) -> None:
    made: Plan = plan(blocks, reserve_pct=75, swap_s=90.0)
    first, second, *_ = made.sorties
    assert first.starts_s == 0.0
    assert second.starts_s == pytest.approx(first.lands_s + 90.0, abs=0.1)
    early = replace(made, sorties=(first, replace(second, starts_s=first.lands_s - 5.0), *made.sorties[2:]))
    assert [violation.rule for violation in check_plan(early)] == ["timetable"]


def test_a_long_road_is_cut_to_what_a_battery_flies(plan: Any) -> None:
    made: Plan = plan([[(0.0, 30.0), (5_000.0, 30.0)]], reserve_pct=5)
    assert len(made.stretches) > 1
    assert_sound(made)


def test_a_zone_across_streets_is_flown_round_and_noted(plan: Any, blocks: Any) -> None:
    zone = [(40.0, 40.0), (160.0, 40.0), (160.0, 160.0), (40.0, 160.0)]
    made: Plan = plan(blocks, zones=[zone], names=["Ring"] * len(blocks))
    assert_sound(made)
    assert any("Ring" in note and "no-fly zone" in note for note in made.notes)
    assert sum(stretch.length_m for stretch in made.stretches) < 24 * 200.0


WRONG: Any = (
    pytest.param({"lines": STREET, "height_m": 119.0, "watch": {"smallest": "person"}}, "or lower", id="too high"),
    pytest.param({"lines": STREET, "speed_m_s": 25.0}, "flies up to 18 m/s", id="too fast"),
    pytest.param({"lines": STREET, "wind": {"speed_m_s": 14, "from_deg": 0}}, "flies in up to 12 m/s", id="a gale"),
    pytest.param({"lines": STREET, "zones": [[(500, 0), (600, 100), (600, 0), (500, 100)]]}, "crosses", id="bow tie"),
)  # fmt: skip
REFUSED: Any = (
    pytest.param({"lines": [[(30_000.0, 0.0), (30_400.0, 0.0)]]}, "30.0 km from the dock", id="too far"),
    pytest.param({"lines": STREET, "zones": [[(-50, -50), (50, -50), (50, 50), (-50, 50)]]}, "dock", id="dock in zone"),
    pytest.param({"lines": STREET, "zones": [[(40, -50), (460, -50), (460, 50), (40, 50)]]}, "no-fly", id="in zone"),
    pytest.param({"lines": []}, "no road is kept", id="no roads"),
)  # fmt: skip


@pytest.mark.parametrize(("settings", "words"), REFUSED)
def test_what_cannot_be_flown_is_refused_in_one_clear_line(plan: Any, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(PlanningError) as caught:
        plan(**settings)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("settings", "words"), WRONG)
def test_a_field_that_no_plan_can_meet_is_wrong_input_and_named(
    plan: Any, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError) as caught:
        plan(**settings)
    assert words in str(caught.value)
    assert caught.value.field is not None
    assert caught.value.remedy is not None


def test_a_road_shut_in_by_a_zone_is_refused(plan: Any) -> None:
    ring = [(300, -200), (700, -200), (700, 200), (300, 200), (300, 150), (650, 150), (650, -150), (320, -150),
            (320, 149), (300, 149)]  # fmt: skip
    with pytest.raises(PlanningError, match="no way there and back"):
        plan([[(450.0, 0.0), (550.0, 0.0)]], zones=[ring])


def test_zones_with_too_many_corners_are_enlarged_and_noted(plan: Any) -> None:
    angles = np.linspace(0, 2 * math.pi, 90, endpoint=False)
    circle = [(250 + 60 * math.cos(a), 300 + 60 * math.sin(a)) for a in angles]
    made: Plan = plan(STREET, zones=[circle])
    assert_sound(made)
    (zone,) = made.keep_out
    assert Polygon(enu(made, zone.corners)).buffer(0.1).covers(Polygon(circle))
    assert any("enlarged" in note for note in made.notes)


def test_a_weights_file_without_a_spec_is_noted_and_not_believed(plan: Any) -> None:
    made: Plan = plan(STREET, height_m=60.0, watch={"detector": "weights/own.onnx"})
    assert "was not checked" in made.notes[0]


def test_positions_are_kept_in_steps_of_mavlink(plan: Any) -> None:
    made: Plan = plan(STREET)
    points: list[GeoPoint] = [w.position for w in made.sorties[0].waypoints]
    assert all(round(p.lat_deg, 7) == p.lat_deg and round(p.lon_deg, 7) == p.lon_deg for p in points)
