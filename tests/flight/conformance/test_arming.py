"""When it may be armed and when not, with the vehicle's own reasons."""

from collections.abc import Callable

import pytest
from pilot import ACCEPTED, FAILED, Pilot, fence_corner, piloted

from flight import copter_modes as modes
from flight.commands import arm, set_mode
from flight.errors import CommandRefused, ModeRefused
from sitl.simulated_copter import SimulatedCopter

ARM, TAKE_OFF, START = 400, 22, 300
ARMED_FLAG = 128  # MAV_MODE_FLAG_SAFETY_ARMED


async def denied(pilot: Pilot, reason: str) -> None:
    """Try to arm, and hear the reason."""
    with pytest.raises(CommandRefused, match="arming") as caught:
        await arm(pilot.link, timeout_s=-1.0)
    assert reason in " / ".join(caught.value.reasons)
    assert not pilot.armed


async def test_right_after_the_boot_it_is_not_armed_and_says_why(
    make_vehicle: Callable[..., SimulatedCopter],
) -> None:
    with make_vehicle(pace=0.1) as booting:
        async with piloted(booting) as pilot:
            await set_mode(pilot.link, modes.GUIDED)
            await denied(pilot, "Arm: ")


async def test_it_disarms_by_itself_when_nothing_happens(pilot: Pilot) -> None:
    await pilot.arm()
    await pilot.landed(20.0)
    beats = [(t_s, m.integer("base_mode")) for t_s, m in pilot.heard if m.name == "HEARTBEAT" and m.compid == 1]
    armed_s = [t_s for t_s, mode in beats if mode & ARMED_FLAG]
    assert 9.0 < beats[-1][0] - armed_s[0] < 13.0


async def test_in_flight_it_is_not_disarmed_unless_forced(pilot: Pilot) -> None:
    await pilot.climb(6.0)
    assert await pilot.ask(ARM, 0) == FAILED
    await pilot.sleep(1.5)
    assert pilot.armed
    assert await pilot.ask(ARM, 0, 21196) == ACCEPTED
    await pilot.until(lambda: not pilot.armed, 3.0, "disarmed")


async def test_a_battery_below_its_arming_voltage_is_a_reason(ground: Pilot) -> None:
    await ground.ready()
    await ground.set(BATT_ARM_VOLT=99.0)
    await denied(ground, "below minimum arming voltage")


async def test_outside_its_fence_it_is_not_armed(ground: Pilot) -> None:
    await ground.ready()
    away = ((100, 100), (200, 100), (200, 200), (100, 200))
    await ground.store(*(fence_corner(east, north, 4) for east, north in away))
    await ground.set(FENCE_TYPE=4, FENCE_ENABLE=1)
    await ground.sleep(1.0)
    await denied(ground, "fence")
    assert await ground.clear(1) == ACCEPTED


async def test_without_a_mission_there_is_no_auto(ground: Pilot) -> None:
    await ground.ready()
    await ground.clear()
    await set_mode(ground.link, modes.AUTO)  # disarmed it may wait there
    await denied(ground, "Arm: ")
    await set_mode(ground.link, modes.GUIDED)


async def test_a_take_off_needs_guided_and_motors_and_a_start_needs_a_mission(ground: Pilot) -> None:
    await ground.ready()
    await ground.clear()
    assert await ground.ask(TAKE_OFF, 0, 0, 0, 0, 0, 0, 10) == FAILED
    await ground.arm()
    assert await ground.ask(START) == FAILED
    with pytest.raises(ModeRefused):
        await set_mode(ground.link, modes.AUTO)
    assert await ground.ask(ARM, 0) == ACCEPTED
