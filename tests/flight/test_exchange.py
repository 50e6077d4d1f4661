"""Whom a link listens to, and what it makes of it."""

import math

import pytest
from flight_fakes import ScriptedLink

from flight.commands import current_mode, is_armed
from flight.exchange import Exchange
from flight.link_news import LinkNews, LinkNewsKind
from flight.vehicle_state import VehicleState
from missions import Message, Telemetry

FLYING = {"type": 2, "autopilot": 3, "base_mode": 209, "custom_mode": 3, "system_status": 4, "mavlink_version": 3}
GIMBAL = {"type": 26, "autopilot": 8, "base_mode": 0, "custom_mode": 0, "system_status": 4, "mavlink_version": 3}
PLACE = {
    "time_boot_ms": 61_000, "lat": 304577200, "lon": 1144140500, "alt": 92_000, "relative_alt": 60_000, "vx": 0,
    "vy": 0, "vz": 0, "hdg": 9000,
}  # fmt: skip


@pytest.fixture
def link() -> Exchange:
    link = ScriptedLink(lambda _message: ())
    link.target_system, link.target_component = 1, 1
    return link


def of(sender: tuple[int, int], name: str, **fields: object) -> Message:
    return Message(name, fields, *sender)


def test_a_gimbals_heartbeat_does_not_disarm_the_vehicle(link: Exchange) -> None:
    link.publish(of((1, 1), "HEARTBEAT", **FLYING))
    link.publish(of((1, 154), "HEARTBEAT", **GIMBAL))
    assert (current_mode(link), is_armed(link)) == (3, True)


def test_a_gimbals_own_clock_is_not_the_vehicles(link: Exchange) -> None:
    link.publish(of((1, 1), "SYSTEM_TIME", time_boot_ms=100_000, time_unix_usec=1_780_000_100_000_000))
    for boot_ms in (7_000, 7_100, 7_200):
        link.publish(
            of((1, 154), "GIMBAL_DEVICE_ATTITUDE_STATUS", time_boot_ms=boot_ms, q=[1.0, 0.0, 0.0, 0.0], flags=0)
        )
    assert (link.clock.boot_s, link.clock.reboots, link.clock.has_utc) == (100.0, 0, True)
    assert "GIMBAL_DEVICE_ATTITUDE_STATUS" in link.latest, "what it alone tells is listened to"


def test_a_companion_does_not_hide_that_the_autopilot_is_silent(link: Exchange) -> None:
    link.heard_wall_s -= 30.0
    link.publish(of((1, 191), "HEARTBEAT", **GIMBAL))
    assert link.silent_s > 29.0
    link.publish(of((1, 1), "ATTITUDE", time_boot_ms=1, roll=0.0, pitch=0.0, yaw=0.0))
    assert link.silent_s < 1.0


def test_other_vehicles_are_not_heard(link: Exchange) -> None:
    link.publish(of((9, 1), "HEARTBEAT", **FLYING))
    assert link.latest == {}


@pytest.mark.parametrize(
    ("target", "is_ours"),
    [
        pytest.param({}, True, id="of an old autopilot, without an address"),
        pytest.param({"target_system": 0, "target_component": 0}, True, id="to all"),
        pytest.param({"target_system": 255, "target_component": 190}, True, id="to us"),
        pytest.param({"target_system": 254, "target_component": 190}, False, id="to another station"),
        pytest.param({"target_system": 255, "target_component": 191}, False, id="to another program of our id"),
    ],
)
@pytest.mark.parametrize(("name", "field"), [("COMMAND_ACK", "result"), ("MISSION_ACK", "type")])
def test_answers_to_others_are_not_ours(
    link: Exchange, target: dict[str, object], name: str, field: str, *, is_ours: bool
) -> None:
    with link.subscribe(name) as answers:
        link.publish(of((1, 1), name, **{field: 0}, **target))
        assert bool(answers._waiting) is is_ours


async def test_a_listener_that_fails_costs_nobody_else_a_message(link: Exchange) -> None:
    told: list[LinkNews] = []
    heard: list[Message] = []

    def fail(_message: Message) -> None:
        raise KeyError("q")

    link.listen(fail)
    link.listen(heard.append)
    link.listen_news(told.append)
    with link.subscribe("ATTITUDE") as news:
        for number in range(3):
            link.publish(of((1, 1), "ATTITUDE", time_boot_ms=1000 + number, roll=0.0, pitch=0.0, yaw=0.0))
        await news.get(0.1)
    assert (len(heard), link.listener_failures) == (3, 3)
    assert [(each.kind, each.text) for each in told] == [(LinkNewsKind.LISTENER_FAILED, "ATTITUDE: KeyError: 'q'")]


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(of((1, 1), "GLOBAL_POSITION_INT", **{**PLACE, "lat": 200 * 10**7}), id="beyond the pole"),
        pytest.param(of((1, 1), "GLOBAL_POSITION_INT", **{**PLACE, "hdg": 40_000}), id="a heading of 400 degrees"),
        pytest.param(of((1, 1), "GLOBAL_POSITION_INT", **{**PLACE, "time_boot_ms": 555_939_000}), id="of next week"),
        pytest.param(of((1, 1), "ATTITUDE", time_boot_ms=61_000, roll=math.nan, pitch=0.0, yaw=0.0), id="no number"),
        pytest.param(of((1, 1), "SYS_STATUS", battery_remaining=120), id="fuller than full"),
        pytest.param(of((1, 1), "HEARTBEAT", **{**FLYING, "custom_mode": 4_000_000}), id="a mode of no Copter"),
        pytest.param(of((1, 1), "SYSTEM_TIME", time_boot_ms=61_000, time_unix_usec=1 << 63), id="a far future"),
        pytest.param(of((1, 1), "PARAM_VALUE", param_id="a b", param_value=1.0, param_type=9), id="no name"),
    ],
)
def test_what_cannot_be_true_is_left_out_told_once_and_counted(link: Exchange, message: Message) -> None:
    told: list[LinkNews] = []
    link.listen_news(told.append)
    link.publish(of((1, 1), "SYSTEM_TIME", time_boot_ms=60_000, time_unix_usec=1_780_000_060_000_000))
    before = dict(link.latest)
    for _ in range(1 if message.fields.get("time_boot_ms") == 555_939_000 else 3):
        link.publish(message)
    assert link.latest == before
    assert link.senseless >= 1
    assert [each.kind for each in told] == [LinkNewsKind.SENSELESS]
    assert link.clock.boot_s < 70.0


def test_what_a_healthy_vehicle_may_say_passes(link: Exchange) -> None:
    nan = math.nan
    messages = (
        of((1, 1), "HEARTBEAT", **FLYING),
        of((1, 1), "GLOBAL_POSITION_INT", **{**PLACE, "hdg": 65535}),
        of((1, 1), "SYS_STATUS", battery_remaining=-1, voltage_battery=65535, current_battery=-1),
        of((1, 1), "GIMBAL_DEVICE_ATTITUDE_STATUS", q=[nan] * 4, flags=0),
        of((1, 1), "MOUNT_ORIENTATION", pitch=-60.0, roll=0.0, yaw=0.0, yaw_absolute=nan),
        of((1, 1), "WIND_COV", wind_x=nan, wind_y=nan),
        of((1, 1), "PARAM_VALUE", param_id="Q_A_RAT_RLL_P", param_value=0.135, param_type=9, param_index=65535),
    )
    link.publish_all(messages)
    assert (link.senseless, len(link.latest)) == (0, 7)


def test_a_reboot_is_told(link: Exchange) -> None:
    told: list[LinkNews] = []
    link.listen_news(told.append)
    for boot_ms in (100_000, 2_000, 2_100):
        link.publish(of((1, 1), "ATTITUDE", time_boot_ms=boot_ms, roll=0.0, pitch=0.0, yaw=0.0))
    assert LinkNewsKind.REBOOTED in [each.kind for each in told]


def test_a_position_that_comes_late_over_a_slower_channel_is_not_told_again(link: Exchange) -> None:
    heard: list[Telemetry] = []
    state = VehicleState(link.clock, patrol_id="p", vehicle_id="uav-1", stream_id="main")
    state.listen(heard.append)
    link.listen(state.hear)
    link.publish(of((1, 1), "SYSTEM_TIME", time_boot_ms=60_000, time_unix_usec=1_780_000_060_000_000))
    for boot_ms in (61_000, 61_200, 61_100, 61_300):
        link.publish(of((1, 1), "GLOBAL_POSITION_INT", **{**PLACE, "time_boot_ms": boot_ms}))
    assert [round(each.captured_utc_s % 1, 1) for each in heard] == [0.0, 0.2, 0.3]


def test_a_reader_that_does_not_read_is_told_once(link: Exchange) -> None:
    told: list[LinkNews] = []
    link.listen_news(told.append)
    with link.subscribe("MISSION_CURRENT") as unread:
        for seq in range(5003):
            link.publish(of((1, 1), "MISSION_CURRENT", seq=seq))
    assert unread.dropped == 3
    assert [each.kind for each in told] == [LinkNewsKind.DROPPED]
