"""The mission's failsafes as parameters of a Copter: what each has to be, and whether it is."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from flight.battery_gauge import battery_limits
from flight.events import Check, CheckState
from flight.failsafe_names import (
    BATTERY_VALUES,
    DEAD_RECKONING_VALUES,
    DRAG_COEFFICIENTS,
    EKF_VALUES,
    FENCE_TYPE_LEAST_HEIGHT,
    FENCE_VALUES,
    LINK_LOSS_VALUES,
    ROTOR_DRAG,
)
from flight.parameter_names import (
    BATTERY_CAPACITY_MAH,
    BATTERY_CRITICAL_FAILSAFE,
    BATTERY_CRITICAL_MAH,
    BATTERY_FAILSAFE,
    BATTERY_LOW_MAH,
    DEAD_RECKONING_FAILSAFE,
    EKF_FAILSAFE,
    FAILSAFE_CONTINUE_AUTO_ON_GCS,
    FAILSAFE_OPTIONS,
    FENCE_ACTION,
    FENCE_AUTO_ENABLE,
    FENCE_ENABLE,
    FENCE_HEIGHT_M,
    FENCE_TYPE,
    FENCE_TYPE_CIRCLE,
    FENCE_TYPE_HEIGHT,
    FENCE_TYPE_POLYGONS,
    GCS_FAILSAFE,
    GCS_FAILSAFE_S,
    RETURN_HEIGHT_M,
    SIM_SPEEDUP,
    Setting,
)
from flight.parameters import Parameter, Parameters
from missions import FailsafeAction, FailsafePolicy, Plan

_FASTEST_TRUE_PACE: Final = 10.0
_LOSS_WALL_S: Final = 3.0
_LONGEST_LOSS_S: Final = 120.0  # FS_GCS_TIMEOUT's range
_SAME: Final = 1e-3
_DRAG_IS_KNOWN_ABOVE: Final = 1.0
_FRACTIONS: Final = frozenset({9, 10})  # MAV_PARAM_TYPE_REAL32, ..._REAL64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """One setting as a row of the preflight table wants it."""

    check: str
    setting: Setting
    value_si: float
    needed: bool = True
    """Whether the policy cannot be kept by a vehicle without this parameter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A row of the table, and what it says where all its parameters are right."""

    check: str
    good: str


def wanted_parameters(policy: FailsafePolicy, plan: Plan, parameters: Parameters) -> Mapping[str, float]:
    """Return what the vehicle's parameters have to be, by its own names and in its own units.

    What it does not have is left out; `judge_parameters` says so. Bits and limits that are no business of the policy
    stay as they are.

    Raises:
        InputError: the plan's airframe is not known.

    """
    wanted: dict[str, float] = {}
    for wish in _wishes(policy, plan, parameters):
        resolved = parameters.resolve(wish.setting)
        if resolved is not None:
            wanted[resolved[0].name] = _in_its_units(wish, *resolved)
    return wanted


def _in_its_units(wish: _Wish, known: Parameter, per_si: float) -> float:
    value = wish.value_si * per_si
    return value if known.mav_type in _FRACTIONS else float(round(value))


def judge_parameters(policy: FailsafePolicy, plan: Plan, parameters: Parameters) -> tuple[Check, ...]:
    """Return a row for each failsafe: whether the vehicle's parameters, as given here, are what the policy wants.

    Raises:
        InputError: the plan's airframe is not known.

    """
    wishes = tuple(_wishes(policy, plan, parameters))
    return tuple(_judge(row, policy, parameters, wishes) for row in _rows(policy, plan))


def _rows(policy: FailsafePolicy, plan: Plan) -> Iterator[_Row]:
    yield _Row(check="link loss", good=f"{policy.on_link_loss.value} after {policy.link_loss_after_s:g} s")
    yield _Row(check="low battery", good=policy.on_low_battery.value)
    yield _Row(check="critical battery", good=policy.on_critical_battery.value)
    yield _Row(check="gps loss", good=policy.on_gps_loss.value)
    yield _Row(check="fence breach", good=policy.on_fence_breach.value)
    yield _Row(check="fence enabled", good=f"polygons and {plan.ceiling_m:g} m above home")
    yield _Row(check="return height", good=f"{plan.return_height_m:g} m above home")


def _judge(row: _Row, policy: FailsafePolicy, parameters: Parameters, wishes: tuple[_Wish, ...]) -> Check:
    problems: list[str] = []
    said: list[str] = []
    for wish in wishes:
        if wish.check != row.check:
            continue
        resolved = parameters.resolve(wish.setting)
        if resolved is None:
            if wish.needed:
                problems.append(f"the vehicle has no {wish.setting.spellings[0][0]} ({wish.setting.what})")
            continue
        known, value = resolved[0], _in_its_units(wish, *resolved)
        said.append(f"{known.name} {known.value:g}")
        if not math.isclose(known.value, value, rel_tol=1e-6, abs_tol=_SAME):
            problems.append(f"{known.name} is {known.value:g}, has to be {value:g}")
    if row.check.endswith("battery") and not problems:
        problems += _unseen_battery(row.check, policy, parameters)
    if row.check == "gps loss" and not problems:
        problems += _cannot_reckon(policy, parameters)
    state = CheckState.FAIL if problems else CheckState.PASS
    detail = "; ".join(problems) if problems else f"{row.good} ({', '.join(said)})"
    return Check(name=row.check, state=state, detail=detail)


def _unseen_battery(check: str, policy: FailsafePolicy, parameters: Parameters) -> list[str]:
    action = policy.on_low_battery if check == "low battery" else policy.on_critical_battery
    if action is FailsafeAction.REPORT or (parameters.value_si(BATTERY_CAPACITY_MAH) or 0.0) > 0:
        return []
    return ["BATT_CAPACITY is not set: the vehicle cannot tell how much is left"]


def _cannot_reckon(policy: FailsafePolicy, parameters: Parameters) -> list[str]:
    """Say why a vehicle without GPS could not return: only from its drag does a multirotor know how it drifts."""
    body = all((parameters.value_si(drag) or 0.0) > _DRAG_IS_KNOWN_ABOVE for drag in DRAG_COEFFICIENTS)
    known = body or (parameters.value_si(ROTOR_DRAG) or 0.0) > 0.0
    if policy.on_gps_loss is not FailsafeAction.RETURN or known:
        return []
    return ["EK3_DRAG_BCOEF_X and _Y, or EK3_DRAG_MCOEF, are not set: it cannot reckon where it is, and would land"]


def _wishes(policy: FailsafePolicy, plan: Plan, parameters: Parameters) -> Iterator[_Wish]:
    yield from _on_link_loss(policy, parameters)
    yield from _on_battery(policy, plan, parameters)
    yield _Wish(
        check="gps loss",
        setting=DEAD_RECKONING_FAILSAFE,
        value_si=DEAD_RECKONING_VALUES[policy.on_gps_loss],
        needed=policy.on_gps_loss is FailsafeAction.RETURN,
    )
    yield _Wish(check="gps loss", setting=EKF_FAILSAFE, value_si=EKF_VALUES[policy.on_gps_loss])
    yield from _at_the_fence(policy, plan, parameters)
    yield _Wish(check="return height", setting=RETURN_HEIGHT_M, value_si=plan.return_height_m)


def _on_link_loss(policy: FailsafePolicy, parameters: Parameters) -> Iterator[_Wish]:
    options = int(parameters.value_si(FAILSAFE_OPTIONS) or 0)  # its other bits are the pilot's
    if policy.on_link_loss is FailsafeAction.CONTINUE:
        options |= FAILSAFE_CONTINUE_AUTO_ON_GCS
    else:
        options &= ~FAILSAFE_CONTINUE_AUTO_ON_GCS
    yield _Wish(check="link loss", setting=FAILSAFE_OPTIONS, value_si=options)
    yield _Wish(check="link loss", setting=GCS_FAILSAFE, value_si=LINK_LOSS_VALUES[policy.on_link_loss])
    yield _Wish(check="link loss", setting=GCS_FAILSAFE_S, value_si=_link_loss_s(policy, parameters), needed=False)


def _link_loss_s(policy: FailsafePolicy, parameters: Parameters) -> float:
    """Return the policy's time; of a simulation that races, some seconds of the wall's, so that it means anything.

    Up to ten times the wall's pace a ground station keeps up with the policy's own time.
    """
    pace = parameters.value_si(SIM_SPEEDUP) or 1.0
    if pace <= _FASTEST_TRUE_PACE:
        return policy.link_loss_after_s
    return max(policy.link_loss_after_s, min(_LONGEST_LOSS_S, float(round(_LOSS_WALL_S * pace))))


def _on_battery(policy: FailsafePolicy, plan: Plan, parameters: Parameters) -> Iterator[_Wish]:
    low, critical = policy.on_low_battery, policy.on_critical_battery
    needs_low, needs_critical = low is not FailsafeAction.REPORT, critical is not FailsafeAction.REPORT
    yield _Wish(check="low battery", setting=BATTERY_FAILSAFE, value_si=BATTERY_VALUES[low], needed=needs_low)
    yield _Wish(
        check="critical battery",
        setting=BATTERY_CRITICAL_FAILSAFE,
        value_si=BATTERY_VALUES[critical],
        needed=needs_critical,
    )
    capacity_mah = parameters.value_si(BATTERY_CAPACITY_MAH) or 0.0
    if capacity_mah <= 0:
        return
    limits = battery_limits(policy, plan, capacity_mah)
    yield _Wish(check="low battery", setting=BATTERY_LOW_MAH, value_si=limits.low_mah, needed=needs_low)
    yield _Wish(
        check="critical battery", setting=BATTERY_CRITICAL_MAH, value_si=limits.critical_mah, needed=needs_critical
    )


def _at_the_fence(policy: FailsafePolicy, plan: Plan, parameters: Parameters) -> Iterator[_Wish]:
    kinds = int(parameters.value_si(FENCE_TYPE) or 0)
    # A circle or a least height of another site would end the patrol at once; the plan's polygons replace them.
    kinds = (kinds & ~FENCE_TYPE_CIRCLE & ~FENCE_TYPE_LEAST_HEIGHT) | FENCE_TYPE_HEIGHT | FENCE_TYPE_POLYGONS
    yield _Wish(check="fence enabled", setting=FENCE_TYPE, value_si=kinds)
    yield _Wish(check="fence enabled", setting=FENCE_HEIGHT_M, value_si=plan.ceiling_m)
    yield _Wish(check="fence enabled", setting=FENCE_AUTO_ENABLE, value_si=0, needed=False)
    yield _Wish(check="fence breach", setting=FENCE_ACTION, value_si=FENCE_VALUES[policy.on_fence_breach])
    yield _Wish(check="fence enabled", setting=FENCE_ENABLE, value_si=1)
