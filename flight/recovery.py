"""What to do with an aircraft that is seen again, after a silence or a restart of ours: policy x mode x ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from flight import copter_modes as modes
from flight.checks.position import EKF_NEEDED
from flight.context import Flight
from flight.verdict import Fault
from missions import FailsafeAction, FailsafePolicy

_LEAST_HEIGHT_M: Final = 5.0
"""Above home; lower, a landing is let come to its end."""
_MODES: Final[Mapping[FailsafeAction, frozenset[int]]] = {
    FailsafeAction.RETURN: frozenset({modes.RTL, modes.AUTO_RTL}),
    FailsafeAction.SMART_RETURN: frozenset({modes.SMART_RTL, modes.RTL, modes.AUTO_RTL, modes.LAND}),
    FailsafeAction.LAND: frozenset({modes.LAND}),
    FailsafeAction.HOLD: frozenset({modes.BRAKE, modes.LOITER, modes.LAND}),
}
_FENCE_BREACHED: Final = 1


class Step(StrEnum):
    """What is done."""

    FOLLOW = "follow"
    """Nothing: it flies the mission, or what a pilot or another fault has it do."""
    STAY_HELD = "stay held"
    """It was held by an order, and waits for the next."""
    GO_ON = "go on"
    """Bring it back to where it left its route, and on."""
    AGAIN = "again"
    """Let it land, then fly what is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An armed aircraft with our mission on board."""

    mode: int
    ordered_home: bool
    """Whether we had it return or land."""
    held: bool
    fault: Fault | None
    """That explains the mode, or that its telemetry shows."""
    height_m: float
    on_return_leg: bool
    """Whether the mission itself had come to its return."""


def next_step(found: Found, policy: FailsafePolicy) -> Step:  # noqa: PLR0911 - a table, one row each
    """Return what to do.

    A mission is flown on only where the link's loss took the aircraft off it and the policy says so: every other fault
    holds, and so does a mode that a pilot chose.
    """
    if found.ordered_home or found.on_return_leg:
        return Step.FOLLOW
    if found.held and found.mode in {modes.AUTO, modes.GUIDED, modes.LOITER, modes.BRAKE}:
        return Step.STAY_HELD
    if found.mode == modes.AUTO:
        return Step.FOLLOW
    if found.fault not in {None, Fault.LINK}:
        return Step.FOLLOW
    if found.mode == modes.GUIDED and found.fault is None:
        return Step.GO_ON  # a look, or a way back, that nobody finished
    by_policy = found.mode in _MODES.get(policy.on_link_loss, frozenset())
    if found.fault is not Fault.LINK or not by_policy or not policy.resume_after_link_loss:
        return Step.FOLLOW
    return Step.GO_ON if found.height_m >= _LEAST_HEIGHT_M else Step.AGAIN


def fault_shown(flight: Flight) -> Fault | None:
    """Return the fault that the vehicle's telemetry shows now; None: none that keeps it from its mission."""
    policy, battery_pct = flight.plan.failsafes, flight.state.battery_pct
    low_pct = policy.low_battery_pct if policy.low_battery_pct is not None else flight.plan.reserve_pct
    if battery_pct is not None and battery_pct < low_pct:
        return Fault.LOW_BATTERY
    ekf = flight.link.latest.get("EKF_STATUS_REPORT")
    if ekf is not None and EKF_NEEDED & ~ekf.integer("flags"):
        return Fault.POSITION
    fence = flight.link.latest.get("FENCE_STATUS")
    if fence is not None and fence.integer("breach_status") == _FENCE_BREACHED:
        return Fault.FENCE
    return None
