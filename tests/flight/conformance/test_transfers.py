"""Missions, fences and rally points up and down."""

from dataclasses import replace

import pytest
from pilot import Pilot, fence_corner, item, numbered, piloted, rally_point, take_off, waypoint

from flight.errors import MissionRejected
from flight.item_codec import WireItem, item_message, list_differences
from flight.transfer import download, upload
from missions import FlightError, Message
from missions.formats import mav_commands as mav
from missions.formats.mav_commands import COPTER_MAX_FENCE_POINTS, COPTER_MAX_RALLY_POINTS

MISSION, FENCE, RALLY = mav.MAV_MISSION_TYPE_MISSION, mav.MAV_MISSION_TYPE_FENCE, mav.MAV_MISSION_TYPE_RALLY
WIDEST_AREA = 69
"""Corners of one area in the 560 bytes that the fence has."""
ACCEPTED, ERROR, INVALID_SEQUENCE, DENIED, CANCELLED = 0, 1, 13, 14, 15  # MAV_MISSION_RESULT


def mission_of(count: int) -> tuple[WireItem, ...]:
    """So many items, home among them."""
    places = [waypoint(seq % 20 * 5.0, seq // 20 * 5.0, 30.25) for seq in range(2, count)]
    return numbered(*[take_off(30.25), *places][: count - 1])


def fence_of(count: int) -> tuple[WireItem, ...]:
    """A round area of so many corners; a circle for one."""
    if count == 1:
        circle = replace(fence_corner(0.0, 0.0, 80), command=mav.MAV_CMD_NAV_FENCE_CIRCLE_INCLUSION)
        return numbered(circle)
    return numbered(*(fence_corner(-400.0 + number * 10.0, (number * 7) % 90 + 50.0, count) for number in range(count)))


def rallies_of(count: int) -> tuple[WireItem, ...]:
    return numbered(*(rally_point(number * 3.0, -20.0, 25.0) for number in range(count)))


async def trip(pilot: Pilot, items: tuple[WireItem, ...]) -> None:
    """Up, and down again by a second reading."""
    kind = items[0].mission_type
    await upload(pilot.link, items, kind)
    assert list_differences(items, await download(pilot.link, kind)) == []


@pytest.mark.parametrize("count", [1, 60, 650])
async def test_a_mission_comes_back_as_it_was_sent(ground: Pilot, count: int) -> None:
    await trip(ground, mission_of(count))


async def test_a_mission_too_long_is_refused_and_the_old_one_stays(ground: Pilot) -> None:
    await trip(ground, mission_of(60))
    with pytest.raises(MissionRejected, match="no space"):
        await upload(ground.link, mission_of(651), MISSION)
    assert list_differences(mission_of(60), await download(ground.link, MISSION)) == []


@pytest.mark.parametrize("count", [1, 60, WIDEST_AREA])
async def test_a_fence_comes_back_as_it_was_sent(ground: Pilot, count: int) -> None:
    await trip(ground, fence_of(count))


@pytest.mark.parametrize("count", [1, COPTER_MAX_RALLY_POINTS])
async def test_rally_points_come_back_as_they_were_sent(ground: Pilot, count: int) -> None:
    await trip(ground, rallies_of(count))


async def test_fences_and_rally_points_have_their_limits_too(ground: Pilot) -> None:
    with pytest.raises(MissionRejected, match="no space"):
        await upload(ground.link, fence_of(COPTER_MAX_FENCE_POINTS + 1), FENCE)
    with pytest.raises(FlightError):  # the corners could be counted, but not stored
        await upload(ground.link, fence_of(WIDEST_AREA + 1), FENCE)
    await ground.hears("exceeds storage")
    with pytest.raises(MissionRejected, match="no space"):
        await upload(ground.link, rallies_of(COPTER_MAX_RALLY_POINTS + 1), RALLY)


async def test_lists_are_cleared(ground: Pilot) -> None:
    for items in (mission_of(5), fence_of(5), rallies_of(5)):
        kind = items[0].mission_type
        await upload(ground.link, items, kind)
        assert await ground.clear(kind) == ACCEPTED
        assert await download(ground.link, kind) == ()


async def test_what_cannot_be_flown_is_refused(ground: Pilot) -> None:
    for wrong in (
        item(9999),
        replace(waypoint(0, 0, 10), frame=1),
        replace(waypoint(0, 0, 10), x=910_000_000),
        fence_corner(0, 0, 2),
    ):
        rows = numbered(wrong)
        with pytest.raises(FlightError):
            await upload(ground.link, rows, rows[0].mission_type)
    await ground.clear(FENCE)


async def test_a_part_of_the_mission_is_replaced(ground: Pilot) -> None:
    await upload(ground.link, mission_of(8), MISSION)
    changed = [replace(waypoint(1.0, 2.0, 44.0), seq=seq) for seq in (3, 4)]
    with ground.link.subscribe("MISSION_REQUEST", "MISSION_ACK") as answers:
        await ground.link.send(Message("MISSION_WRITE_PARTIAL_LIST", {"start_index": 3, "end_index": 4}))
        for row in changed:
            asked = await answers.get(5.0)
            assert (asked.name, asked.integer("seq")) == ("MISSION_REQUEST", row.seq)
            await ground.link.send(item_message(row))
        assert (await answers.get(5.0)).integer("type") == ACCEPTED
        await ground.link.send(Message("MISSION_WRITE_PARTIAL_LIST", {"start_index": 3, "end_index": 99}))
        assert (await answers.get(5.0)).integer("type") == ERROR
    wanted = (*mission_of(8)[:3], *changed, *mission_of(8)[5:])
    assert list_differences(wanted, await download(ground.link, MISSION)) == []


async def test_items_out_of_turn_are_refused_and_the_right_one_is_asked_for_again(ground: Pilot) -> None:
    rows = mission_of(3)
    with ground.link.subscribe("MISSION_REQUEST", "MISSION_ACK") as answers:
        await ground.link.send(Message("MISSION_COUNT", {"count": 3, "mission_type": MISSION}))
        assert (await answers.get(5.0)).integer("seq") == 0
        await ground.link.send(item_message(rows[1]))
        assert (await answers.get(5.0)).integer("type") == INVALID_SEQUENCE
        again = await answers.get(5.0)  # after a second without the one it waits for
        assert (again.name, again.integer("seq")) == ("MISSION_REQUEST", 0)
        for row in rows:
            await ground.link.send(item_message(row))  # in order, nobody has to wait for the requests
        while (answer := await answers.get(5.0)).name != "MISSION_ACK":
            pass
        assert answer.integer("type") == ACCEPTED
        await ground.link.send(item_message(rows[2]))
        assert (await answers.get(5.0)).integer("type") == ERROR  # nobody is sending a mission now
    assert list_differences(rows, await download(ground.link, MISSION)) == []


async def test_another_station_is_denied_while_one_uploads_and_an_abandoned_upload_ends(ground: Pilot) -> None:
    count = {"count": 3, "mission_type": MISSION}
    async with piloted(ground.copter, system_id=99, second=True) as other:
        with ground.link.subscribe("MISSION_REQUEST", "MISSION_ACK") as answers:
            await ground.link.send(Message("MISSION_COUNT", count))
            assert (await answers.get(5.0)).integer("seq") == 0
            began_s = ground.now_s
            with other.link.subscribe("MISSION_ACK") as refusals:
                await other.link.send(Message("MISSION_COUNT", {**count, "count": 2}))
                assert (await refusals.get(5.0)).integer("type") == DENIED
            asked = 0
            while (answer := await answers.get(5.0)).name != "MISSION_ACK":
                asked += 1
            assert answer.integer("type") == CANCELLED
    assert 4 <= asked <= 9
    assert 7.0 < ground.now_s - began_s < 11.0
    await ground.hears("upload timeout")
