"""An arducopter that outlives the command that started it: remembered in a file, found again, ended."""

import os
import signal
import time
from dataclasses import dataclass, replace
from pathlib import Path

from missions.codec import from_json, to_json
from missions.errors import InputError
from missions.formats.atomic import write_atomically
from sitl.arducopter import ArduCopter
from sitl.errors import SitlError

_STATE_FILE = "running.json"
_STARTED_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningSitl:
    """A vehicle that `patrol sitl start` left running."""

    pid: int
    binary: str
    link_url: str
    home: str
    speedup: float
    folder: str


def read_state(folder: Path) -> RunningSitl | None:
    """Return the vehicle that runs, None where none does; a file left by a dead one is removed."""
    path = folder / _STATE_FILE
    try:
        state = from_json(RunningSitl, path.read_text(encoding="utf-8"), file=path)
    except (OSError, InputError):
        return None
    if _is_ours(state):
        return state
    path.unlink(missing_ok=True)
    return None


def start_and_leave(copter: ArduCopter, state: RunningSitl, folder: Path) -> RunningSitl:
    """Start a vehicle and remember it.

    Raises:
        SitlError: one runs already, or this one ends at once; then with its last words.

    """
    running = read_state(folder)
    if running is not None:
        raise SitlError(f"one runs already, process {running.pid}, {running.link_url}; `patrol sitl stop` ends it")
    copter.start()
    time.sleep(_STARTED_S)
    if not copter.alive:
        said = " / ".join(copter.console().strip().splitlines()[-3:])
        raise SitlError(f"arducopter ended at once: {said}")
    started = replace(state, pid=copter.leave_running())
    write_atomically(folder / _STATE_FILE, to_json(started, indent=2) + "\n")
    return started


def stop(folder: Path, *, timeout_s: float = 5.0) -> RunningSitl | None:
    """End the remembered vehicle and return what it was, None where none runs."""
    state = read_state(folder)
    if state is None:
        return None
    os.killpg(state.pid, signal.SIGTERM)
    ends_s = time.monotonic() + timeout_s
    while _is_ours(state) and time.monotonic() < ends_s:
        time.sleep(0.05)
    if _is_ours(state):
        os.killpg(state.pid, signal.SIGKILL)
    (folder / _STATE_FILE).unlink(missing_ok=True)
    return state


def _is_ours(state: RunningSitl) -> bool:
    """Whether the process is alive and still that program, not another that got its number."""
    try:
        command = Path(f"/proc/{state.pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        status = Path(f"/proc/{state.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state.binary in command and status != "Z"
