"""Without GPS."""

from pilot import RETURN, Pilot, flown_m, take_off, waypoint

from flight import copter_modes as modes
from sitl.faults import GPS_BACK, GPS_LOST


async def test_a_lost_gps_ends_the_mission_on_the_ground(pilot: Pilot) -> None:
    await pilot.set(WP_SPD=5.0)
    await pilot.start(take_off(8.0), waypoint(0.0, 90.0, 8.0), RETURN)
    await pilot.until(lambda: pilot.at_m[1] > 15.0, 40.0, "under way")
    pilot.copter.set_fault(GPS_LOST)
    lost_s = pilot.now_s
    seen = []
    try:
        await pilot.until(lambda: seen.append((round(pilot.now_s - lost_s), pilot.mode)) or not pilot.armed, 150.0, "down")
    finally:
        pilot.copter.set_fault(GPS_BACK)
        print(sorted(set(seen)), pilot.said)
        print(flown_m(pilot.truth())[::50])
    assert 0
