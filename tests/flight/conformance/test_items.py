"""What a mission orders beside waypoints."""

import math

from pilot import RETURN, Pilot, flown_m, item, take_off, waypoint

from missions.formats import mav_commands as mav

GROUND_SPEED, KEEP = 1.0, -1.0


def pitch_yaw_deg(pilot: Pilot) -> tuple[float, float]:
    """The gimbal's pitch, and its yaw against the body, as told."""
    w, x, y, z = pilot.link.latest["GIMBAL_DEVICE_ATTITUDE_STATUS"].fields["q"]  # type: ignore[misc]
    pitch = math.degrees(math.asin(max(-1.0, min(1.0, 2 * (w * y - z * x)))))
    return pitch, math.degrees(math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)))


async def test_speed_waits_jumps_and_a_landing_elsewhere(pilot: Pilot) -> None:
    await pilot.set(WP_SPD=8.0, LAND_SPD_MS=1.0)
    await pilot.start(
        take_off(8.0),
        waypoint(0.0, 30.0, 8.0),
        item(mav.MAV_CMD_DO_CHANGE_SPEED, GROUND_SPEED, 3.0, KEEP),
        waypoint(20.0, 30.0, 8.0, hold_s=4.0),
        waypoint(20.0, 10.0, 8.0),
        item(mav.MAV_CMD_DO_JUMP, 4, 1),
        item(mav.MAV_CMD_NAV_LOITER_TIME, 3, at=(20.0, 20.0, 8.0)),
        item(mav.MAV_CMD_NAV_LAND, at=(10.0, 20.0, 0.0)),
    )
    await pilot.until(lambda: pilot.seq == 5, 60.0, "the slow leg")
    await pilot.until(lambda: pilot.at_m[1] < 20.0, 20.0, "half of it")
    assert 2.5 < pilot.speed_m_s < 3.3
    arrived: list[tuple[int, float]] = []
    await pilot.until(lambda: arrived.append((pilot.seq, pilot.now_s)) or pilot.seq == 8, 120.0, "the landing")  # type: ignore[func-returns-value]
    order = [seq for index, (seq, _) in enumerate(arrived) if index == 0 or arrived[index - 1][0] != seq]
    assert order == [5, 4, 5, 7, 8]
    loiter_s = max(t for seq, t in arrived if seq == 7) - min(t for seq, t in arrived if seq == 7)
    assert loiter_s > 3.0 + 10.0 / 3.0  # the way there, then the wait
    await pilot.landed(60.0)
    east, north, up = flown_m(pilot.truth())[-1]
    assert math.dist((east, north), (10.0, 20.0)) < 1.5
    assert up < 0.5


async def test_the_gimbal_is_pointed_and_the_nose_turned_by_the_mission(pilot: Pilot) -> None:
    await pilot.set(WP_SPD=8.0, WP_YAW_BEHAVIOR=1)
    await pilot.start(
        take_off(8.0),
        item(mav.MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW, -50.0),
        waypoint(0.0, 20.0, 8.0),
        item(mav.MAV_CMD_NAV_DELAY, 4.0, -1, -1, -1),
        item(115, 90.0, 60.0, 1, 0),  # CONDITION_YAW
        item(mav.MAV_CMD_NAV_DELAY, 6.0, -1, -1, -1),
        RETURN,
    )
    await pilot.until(lambda: pilot.seq >= 3, 40.0, "on its way")
    await pilot.until(lambda: abs(pitch_yaw_deg(pilot)[0] + 50.0) < 3.0, 5.0, "it looks down")
    await pilot.until(lambda: pilot.seq == 6, 40.0, "the second wait")
    await pilot.sleep(5.0)
    heading = pilot.link.latest["GLOBAL_POSITION_INT"].number("hdg") / 100.0
    assert abs(heading - 90.0) < 6.0
