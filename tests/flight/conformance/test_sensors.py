"""A GPS that is off, and a compass that fails."""

import math

import pytest
from flight_fakes import DOCK
from pilot import RETURN, Pilot, flown_m, take_off, waypoint

from flight import copter_modes as modes
from flight.commands import arm
from flight.errors import CommandRefused
from sitl.faults import COMPASS_FAILED, Fault, gps_glitch

GLITCH_M = 30.0
OFF, SOUND = gps_glitch(GLITCH_M, lat_deg=DOCK.lat_deg), gps_glitch(0.0)
COMPASS_BACK = Fault(what="first compass back", settings=((("SIM_MAG1_FAIL", 0), ("SIM_MAG_FAIL", 0)),))
GLITCHING, COMPASS_BIT = 32768, 4


def glitching(pilot: Pilot) -> bool:
    return bool(pilot.link.latest["EKF_STATUS_REPORT"].integer("flags") & GLITCHING)


def compass_healthy(pilot: Pilot) -> bool:
    return bool(pilot.link.latest["SYS_STATUS"].integer("onboard_control_sensors_health") & COMPASS_BIT)


async def test_a_short_glitch_is_told_refused_and_over(pilot: Pilot) -> None:
    await pilot.climb(10.0)
    try:
        await pilot.set_fault(OFF)
        await pilot.hears("GPS Glitch", within_s=5.0)
        await pilot.until(lambda: glitching(pilot), 3.0, "it says so in its estimator's report")
        await pilot.sleep(2.0)
        await pilot.set_fault(SOUND)
        await pilot.sleep(3.0)
        assert math.hypot(*pilot.at_m[:2]) < 3.0, "it has not believed it"
        await pilot.hears("Glitch cleared", within_s=20.0)
        await pilot.until(lambda: not glitching(pilot), 3.0, "nor says so any more")
        assert pilot.mode == modes.GUIDED
        assert math.hypot(*flown_m(pilot.truth())[-1][:2]) < 3.0
    finally:
        await pilot.set_fault(SOUND)


async def test_a_glitch_that_lasts_is_believed_after_ten_seconds_and_the_aircraft_stays(pilot: Pilot) -> None:
    await pilot.climb(10.0)
    try:
        asked_s = pilot.now_s
        await pilot.set_fault(OFF)
        began_s = pilot.now_s
        await pilot.until(lambda: abs(pilot.at_m[1] - GLITCH_M) < 3.0, 30.0, "it takes itself to be elsewhere")
        assert pilot.now_s - asked_s > 7.0
        assert pilot.now_s - began_s < 25.0, "about ten, and what a busy machine is late to hear of it"
        await pilot.sleep(5.0)
        assert math.hypot(*flown_m(pilot.truth())[-1][:2]) < 3.0, "it has not moved"
        assert pilot.mode == modes.GUIDED
    finally:
        await pilot.set_fault(SOUND)


async def test_a_mission_flown_by_a_gps_that_is_off_is_flown_beside_its_place(pilot: Pilot) -> None:
    await pilot.set(WP_SPD=8.0)
    await pilot.start(take_off(8.0), waypoint(0.0, 200.0, 8.0), waypoint(60.0, 200.0, 8.0), RETURN)
    try:
        await pilot.until(lambda: pilot.at_m[1] > 20.0, 40.0, "under way")
        await pilot.set_fault(OFF)
        await pilot.until(lambda: pilot.at_m[0] > 30.0, 90.0, "it flies east, as it thinks on the second leg")
        assert abs(pilot.at_m[1] - 200.0) < 6.0
        assert abs(flown_m(pilot.truth())[-1][1] - (200.0 - GLITCH_M)) < 6.0
    finally:
        await pilot.set_fault(SOUND)


async def test_with_a_glitch_it_is_not_armed(ground: Pilot) -> None:
    await ground.ready()
    await ground.set_fault(OFF)
    try:
        await ground.until(lambda: glitching(ground), 10.0, "glitching")
        with pytest.raises(CommandRefused, match=r"(?i)glitch|GPS and AHRS differ"):
            await arm(ground.link, timeout_s=-1.0)
    finally:
        await ground.set_fault(SOUND)
        await ground.until(lambda: not glitching(ground), 60.0, "it has its place again")


async def test_a_failed_compass_is_told_and_the_flight_goes_on(pilot: Pilot) -> None:
    await pilot.climb(10.0)
    try:
        await pilot.set_fault(COMPASS_FAILED)
        await pilot.until(lambda: not compass_healthy(pilot), 5.0, "its health says so")
        await pilot.hears("switching to compass", within_s=20.0)
        assert pilot.mode == modes.GUIDED
        assert math.hypot(*flown_m(pilot.truth())[-1][:2]) < 3.0
    finally:
        await pilot.set_fault(COMPASS_BACK)
    await pilot.until(lambda: compass_healthy(pilot), 5.0, "and when it works again")


async def test_with_a_failed_compass_it_is_not_armed(ground: Pilot) -> None:
    await ground.ready()
    await ground.set_fault(COMPASS_FAILED)
    try:
        await ground.until(lambda: not compass_healthy(ground), 5.0, "its health says so")
        with pytest.raises(CommandRefused, match="Compass not healthy"):
            await arm(ground.link, timeout_s=-1.0)
    finally:
        await ground.set_fault(COMPASS_BACK)
