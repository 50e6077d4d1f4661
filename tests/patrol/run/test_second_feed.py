"""`--telemetry URL`: pictures placed by a second MAVLink feed."""

import asyncio
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from archive import Archive
from flight.dialect import Decoder, Encoder
from flight.link_url import parse_link_url
from missions import Message, Telemetry
from patrol.run.fly_and_tell import fly_and_tell
from patrol.run.pose_source import pose_source
from patrol.run.prepare import prepare
from patrol.run.settings import RunSettings
from patrol.run.watch_post import WatchPost
from sitl.copter_process import CopterProcess
from sitl.loopback import free_ports

SHORT_MISSION = Path(__file__).parents[1] / "short" / "mission.yaml"
MOVED_M = 400.0
"""So far north of its real place does the second feed put the aircraft."""


class Router:
    """Stands where the vehicle sends to; passes everything on to the flight's link, and poses to a second one."""

    def __init__(self, vehicle_url: str) -> None:
        self.flight_port, self.feed_port = free_ports(2)
        self._vehicle, self._ground = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        self._vehicle.bind(("127.0.0.1", int(vehicle_url.rpartition(":")[2])))
        self._ground.bind(("127.0.0.1", 0))
        for door in (self._vehicle, self._ground):
            door.settimeout(0.2)
        self._peer: tuple[str, int] | None = None
        self._decoder, self._encoder = Decoder(), Encoder(1, 1)
        self._over = threading.Event()
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._down, self._up)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._vehicle.close()
        self._ground.close()

    def _down(self) -> None:
        while not self._over.is_set():
            try:
                data, self._peer = self._vehicle.recvfrom(65536)
            except TimeoutError:
                continue
            self._ground.sendto(data, ("127.0.0.1", self.flight_port))
            for received in self._decoder.decode(data):
                self._ground.sendto(self._encoder.encode(_moved(received.message)), ("127.0.0.1", self.feed_port))

    def _up(self) -> None:
        while not self._over.is_set():
            try:
                data = self._ground.recv(65536)
            except (TimeoutError, ConnectionRefusedError):
                continue
            if self._peer is not None:
                self._vehicle.sendto(data, self._peer)


def _moved(message: Message) -> Message:
    if message.name != "GLOBAL_POSITION_INT" or not message.integer("lat"):
        return message  # before its first fix a vehicle says 0, 0
    return Message(message.name, {**message.fields, "lat": message.integer("lat") + round(MOVED_M / 111_200 * 1e7)})


async def test_while_the_feed_speaks_the_watcher_gets_its_poses_and_not_the_links(
    tmp_path: Path, grey_video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = prepare(SHORT_MISSION, iterations=20)
    pushed: list[Telemetry] = []
    by_link: list[Telemetry] = []
    monkeypatch.setattr(WatchPost, "push_telemetry", lambda _post, telemetry: pushed.append(telemetry))
    monkeypatch.setattr(Archive, "add_telemetry", lambda _archive, telemetry: by_link.extend(telemetry))
    dock = prepared.plan.dock
    home = f"{dock.lat_deg},{dock.lon_deg},{prepared.plan.dock_amsl_m},0"
    with CopterProcess(home=home) as copter, Router(copter.url) as router:
        feed_url, link_url = (f"udpin:127.0.0.1:{port}" for port in (router.feed_port, router.flight_port))
        video_url = str(grey_video)
        links = (parse_link_url(link_url),)
        poses = pose_source(feed_url, links=links, video_url=video_url)
        settings = RunSettings(links=links, video_url=video_url, poses=poses, archive=tmp_path / "p")
        flying = asyncio.create_task(fly_and_tell(prepared, settings, as_json=True))
        # Two lists that fill, not an event.
        while not flying.done() and (len(by_link) < 10 or len(pushed) < 20):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        flying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await flying
    assert {round(dock.distance_m(telemetry.position), -2) for telemetry in pushed} == {MOVED_M}
    assert {round(dock.distance_m(telemetry.position), -2) for telemetry in by_link} == {0.0}
