"""How much of a core twenty vehicles at 10 Hz take in one process, with sockets, states, watchers and record.

    python -m benchmarks.flight.telemetry [--vehicles N] [--hz HZ] [--seconds S] [--links N] [--signed] [--json]

A second process plays the vehicles, each on a socket of its own, with every stream that a flight asks for. Ends with 1
where it takes half a core or more, where a message was lost, or where less than 97 % of the positions were told.
"""

import argparse
import asyncio
import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from flight.dialect import Encoder
from flight.hub import LinkHub, open_hub
from flight.link_settings import LinkSettings
from flight.link_url import parse_link_url
from flight.signing import Signer, key_of_passphrase
from flight.vehicle_link import VehicleLink
from flight.vehicle_state import STREAMS
from missions import Message
from sitl.loopback import free_port

_MOST_CORES = 0.5
_KEY = key_of_passphrase("benchmark")
_WARM_UP_S = 2.0
_WATCHED = ("GLOBAL_POSITION_INT", "HEARTBEAT", "MISSION_CURRENT", "STATUSTEXT")
_LEAST_TOLD = 0.97
_UTC_US = 1_780_000_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one run took."""

    vehicles: int
    hz: float
    links: int
    signed: bool
    seconds: float
    messages_per_s: float
    telemetry_per_s: float
    lost: int
    cores: float
    us_per_message: float
    log_bytes: int


def said(name: str, boot_ms: int, number: int) -> Message:
    """Return one message of a vehicle in flight, `number` of its steps after it began."""
    now: dict[str, object] = {"time_boot_ms": boot_ms}
    fields: dict[str, dict[str, object]] = {
        "GLOBAL_POSITION_INT": {
            **now, "lat": 304_577_200 + number, "lon": 1_144_140_500 + number, "alt": 92_000, "relative_alt": 60_000,
            "vx": 300, "vy": 400, "vz": -5, "hdg": 9000,
        },
        "ATTITUDE": {
            **now, "roll": 0.01, "pitch": -0.1, "yaw": 1.57, "rollspeed": 0.1, "pitchspeed": 0.1, "yawspeed": 0.1,
        },
        "GIMBAL_DEVICE_ATTITUDE_STATUS": {**now, "q": [0.866, 0.0, -0.5, 0.0], "flags": 12},
        "MISSION_CURRENT": {"seq": number % 300},
        "SYS_STATUS": {"voltage_battery": 15_000, "current_battery": 1500, "battery_remaining": 80, "load": 300},
        "BATTERY_STATUS": {"battery_remaining": 80, "energy_consumed": number},
        "SYSTEM_TIME": {**now, "time_unix_usec": _UTC_US + boot_ms * 1000},
        "HOME_POSITION": {"latitude": 304_577_200, "longitude": 1_144_140_500, "altitude": 32_000},
        "WIND": {"direction": 90.0, "speed": 3.0},
        "GPS_RAW_INT": {
            "time_usec": boot_ms * 1000, "fix_type": 3, "lat": 304_577_200 + number, "lon": 1_144_140_500 + number,
            "alt": 92_000, "eph": 80, "epv": 120, "vel": 500, "cog": 9000, "satellites_visible": 14,
        },
        "EKF_STATUS_REPORT": {
            "velocity_variance": 0.1, "pos_horiz_variance": 0.1, "pos_vert_variance": 0.1, "compass_variance": 0.1,
            "flags": 831,
        },
        "EXTENDED_SYS_STATE": {"landed_state": 2},
        "VFR_HUD": {"airspeed": 5.0, "groundspeed": 5.0, "alt": 92.0, "climb": 0.05, "heading": 90, "throttle": 45},
        "WIND_COV": {"wind_x": -3.0, "wind_y": 0.1},
        "HEARTBEAT": {
            "type": 2, "autopilot": 3, "base_mode": 217, "custom_mode": 3, "system_status": 4, "mavlink_version": 3,
        },
    }  # fmt: skip
    return Message(name, fields[name])


async def _play(ports: Sequence[int], vehicles: int, hz: float, *, signed: bool) -> None:
    """Play the vehicles until we are killed; each message goes over every link, as a router sends it."""
    loop = asyncio.get_running_loop()
    shares = {name: share for name, (_, share) in STREAMS.items()} | {"HEARTBEAT": 1.0 / hz}
    signer = Signer(_KEY) if signed else None
    encoders = [Encoder(number + 1, 1, signer=signer) for number in range(vehicles)]
    sockets = [
        [
            (await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=("127.0.0.1", port)))[0]
            for port in ports
        ]
        for _ in range(vehicles)
    ]
    began_s, step = time.monotonic(), 0
    while True:
        step += 1
        for number, (encoder, ways) in enumerate(zip(encoders, sockets, strict=True)):
            for name, share in shares.items():
                if int((step + number) * share) > int((step + number - 1) * share):
                    frame = encoder.encode(said(name, round(1000 * step / hz), step))
                    for way in ways:
                        way.sendto(frame)
            await asyncio.sleep(0)  # twenty vehicles do not speak in one instant
        await asyncio.sleep(max(0.0, began_s + step / hz - time.monotonic()))


async def _watch(link: VehicleLink) -> None:
    """Take what a flight's watcher takes."""
    with link.subscribe(*_WATCHED) as news:
        while True:
            await news.next_or_none(10.0)


async def _count(link: VehicleLink, counts: dict[int, int]) -> None:
    async for _ in link.telemetry(vehicle_id=f"uav-{link.target_system}"):
        counts[link.target_system] += 1


async def _measure(hub: LinkHub, vehicles: int, seconds: float) -> tuple[float, int, int]:
    """Return CPU seconds, messages and telemetry values of the time measured."""
    links = [await hub.wait_vehicle(number + 1, timeout_s=20.0) for number in range(vehicles)]
    counts = {link.target_system: 0 for link in links}
    tasks = [asyncio.create_task(what) for link in links for what in (_watch(link), _count(link, counts))]
    await asyncio.sleep(_WARM_UP_S)
    cpu_s, received, told = (
        time.process_time(),
        sum(quality.received for quality in hub.qualities),
        sum(counts.values()),
    )
    await asyncio.sleep(seconds)
    cpu_s = time.process_time() - cpu_s
    received = sum(quality.received for quality in hub.qualities) - received
    told = sum(counts.values()) - told
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return cpu_s, received, told


async def measure(*, vehicles: int, hz: float, seconds: float, links: int, signed: bool) -> Load:
    """Run it once."""
    ports = [free_port() for _ in range(links)]
    with tempfile.TemporaryDirectory(prefix="skypatrol-bench-") as folder:
        tlog, key = Path(folder) / "x.tlog", Path(folder) / "signing.key"
        key.write_text(_KEY.hex() + "\n")
        settings = LinkSettings(tlog=tlog, signing_key=key if signed else None)
        async with open_hub([parse_link_url(f"udpin:127.0.0.1:{port}") for port in ports], settings) as hub:
            said = ["--vehicles", str(vehicles), "--hz", str(hz), *(["--signed"] if signed else [])]
            command = [sys.executable, "-m", "benchmarks.flight.telemetry", *said, "--play", *map(str, ports)]
            player = subprocess.Popen(command)  # noqa: ASYNC220 - once, before anything is measured
            try:
                cpu_s, received, told = await _measure(hub, vehicles, seconds)
            finally:
                player.kill()
                player.wait()
            lost = sum(quality.lost for quality in hub.qualities)
        return Load(
            vehicles=vehicles,
            hz=hz,
            links=links,
            signed=signed,
            seconds=seconds,
            messages_per_s=received / seconds,
            telemetry_per_s=told / seconds,
            lost=lost,
            cores=cpu_s / seconds,
            us_per_message=1e6 * cpu_s / max(1, received),
            log_bytes=tlog.stat().st_size,
        )


def main() -> int:
    """Return 0 where it takes less than half a core, nothing is lost and the positions are told."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--vehicles", type=int, default=20)
    parser.add_argument("--hz", type=float, default=10.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--links", type=int, default=1)
    parser.add_argument("--signed", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--play", type=int, nargs="*", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.play:
        with suppress(KeyboardInterrupt):
            asyncio.run(_play(asked.play, asked.vehicles, asked.hz, signed=asked.signed))
        return 0
    load = asyncio.run(
        measure(vehicles=asked.vehicles, hz=asked.hz, seconds=asked.seconds, links=asked.links, signed=asked.signed)
    )
    if asked.json:
        print(json.dumps(asdict(load)))
    else:
        print(f"{platform.machine()}, Python {platform.python_version()}")
        for name, value in asdict(load).items():
            print(f"{name:<16} {value:.3f}" if isinstance(value, float) else f"{name:<16} {value}")
    enough = load.telemetry_per_s >= _LEAST_TOLD * load.vehicles * load.hz
    return 0 if load.cores < _MOST_CORES and not load.lost and enough else 1


if __name__ == "__main__":
    raise SystemExit(main())
