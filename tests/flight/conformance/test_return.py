"""The way home: climb, return, wait, come down."""

import math

from pilot import ACCEPTED, Pilot, flown_m, rally_point

from flight import copter_modes as modes


async def test_it_climbs_first_returns_at_its_height_and_lands_on_the_dock(pilot: Pilot) -> None:
    await pilot.set(RTL_ALT_M=16.0, RTL_CONE_SLOPE=0.0, RTL_LOIT_TIME=1000, WP_SPD=8.0, LAND_SPD_MS=1.0)
    await pilot.climb(6.0)
    assert await pilot.go_to(0.0, 40.0, 6.0) == ACCEPTED
    await pilot.until(lambda: pilot.at_m[1] > 38.5, 30.0, "far")
    began = len(pilot.truth())
    await pilot.mode_to(modes.RTL)
    await pilot.landed(90.0)
    path = flown_m(pilot.truth()[began:])
    assert 15.0 < max(up for *_, up in path) < 17.5
    low = [north for _, north, up in path if up < 13.0 and north > 5.0]
    assert min(low) > 33.0, "it climbs before it goes"
    assert math.hypot(*path[-1][:2]) < 1.5


async def test_it_stays_at_the_final_height_where_one_is_set(pilot: Pilot) -> None:
    await pilot.set(RTL_ALT_M=10.0, RTL_ALT_FINAL_M=5.0, RTL_LOIT_TIME=1000, WP_SPD=8.0)
    await pilot.climb(8.0)
    assert await pilot.go_to(0.0, 15.0, 8.0) == ACCEPTED
    await pilot.until(lambda: pilot.at_m[1] > 13.5, 20.0, "away")
    await pilot.mode_to(modes.RTL)
    await pilot.until(lambda: math.dist(pilot.at_m, (0.0, 0.0, 5.0)) < 1.0, 60.0, "5 m above home")
    await pilot.sleep(5.0)
    assert pilot.armed
    assert abs(pilot.at_m[2] - 5.0) < 1.0


async def test_a_nearer_rally_point_is_returned_to(pilot: Pilot) -> None:
    await pilot.set(RTL_ALT_M=8.0, RTL_LOIT_TIME=1000, WP_SPD=8.0, LAND_SPD_MS=1.0)
    await pilot.store(rally_point(10.0, 40.0, 8.0))
    await pilot.climb(8.0)
    assert await pilot.go_to(0.0, 40.0, 8.0) == ACCEPTED
    await pilot.until(lambda: pilot.at_m[1] > 38.5, 30.0, "far")
    await pilot.mode_to(modes.RTL)
    await pilot.landed(60.0)
    assert math.dist(flown_m(pilot.truth())[-1][:2], (10.0, 40.0)) < 1.5
    assert await pilot.clear(2) == ACCEPTED
