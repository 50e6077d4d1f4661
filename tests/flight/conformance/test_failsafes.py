"""What it does by itself: battery, and the ground station lost."""

from collections.abc import Callable
from contextlib import AsyncExitStack

from pilot import RETURN, Pilot, piloted, take_off, waypoint

from flight import copter_modes as modes
from sitl.simulated_copter import SimulatedCopter

OBSERVER = 254
"""The system id of a station that the vehicle does not wait for."""


async def away(pilot: Pilot) -> float:
    """Be 25 m north of the dock, 8 m high; returns the battery's voltage."""
    await pilot.climb(8.0)
    await pilot.go_to(0.0, 25.0, 8.0)
    await pilot.until(lambda: pilot.at_m[1] > 23.0, 30.0, "away")
    return pilot.link.latest["SYS_STATUS"].number("voltage_battery") / 1000.0


def in_mode(pilot: Pilot, mode: int) -> Callable[[], bool]:
    return lambda: pilot.mode == mode


async def test_a_low_battery_brings_it_home_and_a_critical_one_down(pilot: Pilot) -> None:
    await pilot.set(BATT_LOW_TIMER=2, BATT_FS_LOW_ACT=2, BATT_FS_CRT_ACT=1, BATT_LOW_VOLT=0.0, BATT_CRT_VOLT=0.0)
    voltage = await away(pilot)
    await pilot.set(BATT_LOW_VOLT=voltage + 1.0)
    await pilot.until(in_mode(pilot, modes.RTL), 6.0, "RTL")
    await pilot.hears("battery", "low")
    await pilot.set(BATT_CRT_VOLT=voltage + 0.9)
    await pilot.until(in_mode(pilot, modes.LAND), 6.0, "LAND")
    await pilot.hears("battery", "critical")


async def test_charge_counts_too_and_nothing_happens_where_nothing_is_asked(pilot: Pilot) -> None:
    await pilot.set(BATT_LOW_TIMER=2, BATT_FS_LOW_ACT=0, BATT_FS_CRT_ACT=2, BATT_LOW_VOLT=0.0, BATT_CRT_VOLT=0.0)
    await away(pilot)
    capacity = await pilot.parameter("BATT_CAPACITY")
    assert capacity is not None
    await pilot.set(BATT_LOW_MAH=capacity.number("param_value") - 1.0)
    await pilot.hears("battery", "low", within_s=15.0)
    await pilot.sleep(2.0)
    assert pilot.mode == modes.GUIDED
    await pilot.set(BATT_CRT_MAH=capacity.number("param_value") - 1.0)
    await pilot.until(in_mode(pilot, modes.RTL), 6.0, "RTL")


async def test_a_lost_ground_station_brings_it_home_and_one_never_heard_does_not(vehicle: SimulatedCopter) -> None:
    vehicle.reboot()
    async with AsyncExitStack() as stack:
        pilot = await stack.enter_async_context(piloted(vehicle, system_id=OBSERVER, second=True))
        stack.push_async_callback(pilot.give_back)
        await pilot.set(FS_GCS_ENABLE=1, FS_GCS_TIMEOUT=5, FS_OPTIONS=0)
        await away(pilot)
        await pilot.sleep(8.0)
        assert pilot.mode == modes.GUIDED, "nobody was lost: nobody was there"
        async with piloted(vehicle):
            await pilot.sleep(8.0)
            assert pilot.mode == modes.GUIDED
        lost_s = pilot.now_s
        await pilot.until(in_mode(pilot, modes.RTL), 12.0, "RTL")
        assert 3.0 < pilot.now_s - lost_s < 9.0
        await pilot.hears("GCS Failsafe")
        async with piloted(vehicle):
            await pilot.hears("GCS Failsafe Cleared")
            assert pilot.mode == modes.RTL


async def test_a_mission_goes_on_without_its_ground_station_where_that_was_chosen(vehicle: SimulatedCopter) -> None:
    vehicle.reboot()
    async with AsyncExitStack() as stack:
        pilot = await stack.enter_async_context(piloted(vehicle, system_id=OBSERVER, second=True))
        stack.push_async_callback(pilot.give_back)
        await pilot.set(FS_GCS_ENABLE=1, FS_GCS_TIMEOUT=5, FS_OPTIONS=2, WP_SPD=4.0)
        async with piloted(vehicle):
            await pilot.start(take_off(6.0), waypoint(0.0, 60.0, 6.0), RETURN)
            await pilot.until(lambda: pilot.at_m[1] > 6.0, 40.0, "under way")
        await pilot.hears("GCS Failsafe")
        await pilot.sleep(2.0)
        assert pilot.mode == modes.AUTO
