"""Take-off, waypoints in order, and the way home, in AUTO."""

import math

from pilot import RETURN, Pilot, flown_m, take_off, waypoint

CORNERS = ((0.0, 40.0), (30.0, 40.0), (30.0, 0.0))


async def test_a_mission_is_flown_in_order_within_the_acceptance_radius_and_ends_on_the_dock(pilot: Pilot) -> None:
    await pilot.set(WP_RADIUS_M=2.0, WP_SPD=8.0)
    await pilot.start(take_off(15.0), *(waypoint(east, north, 15.0) for east, north in CORNERS), RETURN)
    await pilot.landed()
    flown = flown_m(pilot.truth())
    for corner in CORNERS:
        assert min(math.dist(corner, (east, north)) for east, north, up in flown if up > 14.0) < 2.5
    assert [seq for seq in pilot.reached if seq in (1, 2, 3, 4)] == [1, 2, 3, 4]
    assert max(up for *_, up in flown) < 16.0
    assert math.hypot(*flown[-1][:2]) < 2.0
