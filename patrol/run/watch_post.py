"""Control's side of one watcher: its events into the archive and onto the incident desk, never waited for."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from archive import Archive
from missions.errors import InputError, VisionError
from missions.health import Health, HealthState
from missions.recorded_flight import PictureTime
from missions.telemetry import Telemetry
from missions.track import Track
from patrol.run.footage_clock import FootageClock
from patrol.run.incident_desk import IncidentDesk, Opened
from patrol.run.show import Show
from vision import WatcherProcess
from vision.events import (
    FootageStarted,
    HealthChanged,
    IncidentSeen,
    LookWanted,
    StreamEnded,
    TracksSeen,
    WatchEvent,
    WatchFailed,
    WatchProgress,
)
from vision.spec import WatchSpec

_LOOK_S = 0.02  # wall time between two looks into the pipe
_WRITE_S = 0.5  # wall time between two writes of tracks
_TEND_S = 1.0
_READY_S = 60.0  # wall time; a detector is compiled in it, the first time on a machine


class WatchPost:
    """Starts a watcher, reads it, restarts it, and says when it has seen the end of the flight."""

    def __init__(
        self, spec: WatchSpec, *, archive: Archive, desk: IncidentDesk, show: Show, on_alerts: Callable[[Opened], None]
    ) -> None:
        self._archive, self._desk, self._show, self._on_alerts = archive, desk, show, on_alerts
        self._watcher = WatcherProcess(spec)
        self._clock = FootageClock(after_pts_s=archive.last_pts_s())
        self._known = {incident.incident_id: incident for incident in spec.known_incidents}
        self._tracks: list[Track] = []
        self._picture_times: list[PictureTime] = []
        self._written_s = self._tended_s = time.monotonic()
        self._first_picture, self._caught_up, self._done = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._until_utc_s = float("inf")
        self._failure: InputError | VisionError | None = None
        self.seen_utc_s = 0.0
        """Capture time of the last picture looked at."""
        self.picture_wall_s = time.monotonic()
        """Monotonic wall time at which it was told of."""
        self.pictures = 0
        self.dropped = 0
        self.with_positions = 0
        self.metadata = self.bad_metadata = 0
        """KLV packets of the stream, those that could be read and those that could not."""

    @property
    def pid(self) -> int | None:
        """Of the watcher's process."""
        return self._watcher.pid

    @property
    def failure(self) -> InputError | VisionError | None:
        """Why it ended before its stream did, if it did."""
        return self._failure

    def push_telemetry(self, telemetry: Telemetry) -> None:
        """Hand a pose over, for streams that carry none."""
        self._watcher.push_telemetry(telemetry)

    async def run(self) -> None:
        """Read the watcher until its stream ends or it fails."""
        try:
            while not self._watcher.ended:
                for event in self._watcher.events(at_most=50):
                    self._take(event)
                self._tend()
                if self.seen_utc_s >= self._until_utc_s:
                    self._caught_up.set()
                await asyncio.sleep(_LOOK_S)
        finally:
            self._write_tracks()
            for waited_for in (self._first_picture, self._caught_up, self._done):
                waited_for.set()

    async def wait_first_picture(self, timeout_s: float) -> None:
        """Return once a picture has been looked at; the watcher itself gives up after its spec's `open_timeout_s`.

        Raises:
            InputError: the video cannot be read, or nothing came.
            VisionError: the watcher did not become ready.
        """
        longest_s = timeout_s + _READY_S
        try:
            async with asyncio.timeout(longest_s):
                await self._first_picture.wait()
        except TimeoutError as exc:
            raise VisionError(f"{self._watcher.spec.video}: the watcher said nothing for {longest_s:g} s") from exc
        if self._failure is not None:
            raise self._failure

    async def finish(self, landed_utc_s: float, timeout_s: float) -> None:
        """Let the watcher see the end of the flight, then stop it; what it still says is taken."""
        self._until_utc_s = landed_utc_s
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._caught_up.wait()
                self._watcher.ask_to_stop()
                await self._done.wait()

    def close(self) -> None:
        """End the watcher's process."""
        self._watcher.stop(2.0)
        self._write_tracks()

    def _tend(self) -> None:
        now_s = time.monotonic()
        if now_s - self._written_s > _WRITE_S:
            self._write_tracks()
        if now_s - self._tended_s > _TEND_S:
            self._tended_s = now_s
            changed = self._watcher.tend()
            if changed is not None:
                self._take(changed)

    def _take(self, event: WatchEvent) -> None:
        match event:
            case TracksSeen(tracks=tracks):
                self._tracks.extend(self._clock.track(track) for track in tracks)
            case WatchProgress():
                self._progress(event)
            case IncidentSeen(incident=incident, thumbnail_jpeg=jpeg):
                self._write_tracks()
                incident = self._clock.incident(incident, self._known.get(incident.incident_id))
                self._known[incident.incident_id] = incident
                self._on_alerts(self._desk.take(incident, jpeg))
            case LookWanted(request=request):
                self._desk.answer(request)
            case FootageStarted(path=path, first_pts_s=first_pts_s):
                self._archive.add_footage_part(path, self._clock.pts_s(first_pts_s))
            case HealthChanged(health=health):
                self._health(health)
            case StreamEnded(reason=reason, dropped=dropped):
                self.dropped = dropped
                self._archive.note("video", f"ended: {reason}")
            case WatchFailed(what=what, is_input=is_input):
                self._failure = InputError(what) if is_input else VisionError(what)
                failed = Health(part="watcher", state=HealthState.FAILED, at_wall_s=time.time(), detail=what)
                if self._first_picture.is_set():  # before that it is the reason why nothing begins, told once
                    self._health(failed)

    def _progress(self, progress: WatchProgress) -> None:
        self.seen_utc_s = max(self.seen_utc_s, progress.captured_utc_s)
        self.picture_wall_s = time.monotonic()
        self.pictures, self.dropped = progress.frames, progress.dropped
        self.with_positions += progress.positions
        self.metadata, self.bad_metadata = progress.metadata, progress.bad_metadata
        pts_s = self._clock.pts_s(progress.pts_s)
        self._picture_times.append(PictureTime(pts_s=pts_s, captured_utc_s=progress.captured_utc_s))
        self._first_picture.set()
        self._show.watching(progress)

    def _health(self, health: Health) -> None:
        self._archive.append("health", health)
        self._show.health(health)

    def _write_tracks(self) -> None:
        tracks, self._tracks = self._tracks, []
        self._archive.add_tracks(tracks)
        times, self._picture_times = self._picture_times, []
        self._archive.add_picture_times(self._watcher.spec.stream_id, times)
        self._written_s = time.monotonic()
