"""Take-off, waypoints in order, jumps by order, hold and resume, in AUTO."""

import math

from pilot import ACCEPTED, DENIED, FAILED, RETURN, Pilot, flown_m, take_off, waypoint

from flight import copter_modes as modes
from missions import Message

CORNERS = ((0.0, 40.0), (30.0, 40.0), (30.0, 0.0))
PAUSE, SET_CURRENT = 193, 224


async def test_a_mission_is_flown_in_order_within_the_acceptance_radius_and_ends_on_the_dock(pilot: Pilot) -> None:
    await pilot.set(WP_RADIUS_M=2.0, WP_SPD=8.0, LAND_SPD_MS=1.0, RTL_LOIT_TIME=1000)
    await pilot.start(take_off(15.0), *(waypoint(east, north, 15.0) for east, north in CORNERS), RETURN)
    await pilot.landed()
    flown = flown_m(pilot.truth())
    for corner in CORNERS:
        assert min(math.dist(corner, (east, north)) for east, north, up in flown if up > 14.0) < 2.5
    assert [seq for seq in pilot.reached if seq in (1, 2, 3, 4)] == [1, 2, 3, 4]
    assert max(up for *_, up in flown) < 16.0
    assert math.hypot(*flown[-1][:2]) < 2.0


async def test_it_pauses_and_goes_on_where_it_was(pilot: Pilot) -> None:
    await pilot.set(WP_SPD=6.0)
    await pilot.start(take_off(6.0), waypoint(0.0, 60.0, 6.0), waypoint(30.0, 60.0, 6.0), RETURN)
    assert await pilot.ask(PAUSE, 0) == FAILED  # the take-off is no leg
    await pilot.until(lambda: pilot.at_m[1] > 15.0, 40.0, "under way")
    assert await pilot.ask(PAUSE, 0) == ACCEPTED
    await pilot.until(lambda: pilot.speed_m_s < 0.3, 10.0, "it stands")
    held = pilot.at_m
    await pilot.sleep(8.0)
    assert math.dist(held, pilot.at_m) < 1.0
    assert (pilot.mode, pilot.seq) == (modes.AUTO, 2)
    assert await pilot.ask(PAUSE, 1) == ACCEPTED
    await pilot.until(lambda: pilot.seq == 3, 40.0, "the next leg")
    assert pilot.at_m[1] > 57.0


async def test_a_detour_in_guided_comes_back_to_the_same_item(pilot: Pilot) -> None:
    await pilot.set(WP_SPD=6.0)
    await pilot.start(take_off(6.0), waypoint(0.0, 60.0, 6.0), waypoint(30.0, 60.0, 6.0), RETURN)
    await pilot.until(lambda: pilot.at_m[1] > 15.0, 40.0, "under way")
    assert await pilot.go_to(20.0, 20.0, 8.0) == ACCEPTED
    await pilot.until(lambda: math.dist(pilot.at_m, (20.0, 20.0, 8.0)) < 1.5, 40.0, "it is there")
    assert pilot.mode == modes.GUIDED
    await pilot.mode_to(modes.AUTO)
    await pilot.sleep(2.0)
    assert pilot.seq == 2
    await pilot.until(lambda: pilot.seq == 3, 40.0, "the next leg")
    assert math.dist(pilot.at_m, (0.0, 60.0, 6.0)) < 4.0


async def test_the_current_item_is_set_in_flight(pilot: Pilot) -> None:
    await pilot.set(WP_SPD=6.0)
    legs = (waypoint(0.0, 30.0, 6.0), waypoint(30.0, 30.0, 6.0), waypoint(30.0, 0.0, 6.0))
    await pilot.start(take_off(6.0), *legs, RETURN)
    await pilot.until(lambda: pilot.seq == 2, 40.0, "the first leg")
    assert await pilot.ask(SET_CURRENT, 4) == ACCEPTED
    await pilot.until(lambda: pilot.seq == 4, 5.0, "told")
    assert await pilot.ask(SET_CURRENT, 99) == DENIED
    await pilot.sleep(2.0)
    assert pilot.seq == 4
    await pilot.link.send(Message("MISSION_SET_CURRENT", {"seq": 3}))
    await pilot.until(lambda: pilot.seq == 3, 5.0, "told")
    await pilot.until(lambda: math.dist(pilot.at_m, (30.0, 30.0, 6.0)) < 2.5, 40.0, "there")
    assert 2 not in pilot.reached
