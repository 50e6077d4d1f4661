"""Why a vehicle did what nobody had ordered, in a line for the operator."""

import pytest

from flight.verdict import Fault, Listener, fault_said
from missions import FailsafeAction, FailsafePolicy

POLICY = FailsafePolicy(on_low_battery=FailsafeAction.LAND, link_loss_after_s=5.0)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("GCS Failsafe", Fault.LINK),
        ("GCS Failsafe - Continuing Landing", Fault.LINK),
        ("Battery 1 is low 10.40V used 9120 mAh", Fault.LOW_BATTERY),
        ("Battery 1 is critical 9.90V used 15000 mAh", Fault.CRITICAL_BATTERY),
        ("Battery Failsafe", Fault.LOW_BATTERY),
        ("Radio Failsafe", Fault.TRANSMITTER),
        ("EKF Failsafe: changed to LAND Mode", Fault.POSITION),
        ("EKF variance", Fault.POSITION),
        ("EKF3 IMU0 emergency yaw reset", Fault.POSITION),
        ("GPS Glitch or Compass error", Fault.POSITION),
        ("Dead Reckoning started", Fault.POSITION),
        ("Polygon fence breached", Fault.FENCE),
        ("Potential Thrust Loss (2)", Fault.MOTOR),
        ("Crash: Disarming: AngErr=53>30, Accel=0.3<3.0", Fault.CRASH),
    ],
)
def test_each_of_the_vehicles_words_names_a_fault(text: str, fault: Fault) -> None:
    found = fault_said(text)
    assert found is not None
    assert found[0] is fault


@pytest.mark.parametrize(
    "text",
    [
        "GCS Failsafe Cleared",
        "EKF Failsafe Cleared",
        "Glitch cleared",
        "Mission: 3 WP",
        "Fence breach cleared",
        "EKF3 IMU0 is using GPS",
        "EKF3 IMU0 MAG0 in-flight yaw alignment complete",
    ],
)
def test_the_end_of_a_fault_and_other_words_name_none(text: str) -> None:
    assert fault_said(text) is None


def test_the_cause_joins_the_fault_the_words_and_the_policy() -> None:
    listener = Listener(policy=POLICY)
    listener.hear("Battery 1 is low 10.40V used 9120 mAh", 100.0)
    listener.hear("Battery Failsafe", 100.1)
    cause = listener.cause(101.0)
    assert cause.fault is Fault.LOW_BATTERY
    assert cause.line == 'the battery is low ("Battery Failsafe"), on_low_battery: land'


def test_a_critical_battery_goes_before_a_low_one_and_old_words_count_no_more() -> None:
    listener = Listener(policy=POLICY)
    listener.hear("Battery 1 is low 10.40V used 9120 mAh", 100.0)
    listener.hear("Battery 1 is critical 9.90V used 9900 mAh", 105.0)
    assert listener.cause(106.0).fault is Fault.CRITICAL_BATTERY
    assert listener.cause(200.0).fault is None


@pytest.mark.parametrize(("seconds", "fault"), [(10.0, Fault.LINK), (2.6, None)])
def test_a_silence_as_long_as_the_policys_explains_a_return_that_nobody_heard_of(
    seconds: float, fault: Fault | None
) -> None:
    listener = Listener(policy=POLICY)
    listener.silent(seconds, 100.0)
    assert listener.cause(102.0).fault is fault


def test_without_a_word_it_was_a_pilot_or_another_station() -> None:
    assert "pilot" in Listener(policy=POLICY).cause(1.0).line
