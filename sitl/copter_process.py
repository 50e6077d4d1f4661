"""The embedded copter as a process of its own: sockets and wall pacing around `sitl.autopilot.Copter`.

    python -m sitl.copter_process --home LAT,LON,AMSL,HDG --link udpout:127.0.0.1:14550 --speedup 1 --seed 1

Links: `udpout:HOST:PORT` sends there at once; `udpin:HOST:PORT` answers whoever speaks; `tcpin:HOST:PORT` waits for a
client before simulated time begins, as ArduPilot SITL does, and takes the next client when one leaves.
"""

import argparse
import contextlib
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

from missions.errors import InputError
from missions.geopoint import GeoPoint
from missions.hardware import load_airframe
from missions.scenario import TelemetryError
from sitl.autopilot.copter import STEP_S, Copter
from sitl.autopilot.settings import CopterSettings
from sitl.loopback import free_port

_TICK_S: Final = 0.005
_WORST_LAG_S: Final = 0.25
"""Falling further behind than this drops the debt instead of rushing."""
_ROOT: Final = Path(__file__).resolve().parent.parent


class Door(Protocol):
    """A non-blocking byte link."""

    def attach(self) -> None:
        """Wait for the first peer, where the link cannot do without."""
        ...

    def read(self) -> bytes:
        """Return what has arrived."""
        ...

    def write(self, data: bytes) -> None:
        """Send."""
        ...

    def close(self) -> None:
        """Give the socket back."""
        ...


class UdpDoor:
    """Datagrams to a fixed peer, or to whoever spoke last."""

    def __init__(self, host: str, port: int, *, listen: bool) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)  # noqa: FBT003 - the socket module's own signature
        self._peer: tuple[str, int] | None = None if listen else (host, port)
        self._listen = listen
        if listen:
            self._socket.bind((host, port))

    def attach(self) -> None:
        """Datagrams need nobody to listen."""

    def read(self) -> bytes:
        """Return the datagrams that have arrived, joined."""
        data = bytearray()
        while True:
            try:
                packet, sender = self._socket.recvfrom(65536)
            except BlockingIOError:
                return bytes(data)
            except ConnectionRefusedError:  # nobody listens there yet
                continue
            data += packet
            if self._listen:
                self._peer = sender

    def write(self, data: bytes) -> None:
        """Send in datagrams of at most 1200 bytes; nobody listening is not an error."""
        if self._peer is None:
            return
        for start in range(0, len(data), 1200):
            with contextlib.suppress(ConnectionRefusedError, BlockingIOError):
                self._socket.sendto(data[start : start + 1200], self._peer)

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()


class TcpDoor:
    """One client at a time."""

    def __init__(self, host: str, port: int) -> None:
        self._server = socket.create_server((host, port), backlog=1)
        self._client: socket.socket | None = None
        self._server.setblocking(False)  # noqa: FBT003 - the socket module's own signature

    def attach(self) -> None:
        """Wait for the first client."""
        while self._client is None:
            select.select([self._server], [], [])
            self.read()

    def _accept(self) -> None:
        self._client, _ = self._server.accept()
        self._client.setblocking(False)  # noqa: FBT003 - the socket module's own signature
        self._client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read(self) -> bytes:
        """Return what has arrived; takes a new client when the old one is gone."""
        if self._client is None:
            with contextlib.suppress(BlockingIOError):
                self._accept()
            return b""
        try:
            data = self._client.recv(65536)
        except BlockingIOError:
            return b""
        except ConnectionError:
            data = b""
        if not data:
            self._client.close()
            self._client = None
        return data

    def write(self, data: bytes) -> None:
        """Send; a full pipe loses bytes, as a serial line does."""
        if self._client is not None and data:
            with contextlib.suppress(BlockingIOError, ConnectionError):
                self._client.send(data)

    def close(self) -> None:
        """Give the sockets back."""
        if self._client is not None:
            self._client.close()
        self._server.close()


def open_door(link: str) -> Door:
    """Open a link by its URL.

    Raises:
        InputError: it is not one of the links that this process can open.

    """
    parts = link.split(":")
    if len(parts) != 3 or parts[0] not in ("udpout", "udpin", "tcpin") or not parts[2].isdigit():
        raise InputError(f"cannot open {link!r}", field="--link", remedy="udpout:HOST:PORT, udpin:… or tcpin:…")
    kind, host, port = parts[0], parts[1], int(parts[2])
    if kind == "tcpin":
        return TcpDoor(host, port)
    return UdpDoor(host, port, listen=kind == "udpin")


def run(copter: Copter, door: Door) -> None:
    """Fly until the process is told to stop: simulated time = wall time x SIM_SPEEDUP."""
    door.attach()
    before_s = time.monotonic()
    debt_s = 0.0
    while True:
        now_s = time.monotonic()
        debt_s += min(now_s - before_s, _WORST_LAG_S) * max(0.01, copter.speedup)
        before_s = now_s
        while debt_s >= STEP_S:
            data = door.read()
            if data:
                copter.receive(data)
            copter.step(STEP_S)
            debt_s -= STEP_S
            out = copter.outgoing()
            if out:
                door.write(out)
            if time.monotonic() - now_s > _WORST_LAG_S:
                debt_s = 0.0
        time.sleep(min(_TICK_S, max(0.0005, STEP_S / max(0.01, copter.speedup) / 2)))


def _home(text: str) -> tuple[GeoPoint, float, float]:
    try:
        lat, lon, amsl_m, heading_deg = (float(part) for part in text.split(","))
        return GeoPoint(lat_deg=lat, lon_deg=lon), amsl_m, heading_deg
    except ValueError as exc:
        raise InputError(f"{text!r} is not a place", field="--home", remedy="LAT,LON,AMSL,HDG") from exc


def _settings(options: argparse.Namespace) -> CopterSettings:
    home, amsl_m, heading_deg = _home(options.home)
    error = TelemetryError()
    if options.exact:
        error = TelemetryError(position_m=0, yaw_deg=0, gimbal_deg=0, wind_m_s=0, wind_deg=0, lag_s=0)
    return CopterSettings(
        home=home,
        home_amsl_m=amsl_m,
        heading_deg=heading_deg,
        system_id=options.system_id,
        airframe=load_airframe(options.airframe),
        wind_m_s=options.wind,
        wind_from_deg=options.wind_from,
        gust_m_s=options.gusts,
        telemetry_error=error,
        seed=options.seed,
        parameters={"SIM_SPEEDUP": options.speedup},
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sitl.copter_process", description="Embedded copter, MAVLink 2.")
    parser.add_argument("--home", required=True, help="LAT,LON,AMSL,HDG")
    parser.add_argument("--link", required=True, help="udpout:HOST:PORT, udpin:HOST:PORT or tcpin:HOST:PORT")
    parser.add_argument("--speedup", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--airframe", default="quad-5kg")
    parser.add_argument("--system-id", type=int, default=1)
    parser.add_argument("--wind", type=float, default=0.0, help="m/s")
    parser.add_argument("--wind-from", type=float, default=0.0, help="degrees")
    parser.add_argument("--gusts", type=float, default=0.0, help="m/s, standard deviation")
    parser.add_argument("--exact", action="store_true", help="report the true pose")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the process; 0 when told to stop, 2 on wrong arguments."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        copter = Copter(_settings(options))
        door = open_door(options.link)
    except InputError as exc:
        sys.stderr.write(f"{exc}\n")
        return exc.exit_code
    sys.stdout.write("ready\n")  # the link is open
    sys.stdout.flush()
    try:
        run(copter, door)
    except KeyboardInterrupt:
        return 0
    finally:
        door.close()
    return 0


class CopterProcess:
    """Runs the process for as long as the `with` block lasts; `url` is what a client opens."""

    def __init__(
        self, *, home: str, kind: str = "udp", speedup: float = 1.0, seed: int = 1, more: Sequence[str] = ()
    ) -> None:
        if kind == "tcp":
            port = free_port(socket.SOCK_STREAM)
            link, self.url = f"tcpin:127.0.0.1:{port}", f"tcp:127.0.0.1:{port}"
        else:
            port = free_port()
            link, self.url = f"udpout:127.0.0.1:{port}", f"udpin:127.0.0.1:{port}"
        self.port = port
        self._command = [sys.executable, "-m", "sitl.copter_process", f"--home={home}", "--link", link]
        self._command += ["--speedup", str(speedup), "--seed", str(seed), *more]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, cwd=_ROOT, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self._process.stdout.readline()  # "ready", or the end of a process that refused its arguments
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop(2.0)

    @property
    def alive(self) -> bool:
        """Whether it is running."""
        return self._process is not None and self._process.poll() is None

    def stop(self, timeout_s: float) -> None:
        """Ask it to finish, then make it."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


if __name__ == "__main__":
    sys.exit(main())
