"""The bad radio: what it loses, garbles and silences is counted, and the seed decides."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions import InputError
from sitl.autopilot.wire import mav
from sitl.loopback import free_port
from sitl.lossy_link import LossyLink, Towards, mutated, split_frames

CODEC = mav.MAVLink(None, srcSystem=1, srcComponent=1)


def frame(number: int) -> bytes:
    CODEC.seq = number % 256
    return bytes(mav.MAVLink_ping_message(number, number, 0, 0).pack(CODEC))


class Plain(asyncio.DatagramProtocol):
    """A socket that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def datagram_received(self, data: bytes, _addr: tuple[str, int]) -> None:
        """Keep it."""
        self.heard.append(data)


@asynccontextmanager
async def ends(radio: LossyLink, vehicle_port: int) -> AsyncIterator[tuple[Plain, Plain, asyncio.DatagramTransport]]:
    loop = asyncio.get_running_loop()
    station_port = int(radio.link_url.rpartition(":")[2])
    station_line, station = await loop.create_datagram_endpoint(Plain, local_addr=("127.0.0.1", station_port))
    vehicle_line, vehicle = await loop.create_datagram_endpoint(Plain, remote_addr=("127.0.0.1", vehicle_port))
    try:
        yield station, vehicle, vehicle_line
    finally:
        station_line.close()
        vehicle_line.close()


async def survivors(seed: int, loss: float) -> list[bytes]:
    port = free_port()
    async with (
        LossyLink(f"udpin:127.0.0.1:{port}", seed=seed, loss=loss) as radio,
        ends(radio, port) as (station, _, line),
    ):
        for number in range(400):
            line.sendto(frame(number))
            if number % 20 == 0:
                await asyncio.sleep(0)
        async with asyncio.timeout(20.0):
            while radio.counts["lost to ground"] + len(station.heard) < 400:  # noqa: ASYNC110 - counts are no event
                await asyncio.sleep(0.01)
        assert len(station.heard) == radio.counts["passed to ground"]
        assert tuple(station.heard) == radio.passed(Towards.GROUND)
        assert radio.counts["lost to ground"] + radio.counts["passed to ground"] == 400
        return station.heard


async def test_the_seed_decides_which_frames_are_lost_and_the_share_is_what_was_asked() -> None:
    first, again, other = await survivors(1, 0.2), await survivors(1, 0.2), await survivors(2, 0.2)
    assert first == again
    assert first != other
    assert 290 < len(first) < 350
    assert await survivors(1, 0.0) == [frame(number) for number in range(400)]


async def test_silence_holds_back_both_ways_and_delay_and_replay_reach_the_other_end() -> None:
    port = free_port()
    async with (
        LossyLink(f"udpin:127.0.0.1:{port}", seed=1, delay_s=0.05) as radio,
        ends(radio, port) as (station, vehicle, line),
    ):
        line.sendto(frame(1) + frame(2))
        await asyncio.sleep(0.02)
        assert station.heard == []
        await asyncio.sleep(0.06)
        assert station.heard == [frame(1) + frame(2)]
        radio.silence(on=True)
        line.sendto(frame(3))
        await asyncio.sleep(0.08)
        assert radio.counts["silenced to ground"] == 1
        radio.silence(on=False)
        radio.replay([frame(9)], Towards.VEHICLE)
        radio.replay(radio.passed(Towards.GROUND)[:1])
        await asyncio.sleep(0.02)
        assert vehicle.heard == [frame(9)]
        assert station.heard[1:] == [frame(1)]


def test_a_link_that_is_not_listened_at_is_refused() -> None:
    with pytest.raises(InputError, match="udpin:HOST:PORT"):
        LossyLink("tcp:127.0.0.1:5760", seed=1)


@given(st.lists(st.one_of(st.integers(0, 300).map(frame), st.binary(min_size=1, max_size=30)), max_size=8))
def test_splitting_loses_no_byte(parts: list[bytes]) -> None:
    assert b"".join(split_frames(b"".join(parts))) == b"".join(parts)


def test_frames_of_both_versions_and_signed_ones_are_told_apart() -> None:
    signed = bytearray(frame(4))
    signed[2] |= 1
    version_1 = bytes([0xFE, 3, 0, 1, 1, 0]) + b"abc" + b"\x01\x02"
    rows = [frame(1), bytes(signed) + bytes(13), version_1, b"boot text", frame(2)]
    assert split_frames(b"".join(rows)) == rows


@given(st.integers(0, 10_000))
def test_a_mutated_frame_is_never_the_same(seed: int) -> None:
    assert mutated(frame(seed), random.Random(seed)) != frame(seed)


def test_the_relays_sockets_are_given_back() -> None:
    port = free_port()

    async def once() -> None:
        async with LossyLink(f"udpin:127.0.0.1:{port}", seed=1):
            pass

    asyncio.run(once())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", port))
