"""Plans keep their hash, and nobody flies one that was changed."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from missions import GeoPoint, InputError, Plan
from missions.formats.plan_file import load_plan, save_plan, with_hash


def test_a_plan_comes_back_as_it_was_saved(plan: Plan, tmp_path: Path) -> None:
    save_plan(plan, tmp_path / "plan.json")
    again = load_plan(tmp_path / "plan.json")
    assert again == with_hash(plan)
    assert replace(again, plan_hash="") == plan
    assert [entry.name for entry in tmp_path.iterdir()] == ["plan.json"]


def test_the_hash_is_over_everything_else_and_over_nothing_twice(plan: Plan) -> None:
    hashed = with_hash(plan)
    assert len(hashed.plan_hash) == 64
    assert with_hash(hashed) == hashed
    assert with_hash(replace(plan, dock_amsl_m=32.000001)).plan_hash != hashed.plan_hash
    assert with_hash(replace(plan, rally=plan.rally[:1])).plan_hash != hashed.plan_hash


def _move_first_waypoint(data: dict[str, Any]) -> None:
    data["sorties"][0]["waypoints"][0]["position"]["lat_deg"] += 0.01


def _widen_the_fence(data: dict[str, Any]) -> None:
    data["fence"]["corners"][0]["lon_deg"] = 114.2


def _add_a_field(data: dict[str, Any]) -> None:
    data["sorties"][0]["comment"] = "mine"


def _write_a_number_as_text(data: dict[str, Any]) -> None:
    data["dock_amsl_m"] = "32.0"


@pytest.mark.parametrize("change", [_move_first_waypoint, _widen_the_fence, _add_a_field, _write_a_number_as_text])
def test_a_plan_edited_by_hand_is_refused(plan: Plan, tmp_path: Path, change: Any) -> None:
    path = tmp_path / "plan.json"
    save_plan(plan, path)
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(
        InputError, match=r"plan\.json: plan_hash: was changed after it was made \(plan again\)"
    ) as caught:
        load_plan(path)
    assert caught.value.exit_code == 2


def test_a_plan_that_only_was_laid_out_anew_is_still_the_plan(plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    save_plan(plan, path)
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8"))), encoding="utf-8")
    assert load_plan(path) == with_hash(plan)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b'{"mission_name": "x"', "Invalid JSON", id="cut"),
        pytest.param(b'{"mission_name": "x"}', r"plan\.json: mission_hash: Field required", id="wrong fields"),
        pytest.param(b"[]", "plan", id="a list"),
        pytest.param(b"\xff\xfe", "plan", id="not text"),
    ],
)
def test_what_is_no_plan_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        load_plan(path)
    assert "\n" not in str(caught.value)


def test_a_position_outside_the_world_is_named(plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    save_plan(plan, path)
    path.write_text(path.read_text(encoding="utf-8").replace("30.45772", "130.45772"), encoding="utf-8")
    with pytest.raises(InputError, match=r"dock.*not a WGS84 position"):
        load_plan(path)


def test_a_plan_that_is_not_there_is_refused(tmp_path: Path, plan: Plan) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        load_plan(tmp_path / "plan.json")
    with pytest.raises(InputError, match="cannot be written"):
        save_plan(plan, tmp_path / "absent" / "plan.json")


def test_a_dock_on_the_equator_survives(plan: Plan, tmp_path: Path) -> None:
    moved = replace(plan, dock=GeoPoint(lat_deg=-0.0, lon_deg=1e-17))
    save_plan(moved, tmp_path / "plan.json")
    assert load_plan(tmp_path / "plan.json").dock == moved.dock
