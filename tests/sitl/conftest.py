"""A small city and a reader of its video, which the tests of the simulated sight share."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import pytest
from av.error import InvalidDataError

from missions import CameraModel, GeoPoint, Scenario, ScriptedIncident
from missions.formats import st0601
from missions.mission import Wind
from missions.roads import load_network
from missions.roads.network import RoadNetwork
from sitl import loopback
from sitl.city import City

EXAMPLE_ROADS = Path(__file__).resolve().parents[2] / "missions" / "examples" / "gaoxin-avenue" / "roads.geojson"
SMOKE = ScriptedIncident(
    incident_id="e-bike", kind="smoke", start_s=10.0, position=GeoPoint(lat_deg=30.4573, lon_deg=114.4145)
)
FIRE = ScriptedIncident(
    incident_id="blaze", kind="fire", start_s=10.0, position=GeoPoint(lat_deg=30.4566, lon_deg=114.41515)
)
STOPPED = ScriptedIncident(
    incident_id="breakdown",
    kind="stopped_vehicle",
    start_s=20.0,
    position=GeoPoint(lat_deg=30.4580, lon_deg=114.4127),
)
SCENARIO = Scenario(seed=3, incidents=(SMOKE, FIRE, STOPPED), vehicles_per_km=30.0, people_per_km=40.0)


@pytest.fixture(scope="session")
def network() -> RoadNetwork:
    """The example mission's roads."""
    return load_network(EXAMPLE_ROADS)


@pytest.fixture(scope="session")
def city(network: RoadNetwork) -> City:
    """A city whose incidents began with a take-off at 0 s."""
    made = City(network, SCENARIO, network.frame, wind=Wind(speed_m_s=2.0, from_deg=45.0))
    made.begin(0.0)
    return made


@pytest.fixture(scope="session")
def camera() -> CameraModel:
    """The example mission's camera."""
    return CameraModel(name="test", width_px=1280, height_px=720, hfov_deg=70.0, fps=10.0)


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    """What happens in that city."""
    return SCENARIO


@pytest.fixture
def free_ports() -> Callable[[int], list[int]]:
    """A function that returns so many UDP ports that nobody uses now."""
    return loopback.free_ports


@pytest.fixture
def make_reader() -> Iterator[Callable[..., Any]]:
    """`Reader`; all that were made are closed at the end."""
    made: list[Reader] = []

    def make(port: int, credits_port: int, **options: Any) -> Reader:
        made.append(Reader(port, credits_port, **options))
        return made[-1]

    yield make
    for reader in made:
        reader.close()


class Reader:
    """Takes pictures from a UDP port until the stream is silent for `patience_s`, or closed."""

    def __init__(
        self, port: int, credits_port: int, *, session: str, slow_s: float = 0.0, patience_s: float = 3.0
    ) -> None:
        self.pts: list[int] = []
        self.klv: dict[int, st0601.Klv] = {}
        self.kinds: list[str] = []
        self.keyframes: list[bool] = []
        self.images: list[Any] = []
        self.most_under_way = 0
        self._slow_s, self._session = slow_s, session
        self._credits = ("127.0.0.1", credits_port)
        self._rest = b""
        self._open = True
        self._in = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._in.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._in.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._in.bind(("127.0.0.1", port))
        self._in.settimeout(0.1)
        self._patience_s = patience_s
        self._out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._threads = [threading.Thread(target=target, daemon=True) for target in (self._beat, self._decode)]
        for thread in self._threads:
            thread.start()

    def read(self, size: int) -> bytes:
        """Give PyAV the next bytes; b"" once nothing came for long."""
        deadline = time.monotonic() + self._patience_s
        while not self._rest and self._open:
            try:
                self._rest = self._in.recv(65536)
            except TimeoutError:
                if self.pts and time.monotonic() > deadline:
                    return b""
        part, self._rest = self._rest[:size], self._rest[size:]
        return part

    def wait_for(self, pictures: int, timeout_s: float = 20.0) -> None:
        """Wait until so many pictures were taken."""
        deadline = time.monotonic() + timeout_s
        while len(self.pts) < pictures:
            assert time.monotonic() < deadline, f"{len(self.pts)} of {pictures} pictures"
            time.sleep(0.01)

    def close(self) -> None:
        """Vanish, as a killed process does."""
        self._open = False
        for thread in self._threads:
            thread.join(timeout=5)
        self._in.close()
        self._out.close()

    def _tell(self) -> None:
        if self._open:
            self._out.sendto(f"{self._session} {len(self.pts)}".encode(), self._credits)

    def _beat(self) -> None:
        while self._open:
            self._tell()
            time.sleep(0.3)

    def _decode(self) -> None:
        container = self._opened()
        if container is None:
            return
        container.streams.video[0].thread_type = "SLICE"
        for packet in container.demux():
            self.kinds = [stream.type for stream in container.streams]
            if packet.stream.type == "data" and packet.size:
                self.klv[packet.pts] = st0601.decode(bytes(packet))
            elif packet.stream.type == "video":
                with contextlib.suppress(InvalidDataError):  # the tail of what an earlier reader was sent
                    self._take(packet)
            if not self._open:
                return

    def _opened(self) -> Any:
        """Open the stream; again where we came in between two tables, as after another reader's end."""
        options = {"probesize": "32", "analyzeduration": "0", "fpsprobesize": "0"}
        while self._open:
            try:
                container = av.open(self, format="mpegts", buffer_size=1316, options=options)
            except av.FFmpegError:
                continue
            if container.streams.video:
                return container
        return None

    def _take(self, packet: Any) -> None:  # PyAV's packets are untyped
        for frame in packet.decode():
            time.sleep(self._slow_s)
            self.keyframes.append(bool(frame.key_frame))
            self.pts.append(frame.pts)
            if len(self.images) < 3:
                self.images.append(frame.to_ndarray(format="bgr24"))
            self._tell()
