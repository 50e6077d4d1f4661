"""The mission file's failsafes: what may be chosen is taken into the plan, the rest is refused with its line."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions import FailsafeAction, FailsafePolicy, InputError, Plan
from missions.codec import from_json, to_json
from missions.formats.plan_file import load_plan, save_plan, with_hash
from missions.mission_file import load_mission

MISSION = "name: Town\nroads: {file: roads.geojson}\ndock: {lat: 30.5, lon: 114.4}\n"
CHOICES = {
    "on_link_loss": {"continue", "return", "smart_return", "land", "hold"},
    "on_low_battery": {"report", "return", "smart_return", "land"},
    "on_critical_battery": {"report", "return", "smart_return", "land"},
    "on_gps_loss": {"report", "return", "land"},
    "on_fence_breach": {"report", "return", "smart_return", "land", "hold"},
    "on_video_loss": {"report", "hold", "return", "land"},
    "on_thrust_loss": {"report", "return", "land"},
    "on_strong_wind": {"report", "return", "land"},
    "on_grounded": {"report", "disarm", "force_disarm"},
}


def policy_of(tmp_path: Path, section: str) -> FailsafePolicy:
    path = tmp_path / "mission.yaml"
    path.write_text(f"{MISSION}{section}\n", encoding="utf-8")
    return load_mission(path).mission.failsafes


def test_a_mission_without_failsafes_comes_home_on_a_lost_link_and_lands_without_gps(tmp_path: Path) -> None:
    policy = policy_of(tmp_path, "")
    assert policy == FailsafePolicy()
    assert (policy.on_link_loss, policy.link_loss_after_s) == (FailsafeAction.RETURN, 5.0)
    assert (policy.on_low_battery, policy.on_critical_battery) == (FailsafeAction.RETURN, FailsafeAction.LAND)
    assert (policy.on_gps_loss, policy.on_video_loss) == (FailsafeAction.LAND, FailsafeAction.REPORT)


@pytest.mark.parametrize("field", CHOICES)
@pytest.mark.parametrize("action", FailsafeAction)
def test_each_fault_has_its_choices_and_the_others_are_refused(
    tmp_path: Path, field: str, action: FailsafeAction
) -> None:
    section = f"failsafes:\n  {field}: {action.value}"
    if action.value in CHOICES[field]:
        chosen = getattr(policy_of(tmp_path, section), field)
        assert isinstance(chosen, FailsafeAction)
        assert chosen is action
    else:
        with pytest.raises(
            InputError,
            match=rf":5: failsafes\.{field}: has to be one of this fault's actions, not '{action.value}' \(",
        ):
            policy_of(tmp_path, section)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param(
            "on_gps_los: land", r":5: failsafes\.on_gps_los: unknown field \(did you mean on_gps_loss", id="typo"
        ),
        pytest.param(
            "on_gps_loss: hover", r":5: failsafes\.on_gps_loss: .*not 'hover' \(report, land or return", id="no action"
        ),
        pytest.param("link_loss_after_s: 1", r":5: failsafes\.link_loss_after_s: .*2", id="sooner than a vehicle can"),
        pytest.param("link_loss_after_s: .nan", r":5: failsafes\.link_loss_after_s: ", id="no number"),
        pytest.param("video_loss_after_s: .inf", r":5: failsafes\.video_loss_after_s: ", id="never"),
        pytest.param("low_battery_pct: 0", r":5: failsafes\.low_battery_pct: ", id="empty battery"),
        pytest.param("resume_after_link_loss: perhaps", r":5: failsafes\.resume_after_link_loss: ", id="perhaps"),
        pytest.param(
            "low_battery_pct: 20\n  critical_battery_pct: 20",
            r":6: failsafes\.critical_battery_pct: 20 is not below low_battery_pct 20",
            id="critical before low",
        ),
    ],
)
def test_a_failsafe_that_cannot_be_meant_is_refused_with_its_line(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        policy_of(tmp_path, f"failsafes:\n  {line}")
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


@given(
    actions=st.fixed_dictionaries({field: st.sampled_from(sorted(choices)) for field, choices in CHOICES.items()}),
    after_s=st.floats(2, 120),
    low_pct=st.none() | st.floats(50, 95),
    critical_pct=st.none() | st.floats(1, 49),
)
def test_a_policy_comes_back_from_json_as_it_was(
    actions: dict[str, str], after_s: float, low_pct: float | None, critical_pct: float | None
) -> None:
    numbers = {"link_loss_after_s": after_s, "low_battery_pct": low_pct, "critical_battery_pct": critical_pct}
    policy = FailsafePolicy.model_validate({**actions, **numbers})
    assert from_json(FailsafePolicy, to_json(policy)) == policy


def test_a_plan_from_before_a_policy_was_added_is_written_and_hashed_as_it_was(plan: Plan) -> None:
    assert {"on_thrust_loss", "on_strong_wind", "on_grounded"}.isdisjoint(to_json(FailsafePolicy()).split('"'))
    bold = replace(plan, failsafes=FailsafePolicy(on_strong_wind=FailsafeAction.REPORT))
    assert '"on_strong_wind":"report"' in to_json(bold.failsafes)
    assert with_hash(bold).plan_hash != with_hash(plan).plan_hash


def test_a_plan_keeps_its_policy_and_its_hash_is_over_it(plan: Plan, tmp_path: Path) -> None:
    cautious = replace(plan, failsafes=FailsafePolicy(on_link_loss=FailsafeAction.LAND), fence_margin_m=60.0)
    save_plan(cautious, tmp_path / "plan.json")
    again = load_plan(tmp_path / "plan.json")
    assert again.failsafes == cautious.failsafes
    assert again.failsafes.on_link_loss is FailsafeAction.LAND
    assert again.fence_margin_m == 60.0
    assert again.plan_hash != with_hash(plan).plan_hash
    assert again.plan_hash != with_hash(replace(cautious, fence_margin_m=61.0)).plan_hash
