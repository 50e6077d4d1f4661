"""Without GPS."""

import math

import pytest
from pilot import RETURN, Pilot, flown_m, take_off, waypoint

from flight import copter_modes as modes
from flight.commands import arm, set_mode
from flight.errors import CommandRefused, ModeRefused
from sitl.faults import GPS_BACK, GPS_LOST


async def test_a_lost_gps_ends_the_mission_on_the_ground_where_it_is(pilot: Pilot) -> None:
    await pilot.set(WP_SPD=5.0)
    await pilot.start(take_off(8.0), waypoint(0.0, 150.0, 8.0), RETURN)
    await pilot.until(lambda: pilot.at_m[1] > 10.0, 40.0, "under way")
    lost_s = pilot.now_s
    await pilot.set_fault(GPS_LOST)
    try:
        await pilot.until(lambda: pilot.mode == modes.LAND, 25.0, "LAND")
        assert 5.0 < pilot.now_s - lost_s < 15.0
        began = len(pilot.truth())
        await pilot.hears("EKF Failsafe", "LAND")
        with pytest.raises(ModeRefused):
            await set_mode(pilot.link, modes.GUIDED)
        await pilot.landed(60.0)
        flown = flown_m(pilot.truth())
        assert flown[-1][2] < 1.0
        assert math.dist(flown[began - 1][:2], flown[-1][:2]) < 30.0, "it coasts, and no more"
    finally:
        await pilot.set_fault(GPS_BACK)


async def test_without_gps_it_is_not_armed_where_a_position_is_needed(ground: Pilot) -> None:
    await ground.set_fault(GPS_LOST)
    try:
        await ground.sleep(10.0)
        with pytest.raises(CommandRefused) as caught:
            await arm(ground.link, timeout_s=-1.0)
        assert any("Arm: " in reason for reason in caught.value.reasons)
    finally:
        await ground.set_fault(GPS_BACK)
