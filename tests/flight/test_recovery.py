"""What is done with an aircraft that is seen again: one row for each mode, policy and order before."""

from dataclasses import replace

import pytest
from flight_fakes import drawn_plan
from ready_vehicle import configured, flight_of, vehicle_says

from flight import copter_modes as modes
from flight.course import Course, Rest
from flight.events import FlightEvent
from flight.pursuit import Pursuit
from flight.recovery import Found, Step, next_step
from flight.verdict import Fault
from missions import FailsafeAction, FailsafePolicy

POLICY = FailsafePolicy()
LOST = Found(mode=modes.RTL, ordered_home=False, held=False, fault=Fault.LINK, height_m=30.0, on_return_leg=False)


@pytest.mark.parametrize(
    ("found", "step"),
    [
        pytest.param(LOST, Step.GO_ON, id="came home for the link"),
        pytest.param(replace(LOST, height_m=2.0), Step.AGAIN, id="nearly landed"),
        pytest.param(replace(LOST, ordered_home=True), Step.FOLLOW, id="we ordered it"),
        pytest.param(replace(LOST, on_return_leg=True), Step.FOLLOW, id="the mission had come to its return"),
        pytest.param(replace(LOST, fault=None), Step.FOLLOW, id="a pilot flew it home"),
        pytest.param(replace(LOST, fault=Fault.LOW_BATTERY), Step.FOLLOW, id="battery"),
        pytest.param(replace(LOST, mode=modes.LAND, fault=Fault.POSITION), Step.FOLLOW, id="no position"),
        pytest.param(replace(LOST, mode=modes.LAND), Step.FOLLOW, id="it lands, which is not this policy"),
        pytest.param(replace(LOST, mode=modes.AUTO, fault=None), Step.FOLLOW, id="on its mission"),
        pytest.param(replace(LOST, mode=modes.AUTO, held=True), Step.STAY_HELD, id="paused by an order"),
        pytest.param(replace(LOST, mode=modes.GUIDED, held=True, fault=None), Step.STAY_HELD, id="held in GUIDED"),
        pytest.param(replace(LOST, mode=modes.GUIDED, fault=None), Step.GO_ON, id="a look that nobody ended"),
        pytest.param(replace(LOST, mode=modes.GUIDED, fault=Fault.LOW_BATTERY), Step.FOLLOW, id="look, battery low"),
        pytest.param(replace(LOST, mode=modes.LOITER, fault=None), Step.FOLLOW, id="a pilot holds it"),
    ],
)
def test_the_mode_the_fault_and_what_was_ordered_decide(found: Found, step: Step) -> None:
    assert next_step(found, POLICY) is step


@pytest.mark.parametrize(
    ("action", "mode", "step"),
    [
        (FailsafeAction.LAND, modes.LAND, Step.GO_ON),
        (FailsafeAction.LAND, modes.RTL, Step.FOLLOW),
        (FailsafeAction.SMART_RETURN, modes.SMART_RTL, Step.GO_ON),
        (FailsafeAction.HOLD, modes.BRAKE, Step.GO_ON),
        (FailsafeAction.RETURN, modes.AUTO_RTL, Step.GO_ON),
    ],
)
def test_only_what_the_policy_has_it_do_is_taken_for_the_links_loss(
    action: FailsafeAction, mode: int, step: Step
) -> None:
    policy = POLICY.model_copy(update={"on_link_loss": action})
    assert next_step(replace(LOST, mode=mode), policy) is step


def test_a_policy_that_does_not_resume_leaves_it_on_its_way_home() -> None:
    policy = POLICY.model_copy(update={"resume_after_link_loss": False})
    assert next_step(LOST, policy) is Step.FOLLOW


@pytest.mark.parametrize("reached", [False, True])
def test_why_it_was_found_on_its_way_home_is_told_and_ends_a_patrol_early_only_if_that_was_not_at_its_end(
    *, reached: bool
) -> None:
    plan = drawn_plan((0, 80), (80, 80))
    flight, told = flight_of(plan, vehicle_says(), configured(plan))
    flight.state.mode = modes.RTL
    pursuit = Pursuit(flight=flight, course=Course(plan=plan, rest=Rest(sortie=0), reached_return=reached))
    pursuit.explain_found(Fault.LINK)
    why = "it lost its ground station, on_link_loss: return"
    assert [(each.text, each.cause) for each in told if isinstance(each, FlightEvent)] == [("it was found in RTL", why)]
    assert pursuit.ended_early == ("" if reached else f"it was found in RTL: {why}")
