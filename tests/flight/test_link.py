import asyncio
import os
from pathlib import Path

import pytest
from flight_fakes import HEARTBEAT, vehicle_at

from flight.dialect import Decoder, Encoder
from flight.errors import LinkSilent
from flight.link import open_link
from flight.link_url import parse_link_url
from missions import InputError, Message
from sitl.loopback import free_port


async def test_we_beat_as_a_ground_station_exactly_while_the_link_is_open() -> None:
    port = free_port()
    async with vehicle_at(port) as vehicle:
        async with open_link(f"udpin:127.0.0.1:{port}") as link:
            vehicle.say(HEARTBEAT)
            await link.wait_vehicle(timeout_s=2.0)
            await asyncio.sleep(1.3)
        before = len(vehicle.heard)
        await asyncio.sleep(1.2)
    assert before >= 1
    assert len(vehicle.heard) == before, "a closed link must not hide the loss from the vehicle"
    beats = [m for m in vehicle.heard if m.name != "TIMESYNC"]
    assert {(m.name, m.sysid, m.fields["type"]) for m in beats} == {("HEARTBEAT", 255, 6)}


async def test_we_beat_faster_for_a_vehicle_whose_clock_runs_faster() -> None:
    port = free_port()
    async with vehicle_at(port) as vehicle, open_link(f"udpin:127.0.0.1:{port}") as link:
        vehicle.say(HEARTBEAT)
        await link.wait_vehicle(timeout_s=2.0)
        for boot_s in range(1, 11):  # 10 seconds of its time in half a second
            vehicle.say(Message("SYSTEM_TIME", {"time_boot_ms": boot_s * 1000, "time_unix_usec": 1}))
            await asyncio.sleep(0.05)
    assert len([message for message in vehicle.heard if message.name == "HEARTBEAT"]) >= 6


async def test_lost_messages_are_counted_by_their_numbers() -> None:
    port = free_port()
    async with vehicle_at(port) as vehicle, open_link(f"udpin:127.0.0.1:{port}") as link:
        for number in range(300):
            frame = vehicle.encoder.encode(HEARTBEAT)
            if number % 10 != 5:
                vehicle.transport.sendto(frame)  # type: ignore[attr-defined]  # a datagram transport
            if number % 50 == 0:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
    assert (link.quality.received, link.quality.lost) == (270, 30)
    assert link.quality.loss_pct == pytest.approx(10.0)


async def test_a_link_to_nowhere_is_one_line_and_exit_code_2_and_leaves_no_log(tmp_path: Path) -> None:
    async with open_link(f"udpin:127.0.0.1:{free_port()}", tlog=tmp_path / "x.tlog") as link:
        with pytest.raises(
            LinkSilent, match=r"no heartbeat of vehicle with system id 7 at udpin:.* within 0\.2 s"
        ) as e:
            await link.wait_vehicle(system_id=7, timeout_s=0.2)
    assert e.value.exit_code == 2
    assert "\n" not in str(e.value)
    assert await asyncio.to_thread(lambda: list(tmp_path.iterdir())) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "no..name", "nobody.invalid"])
async def test_a_tcp_address_where_nobody_listens_is_exit_code_2(host: str) -> None:
    with pytest.raises(LinkSilent) as caught:
        async with open_link(f"tcp:{host}:{free_port()}"):
            pass
    assert caught.value.exit_code == 2


async def test_another_vehicle_is_named_but_not_taken() -> None:
    port = free_port()
    async with vehicle_at(port, system_id=9) as vehicle, open_link(f"udpin:127.0.0.1:{port}") as link:
        vehicle.say(HEARTBEAT)
        with pytest.raises(LinkSilent, match="heard only system id 9"):
            await link.wait_vehicle(system_id=1, timeout_s=0.3)


async def test_a_port_in_use_is_wrong_input() -> None:
    port = free_port()
    async with open_link(f"udpin:127.0.0.1:{port}"):
        with pytest.raises(InputError, match="cannot listen"):
            async with open_link(f"udpin:127.0.0.1:{port}"):
                pass


async def test_a_link_cancelled_again_while_it_closes_gives_its_port_back() -> None:
    url, is_open = f"udpin:127.0.0.1:{free_port()}", asyncio.Event()

    async def hold() -> None:
        async with open_link(url):
            is_open.set()
            await asyncio.sleep(60.0)

    holding = asyncio.create_task(hold())
    await is_open.wait()
    for _ in range(2):
        holding.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await holding
    async with open_link(url) as link:
        assert link.address == url


async def test_console_text_before_the_first_frame_is_skipped_on_tcp() -> None:
    encoder = Encoder(1, 1)
    closing: list[asyncio.StreamWriter] = []

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\n\nInit ArduCopter V4.6.3\nFree RAM: 131072\n")
        for _ in range(3):
            writer.write(encoder.encode(HEARTBEAT))
        await writer.drain()
        closing.append(writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, open_link(f"tcp:127.0.0.1:{port}") as link:
        heartbeat = await link.wait_vehicle(timeout_s=2.0)
        assert heartbeat.sysid == 1
        assert link.quality.bad_bytes > 0
    for writer in closing:
        writer.close()
        await writer.wait_closed()


async def test_a_serial_line_carries_messages_both_ways() -> None:
    ours, theirs = os.openpty()
    try:
        async with open_link(f"serial:{os.ttyname(theirs)}:57600") as link:
            os.write(ours, Encoder(1, 1).encode(HEARTBEAT))
            await link.wait_vehicle(timeout_s=2.0)
            await link.send(Message("PARAM_REQUEST_LIST"))
            await asyncio.sleep(0.1)
            heard = Decoder().decode(os.read(ours, 4096))
    finally:
        os.close(ours)
        os.close(theirs)
    assert heard[-1].message.name == "PARAM_REQUEST_LIST"
    assert heard[-1].message.fields == {"target_system": 1, "target_component": 1}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bogus",
        "udpin:127.0.0.1",
        "udpin::14550",
        "udpin:127.0.0.1:0",
        "udpin:127.0.0.1:99999",
        "ftp:host:21",
        "serial:/dev/ttyX",
    ],
)
def test_what_is_no_address_is_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(InputError, match="udpin:HOST:PORT"):
        parse_link_url(text)
