from typing import Any

import pytest

from sitl.autopilot.wire import mav

ACCEPTED, ERROR, UNSUPPORTED_FRAME, UNSUPPORTED, NO_SPACE = 0, 1, 2, 3, 4
INVALID_PARAM3, INVALID_SEQUENCE, DENIED, CANCELLED = 8, 13, 14, 15


def _square(words: Any) -> list[Any]:
    corners = [words.at(60, 0), words.at(60, 60), words.at(0, 60)]
    return [words.HOME_ITEM, words.TAKE_OFF, *corners, words.RETURN]


def test_a_mission_is_read_back_as_it_was_sent(ground: Any, words: Any) -> None:
    items = _square(words)
    assert ground.upload(items) == ACCEPTED
    rows = ground.download()
    assert [row.command for row in rows] == [16, 22, 16, 16, 16, 20]
    assert [(row.x, row.y) for row in rows[2:5]] == [(item.x, item.y) for item in items[2:5]]
    assert "Flight plan received" in ground.texts()


def test_stored_items_change_as_arducopter_changes_them(ground: Any, words: Any) -> None:
    for name, (sent, stored) in words.STORED.items():
        assert ground.upload([words.HOME_ITEM, words.item(sent)]) == ACCEPTED
        assert words.as_read(ground.download()[1]) == stored, name


@pytest.mark.parametrize(
    ("item", "result"),
    [
        pytest.param({"command": 9999}, UNSUPPORTED, id="unknown"),
        pytest.param({"command": 82}, UNSUPPORTED, id="spline"),
        pytest.param({"command": 16, "frame": 10}, UNSUPPORTED_FRAME, id="terrain"),
        pytest.param({"command": 1000, "params": (-60, 0, float("nan"), 0)}, INVALID_PARAM3, id="NaN rate"),
        pytest.param({"command": 16, "x": 910_000_000}, 10, id="beyond the pole"),
        pytest.param({"command": 16, "z": float("nan")}, 12, id="NaN height"),
        pytest.param({"command": 177, "params": (9, 1, 0, 0)}, ERROR, id="jump beyond the end"),
    ],
)
def test_items_that_cannot_be_flown_are_refused_and_leave_a_mixture(
    item: dict[str, Any], result: int, ground: Any, words: Any
) -> None:
    assert ground.upload(_square(words)) == ACCEPTED
    assert ground.upload([words.HOME_ITEM, words.TAKE_OFF, words.Item(**item), words.RETURN]) == result
    commands = [row.command for row in ground.download()]
    assert commands == [16, 22, 16, 16]  # cut to the new length, replaced up to the refusal


def test_651_items_are_refused_and_the_mission_stays(ground: Any, words: Any) -> None:
    assert ground.upload(_square(words)) == ACCEPTED
    assert ground.upload([words.HOME_ITEM] * 651) == NO_SPACE
    assert "Only 650 items are supported" in ground.texts()
    assert len(ground.download()) == 6
    assert ground.upload([words.HOME_ITEM, words.TAKE_OFF, *[words.at(5, 5)] * 648]) == ACCEPTED
    assert ground.parameter("MIS_TOTAL") == 650


def test_a_count_cuts_the_stored_mission_at_once(ground: Any, words: Any) -> None:
    ground.upload(_square(words))
    ground.send(mav.MAVLink_mission_count_message(1, 1, 2, 0))
    ground.run(9.5)
    assert ground.of("MISSION_ACK")[-1].type == CANCELLED
    assert "Mission upload timeout" in ground.texts()
    assert len(ground.download()) == 2


def test_an_item_is_asked_for_again_each_second(ground: Any) -> None:
    ground.send(mav.MAVLink_mission_count_message(1, 1, 2, 0))
    asked = ground.of("MISSION_REQUEST", ground.run(7.9))
    assert [request.seq for request in asked] == [0] * 8


def test_a_second_partner_is_denied_until_the_first_is_done(ground: Any, words: Any) -> None:
    other = words.Ground(ground.copter, system=254)
    ground.send(mav.MAVLink_mission_count_message(1, 1, 2, 0))
    ground.drain()
    other.send(mav.MAVLink_mission_count_message(1, 1, 2, 0))
    assert other.of("MISSION_ACK", other.drain())[0].type == DENIED
    other.send_item(0, words.HOME_ITEM)
    assert other.of("MISSION_ACK", other.drain())[0].type == DENIED
    other.send(mav.MAVLink_mission_request_list_message(1, 1, 0))
    assert other.of("MISSION_ACK", other.drain())[0].type == DENIED
    ground.send_item(0, words.HOME_ITEM)
    ground.send_item(1, words.TAKE_OFF)
    assert ground.of("MISSION_ACK", ground.drain())[-1].type == ACCEPTED


def test_a_wrong_number_is_refused_and_the_right_one_still_awaited(ground: Any, words: Any) -> None:
    ground.send(mav.MAVLink_mission_count_message(1, 1, 2, 0))
    ground.send_item(1, words.TAKE_OFF)
    assert ground.of("MISSION_ACK", ground.drain())[0].type == INVALID_SEQUENCE
    ground.send_item(0, words.HOME_ITEM)
    ground.send_item(1, words.TAKE_OFF)
    assert ground.of("MISSION_ACK", ground.drain())[-1].type == ACCEPTED


def test_an_item_after_the_end_is_an_error(ground: Any, words: Any) -> None:
    ground.upload(_square(words))
    ground.send_item(5, words.RETURN)
    assert ground.of("MISSION_ACK", ground.drain())[-1].type == ERROR


def test_the_old_request_gets_the_old_item_in_degrees(ground: Any, words: Any) -> None:
    ground.upload(_square(words))
    ground.send(mav.MAVLink_mission_request_message(1, 1, 2, 0))
    row = ground.of("MISSION_ITEM", ground.drain())[0]
    assert row.x == pytest.approx(words.at(60, 0).x / 1e7, abs=1e-5)
    assert row.y == pytest.approx(words.LON / 1e7, abs=1e-5)


def test_beyond_the_end_the_count_is_told(ground: Any, words: Any) -> None:
    ground.upload(_square(words))
    ground.send(mav.MAVLink_mission_request_int_message(1, 1, 99, 0))
    count, ack = ground.drain()
    assert (count.count, ack.type) == (6, INVALID_SEQUENCE)


def test_item_0_is_home_whatever_was_sent(ground: Any, words: Any) -> None:
    ground.ready()
    ground.upload([words.at(500, 500), words.TAKE_OFF])
    home = ground.download()[0]
    assert (home.x, home.y, home.frame) == (words.LAT, words.LON, 0)
    assert home.z == pytest.approx(40.0)


def test_clearing_empties_and_answers(ground: Any, words: Any) -> None:
    ground.upload(_square(words))
    ground.send(mav.MAVLink_mission_clear_all_message(1, 1, 0))
    assert ground.of("MISSION_ACK", ground.drain())[-1].type == ACCEPTED
    assert ground.download() == []


def _corner(words: Any, count: float, north: float, east: float, command: int = 5001) -> Any:
    place = words.at(north, east)
    return words.Item(command=command, frame=0, params=(count, 0, 0, 0), x=place.x, y=place.y)


def test_a_fence_is_taken_over_whole_or_not_at_all(ground: Any, words: Any) -> None:
    corners = [_corner(words, 4, *c) for c in ((-99, -99), (99, -99), (99, 99), (-99, 99))]
    assert ground.upload(corners, 1) == ACCEPTED
    broken = [corners[0], _corner(words, 3, 9, 9), *corners[2:]]
    assert ground.upload(broken, 1) == ERROR
    assert ground.upload(corners[:3], 1) == ERROR
    assert "Unexpected vertex count want=4 got=3" in ground.texts()
    assert "Fence validation failed" in ground.texts()
    rows = ground.download(1)
    assert [(row.x, row.y, row.param1, row.autocontinue) for row in rows] == [(c.x, c.y, 4.0, 0) for c in corners]


@pytest.mark.parametrize(("mission_type", "limit"), [(1, 70), (2, 46)])
def test_fence_and_rally_have_arducopters_limits(mission_type: int, limit: int, ground: Any) -> None:
    ground.send(mav.MAVLink_mission_count_message(1, 1, limit + 1, mission_type))
    assert ground.of("MISSION_ACK", ground.drain())[-1].type == NO_SPACE
    ground.send(mav.MAVLink_mission_count_message(1, 1, limit, mission_type))
    assert ground.of("MISSION_REQUEST", ground.drain())[-1].seq == 0


def test_rally_points_are_read_back(ground: Any, words: Any) -> None:
    assert ground.upload([words.at(10, 0, 30.0, command=5100)], 2) == ACCEPTED
    row = ground.download(2)[0]
    assert (row.command, row.frame, row.z, row.autocontinue) == (5100, 3, 30.0, 0)
    assert ground.parameter("RALLY_TOTAL") == 1


def test_other_mission_types_and_parts_that_are_not_there_are_refused(ground: Any) -> None:
    ground.send(mav.MAVLink_mission_count_message(1, 1, 2, 77))
    ground.send(mav.MAVLink_mission_write_partial_list_message(1, 1, 0, 1, 0))
    assert [ack.type for ack in ground.of("MISSION_ACK", ground.drain())] == [UNSUPPORTED, ERROR]


def test_messages_for_another_vehicle_are_ignored(ground: Any) -> None:
    ground.send(mav.MAVLink_mission_count_message(2, 1, 2, 0))
    ground.send(mav.MAVLink_mission_count_message(1, 154, 2, 0))
    assert ground.drain()[1:] == []  # only the greeting
