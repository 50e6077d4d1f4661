"""Modes in the air."""

import math

import pytest
from pilot import ACCEPTED, FAILED, Pilot, flown_m

from flight import copter_modes as modes

SET_MODE, PAUSE, YAW = 176, 193, 115


async def test_modes_are_entered_and_unknown_ones_refused_in_flight(pilot: Pilot) -> None:
    await pilot.set(LAND_SPD_MS=1.0)
    await pilot.climb(8.0)
    assert await pilot.go_to(0.0, 60.0, 8.0) == ACCEPTED
    await pilot.until(lambda: pilot.at_m[1] > 10.0, 20.0, "under way")
    assert await pilot.ask(SET_MODE, 1, 99) == FAILED
    assert pilot.mode == modes.GUIDED
    await pilot.mode_to(modes.BRAKE)
    await pilot.until(lambda: pilot.speed_m_s < 0.3, 8.0, "it stands")
    await pilot.mode_to(modes.GUIDED)
    held = pilot.at_m
    await pilot.sleep(4.0)
    assert math.dist(held, pilot.at_m) < 1.5
    await pilot.mode_to(modes.LAND)
    await pilot.landed(40.0)
    assert pilot.mode == modes.LAND
    assert math.dist(held[:2], flown_m(pilot.truth())[-1][:2]) < 2.0


async def test_guided_is_paused_and_goes_on(pilot: Pilot) -> None:
    await pilot.set(WP_SPD=6.0)
    await pilot.climb(6.0)
    assert await pilot.go_to(0.0, 50.0, 6.0) == ACCEPTED
    await pilot.until(lambda: pilot.at_m[1] > 12.0, 20.0, "under way")
    assert await pilot.ask(PAUSE, 0) == ACCEPTED
    await pilot.until(lambda: pilot.speed_m_s < 0.4, 10.0, "it stands")
    held = pilot.at_m
    await pilot.sleep(4.0)
    assert math.dist(held, pilot.at_m) < 1.5
    assert await pilot.ask(PAUSE, 1) == ACCEPTED
    await pilot.until(lambda: math.dist(pilot.at_m, (0.0, 50.0, 6.0)) < 2.0, 30.0, "there")


async def test_the_nose_turns_in_guided(pilot: Pilot) -> None:
    await pilot.climb(6.0)
    assert await pilot.ask(YAW, 120.0, 45.0, 1, 0) == ACCEPTED
    await pilot.until(
        lambda: abs(pilot.link.latest["GLOBAL_POSITION_INT"].number("hdg") / 100.0 - 120.0) < 4.0, 20.0, "turned"
    )


@pytest.mark.parametrize("command", [16, 999, 31000])
async def test_commands_that_do_not_exist_are_unsupported(ground: Pilot, command: int) -> None:
    assert await ground.ask(command) == 3
