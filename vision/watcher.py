"""The watcher as a process of its own: events come over a pipe, control never waits on it.

Everything the parent does here returns at once, except `stop`. The parent's death closes the pipes: the watcher then
ends by itself and finishes the footage.
"""

import atexit
import contextlib
import select
import signal
import time
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection

from missions.errors import InputError, SkypatrolError, VisionError
from missions.health import Health, HealthState
from missions.incident import Incident
from missions.telemetry import Telemetry
from vision.events import HealthChanged, IncidentSeen, StreamEnded, WatchEvent, WatchFailed
from vision.ingest.pipes import PipeWriter, start_child
from vision.ingest.source import parse_video
from vision.spec import WatchSpec

ALIVE_EVERY_S = 1.0
STOP = "stop"


@dataclass(frozen=True, slots=True)
class _Alive:
    """Says that the watcher's loop still turns; never leaves this module."""


class PipeInbox:
    """Commands from the parent, taken when the watcher has time."""

    def __init__(self, commands: Connection) -> None:
        self._commands = commands
        self._telemetry: list[Telemetry] = []
        self._stop = self._gone = False

    def telemetry(self) -> list[Telemetry]:
        """Return the telemetry pushed since the last call."""
        self._take()
        new, self._telemetry = self._telemetry, []
        return new

    @property
    def stop(self) -> bool:
        """Whether the parent asked to finish."""
        return self._stop

    @property
    def gone(self) -> bool:
        """Whether the parent is no more."""
        return self._gone

    def _take(self) -> None:
        try:
            while not self._gone and self._commands.poll():
                said = self._commands.recv()
                if said == STOP:
                    self._stop = True
                else:
                    self._telemetry.append(said)
        except (EOFError, OSError):
            self._gone = True


def run_watcher(spec: WatchSpec, events: Connection, commands: Connection) -> None:
    """Run one watcher in this process until its stream ends or the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is control's to decide
    from vision.watch import watch_source

    told_s = 0.0
    out = PipeWriter(events)
    with contextlib.suppress(BrokenPipeError):
        try:
            for event in watch_source(spec, inbox=PipeInbox(commands)):
                if event is not None:
                    out.send(event)
                    told_s = time.monotonic()
                elif time.monotonic() - told_s > ALIVE_EVERY_S:
                    out.send(_Alive())
                    told_s = time.monotonic()
        except SkypatrolError as exc:
            out.send(WatchFailed(what=str(exc), is_input=isinstance(exc, InputError)))


class WatcherProcess:
    """A watcher and its process, started at once; a `Worker`.

    Read `events()` whenever `fileno()` is readable (`loop.add_reader`) or every now and then, and call `tend()` about
    once a second: it restarts a watcher that died or stays silent. A restarted watcher knows the incidents so far, so
    that its new evidence updates them.
    """

    def __init__(self, spec: WatchSpec, *, silent_after_s: float = 30.0) -> None:
        parse_video(spec.video)  # what is plainly wrong is said here, by an InputError
        self._spec, self._silent_after_s = spec, silent_after_s
        self._incidents: dict[str, Incident] = {i.incident_id: i for i in spec.known_incidents}
        self._stopping = self._ended = self._broken = False
        self.restarts = 0
        self.lost_telemetry = 0
        self._start()
        atexit.register(_close_at_exit, weakref.ref(self))

    @property
    def spec(self) -> WatchSpec:
        """What it was told, with the incidents it would be restarted with."""
        return replace(self._spec, known_incidents=tuple(self._incidents.values()))

    @property
    def alive(self) -> bool:
        """Whether it is running."""
        return self._process.is_alive()

    @property
    def pid(self) -> int | None:
        """Of the watcher's process."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether its last event (`StreamEnded` or `WatchFailed`) was read."""
        return self._ended

    @property
    def silent_s(self) -> float:
        """Wall time since it was last heard."""
        return time.monotonic() - self._heard_s

    def fileno(self) -> int:
        """Return the descriptor that is readable when events wait; it changes with a restart."""
        return self._events.fileno()

    def poll(self, timeout_s: float = 0.0) -> bool:
        """Return whether something waits to be read."""
        return not self._ended and not self._broken and self._events.wait(timeout_s)

    def events(self, *, at_most: int = 1000) -> list[WatchEvent]:
        """Return the events that wait, without waiting for more."""
        found: list[WatchEvent] = []
        while len(found) < at_most and not self._ended and not self._broken:
            try:
                said = self._events.take()
            except (EOFError, OSError):
                self._broken = True
                break
            if said is None:
                break
            self._heard_s = time.monotonic()
            if isinstance(said, _Alive):
                continue
            if isinstance(said, IncidentSeen):
                self._incidents[said.incident.incident_id] = said.incident
            self._ended = isinstance(said, StreamEnded | WatchFailed)
            found.append(said)
        return found

    def push_telemetry(self, telemetry: Telemetry) -> None:
        """Hand one telemetry value over; dropped and counted if the watcher has not read the last 64 KiB."""
        if not self._send(telemetry):
            self.lost_telemetry += 1

    def ask_to_stop(self) -> None:
        """Ask it to finish with what has arrived; its remaining events and `StreamEnded` still come."""
        self._stopping = True
        self._send(STOP)

    def tend(self) -> HealthChanged | None:
        """Restart the watcher if it died or stays silent; return what to tell about it."""
        if self._stopping or self._ended:
            return None
        if self.alive and not self._broken and self.silent_s < self._silent_after_s:
            return None
        why = f"silent for {self.silent_s:.0f} s" if self.alive else f"died (exit code {self._process.exitcode})"
        self._end_process()
        self._start()
        self.restarts += 1
        health = Health(part="watcher", state=HealthState.RESTARTED, at_wall_s=time.time(), detail=why)
        return HealthChanged(health=health)

    def stop(self, timeout_s: float) -> None:
        """Ask it to finish, then make it; its remaining events are dropped (read them after `ask_to_stop` instead)."""
        deadline_s = time.monotonic() + timeout_s
        self.ask_to_stop()
        while self.alive and time.monotonic() < deadline_s:
            if not self.events():
                self._process.join(0.02)
        self._end_process()

    def _start(self) -> None:
        self._process, self._events, self._commands = start_child(
            run_watcher, self.spec, name="skypatrol-watcher", daemon=False
        )
        self._broken = False
        self._heard_s = time.monotonic()

    def _send(self, said: Telemetry | str) -> bool:
        """Send only what fits into the pipe whole: a pipe that is writable takes PIPE_BUF (4096) bytes at once."""
        with contextlib.suppress(OSError, ValueError):
            if select.select([], [self._commands], [], 0)[1]:
                self._commands.send(said)
                return True
        return False

    def _end_process(self) -> None:
        """Close the pipes, which lets it finish its footage; then make it."""
        self._commands.close()
        self._events.close()
        self._process.join(4.0 if self.silent_s < self._silent_after_s else 0.0)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._ended = self._ended or self._stopping


def _close_at_exit(reference: "weakref.ref[WatcherProcess]") -> None:
    watcher = reference()
    if watcher is not None:
        watcher.stop(0.0)


def events_until_end(watcher: WatcherProcess, *, timeout_s: float) -> Iterator[WatchEvent]:
    """Yield a watcher's events until its last; for tests and scripts, which may wait.

    Raises:
        InputError: the video or its settings are wrong.
        VisionError: it failed, or stayed silent for `timeout_s`.

    """
    deadline_s = time.monotonic() + timeout_s
    while not watcher.ended:
        if not watcher.poll(0.1) and time.monotonic() > deadline_s:
            raise VisionError(f"the watcher said nothing for {timeout_s:g} s")
        for event in watcher.events():
            deadline_s = time.monotonic() + timeout_s
            if isinstance(event, WatchFailed):
                raise (InputError if event.is_input else VisionError)(event.what)
            yield event
        if (health := watcher.tend()) is not None:
            yield health
