"""One patrol whose processes are killed on purpose, and what was left afterwards."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import av
from av.error import FFmpegError

from archive import Archive

MISSION = Path(__file__).parent / "short" / "mission.yaml"
VICTIMS = ("control", "watcher", "reader", "world")
_SHOWN = re.compile(r"^(\S+-\d{3}) (?:smoke|fire|stopped_vehicle)", re.MULTILINE)
_ARMED_WITHIN_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a kill left."""

    seed: int
    victim: str
    after_s: float
    """Wall seconds from arming to the kill."""
    shown: tuple[str, ...]
    """Incidents that stood on the console."""
    archived: tuple[str, ...]
    footage_gap_s: float | None
    """Patrol time between the last picture that plays and the kill; None where no picture was taken yet."""
    left_behind: int
    """Processes that did not end."""
    exit_code: int | None
    """Of the patrol itself, where another process was the victim."""
    resumed: str
    """What `--resume` said or did."""


def kill_trial(folder: Path, seed: int, *, victim: str | None = None, after_s: float | None = None) -> Trial:
    """Fly the short mission, kill one process at a seeded moment, look at what is left, and resume it."""
    draw = random.Random(f"kill {seed}")
    victim = victim or draw.choice(VICTIMS)
    after_s = draw.uniform(2.0, 40.0) if after_s is None else after_s
    archive_folder, log = folder / f"kill-{seed}", folder / f"kill-{seed}.log"
    patrol = _start(log, "demo", "--mission", str(MISSION), "--seed", str(seed), "--archive", str(archive_folder))
    _wait(lambda: " armed" in log.read_text() or patrol.poll() is not None, _ARMED_WITHIN_S)
    time.sleep(after_s)
    family = _descendants(patrol.pid)
    target = patrol.pid if victim == "control" else _pick(family, victim)
    if target is not None:
        os.kill(target, signal.SIGKILL)
    killed_utc_s = _newest_telemetry(archive_folder)
    if victim == "control":
        patrol.wait()
        left = _still_there(family, timeout_s=15.0)
        exit_code = None
    else:
        exit_code = patrol.wait(timeout=300)
        left = _still_there(family, timeout_s=5.0)
    shown = tuple(_SHOWN.findall(log.read_text()))
    with Archive.open(archive_folder) as archive:
        archived = tuple(incident.incident_id for incident in archive.incidents())
        gap_s = _footage_gap_s(archive, killed_utc_s if victim in ("control", "world") else None)
    resumed = _resume(folder, seed, archive_folder)
    return Trial(
        seed=seed, victim=victim if target else f"{victim} (was gone)", after_s=after_s, shown=shown, archived=archived,
        footage_gap_s=gap_s, left_behind=left, exit_code=exit_code, resumed=resumed,
    )  # fmt: skip


def _start(log: Path, *arguments: str) -> subprocess.Popen[bytes]:
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "patrol", *arguments, "--no-serve"],
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, "COLUMNS": "200"},
        )  # fmt: skip


def _wait(until: Callable[[], bool], timeout_s: float) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not until() and time.monotonic() < deadline_s:
        time.sleep(0.1)


def _descendants(pid: int) -> dict[int, str]:
    """Return the processes below one, with their command lines."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
    found: dict[int, str] = {}
    for candidate in sorted(parents):
        up = candidate
        while up in parents and up != pid:
            up = parents[up]
        if up == pid and candidate != pid:
            found[candidate] = _command(candidate)
    return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _pick(family: dict[int, str], victim: str) -> int | None:
    """Return the process that plays a part: the watcher is a spawned child of control, the reader a child of it."""
    if victim == "world":
        return next((pid for pid, command in family.items() if "sitl.world" in command), None)
    spawned = [pid for pid, command in family.items() if "spawn_main" in command]
    readers = [pid for pid in spawned if _parent(pid) in spawned]
    if victim == "reader":
        return readers[0] if readers else None
    return next((pid for pid in spawned if pid not in readers), None)


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def _still_there(family: dict[int, str], *, timeout_s: float) -> int:
    def alive() -> list[int]:
        return [pid for pid, command in family.items() if _command(pid) == command and command]

    _wait(lambda: not alive(), timeout_s)
    return len(alive())


def _newest_telemetry(folder: Path) -> float | None:
    with Archive.open(folder) as archive:
        return max((t.captured_utc_s for t in archive.telemetry()), default=None)


def _footage_gap_s(archive: Archive, killed_utc_s: float | None) -> float | None:
    """Return the time that no picture shows: before the kill of the whole run, or around the kill of a watcher."""
    tracks = archive.tracks()
    files = sorted(archive.layout.folder.glob("footage*.mp4"))
    times = sorted(time_s for file in files for time_s in _picture_times(archive, file))
    if not times or not tracks:
        return None
    if killed_utc_s is None:
        return max((b - a for a, b in pairwise(times) if a > times[0] + 5.0), default=None)
    utc_of_pts = tracks[-1].captured_utc_s - tracks[-1].pts_s
    return killed_utc_s - (times[-1] + utc_of_pts)


def _picture_times(archive: Archive, file: Path) -> list[float]:
    """Return the presentation times of the pictures of one footage file that decode."""
    first = {part.file: part.first_pts_s for part in archive.footage_parts()}
    base_s = first.get(file.name, archive.footage_first_pts_s)
    times: list[float] = []
    try:
        with av.open(str(file)) as source:
            times.extend(base_s + frame.time for frame in source.decode(video=0) if frame.time is not None)
    except FFmpegError:  # the picture it was cut off in
        pass
    return times


def _resume(folder: Path, seed: int, archive_folder: Path) -> str:
    log = folder / f"resume-{seed}.log"
    code = _start(log, "demo", "--seed", str(seed), "--resume", str(archive_folder)).wait(timeout=300)
    lines = [line for line in log.read_text().splitlines() if line.startswith("error:")]
    if lines:
        return f"exit {code}: {lines[0]}"
    with Archive.open(archive_folder) as archive:
        return f"exit {code}: {archive.state}"
