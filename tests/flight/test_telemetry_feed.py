"""A second link beside the flight's: poses from it, nothing done to the vehicle through it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from flight_fakes import DOCK, HEARTBEAT, Vehicle, vehicle_at

from flight.errors import LinkSilent
from flight.link_url import parse_link_url
from flight.telemetry_feed import TelemetryFeed, open_feed
from missions import Message, Telemetry
from sitl.copter_process import CopterProcess
from sitl.loopback import free_port

TIME = {"time_boot_ms": 60_000, "time_unix_usec": 1_780_000_060_000_000}
PLACE = {
    "time_boot_ms": 61_000, "lat": 304577200, "lon": 1144140500, "alt": 92_000, "relative_alt": 60_000, "vx": 0,
    "vy": 0, "vz": 0, "hdg": 9000,
}  # fmt: skip
SPOKEN = (
    Message("SYSTEM_TIME", TIME),
    Message("ATTITUDE", {"time_boot_ms": 61_000, "roll": 0.0, "pitch": -0.1, "yaw": 0.0}),
    Message(
        "MOUNT_ORIENTATION", {"time_boot_ms": 61_000, "roll": 0.0, "pitch": -60.0, "yaw": 0.0, "yaw_absolute": 90.0}
    ),
    Message("GLOBAL_POSITION_INT", PLACE),
)


@asynccontextmanager
async def feed_at(url: str, heard: list[Telemetry]) -> AsyncIterator[TelemetryFeed]:
    parsed = parse_link_url(url, "--telemetry")
    async with open_feed(
        parsed, patrol_id="p", vehicle_id="uav-1", stream_id="main", on_telemetry=heard.append
    ) as feed:
        yield feed


async def say(vehicle: Vehicle, *messages: Message) -> None:
    while True:
        for message in (HEARTBEAT, *messages):
            vehicle.say(message)
        await asyncio.sleep(0.05)


@asynccontextmanager
async def speaking(port: int, *messages: Message) -> AsyncIterator[Vehicle]:
    async with vehicle_at(port) as vehicle:
        talk = asyncio.create_task(say(vehicle, *messages))
        yield vehicle
        talk.cancel()


async def test_the_embedded_autopilot_gives_poses_when_asked_for_them() -> None:
    heard: list[Telemetry] = []
    with CopterProcess(home=f"{DOCK.lat_deg},{DOCK.lon_deg},32,0", speedup=1.0) as copter:
        async with feed_at(copter.url, heard) as feed:
            await feed.wait_poses(system_id=1, hz=20.0, timeout_s=10.0)
            before = len(heard)
            for _ in range(150):
                await asyncio.sleep(0.1)
                if len(heard) >= before + 20:
                    break
    assert len(heard) >= before + 20
    assert heard[-1].position.distance_m(DOCK) < 20.0
    assert heard[-1].captured_utc_s - heard[-11].captured_utc_s == pytest.approx(0.5, abs=0.2)  # 10 steps of 20 Hz
    assert (heard[-1].patrol_id, heard[-1].vehicle_id, heard[-1].stream_id) == ("p", "uav-1", "main")


async def test_streams_that_come_by_themselves_are_left_alone_and_no_ground_station_is_played() -> None:
    heard: list[Telemetry] = []
    port = free_port()
    async with feed_at(f"udpin:127.0.0.1:{port}", heard) as feed, speaking(port, *SPOKEN) as vehicle:
        await feed.wait_poses(system_id=1, hz=10.0, timeout_s=5.0)
        assert feed.silent_s < 1.0
    assert heard[-1].captured_utc_s == pytest.approx(1_780_000_061.0)
    assert (heard[-1].gimbal_pitch_deg, heard[-1].gimbal_azimuth_deg) == (-60.0, 90.0)
    # Anything from system 255 would keep the vehicle from finding out that the flight's link is lost.
    assert {(message.name, message.sysid) for message in vehicle.heard} == {("HEARTBEAT", 254)}
    assert {message.fields["type"] for message in vehicle.heard} == {18}, "a companion, no ground station"


async def test_a_feed_that_does_not_answer_but_sends_enough_will_do() -> None:
    heard: list[Telemetry] = []
    port = free_port()
    without_gimbal = [message for message in SPOKEN if message.name != "MOUNT_ORIENTATION"]
    async with feed_at(f"udpin:127.0.0.1:{port}", heard) as feed, speaking(port, *without_gimbal) as vehicle:
        await feed.wait_poses(system_id=1, hz=10.0, timeout_s=8.0)
    asked = [message.fields["param1"] for message in vehicle.heard if message.name == "COMMAND_LONG"]
    assert set(asked) == {285}, "the gimbal's attitude, which did not come"
    assert heard


async def test_a_silent_feed_is_one_line_that_names_its_option() -> None:
    async with feed_at(f"udpin:127.0.0.1:{free_port()}", []) as feed:
        with pytest.raises(LinkSilent, match=r"^--telemetry: no heartbeat of vehicle .* within 0\.2 s$") as caught:
            await feed.wait_poses(system_id=1, hz=10.0, timeout_s=0.2)
    assert caught.value.exit_code == 2


async def test_a_feed_without_positions_or_time_is_refused_by_what_is_missing() -> None:
    port = free_port()
    attitude = SPOKEN[1]
    async with feed_at(f"udpin:127.0.0.1:{port}", []) as feed, speaking(port, attitude):
        with pytest.raises(LinkSilent) as caught:
            await feed.wait_poses(system_id=1, hz=10.0, timeout_s=2.5)
    assert "does not tell its place (GLOBAL_POSITION_INT), the time (SYSTEM_TIME) within" in str(caught.value)
    assert caught.value.exit_code == 2


async def test_another_vehicle_on_the_same_radio_counts_for_nothing() -> None:
    port = free_port()
    async with (
        feed_at(f"udpin:127.0.0.1:{port}", heard := []) as feed,
        vehicle_at(port, system_id=9) as other,
        speaking(port),
    ):
        talk = asyncio.create_task(say(other, *SPOKEN))
        with pytest.raises(LinkSilent, match="does not tell its place"):
            await feed.wait_poses(system_id=1, hz=10.0, timeout_s=2.5)
        talk.cancel()
    assert heard == []
