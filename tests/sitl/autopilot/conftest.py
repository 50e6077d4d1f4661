"""A ground station without sockets: speaks MAVLink to a Copter in simulated time."""

import math
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from missions import GeoPoint, TelemetryError
from sitl.autopilot import Copter, CopterSettings
from sitl.autopilot.wire import mav

LAT, LON = 304_900_000, 1_144_100_000
HOME = GeoPoint(lat_deg=30.49, lon_deg=114.41)
EXACT = TelemetryError(position_m=0.0, yaw_deg=0.0, gimbal_deg=0.0, lag_s=0.0)


@dataclass(frozen=True, kw_only=True)
class Item:
    """A mission item to upload."""

    command: int
    frame: int = 3
    params: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    x: int = 0
    y: int = 0
    z: float = 0.0


def at(north_m: float, east_m: float, up_m: float = 20.0, *, command: int = 16, p1: float = 0.0) -> Item:
    """A waypoint (or another placed command) by its metres from home."""
    return Item(
        command=command,
        params=(p1, 0.0, 0.0, 0.0),
        x=LAT + round(north_m / 0.01108530),  # metres per 1e-7 degree of latitude at 30.49 degrees, WGS84
        y=LON + round(east_m / 0.00959904),
        z=up_m,
    )


HOME_ITEM = Item(command=16, frame=0, x=LAT, y=LON, z=40.0)
TAKE_OFF = Item(command=22, z=20.0)
RETURN = Item(command=20)


@dataclass
class Ground:
    """One ground station; `heard` keeps every message of the vehicle."""

    copter: Copter
    system: int = 255
    component: int = 190
    beats: bool = True
    heard: list[Any] = field(default_factory=list)
    _beat_s: float = -1.0

    def __post_init__(self) -> None:
        self._codec = mav.MAVLink(None, srcSystem=self.system, srcComponent=self.component)
        self._parser = mav.MAVLink(None)

    @property
    def t_s(self) -> float:
        """Simulated seconds since boot."""
        return self.copter.true_state().t_s

    def send(self, message: Any) -> None:
        """Send one message."""
        self.copter.receive(message.pack(self._codec))
        self._codec.seq = (self._codec.seq + 1) % 256

    def drain(self) -> list[Any]:
        """Return what the vehicle has said since the last look."""
        new = self._parser.parse_buffer(bytearray(self.copter.outgoing())) or []
        self.heard.extend(new)
        return new

    def run(self, seconds: float, *, until: Callable[[Any], bool] | None = None) -> list[Any]:
        """Let simulated time pass, with heartbeats; stops after the message that `until` wants."""
        found: list[Any] = []
        end_s = self.t_s + seconds - 1e-6
        while self.t_s < end_s:
            if self.beats and self.t_s - self._beat_s >= 1.0:
                self._beat_s = self.t_s
                self.send(mav.MAVLink_heartbeat_message(6, 8, 0, 0, 0, 3))
            self.copter.step(min(0.1, end_s - self.t_s + 1e-6))
            new = self.drain()
            found.extend(new)
            if until is not None and any(until(message) for message in new):
                break
        return found

    def of(self, kind: str, messages: Iterable[Any] | None = None) -> list[Any]:
        """Return the messages of one kind."""
        return [m for m in (self.heard if messages is None else messages) if m.get_type() == kind]

    def texts(self) -> list[str]:
        """Return every STATUSTEXT so far."""
        return [m.text for m in self.of("STATUSTEXT")]

    def command(self, number: int, *params: float, frame: int | None = None, x: int = 0, y: int = 0) -> int:
        """Send a COMMAND_LONG (a COMMAND_INT with a frame) and return the result."""
        p = [*params, *[0.0] * (7 - len(params))]
        if frame is None:
            self.send(mav.MAVLink_command_long_message(1, 1, number, 0, *p))
        else:
            self.send(mav.MAVLink_command_int_message(1, 1, frame, number, 0, 0, *p[:4], x, y, p[6]))
        acks = [m for m in self.drain() if m.get_type() == "COMMAND_ACK" and m.command == number]
        assert len(acks) == 1
        return int(acks[0].result)

    def set_parameter(self, name: str, value: float) -> None:
        """Set a parameter."""
        self.send(mav.MAVLink_param_set_message(1, 1, name.encode(), value, 9))

    def parameter(self, name: str) -> float:
        """Read a parameter."""
        self.send(mav.MAVLink_param_request_read_message(1, 1, name.encode(), -1))
        return float(self.of("PARAM_VALUE", self.drain())[-1].param_value)

    def send_item(self, seq: int, item: Item, mission_type: int = 0) -> None:
        """Send one item."""
        self.send(
            mav.MAVLink_mission_item_int_message(
                1, 1, seq, item.frame, item.command, 0, 1, *item.params, item.x, item.y, item.z, mission_type
            )
        )

    def upload(self, items: Iterable[Item], mission_type: int = 0) -> int:
        """Upload items and return the MAV_MISSION_RESULT of the final acknowledgement."""
        rows = list(items)
        self.send(mav.MAVLink_mission_count_message(1, 1, len(rows), mission_type))
        for _ in range(len(rows) + 1):
            for message in self.drain():
                if message.get_type() == "MISSION_REQUEST":
                    self.send_item(message.seq, rows[message.seq], mission_type)
                elif message.get_type() == "MISSION_ACK":
                    return int(message.type)
        raise AssertionError("the upload never ended")

    def download(self, mission_type: int = 0) -> list[Any]:
        """Download items."""
        self.send(mav.MAVLink_mission_request_list_message(1, 1, mission_type))
        count = self.of("MISSION_COUNT", self.drain())[-1].count
        rows = []
        for seq in range(count):
            self.send(mav.MAVLink_mission_request_int_message(1, 1, seq, mission_type))
            rows.extend(self.of("MISSION_ITEM_INT", self.drain()))
        return rows

    def ready(self) -> "Ground":
        """Wait until it may be armed."""
        self.run(9.0)
        return self

    def fly(self, items: Iterable[Item], *, seconds: float = 400.0) -> "Ground":
        """Upload, arm, start and follow a mission until it has disarmed."""
        self.start(items)
        self.run(seconds, until=lambda m: m.get_type() == "HEARTBEAT" and not m.base_mode & 128)
        return self

    def start(self, items: Iterable[Item]) -> None:
        """Upload a mission, arm in GUIDED and start it."""
        assert self.upload([HOME_ITEM, *items]) == 0
        assert self.command(176, 1, 4) == 0
        assert self.command(400, 1) == 0
        assert self.command(300) == 0
        self.run(3.0)  # an armed heartbeat has been sent

    def take_off(self, height_m: float = 20.0) -> None:
        """Arm and climb in GUIDED."""
        assert self.command(176, 1, 4) == 0
        assert self.command(400, 1) == 0
        assert self.command(22, 0, 0, 0, 0, 0, 0, height_m) == 0
        self.run(8.0 + height_m / 2)

    def mode(self) -> int:
        """Return the mode now."""
        return self.copter.true_state().mode


class Peer:
    """A blocking ground station on a real socket."""

    def __init__(self, port: int, kind: str) -> None:
        self._codec = mav.MAVLink(None, srcSystem=255, srcComponent=190)
        self._parser = mav.MAVLink(None)
        self._parser.robust_parsing = True
        self._to: tuple[str, int] | None = None
        if kind == "udp":
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._socket.bind(("127.0.0.1", port))
        else:
            self._socket = _connected(port)
        self._socket.settimeout(20.0)

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()

    def send(self, message: Any) -> None:
        """Send one message."""
        data = message.pack(self._codec)
        if self._to is None:
            self._socket.send(data)
        else:
            self._socket.sendto(data, self._to)

    def wait(self, wanted: Any) -> Any:
        """Return the first message that is wanted."""
        end_s = time.monotonic() + 20
        while time.monotonic() < end_s:
            data, sender = self._socket.recvfrom(65536)
            self._to = sender or None
            for message in self._parser.parse_buffer(bytearray(data)) or []:
                if wanted(message):
                    return message
        raise AssertionError("not heard")

    def upload(self, items: list[Item]) -> int:
        """Upload a mission and return the MAV_MISSION_RESULT."""
        self.send(mav.MAVLink_mission_count_message(1, 1, len(items), 0))
        while True:
            heard = self.wait(lambda m: m.get_type() in {"MISSION_REQUEST", "MISSION_ACK"})
            if heard.get_type() == "MISSION_ACK":
                return int(heard.type)
            item = items[heard.seq]
            place = (*item.params, item.x, item.y, item.z)
            self.send(mav.MAVLink_mission_item_int_message(1, 1, heard.seq, item.frame, item.command, 0, 1, *place, 0))

    def read(self, seq: int) -> Any:
        """Read one mission item back."""
        self.send(mav.MAVLink_mission_request_int_message(1, 1, seq, 0))
        return self.wait(lambda m: m.get_type() == "MISSION_ITEM_INT" and m.seq == seq)

    def ack(self, command: int, *params: float) -> int:
        """Send a COMMAND_LONG and return the result."""
        self.send(mav.MAVLink_command_long_message(1, 1, command, 0, *[*params, *[0.0] * (7 - len(params))]))
        return int(self.wait(lambda m: m.get_type() == "COMMAND_ACK" and m.command == command).result)


def _connected(port: int) -> socket.socket:
    for _ in range(100):
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise AssertionError("nobody listens")


STORED = {
    "centimetres": ((22, 3, (15, 0, 0, 30), 1, 1, 7.777), (22, 3, (15, 0, 0, 0), 1, 1, 7.77)),
    "speed, frame 0": ((178, 6, (1, 5, -1, 0), 0, 0, 0), (178, 0, (1, 5, -1, 0), 0, 0, 0)),
    "frame 6 is 3": ((16, 6, (0, 0, 0, 0), 5, 6, 20.3), (16, 3, (0, 0, 0, 0), 5, 6, 20.29)),
    "frame 5 is 0": ((16, 5, (0, 0, 0, 0), 5, 6, 100), (16, 0, (0, 0, 0, 0), 5, 6, 100)),
    "whole seconds": ((16, 0, (1.7, 1, 2, 0), 5, 6, -3.456), (16, 0, (1, 0, 0, 0), 5, 6, -3.45)),
    "yaw NaN": ((16, 3, (0, 1, 2, float("nan")), 5, 6, 20.999), (16, 3, (0,) * 4, 5, 6, 20.99)),
    "loiter direction": ((19, 3, (0, 0, 0, 0), 5, 6, 20), (19, 3, (0, 0, 1, 0), 5, 6, 20)),
    "loiter radius": ((17, 3, (0, 0, 12.7, 0), 5, 6, 20), (17, 3, (0, 0, 12, 0), 5, 6, 20)),
    "land": ((21, 3, (0, 0, 0, 0), 5, 6, 0), (21, 3, (0, 0, 0, 1), 5, 6, 0)),
    "gimbal": ((1000, 3, (-30.5, 10.25, 0, 0), 16, 0, 0), (1000, 0, (-30, 10, 0, 0), 16, 0, 0)),
    "mount": ((205, 3, (-45, 0, 0, 0), 0, 0, 2), (205, 0, (-45, 0, 0, 0), 0, 0, 2)),
    "yaw": ((115, 3, (90, 10, 1, 0), 0, 0, 0), (115, 0, (90, 10, 1, 0), 0, 0, 0)),
    "condition delay": ((112, 3, (3.5, 0, 0, 0), 0, 0, 0), (112, 0, (3.5, 0, 0, 0), 0, 0, 0)),
    "return": ((20, 2, (0, 0, 0, 0), 0, 0, 0), (20, 0, (0, 0, 0, 0), 0, 0, 0)),
    "land start": ((189, 3, (0, 0, 0, 0), 0, 0, 0), (189, 3, (0, 0, 0, 0), 0, 0, 0)),
    "no ROI": ((197, 3, (0, 0, 0, 0), 0, 0, 0), (197, 0, (0, 0, 0, 0), 0, 0, 0)),
}
"""Items as they are sent and as ArduCopter 4.7.0-dev reads them back: command, frame, parameters, x, y, z."""


def item(fields: Any) -> Item:
    """Return a row of STORED as an item."""
    command, frame, params, x, y, z = fields
    return Item(command=command, frame=frame, params=params, x=x, y=y, z=z)


def as_read(row: Any) -> tuple[Any, ...]:
    """Return a MISSION_ITEM_INT as a row of STORED; heights to the tenth of a millimetre."""
    params = (row.param1, row.param2, row.param3, row.param4)
    return row.command, row.frame, params, row.x, row.y, round(row.z, 4)


@pytest.fixture
def settings() -> CopterSettings:
    """A copter at the test home that reports the truth."""
    return CopterSettings(home=HOME, home_amsl_m=40.0, telemetry_error=EXACT)


@pytest.fixture
def ground(settings: CopterSettings) -> Ground:
    """A ground station and a copter that has just booted."""
    return Ground(Copter(settings))


@pytest.fixture
def words() -> Any:
    """The vocabulary of these tests: Item, at, Ground and the usual items."""
    return _Words


class _Words:
    Item, Ground, HOME, EXACT = Item, Ground, HOME, EXACT
    HOME_ITEM, TAKE_OFF, RETURN = HOME_ITEM, TAKE_OFF, RETURN
    LAT, LON = LAT, LON
    Peer, STORED = Peer, STORED
    at, item, as_read = staticmethod(at), staticmethod(item), staticmethod(as_read)
    nan = math.nan
