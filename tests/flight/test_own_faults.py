"""A fault of ours beside a link or a flight is told, ends nothing else, and is known to whoever waits."""

import asyncio

import pytest
from flight_fakes import HEARTBEAT, ScriptedLink, drawn_plan, until, vehicle_at

from flight.channel import Channel
from flight.context import Flight
from flight.control import FlightControl
from flight.dronekit_tap import open_tap
from flight.errors import LinkSilent
from flight.events import EventKind
from flight.hub import LinkHub, open_hub
from flight.link_news import LinkNews, LinkNewsKind
from flight.link_settings import LinkSettings
from flight.link_url import LinkUrl, parse_link_url
from flight.settings import FlySettings
from flight.vehicle_state import VehicleState
from missions import Message
from sitl.loopback import free_port, free_ports


def listening(port: int) -> LinkUrl:
    return parse_link_url(f"udpin:127.0.0.1:{port}")


def fail_first(monkeypatch: pytest.MonkeyPatch, owner: type, name: str, times: int) -> None:
    """Have a method fail the first times that it is called."""
    genuine, called = getattr(owner, name), 0

    def failing(*args: object) -> object:
        nonlocal called
        called += 1
        if called <= times:
            raise RuntimeError("a bug of ours")
        return genuine(*args)

    monkeypatch.setattr(owner, name, failing)


async def test_a_loop_of_the_hub_that_fails_is_told_once_and_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flight.own_faults._AGAIN_S", 0.01)
    monkeypatch.setattr("flight.hub._LATENCY_S", 0.01)
    fail_first(monkeypatch, LinkHub, "_ask_latency", 2)
    port, told = free_port(), list[LinkNews]()
    async with open_hub([listening(port)], LinkSettings()) as hub, vehicle_at(port) as vehicle:
        vehicle.say(HEARTBEAT)
        link = await hub.wait_vehicle(timeout_s=5.0)
        link.listen_news(told.append)
        await until(lambda: any(m.name == "TIMESYNC" for m in vehicle.heard))
    assert [(each.kind, each.text) for each in told] == [
        (LinkNewsKind.OWN_FAULT, "the care of the links failed: RuntimeError: a bug of ours")
    ]


async def test_a_channel_that_cannot_be_spoken_over_costs_the_others_no_heartbeat(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    genuine = Channel.send

    def failing(channel: Channel, message: Message, system_id: int) -> None:
        if channel.url == broken:
            raise RuntimeError("a bug of ours")
        genuine(channel, message, system_id)

    monkeypatch.setattr(Channel, "send", failing)
    ports = free_ports(2)
    broken, sound = map(listening, ports)
    async with open_hub([broken, sound], LinkSettings()) as hub, vehicle_at(ports[1]) as vehicle:
        vehicle.say(HEARTBEAT)
        await until(lambda: any(m.name == "HEARTBEAT" for m in vehicle.heard))
    assert [each.text for each in hub.news] == [f"our heartbeat over {broken} failed: RuntimeError: a bug of ours"]


async def test_who_waits_for_a_vehicle_in_vain_is_told_of_our_own_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    fail_first(monkeypatch, LinkHub, "_beat", 1)
    async with open_hub([listening(free_port())], LinkSettings()) as hub:
        with pytest.raises(LinkSilent, match=r"within 0\.1 s; our heartbeat failed: RuntimeError: a bug of ours$"):
            await hub.wait_vehicle(timeout_s=0.1)


async def test_a_fault_beside_a_flight_is_an_event_of_it_and_ends_nothing_else() -> None:
    async def broken() -> None:
        raise RuntimeError("a bug of ours")

    async def sound() -> None:
        await asyncio.sleep(0)
        went_on.set()

    link, went_on, plan = ScriptedLink(lambda _: ()), asyncio.Event(), drawn_plan((0.0, 50.0), (50.0, 50.0))
    state = VehicleState(link.clock, patrol_id="p", vehicle_id="v", stream_id="main")
    flight = Flight(
        link=link, state=state, plan=plan, settings=FlySettings(), control=FlightControl(), on_event=lambda _: None
    )
    flight.beside(broken())
    flight.beside(sound())
    await asyncio.wait_for(went_on.wait(), 5.0)
    await flight.stop_beside()
    assert [each.kind for each in flight.events] == [EventKind.OWN_FAULT]
    assert "broken beside the flight failed: RuntimeError: a bug of ours" in flight.events[0].text


async def test_what_passes_a_scripts_messages_on_survives_one_that_it_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flight.own_faults._AGAIN_S", 0.01)
    link, told = ScriptedLink(lambda _: ()), list[LinkNews]()
    link.listen_news(told.append)
    genuine, failed = ScriptedLink.send, list[Message]()

    async def failing(self: ScriptedLink, message: Message) -> None:
        if not failed:
            failed.append(message)
            raise RuntimeError("a bug of ours")
        await genuine(self, message)

    monkeypatch.setattr(ScriptedLink, "send", failing)
    async with open_tap(link) as tap, vehicle_at(tap.port) as script:
        for command in (400, 176):
            script.say(Message("COMMAND_LONG", {"command": command, "target_system": 1, "target_component": 1}))
        await until(lambda: bool(link.sent))
    assert [message.fields["command"] for message in link.sent] == [176]
    assert [each.kind for each in told] == [LinkNewsKind.OWN_FAULT]
