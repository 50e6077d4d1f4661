"""ArduPilot SITL as a process: the real Copter firmware with a simulated aircraft."""

import os
import signal
import subprocess
import tempfile
from importlib import resources
from pathlib import Path
from typing import Self

from missions import GeoPoint, InputError
from sitl.errors import SitlError
from sitl.loopback import free_port
from sitl.side_channel import SideChannel
from sitl.simulated_copter import Watched

_LINK_LOSS_WALL_S = 5.0
"""A firmware that runs N times as fast would take a ground station for lost after 5 / N seconds; this keeps it at 5."""
_LONGEST_TIMEOUT_S = 120.0  # FS_GCS_TIMEOUT's range


def default_parameters() -> Path:
    """Return our own parameter defaults: what makes SITL's quad arm without sticks and carry a gimbal."""
    return Path(str(resources.files("sitl") / "arducopter.parm"))


class ArduCopter(Watched):
    """One running arducopter that sends MAVLink to our UDP port(s). Use as a context manager.

    Listen at `udpin:127.0.0.1:<link_port>`. `second_port` gets the same vehicle on a second, independent link; with
    `second_port` None nothing listens there.
    """

    def __init__(  # noqa: PLR0917 - the order of its own command line
        self,
        binary: Path,
        home: GeoPoint,
        amsl_m: float,
        heading_deg: float = 0.0,
        speedup: float = 1.0,
        link_port: int = 14550,
        second_port: int | None = None,
        *,
        system_id: int = 1,
        instance: int = 0,
        base_defaults: Path | None = None,
        extra_defaults: Path | None = None,
        folder: Path | None = None,
        wipe: bool = True,
        outlives_us: bool = False,
        watched: bool = False,
    ) -> None:
        self.link_port, self.second_port = link_port, second_port
        self._folder = folder
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._speedup = speedup
        self._base_defaults, self._extra_defaults = base_defaults, extra_defaults
        self._wipe = wipe
        if watched:
            self._side = SideChannel(free_port())
        self._command = [
            # arducopter ends with the process that started it; a shell that waits for it lets it outlive us.
            *(["/bin/sh", "-c", '"$0" "$@"; exit $?'] if outlives_us else []),
            str(Path(binary).resolve()),
            "--model",
            "quad",
            "--speedup",
            f"{speedup:g}",
            "--home",
            f"{home.lat_deg:.7f},{home.lon_deg:.7f},{amsl_m:g},{heading_deg:g}",
            f"-I{instance}",
            "--sysid",
            str(system_id),
            "--serial0",
            f"udpclient:127.0.0.1:{link_port}",
            # Left alone, serial 1 and 2 listen at fixed TCP ports and a second vehicle on this machine does not start.
            "--serial1",
            f"udpclient:127.0.0.1:{second_port}" if second_port is not None else "none",
            "--serial2",
            f"udpclient:127.0.0.1:{self._side.port}" if self._side is not None else "none",
        ]

    @property
    def link_url(self) -> str:
        """Where a ground station listens for it."""
        return f"udpin:127.0.0.1:{self.link_port}"

    @property
    def second_url(self) -> str:
        """Where it can be heard over its second link; empty without one."""
        return "" if self.second_port is None else f"udpin:127.0.0.1:{self.second_port}"

    @property
    def pid(self) -> int:
        """Of the running process."""
        if self._process is None:
            raise SitlError("arducopter was not started")
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it is running."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it in a folder of its own.

        Raises:
            SitlError: it does not start.

        """
        if self._folder is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="arducopter-")
            self._folder = Path(self._temporary.name)
        self._folder.mkdir(parents=True, exist_ok=True)
        pace = self._folder / "pace.parm"
        pace.write_text(f"FS_GCS_TIMEOUT {min(_LONGEST_TIMEOUT_S, _LINK_LOSS_WALL_S * max(1.0, self._speedup)):g}\n")
        given = (self._base_defaults, default_parameters(), pace, self._extra_defaults)
        self._command += ["--defaults", ",".join(str(path.resolve()) for path in given if path is not None)]
        if self._side is not None:
            self._side.open()
        self._run(["-w"] if self._wipe else [])  # a reboot of its own leaves out -w, but not --wipe

    def restart(self) -> None:
        """End it as a lost battery does and start it on its dock again; what it had stored stays."""
        self._end(3.0)
        self._run([])

    def _run(self, options: list[str]) -> None:
        assert self._folder is not None
        log = (self._folder / "arducopter.log").open("ab")
        try:
            self._process = subprocess.Popen(
                [*self._command, *options],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is the ground station's to answer, not the aircraft's
            )
        except OSError as exc:
            raise SitlError(f"{self._command[0]} does not start: {exc.strerror}") from exc
        finally:
            log.close()

    def leave_running(self) -> int:
        """Forget the process, which goes on, and return its id."""
        pid = self.pid
        if self._process is not None:
            self._process.returncode = 0  # else its object complains that nobody waited for it
            self._process = None
        return pid

    def console(self) -> str:
        """Return what it has printed."""
        path = self._folder / "arducopter.log" if self._folder is not None else None
        return path.read_text(encoding="utf-8", errors="replace") if path is not None and path.is_file() else ""

    def stop(self, timeout_s: float = 3.0) -> None:
        """End it, and remove its folder if it was a temporary one."""
        self._end(timeout_s)
        if self._side is not None:
            self._side.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def _end(self, timeout_s: float) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()


def find_arducopter(named: Path | None, candidates: tuple[Path, ...]) -> Path:
    """Return the first binary that is there: the named one, or else of the candidates.

    Raises:
        InputError: there is none.

    """
    for path in (named,) if named is not None else candidates:
        if path.is_file():
            return path
    where = str(named) if named is not None else "none of " + ", ".join(map(str, candidates))
    raise InputError(
        f"no arducopter: {where}" if named is None else f"no arducopter at {where}",
        remedy="`patrol sitl get`, --binary, or ARDUCOPTER in the environment",
    )
