"""The mission's failsafes as a Copter's parameters: every choice, on the names of 4.6 and of 4.7."""

import math
from dataclasses import replace

import pytest
from flight_fakes import drawn_plan
from hypothesis import given
from hypothesis import strategies as st
from ready_vehicle import COPTER_4_6, COPTER_4_7, configured, parameters

from flight.battery_gauge import Gauge, battery_limits
from flight.events import CheckState
from flight.failsafe_parameters import judge_parameters, wanted_parameters
from missions import FailsafePolicy, Plan
from missions.hardware import load_airframe

PLAN = drawn_plan((0, 80), (80, 80))
FAR = drawn_plan((0, 2000), (80, 2000))
QUAD = load_airframe("quad-5kg")


def wanted(
    plan: Plan = PLAN, /, table: dict[str, tuple[float, int]] = COPTER_4_6, **policy: object
) -> dict[str, float]:
    chosen = FailsafePolicy.model_validate(policy)
    return dict(wanted_parameters(chosen, plan, parameters(table)))


@pytest.mark.parametrize("table", [COPTER_4_6, COPTER_4_7], ids=["4.6", "4.7"])
@pytest.mark.parametrize(
    ("fault", "action", "values"),
    [
        ("on_link_loss", "return", {"FS_GCS_ENABLE": 1, "FS_OPTIONS": 16}),
        ("on_link_loss", "continue", {"FS_GCS_ENABLE": 1, "FS_OPTIONS": 18}),
        ("on_link_loss", "smart_return", {"FS_GCS_ENABLE": 3, "FS_OPTIONS": 16}),
        ("on_link_loss", "land", {"FS_GCS_ENABLE": 5, "FS_OPTIONS": 16}),
        ("on_link_loss", "hold", {"FS_GCS_ENABLE": 7, "FS_OPTIONS": 16}),
        ("on_low_battery", "report", {"BATT_FS_LOW_ACT": 0}),
        ("on_low_battery", "land", {"BATT_FS_LOW_ACT": 1}),
        ("on_low_battery", "return", {"BATT_FS_LOW_ACT": 2}),
        ("on_low_battery", "smart_return", {"BATT_FS_LOW_ACT": 3}),
        ("on_critical_battery", "report", {"BATT_FS_CRT_ACT": 0}),
        ("on_critical_battery", "land", {"BATT_FS_CRT_ACT": 1}),
        ("on_critical_battery", "return", {"BATT_FS_CRT_ACT": 2}),
        ("on_critical_battery", "smart_return", {"BATT_FS_CRT_ACT": 3}),
        ("on_gps_loss", "report", {"FS_DR_ENABLE": 0, "FS_EKF_ACTION": 0}),
        ("on_gps_loss", "land", {"FS_DR_ENABLE": 1, "FS_EKF_ACTION": 1}),
        ("on_gps_loss", "return", {"FS_DR_ENABLE": 2, "FS_EKF_ACTION": 1}),
        ("on_fence_breach", "report", {"FENCE_ACTION": 0}),
        ("on_fence_breach", "return", {"FENCE_ACTION": 1}),
        ("on_fence_breach", "land", {"FENCE_ACTION": 2}),
        ("on_fence_breach", "smart_return", {"FENCE_ACTION": 3}),
        ("on_fence_breach", "hold", {"FENCE_ACTION": 4}),
    ],
)
def test_every_choice_has_its_parameters_and_passes_once_they_are_set(
    table: dict[str, tuple[float, int]], fault: str, action: str, values: dict[str, float]
) -> None:
    found = wanted(table=table, **{fault: action})
    assert {name: found[name] for name in values} == values
    plan = replace(PLAN, failsafes=FailsafePolicy.model_validate({fault: action}))
    rows = judge_parameters(plan.failsafes, plan, configured(plan, table))
    assert {row.state for row in rows} == {CheckState.PASS}
    for name, value in values.items():
        other = configured(plan, table, **{name: value + 1.0})
        failed = [row for row in judge_parameters(plan.failsafes, plan, other) if row.state is CheckState.FAIL]
        assert len(failed) <= 1
        if name != "FS_OPTIONS":  # its other bits are no business of the policy
            assert f"{name} is {value + 1:g}, has to be {value:g}" in failed[0].detail


def test_heights_are_in_the_units_of_each_firmware() -> None:
    assert wanted()["RTL_ALT"] == 3000.0
    assert wanted(table=COPTER_4_7)["RTL_ALT_M"] == 30.0
    uneven = replace(PLAN, sorties=(replace(PLAN.sorties[0], takeoff_height_m=30.1234),))
    assert wanted(uneven)["RTL_ALT"] == 3012.0, "whole centimetres"


def test_fences_of_another_site_are_switched_off_and_the_switch_comes_last() -> None:
    changed = parameters(FENCE_TYPE=15.0, FENCE_AUTOENABLE=3.0)
    found = wanted_parameters(PLAN.failsafes, PLAN, changed)
    assert (found["FENCE_TYPE"], found["FENCE_AUTOENABLE"], found["FENCE_ALT_MAX"]) == (5.0, 0.0, PLAN.ceiling_m)
    fences = [name for name in found if name.startswith("FENCE_")]
    assert fences[-1] == "FENCE_ENABLE"


@pytest.mark.parametrize(
    ("speedup", "timeout_s"), [(None, 8.0), (1.0, 8.0), (10.0, 8.0), (12.0, 36.0), (40.0, 120.0), (100.0, 120.0)]
)
def test_the_time_of_a_lost_link_is_the_policys_but_for_a_simulation_that_races(
    speedup: float | None, timeout_s: float
) -> None:
    changes = {} if speedup is None else {"SIM_SPEEDUP": speedup}
    found = wanted_parameters(FailsafePolicy(link_loss_after_s=8.0), PLAN, parameters(**changes))
    assert found["FS_GCS_TIMEOUT"] == timeout_s
    assert parameters(**changes).is_simulated is (speedup is not None)


def test_a_vehicle_without_a_battery_gauge_cannot_have_a_battery_failsafe_unless_nothing_was_asked_of_it() -> None:
    blind = configured(PLAN, BATT_CAPACITY=0.0)
    rows = {row.name: row for row in judge_parameters(PLAN.failsafes, PLAN, blind)}
    assert "BATT_CAPACITY is not set" in rows["low battery"].detail
    report = FailsafePolicy.model_validate({"on_low_battery": "report", "on_critical_battery": "report"})
    plan = replace(PLAN, failsafes=report)
    rows = {row.name: row for row in judge_parameters(report, plan, configured(plan, BATT_CAPACITY=0.0))}
    assert rows["low battery"].state is CheckState.PASS


def test_dead_reckoning_is_needed_only_by_who_wants_to_return_without_gps() -> None:
    without = {name: value for name, value in COPTER_4_6.items() if name != "FS_DR_ENABLE"}
    for action, state in (("land", CheckState.PASS), ("return", CheckState.FAIL)):
        plan = replace(PLAN, failsafes=FailsafePolicy.model_validate({"on_gps_loss": action}))
        rows = {row.name: row for row in judge_parameters(plan.failsafes, plan, configured(plan, without))}
        assert rows["gps loss"].state is state


def test_a_vehicle_that_knows_no_drag_lands_without_gps_and_must_not_promise_to_return() -> None:
    plan = replace(PLAN, failsafes=FailsafePolicy.model_validate({"on_gps_loss": "return"}))
    blind = configured(plan, EK3_DRAG_BCOEF_X=0.0)
    rows = {row.name: row for row in judge_parameters(plan.failsafes, plan, blind)}
    assert "it cannot reckon where it is" in rows["gps loss"].detail
    assert {row.state for row in judge_parameters(PLAN.failsafes, PLAN, configured(PLAN, EK3_DRAG_BCOEF_X=0.0))} == {
        CheckState.PASS
    }


def test_the_limits_of_the_battery_are_the_energy_of_the_way_home_and_of_a_landing() -> None:
    # Landing from 30 m: 20 m at 2 m/s, 10 m at 0.5 m/s, 5 s over home and half a minute to spare, at 640 W.
    landing_wh = 640.0 * (10 + 20 + 5 + 30) / 3600
    farthest_m = math.hypot(80, 2000)
    return_wh = 600.0 * farthest_m / 8.0 / 3600
    unusable_mah = 16000 - 320 / 22.5 * 1000
    limits = battery_limits(FailsafePolicy(), FAR, 16000.0)
    assert limits.critical_mah == pytest.approx(unusable_mah + landing_wh / 22.5 * 1000, abs=1.0)
    assert limits.low_mah == pytest.approx(unusable_mah + (landing_wh + return_wh) / 22.5 * 1000, rel=1e-3)


def test_a_low_battery_is_never_more_than_the_reserve_a_sortie_may_come_down_to() -> None:
    very_far = drawn_plan((0, 6000), (80, 6000))
    low_mah = battery_limits(FailsafePolicy(), very_far, 320 / 22.5 * 1000).low_mah
    assert low_mah == pytest.approx(0.25 * 320 / 22.5 * 1000, abs=1.0)


POLICIES = st.one_of(
    st.builds(FailsafePolicy, low_battery_pct=st.none() | st.floats(1, 95)),
    st.builds(FailsafePolicy, critical_battery_pct=st.floats(1, 95)),
    st.builds(FailsafePolicy, low_battery_pct=st.floats(30, 95), critical_battery_pct=st.floats(1, 29)),
)


@given(capacity_mah=st.floats(500, 60000), policy=POLICIES, far_m=st.floats(30, 8000))
def test_critical_is_always_below_low_and_what_the_operator_chose_is_kept(
    capacity_mah: float, policy: FailsafePolicy, far_m: float
) -> None:
    limits = battery_limits(policy, drawn_plan((0, far_m)), capacity_mah)
    assert 0 < limits.critical_mah < limits.low_mah
    if policy.low_battery_pct is not None:
        assert limits.low_mah == pytest.approx(capacity_mah * policy.low_battery_pct / 100, abs=2.0)
    if policy.critical_battery_pct is not None:
        assert limits.critical_mah == pytest.approx(capacity_mah * policy.critical_battery_pct / 100, abs=2.0)


@given(capacity_mah=st.floats(100, 60000), pct=st.floats(0, 100))
def test_a_gauge_gives_back_the_charge_its_energy_was_worked_out_from(capacity_mah: float, pct: float) -> None:
    gauge = Gauge.of(QUAD, capacity_mah)
    usable_wh = gauge.usable_wh(pct)
    assert 0 <= usable_wh <= QUAD.battery_wh + 1e-9
    if usable_wh > 0:
        assert gauge.left_mah(usable_wh) == pytest.approx(capacity_mah * pct / 100, rel=1e-6)
