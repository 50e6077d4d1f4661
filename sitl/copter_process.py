"""The embedded copter as a process of its own: sockets and wall pacing around `sitl.autopilot.Copter`.

    python -m sitl.copter_process --home LAT,LON,AMSL,HDG --link udpout:127.0.0.1:14550 --speedup 1 --seed 1

Links: `udpout:HOST:PORT` sends there at once; `udpin:HOST:PORT` answers whoever speaks; `tcpin:HOST:PORT` waits for a
client before simulated time begins, as ArduPilot SITL does, and takes the next client when one leaves.
"""

import argparse
import contextlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from missions.errors import InputError
from missions.geopoint import GeoPoint
from missions.hardware import load_airframe
from missions.scenario import TelemetryError
from sitl.autopilot.copter import STEP_S, Copter
from sitl.autopilot.memory import read_memory, write_memory
from sitl.autopilot.settings import CopterSettings
from sitl.doors import Door, open_door
from sitl.ended import end_process
from sitl.loopback import free_port, free_ports
from sitl.side_channel import SideChannel
from sitl.simulated_copter import Watched

_TICK_S: Final = 0.005
_WORST_LAG_S: Final = 0.25
"""Falling further behind than this drops the debt instead of rushing."""
_MEMORY_EVERY_S: Final = 0.2
_ROOT: Final = Path(__file__).resolve().parent.parent


def run(copter: Copter, doors: Sequence[Door], memory: Path | None = None) -> None:
    """Fly until the process is told to stop: simulated time = wall time x SIM_SPEEDUP."""
    doors[0].attach()
    before_s = time.monotonic()
    debt_s, written, written_s = 0.0, copter.memory_version, 0.0
    while True:
        now_s = time.monotonic()
        debt_s += min(now_s - before_s, _WORST_LAG_S) * max(0.01, copter.speedup)
        before_s = now_s
        while debt_s >= STEP_S:
            _step(copter, doors)
            debt_s -= STEP_S
            if time.monotonic() - now_s > _WORST_LAG_S:
                debt_s = 0.0
        if memory is not None and copter.memory_version != written and now_s - written_s > _MEMORY_EVERY_S:
            written, written_s = copter.memory_version, now_s
            write_memory(memory, copter.memory)
        time.sleep(min(_TICK_S, max(0.0005, STEP_S / max(0.01, copter.speedup) / 2)))


def _step(copter: Copter, doors: Sequence[Door]) -> None:
    for link, door in enumerate(doors):
        data = door.read()
        if data:
            copter.receive(data, link)
    copter.step(STEP_S)
    for link, door in enumerate(doors):
        out = copter.outgoing(link)
        if out:
            door.write(out)


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
        links=len(options.link),
        parameters={"SIM_SPEEDUP": options.speedup},
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sitl.copter_process", description="Embedded copter, MAVLink 2.")
    parser.add_argument("--home", required=True, help="LAT,LON,AMSL,HDG")
    parser.add_argument(
        "--link",
        required=True,
        action="append",
        help="udpout:HOST:PORT, udpin:HOST:PORT or tcpin:HOST:PORT; repeatable",
    )
    parser.add_argument("--memory", type=Path, help="file that keeps parameters and items over a restart")
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
        with contextlib.ExitStack() as stack:
            copter = Copter(_settings(options), read_memory(options.memory) if options.memory else None)
            doors = [open_door(link) for link in options.link]
            for door in doors:
                stack.callback(door.close)
            if options.memory is not None:
                stack.callback(lambda: write_memory(options.memory, copter.memory))
            sys.stdout.write("ready\n")  # the links are open
            sys.stdout.flush()
            run(copter, doors, options.memory)
    except InputError as exc:
        sys.stderr.write(f"{exc}\n")
        return exc.exit_code
    except KeyboardInterrupt:
        pass
    return 0


class CopterProcess(Watched):
    """Runs the process for as long as the `with` block lasts; `link_url` is what a client opens.

    A watched one has a second link and a side channel beside it, and keeps its memory over `restart`.
    """

    def __init__(
        self,
        *,
        home: str,
        kind: str = "udp",
        speedup: float = 1.0,
        seed: int = 1,
        more: Sequence[str] = (),
        watched: bool = False,
    ) -> None:
        if kind == "tcp":
            self.port = free_port(socket.SOCK_STREAM)
            link, self.url = f"tcpin:127.0.0.1:{self.port}", f"tcp:127.0.0.1:{self.port}"
        else:
            self.port = free_port()
            link, self.url = f"udpout:127.0.0.1:{self.port}", f"udpin:127.0.0.1:{self.port}"
        self.second_url = ""
        self._command = [sys.executable, "-m", "sitl.copter_process", f"--home={home}", "--link", link]
        self._command += ["--speedup", str(speedup), "--seed", str(seed), *more]
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        if watched:
            second, side = free_ports(2)
            self.second_url = f"udpin:127.0.0.1:{second}"
            self._side = SideChannel(side)
            for port in (second, side):
                self._command += ["--link", f"udpout:127.0.0.1:{port}"]

    @property
    def link_url(self) -> str:
        """Where a ground station listens for it."""
        return self.url

    def __enter__(self) -> Self:
        if self._side is not None:
            self._folder = tempfile.TemporaryDirectory(prefix="copter-")
            self._command += ["--memory", str(Path(self._folder.name) / "memory.json")]
            self._side.open()
        self._start()
        return self

    def _start(self) -> None:
        self._process = subprocess.Popen(self._command, cwd=_ROOT, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self._process.stdout.readline()  # "ready", or the end of a process that refused its arguments

    def restart(self) -> None:
        """End it as a lost battery does and start it on its dock again; a watched one remembers what it had stored."""
        self.stop(2.0)
        self._start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop(2.0)
        if self._side is not None:
            self._side.close()
        if self._folder is not None:
            self._folder.cleanup()

    @property
    def alive(self) -> bool:
        """Whether it is running."""
        return self._process is not None and self._process.poll() is None

    def stop(self, timeout_s: float) -> None:
        """Ask it to finish, then make it."""
        if self._process is None:
            return
        end_process(self._process, timeout_s)
        if self._process.stdout is not None:
            self._process.stdout.close()


if __name__ == "__main__":
    sys.exit(main())
