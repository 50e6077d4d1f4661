from hypothesis import given
from hypothesis import strategies as st

from flight.clock import VehicleClock, VehicleDeadline
from missions import Message


def at(boot_s: float, *, unix_s: float | None = None) -> Message:
    fields: dict[str, object] = {"time_boot_ms": round(boot_s * 1000)}
    if unix_s is None:
        return Message("ATTITUDE", fields)
    return Message("SYSTEM_TIME", {**fields, "time_unix_usec": round(unix_s * 1e6)})


def clock_of(*messages: Message) -> VehicleClock:
    clock = VehicleClock()
    for message in messages:
        clock.hear(message)
    return clock


@given(wild_s=st.floats(0.001, 4_000_000))
def test_one_wild_time_ends_no_deadline_and_is_no_reboot(wild_s: float) -> None:
    clock = clock_of(at(10.0))
    deadline = VehicleDeadline(clock, 20.0)
    for message in (at(10.1), at(wild_s), at(10.2), at(10.3)):
        clock.hear(message)
    assert not deadline.passed
    assert clock.reboots == 0
    assert 10.2 < clock.boot_s < 15.2


def test_two_times_that_agree_are_believed_after_a_silence() -> None:
    clock = clock_of(at(10.0), at(90.0), at(90.1))
    assert (clock.boot_s, clock.reboots) == (90.1, 0)
    assert abs(clock.elapsed_s - 80.1) < 0.01


def test_a_deadline_passes_though_the_vehicle_reboots() -> None:
    clock = clock_of(at(200.0))
    deadline = VehicleDeadline(clock, 60.0)
    for boot_s in (1.0, 1.1, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0, 45.0, 50.0, 55.0, 59.0):
        clock.hear(at(boot_s))
    assert not deadline.passed
    for boot_s in (61.0, 62.0, 63.0):
        clock.hear(at(boot_s))
    assert deadline.passed
    assert clock.reboots == 1


def test_one_wild_date_is_not_followed() -> None:
    clock = clock_of(at(10.0, unix_s=1_780_000_010), at(11.0, unix_s=1_900_000_000), at(12.0, unix_s=1_780_000_012.0))
    assert abs(clock.now_utc_s - 1_780_000_012) < 0.01


def test_a_date_that_is_corrected_is_followed() -> None:
    clock = clock_of(at(10.0, unix_s=1_700_000_000), at(11.0, unix_s=1_780_000_011), at(12.0, unix_s=1_780_000_012))
    assert abs(clock.now_utc_s - 1_780_000_012) < 0.01
    clock.hear(at(13.0, unix_s=1_780_000_014.0))
    assert abs(clock.now_utc_s - 1_780_000_014) < 0.01


def test_the_jitter_of_the_vehicles_own_clock_is_not_followed() -> None:
    clock = clock_of(at(10.0, unix_s=1_780_000_010), at(11.0, unix_s=1_780_000_011.05))
    assert abs(clock.utc_s(11.0) - 1_780_000_011) < 1e-6
