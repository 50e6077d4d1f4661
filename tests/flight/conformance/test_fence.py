"""The fence: refused destinations, breaches, what follows."""

from pilot import ACCEPTED, RETURN, Pilot, fence_corner, flown_m, take_off, waypoint

from flight import copter_modes as modes

SQUARE = ((-30.0, -30.0), (30.0, -30.0), (30.0, 30.0), (-30.0, 30.0))
POLYGON, ALTITUDE = 4, 1
FENCE = 207  # MAV_CMD_DO_FENCE_ENABLE


async def fenced(pilot: Pilot, **more: float) -> None:
    """A square of 60 m about the dock, in force."""
    await pilot.store(*(fence_corner(east, north, 4) for east, north in SQUARE))
    settings = {"FENCE_TYPE": POLYGON, "FENCE_ACTION": 1, "RTL_ALT_M": 8.0, "RTL_LOIT_TIME": 1000, "WP_SPD": 5.0}
    await pilot.set(**settings | more)
    await pilot.set(FENCE_ENABLE=1)


async def test_a_mission_that_leaves_the_fence_is_ended_by_the_way_home(pilot: Pilot) -> None:
    await fenced(pilot)
    await pilot.start(take_off(8.0), waypoint(0.0, 70.0, 8.0), RETURN)
    await pilot.until(lambda: pilot.mode == modes.RTL, 60.0, "RTL")
    await pilot.hears("fence", "breach")
    await pilot.until(lambda: pilot.at_m[1] < 20.0, 40.0, "inside again")
    assert 28.0 < max(north for _, north, _ in flown_m(pilot.truth())) < 40.0


async def test_a_place_outside_is_refused_in_guided(pilot: Pilot) -> None:
    await fenced(pilot)
    await pilot.climb(8.0)
    assert await pilot.go_to(0.0, 50.0, 8.0) != ACCEPTED
    await pilot.sleep(3.0)
    assert abs(pilot.at_m[1]) < 2.0
    assert await pilot.go_to(0.0, 20.0, 8.0) == ACCEPTED


async def test_too_high_is_a_breach_too_and_landing_can_be_the_answer(pilot: Pilot) -> None:
    await fenced(pilot, FENCE_TYPE=ALTITUDE | POLYGON, FENCE_ALT_MAX=15.0, FENCE_ACTION=2)
    await pilot.start(take_off(8.0), waypoint(0.0, 20.0, 25.0), RETURN)
    await pilot.until(lambda: pilot.mode == modes.LAND, 60.0, "LAND")
    await pilot.sleep(3.0)
    assert 14.5 < max(up for *_, up in flown_m(pilot.truth())) < 22.0, "it climbs at 3 m/s"


async def test_a_breach_is_only_told_where_no_action_is_set(pilot: Pilot) -> None:
    await fenced(pilot, FENCE_ACTION=0)
    await pilot.start(take_off(8.0), waypoint(0.0, 45.0, 8.0), RETURN)
    await pilot.until(lambda: pilot.at_m[1] > 42.0, 60.0, "outside")
    assert pilot.mode == modes.AUTO


async def test_a_kind_of_fence_added_later_is_not_in_force_before_the_fence_is_switched_on_again(pilot: Pilot) -> None:
    await fenced(pilot, FENCE_ALT_MAX=15.0)
    await pilot.sleep(2.0)
    await pilot.set(FENCE_TYPE=ALTITUDE | POLYGON)
    await pilot.start(take_off(8.0), waypoint(0.0, 10.0, 18.0), waypoint(0.0, 10.0, 19.0), RETURN)
    await pilot.until(lambda: pilot.at_m[2] > 17.0, 60.0, "above it")
    assert pilot.mode == modes.AUTO
    assert await pilot.ask(FENCE, 1) == ACCEPTED
    await pilot.until(lambda: pilot.mode == modes.RTL, 5.0, "RTL")
