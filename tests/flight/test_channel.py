"""A line that breaks and comes back, and what it leaves in the record meanwhile."""

import asyncio
import os
import struct
import tty
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from flight_fakes import HEARTBEAT, until, vehicle_at

from flight.dialect import Decoder, Encoder
from flight.hub import LinkHub, open_hub
from flight.link import open_link
from flight.link_news import LinkNews, LinkNewsKind
from flight.link_settings import LinkSettings
from flight.link_url import parse_link_url
from flight.peers import Peers
from flight.tlog import read_tlog
from missions import Message
from sitl.loopback import free_port


class TcpVehicle:
    """A vehicle that listens; its connection can be cut."""

    def __init__(self) -> None:
        self.encoder, self.decoder = Encoder(1, 1), Decoder()
        self.writers: list[asyncio.StreamWriter] = []
        self.heard: list[Message] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Say hello and keep what is said."""
        self.writers.append(writer)
        writer.write(self.encoder.encode(HEARTBEAT))
        while data := await reader.read(4096):
            self.heard += [received.message for received in self.decoder.decode(data)]

    async def cut(self) -> None:
        """Close every connection."""
        for writer in self.writers:
            writer.close()
            await writer.wait_closed()
        self.writers.clear()


@asynccontextmanager
async def tcp_vehicle(port: int) -> AsyncIterator[TcpVehicle]:
    vehicle = TcpVehicle()
    server = await asyncio.start_server(vehicle.serve, "127.0.0.1", port, reuse_address=True)
    async with server:
        yield vehicle
        await vehicle.cut()


async def test_a_tcp_link_that_is_cut_is_opened_again_and_the_vehicle_is_the_same() -> None:
    port, told = free_port(), []
    async with tcp_vehicle(port) as vehicle, open_link(f"tcp:127.0.0.1:{port}") as link:
        link.listen_news(told.append)
        await link.wait_vehicle(timeout_s=5.0)
        await vehicle.cut()
        await until(lambda: len(vehicle.writers) == 1)
        await until(lambda: len(told) == 2)
        await link.send(Message("PARAM_REQUEST_LIST"))
        await until(lambda: any(message.name == "PARAM_REQUEST_LIST" for message in vehicle.heard))
        assert link.target_system == 1
    assert [each.kind for each in told] == [LinkNewsKind.CHANNEL_LOST, LinkNewsKind.CHANNEL_BACK]


async def test_a_tcp_server_that_is_away_for_a_while_is_found_again() -> None:
    port = free_port()
    async with tcp_vehicle(port):
        opening = open_link(f"tcp:127.0.0.1:{port}")
        link = await opening.__aenter__()
        await link.wait_vehicle(timeout_s=5.0)
    await asyncio.sleep(0.8)  # several tries find nobody
    async with tcp_vehicle(port) as vehicle:
        await until(lambda: any(message.name == "HEARTBEAT" for message in vehicle.heard))
        await opening.__aexit__(None, None, None)


async def test_a_sound_but_senseless_message_does_not_close_a_tcp_link() -> None:
    port = free_port()
    async with tcp_vehicle(port) as vehicle, open_link(f"tcp:127.0.0.1:{port}") as link:
        await link.wait_vehicle(timeout_s=5.0)
        link.listen(lambda _message: 1 / 0)  # and a listener of ours that fails at everything
        wild = Message("GLOBAL_POSITION_INT", {"time_boot_ms": 5, "lat": 2_000_000_000})
        vehicle.writers[0].write(vehicle.encoder.encode(wild) + vehicle.encoder.encode(Message("MISSION_CURRENT")))
        await until(lambda: "MISSION_CURRENT" in link.latest)
        assert not vehicle.writers[0].is_closing()
        assert (link.senseless, link.listener_failures) == (1, 1)


async def test_a_serial_line_that_is_unplugged_and_plugged_in_again_goes_on(tmp_path: Path) -> None:
    device = tmp_path / "ttyUSB0"
    ours, theirs = os.openpty()
    device.symlink_to(os.ttyname(theirs))
    told: list[LinkNews] = []
    async with open_link(f"serial:{device}:57600") as link:
        link.listen_news(told.append)
        os.write(ours, Encoder(1, 1).encode(HEARTBEAT))
        await link.wait_vehicle(timeout_s=5.0)
        device.unlink()
        os.close(theirs)
        os.close(ours)
        await until(lambda: bool(told))
        await asyncio.sleep(0.6)  # nothing is there for a while
        ours, theirs = os.openpty()
        tty.setraw(theirs)  # a line that we do not have open yet echoes nothing
        device.symlink_to(os.ttyname(theirs))

        def says_again() -> bool:
            os.write(ours, Encoder(1, 1).encode(Message("MISSION_CURRENT", {"seq": 4})))
            return "MISSION_CURRENT" in link.latest

        await until(says_again)
        await link.send(Message("PARAM_REQUEST_LIST"))
        await asyncio.sleep(0.1)
        heard = [received.message.name for received in Decoder().decode(os.read(ours, 8192))]
    os.close(theirs)
    os.close(ours)
    assert "PARAM_REQUEST_LIST" in heard
    assert [each.kind for each in told] == [LinkNewsKind.CHANNEL_LOST, LinkNewsKind.CHANNEL_BACK]


async def test_every_byte_that_came_is_in_the_log_before_anybody_looks_at_it(tmp_path: Path) -> None:
    port, path = free_port(), tmp_path / "x.tlog"
    bad = bytearray(Encoder(1, 1).encode(Message("SYS_STATUS", {"load": 5})))
    bad[-1] ^= 0xFF
    unknown = bytes((0xFD, 2, 0, 0, 9, 1, 1, 0xEE, 0xEE, 0x01, 5, 5, 7, 7))
    noise = b"Init ArduCopter\n"
    url = parse_link_url(f"udpin:127.0.0.1:{port}")
    async with open_hub([url], LinkSettings(tlog=path)) as hub, vehicle_at(port) as vehicle:
        for data in (bytes(bad), unknown, noise):
            vehicle.transport.sendto(data)  # type: ignore[attr-defined]  # a datagram transport
        vehicle.say(HEARTBEAT)
        await until(lambda: hub.qualities[0].received == 1)
        log = await asyncio.to_thread(path.read_bytes)  # as after a kill -9: nothing was closed or flushed
        first = struct.unpack(">Q", log[:8])[0]
        assert all(piece in log for piece in (bytes(bad), unknown, noise, *vehicle.said))
    assert first > 1_700_000_000 * 10**6
    names = [message.name for _, message in read_tlog(path)]
    assert names[0] == "HEARTBEAT", "what is none is passed over, what follows it is read"


async def test_a_disk_that_is_full_costs_the_record_but_not_the_link() -> None:
    port = free_port()
    url = parse_link_url(f"udpin:127.0.0.1:{port}")
    async with open_hub([url], LinkSettings(tlog=Path("/dev/full"))) as hub, vehicle_at(port) as vehicle:
        vehicle.say(HEARTBEAT)
        vehicle.say(HEARTBEAT)
        link = await hub.wait_vehicle(1, timeout_s=5.0)
        assert link.target_system == 1
    assert [each.kind for each in hub.news] == [LinkNewsKind.RECORD_FAILED]
    assert "No space left" in hub.news[0].text


def test_a_vehicle_that_is_still_heard_is_not_followed_to_another_address() -> None:
    peers = Peers()
    peers.learn(1, ("10.0.0.1", 5), 100.0)
    peers.learn(1, ("10.0.0.9", 6), 101.0)
    assert peers.of(1) == (("10.0.0.1", 5),)
    peers.learn(1, ("10.0.0.9", 6), 102.5)
    assert peers.of(1) == (("10.0.0.9", 6),)
    assert peers.of(7) == (("10.0.0.9", 6),), "who was never heard may be behind any address"


def test_loss_is_told_of_the_last_seconds_and_of_the_vehicle_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = LinkHub([parse_link_url("udpin:127.0.0.1:14550")], LinkSettings(), signer=None, tlog=None)
    link, channel = hub.vehicle(1), hub.channels[0]
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    encoder, radio = Encoder(1, 1), Encoder(51, 68)
    for number in range(400):
        frame, noise = encoder.encode(HEARTBEAT), radio.encode(Message("RADIO_STATUS"))
        is_lost = number < 200 and number % 2
        now[0] += 0.1
        if not is_lost:
            channel.take(frame, ("127.0.0.1", 5))
        if number % 4 == 0:
            channel.take(noise, ("127.0.0.1", 5))
        if number == 199:
            assert link.quality.window_loss_pct == pytest.approx(50.0, abs=2.0)
        _ = [radio.encode(Message("RADIO_STATUS")) for _ in range(3)]  # what another sender lost
    assert link.quality.window_loss_pct == 0.0
    assert (link.quality.received, link.quality.lost) == (300, 100)
