"""Several vehicles on one address, several addresses to one vehicle."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from flight_fakes import HEARTBEAT, Vehicle, until, vehicle_at

from flight.commands import send_command
from flight.errors import LinkSilent
from flight.hub import LinkHub, open_hub
from flight.link import open_link
from flight.link_news import LinkNews, LinkNewsKind
from flight.link_settings import LinkSettings
from flight.link_url import LinkUrl, parse_link_url
from flight.vehicle_link import VehicleLink
from missions import Message, Telemetry
from sitl.loopback import free_port

COMMAND = Message("COMMAND_LONG", {"command": 400})


def listening(port: int) -> LinkUrl:
    return parse_link_url(f"udpin:127.0.0.1:{port}")


def ordered(vehicle: Vehicle) -> list[object]:
    return [message.fields["command"] for message in vehicle.heard if message.name == "COMMAND_LONG"]


def commands(vehicle: Vehicle) -> list[object]:
    return [message.fields["target_system"] for message in vehicle.heard if message.name == "COMMAND_LONG"]


async def test_two_vehicles_on_one_port_are_each_answered_at_their_own_address() -> None:
    port = free_port()
    async with (
        open_hub([listening(port)], LinkSettings()) as hub,
        vehicle_at(port, 1) as one,
        vehicle_at(port, 2) as two,
    ):
        one.say(HEARTBEAT)
        two.say(HEARTBEAT)
        first = await hub.wait_vehicle(1, timeout_s=5.0)
        two.say(HEARTBEAT)
        second = await hub.wait_vehicle(2, timeout_s=5.0)
        two.say(HEARTBEAT)  # the last to speak
        await asyncio.sleep(0.05)
        await first.send(COMMAND)
        await second.send(COMMAND)
        await until(lambda: bool(commands(one) and commands(two)))
    assert (commands(one), commands(two)) == ([1], [2])
    assert [link.target_system for link in hub.vehicles] == [1, 2]


async def test_each_vehicle_hears_only_its_own() -> None:
    port = free_port()
    async with (
        open_hub([listening(port)], LinkSettings()) as hub,
        vehicle_at(port, 1) as one,
        vehicle_at(port, 2) as two,
    ):
        links = hub.vehicle(1), hub.vehicle(2)
        one.say(Message("MISSION_CURRENT", {"seq": 3}))
        two.say(Message("MISSION_CURRENT", {"seq": 5}))
        await until(lambda: all("MISSION_CURRENT" in link.latest for link in links))
    assert [link.latest["MISSION_CURRENT"].fields["seq"] for link in links] == [3, 5]


async def test_a_vehicle_that_is_not_there_is_one_line() -> None:
    async with open_hub([listening(free_port())], LinkSettings()) as hub:
        with pytest.raises(LinkSilent, match=r"^no heartbeat of vehicle with system id 4 at udpin:.* within 0\.1 s$"):
            await hub.wait_vehicle(4, timeout_s=0.1)


class OverTwoRadios:
    """One vehicle whose frames go out on two sockets, as a router sends them."""

    def __init__(self, radios: list[Vehicle]) -> None:
        self.radios = radios
        self.works = [True] * len(radios)
        self.encoder = radios[0].encoder

    def say(self, message: Message) -> None:
        """Send one frame on every radio that works."""
        frame = self.encoder.encode(message)
        for radio, works in zip(self.radios, self.works, strict=True):
            if works:
                radio.transport.sendto(frame)  # type: ignore[attr-defined]  # a datagram transport

    def heard(self, name: str) -> list[object]:
        """Return what arrived on the radios that work."""
        heard = (m for radio, works in zip(self.radios, self.works, strict=True) if works for m in radio.heard)
        return [message.fields["command"] for message in heard if message.name == name]


@asynccontextmanager
async def two_radios() -> AsyncIterator[tuple[LinkHub, OverTwoRadios]]:
    ports = [free_port(), free_port()]
    async with AsyncExitStack() as stack:
        hub = await stack.enter_async_context(open_hub([listening(port) for port in ports], LinkSettings()))
        radios = [await stack.enter_async_context(vehicle_at(port)) for port in ports]
        yield hub, OverTwoRadios(radios)


async def speak(vehicle: OverTwoRadios) -> None:
    """Say where it is, and accept every command once it arrives."""
    boot_ms, answered = 1000, 0
    while True:
        boot_ms += 50
        vehicle.say(HEARTBEAT)
        vehicle.say(Message("ATTITUDE", {"time_boot_ms": boot_ms}))
        for command in vehicle.heard("COMMAND_LONG")[answered:]:
            answered += 1
            vehicle.say(Message("COMMAND_ACK", {"command": command}))
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("killed", [0, 1])
async def test_an_order_given_as_either_of_two_radios_dies_is_carried_out(killed: int) -> None:
    async with two_radios() as (hub, vehicle):
        speaking = asyncio.create_task(speak(vehicle))
        link = await hub.wait_vehicle(1, timeout_s=5.0)
        news: list[LinkNews] = []
        link.listen_news(news.append)
        await send_command(link, 300, what="the start")
        in_use = 0 if 300 in ordered(vehicle.radios[0]) else 1
        vehicle.works[killed] = False
        await send_command(link, 400, what="an order")
        assert 400 in ordered(vehicle.radios[1 - killed])
        speaking.cancel()
        changed = [each.kind for each in news].count(LinkNewsKind.FAILOVER)
        assert changed == (1 if in_use == killed else 0)
        assert link.quality.channel == str(hub.channels[1 - killed].url)
    assert list(hub.news) == []


async def test_reading_the_quality_of_a_link_changes_no_channel_and_tells_nothing() -> None:
    async with two_radios() as (hub, vehicle):
        link, other, told = hub.vehicle(1), vehicle.radios[1], list[LinkNews]()
        link.listen_news(told.append)
        hub._beat = lambda: None  # type: ignore[method-assign]  # nobody chooses but who sends
        vehicle.radios[0].say(HEARTBEAT)
        await until(lambda: hub.channels[0].heard_ago_s(1, 1) < 1.0)
        await link.send(COMMAND)
        await until(lambda: bool(commands(vehicle.radios[0])))
        hub.channels[0].close()
        other.say(HEARTBEAT)
        await until(lambda: hub.channels[1].heard_ago_s(1, 1) < 1.0)
        for _ in range(3):
            assert link.quality.channel == str(hub.channels[1].url)
        assert told == []
        await link.send(COMMAND)
        assert [each.kind for each in told] == [LinkNewsKind.FAILOVER]


async def test_the_rates_that_were_asked_for_are_asked_again_over_the_radio_that_is_left() -> None:
    async with two_radios() as (hub, vehicle):
        speaking = asyncio.create_task(speak(vehicle))
        link = await hub.wait_vehicle(1, timeout_s=5.0)
        for message_id, interval_us in ((30, 5), (33, 5), (30, 7)):
            await link.send(Message("COMMAND_LONG", {"command": 511, "param1": message_id, "param2": interval_us}))
        await until(lambda: vehicle.heard("COMMAND_LONG").count(511) == 3)
        died = 0 if 511 in ordered(vehicle.radios[0]) else 1
        vehicle.works[died] = False
        await until(lambda: 511 in ordered(vehicle.radios[1 - died]))
        await asyncio.sleep(0.05)
        speaking.cancel()
    asked = [m for m in vehicle.radios[1 - died].heard if m.name == "COMMAND_LONG"]
    assert [(m.fields["param1"], m.fields["param2"]) for m in asked[:2]] == [(30.0, 7.0), (33.0, 5.0)]


async def test_what_comes_over_both_radios_is_told_once() -> None:
    async with two_radios() as (hub, vehicle):
        link = hub.vehicle(1)
        heard: list[Message] = []
        link.listen(heard.append)
        for number in range(20):
            vehicle.say(Message("ATTITUDE", {"time_boot_ms": 1000 + number}))
            vehicle.say(Message("MISSION_CURRENT", {"seq": 2}))
        await until(lambda: len(heard) >= 40)
        await asyncio.sleep(0.1)
        received = [quality.received for quality in hub.qualities]
    assert [message.fields["time_boot_ms"] for message in heard if message.name == "ATTITUDE"] == list(
        range(1000, 1020)
    )
    assert len(heard) == 40
    assert received == [40, 40]


async def test_a_vehicle_that_counts_each_radio_by_itself_is_told_once_too_but_may_repeat_itself() -> None:
    ports = [free_port(), free_port()]
    async with (
        open_hub([listening(port) for port in ports], LinkSettings()) as hub,
        vehicle_at(ports[0]) as a,
        vehicle_at(ports[1]) as b,
    ):
        heard: list[str] = []
        hub.vehicle(1).listen(lambda message: heard.append(message.name))
        b.say(Message("MISSION_CURRENT", {"seq": 1}))  # now their numbers differ
        for radio in (a, b):
            radio.say(Message("ATTITUDE", {"time_boot_ms": 1000}))
            radio.say(Message("COMMAND_ACK", {"command": 400}))
        await until(lambda: len(heard) >= 4)
        await asyncio.sleep(0.1)
    assert sorted(heard) == ["ATTITUDE", "COMMAND_ACK", "COMMAND_ACK", "MISSION_CURRENT"]


async def test_one_of_two_addresses_may_be_dead_from_the_beginning() -> None:
    dead, port = parse_link_url(f"tcp:127.0.0.1:{free_port()}"), free_port()
    async with open_link([dead, f"udpin:127.0.0.1:{port}"]) as link, vehicle_at(port) as vehicle:
        vehicle.say(HEARTBEAT)
        await link.wait_vehicle(timeout_s=5.0)
        await link.send(COMMAND)
        await until(lambda: commands(vehicle) == [1])
        told: list[LinkNews] = []
        link.listen_news(told.append)
    assert [each.kind for each in told] == [LinkNewsKind.CHANNEL_LOST], "told though nobody listened yet"


@pytest.mark.parametrize(("system_id", "words"), [(251, "system id 251)"), (255, "under our own system id")])
async def test_another_ground_station_is_noticed_once_even_under_our_own_id(system_id: int, words: str) -> None:
    port = free_port()
    station = Message("HEARTBEAT", {"type": 6, "autopilot": 8})
    async with open_hub([listening(port)], LinkSettings()) as hub, vehicle_at(port, system_id) as other:
        for _ in range(3):
            other.say(station)
        await until(lambda: bool(hub.news))
        await asyncio.sleep(0.05)
        assert hub.foreign_stations == (system_id,)
        assert hub.vehicle(1).quality.foreign_stations == (system_id,)
    assert [each.kind for each in hub.news] == [LinkNewsKind.FOREIGN_STATION]
    assert words in hub.news[0].text


async def test_our_own_heartbeat_that_a_router_sends_back_is_no_other_station() -> None:
    port = free_port()
    async with open_hub([listening(port)], LinkSettings()) as hub, vehicle_at(port) as vehicle:
        vehicle.say(HEARTBEAT)
        await until(lambda: any(m.name == "HEARTBEAT" for m in vehicle.heard), 5.0)
        vehicle.transport.sendto(vehicle.frames[-1])  # type: ignore[attr-defined]  # a datagram transport
        await asyncio.sleep(0.1)
        assert hub.foreign_stations == ()


async def test_one_task_beats_for_all_vehicles_as_the_one_system_id_that_was_chosen() -> None:
    port = free_port()
    settings = LinkSettings(own_system_id=252)
    async with open_hub([listening(port)], settings), vehicle_at(port, 1) as one, vehicle_at(port, 2) as two:
        one.say(HEARTBEAT)
        two.say(HEARTBEAT)
        await until(lambda: bool(one.heard and two.heard))
    beats = {(m.sysid, m.fields["type"]) for m in one.heard + two.heard if m.name == "HEARTBEAT"}
    assert beats == {(252, 6)}


async def test_latency_is_measured_by_the_vehicles_answers() -> None:
    port = free_port()
    async with open_hub([listening(port)], LinkSettings()) as hub, vehicle_at(port) as vehicle:
        vehicle.say(HEARTBEAT)
        link = await hub.wait_vehicle(1, timeout_s=5.0)
        assert link.quality.latency_ms is None
        answered = 0
        for _ in range(300):
            asked = [m for m in vehicle.heard if m.name == "TIMESYNC"]
            vehicle.say(HEARTBEAT)
            if len(asked) > answered:
                answered = len(asked)
                await asyncio.sleep(0.05)
                vehicle.say(Message("TIMESYNC", {"tc1": 5, "ts1": 12345}))  # to another station
                vehicle.say(Message("TIMESYNC", {"tc1": 5, "ts1": asked[-1].fields["ts1"]}))
                await asyncio.sleep(0.05)
                break
            await asyncio.sleep(0.02)
        latency_ms = link.quality.latency_ms
    assert latency_ms is not None
    assert 50.0 <= latency_ms < 1000.0


async def telemetry_of(link: VehicleLink, count: int) -> list[Telemetry]:
    values: list[Telemetry] = []
    async for telemetry in link.telemetry(vehicle_id="uav-1"):
        values.append(telemetry)
        if len(values) == count:
            break
    return values


async def test_telemetry_is_iterated_and_ends_with_the_link() -> None:
    port = free_port()
    async with AsyncExitStack() as stack:
        hub = await stack.enter_async_context(open_hub([listening(port)], LinkSettings()))
        vehicle = await stack.enter_async_context(vehicle_at(port))
        link = hub.vehicle(1)
        three = asyncio.create_task(telemetry_of(link, 3))
        endless = asyncio.create_task(telemetry_of(link, 1000))
        await asyncio.sleep(0.05)
        vehicle.say(Message("SYSTEM_TIME", {"time_boot_ms": 1000, "time_unix_usec": 1_780_000_001_000_000}))
        for number in range(4):
            place = {"time_boot_ms": 1000 + 100 * number, "lat": 304577200, "lon": 1144140500, "relative_alt": number}
            vehicle.say(Message("GLOBAL_POSITION_INT", place))
        found = await asyncio.wait_for(three, 5.0)
        await asyncio.sleep(0.05)
        await stack.aclose()
        assert len(await asyncio.wait_for(endless, 5.0)) == 4
    assert [round(each.height_above_home_m * 1000) for each in found] == [0, 1, 2]
    assert {each.vehicle_id for each in found} == {"uav-1"}


async def test_frames_of_both_directions_and_of_both_addresses_are_in_one_log(tmp_path: Path) -> None:
    ports = [free_port(), free_port()]
    urls = [listening(port) for port in ports]
    async with (
        open_hub(urls, LinkSettings(tlog=tmp_path / "x.tlog")) as hub,
        vehicle_at(ports[0]) as a,
        vehicle_at(ports[1]) as b,
    ):
        for radio, seq in ((a, 1), (b, 2)):
            radio.say(Message("MISSION_CURRENT", {"seq": seq}))
        await until(lambda: [quality.received for quality in hub.qualities] == [1, 1])
        log = await asyncio.to_thread((tmp_path / "x.tlog").read_bytes)  # still open: nothing waits in a buffer
        frames = [*a.said, *b.said]
        assert all(frame in log for frame in frames)


async def test_a_vehicle_that_asks_for_our_time_is_answered_and_its_answers_are_not() -> None:
    port = free_port()
    async with open_hub([listening(port)], LinkSettings()) as hub, vehicle_at(port) as vehicle:
        vehicle.say(HEARTBEAT)
        await hub.wait_vehicle(1, timeout_s=5.0)
        for tc1, ts1 in ((5, 776), (0, 777), (5, 778)):
            vehicle.say(Message("TIMESYNC", {"tc1": tc1, "ts1": ts1}))

        def told() -> list[object]:
            return [m.fields["ts1"] for m in vehicle.heard if m.name == "TIMESYNC" and m.fields["tc1"] != 0]

        await until(lambda: bool(told()), 5.0)
        await asyncio.sleep(0.1)
        assert told() == [777]
