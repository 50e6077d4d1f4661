"""What a reboot keeps, and how a patrol goes on after one."""

import asyncio
import math

from pilot import ACCEPTED, FAILED, RETURN, Pilot, fence_corner, numbered, piloted, rally_point, take_off, waypoint

from flight import copter_modes as modes
from flight.commands import set_mode
from flight.item_codec import list_differences
from flight.transfer import download
from sitl.simulated_copter import SimulatedCopter

REBOOT, SET_CURRENT = 246, 224
MISSION = (take_off(6.0), waypoint(0.0, 20.0, 6.0), waypoint(20.0, 20.0, 6.0), waypoint(20.0, 0.0, 6.0), RETURN)
FENCE = tuple(fence_corner(east, north, 4) for east, north in ((-60, -60), (60, -60), (60, 60), (-60, 60)))
RALLY = (rally_point(5.0, 5.0, 10.0),)


async def stored(pilot: Pilot) -> None:
    """Everything is still on board."""
    for kind, items in enumerate((MISSION, FENCE, RALLY)):
        assert list_differences(numbered(*items), await download(pilot.link, kind)) == []
    radius = await pilot.parameter("FENCE_RADIUS")
    assert radius is not None
    assert radius.number("param_value") == 123.0


async def test_a_reboot_by_command_keeps_what_was_set_and_stored(vehicle: SimulatedCopter) -> None:
    vehicle.restart()
    async with piloted(vehicle) as pilot:
        await pilot.set(FENCE_RADIUS=123.0)
        for items in (MISSION, FENCE, RALLY):
            await pilot.store(*items)
        await pilot.until(lambda: bool(vehicle.truth()), 60.0, "the truth is heard")
        boots = vehicle.truth()[-1].boot
        assert await pilot.ask(REBOOT, 1) == ACCEPTED
        before = dict(pilot._before)
        await _rebooted(vehicle, boots)
    async with piloted(vehicle) as pilot:
        pilot._before.update(before)
        await stored(pilot)
        await pilot.give_back()


async def test_armed_it_is_not_rebooted(pilot: Pilot) -> None:
    await pilot.arm()
    assert await pilot.ask(REBOOT, 1) == FAILED


async def test_a_patrol_goes_on_after_a_restart_in_flight(vehicle: SimulatedCopter) -> None:
    vehicle.restart()
    async with piloted(vehicle) as pilot:
        await pilot.set(FENCE_RADIUS=123.0, WP_SPD=6.0)
        for items in (FENCE, RALLY):
            await pilot.store(*items)
        await pilot.start(*MISSION)
        await pilot.until(lambda: pilot.seq == 3, 60.0, "the second leg")
        before = dict(pilot._before)
    vehicle.restart()
    async with piloted(vehicle) as pilot:
        pilot._before.update(before)
        await stored(pilot)
        await pilot.until(lambda: pilot.seq >= 0, 20.0, "it says where in the mission it is")
        assert pilot.seq in (0, 1), "the place in the mission is forgotten"
        await pilot.climb(6.0)
        assert await pilot.ask(SET_CURRENT, 3) == ACCEPTED
        await set_mode(pilot.link, modes.AUTO)
        await pilot.until(lambda: pilot.seq == 4, 60.0, "the leg after")
        assert math.dist(pilot.at_m, (20.0, 20.0, 6.0)) < 3.0
        assert 2 not in pilot.reached
        await pilot.give_back()
        for kind in (1, 2):
            assert await pilot.clear(kind) == ACCEPTED


async def _rebooted(vehicle: SimulatedCopter, boots: int) -> None:
    """Wait for the next boot to be heard."""
    async with asyncio.timeout(20.0):
        while vehicle.truth()[-1].boot == boots:  # noqa: ASYNC110 - the truth comes in a thread
            await asyncio.sleep(0.05)
