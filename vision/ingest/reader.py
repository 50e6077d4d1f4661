"""The watcher's side of the reading process: starts it, takes its pictures, kills and restarts it when it hangs."""

import contextlib
import pickle
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from missions.errors import InputError, VisionError
from missions.health import Health, HealthState
from vision.ingest.child import read_video
from vision.ingest.messages import (
    FootageBegun,
    KlvRead,
    Note,
    PictureRead,
    Reading,
    ReadingEnded,
    ReadingFailed,
    ReadSpec,
    StreamOpened,
)
from vision.ingest.pipes import start_child
from vision.ingest.source import parse_video

POLL_S = 0.2
STOP_S = 3.0
START_S = 10.0
"""A process just started has so long to its first picture, on a machine that is busy."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """One picture of the stream, with pixels where it is to be looked at."""

    pts_s: float
    image: NDArray[np.uint8] | None
    dropped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """Nothing came for `POLL_S`; lets the watcher look at other things."""


FromVideo = Picture | KlvRead | FootageBegun | StreamOpened | Health | Idle | ReadingEnded


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long silence is borne, wall time."""

    open_s: float
    silent_s: float
    give_up_s: float | None


class VideoReader:
    """Pictures and metadata of one video, across restarts of the process that reads it."""

    def __init__(self, spec: ReadSpec, patience: Patience) -> None:
        self._spec, self._patience = spec, patience
        self._live = parse_video(spec.video).live
        self._last_pts_s = float("-inf")
        self._offset_s = 0.0
        self._fresh = True
        self._finished = 0
        self._stopping = False
        self._opened = False
        self._failures = 0
        self._start()

    @property
    def pid(self) -> int | None:
        """Of the reading process."""
        return self._process.pid

    def readings(self) -> Iterator[FromVideo]:
        """Yield what the video gives, in order; the last is `ReadingEnded`.

        Raises:
            InputError: the address is wrong, it isn't a video, or no picture came within the opening time.
            VisionError: a recorded video failed half way.

        """
        self._heard_s = self._restarted_s = time.monotonic()
        while True:
            try:
                message = self._receive()
            except (EOFError, OSError):
                message = ReadingFailed(what="the reading process died", remedy="", is_input=False)
            if isinstance(message, ReadingFailed):
                said = self._failed(message)
                yield said
                if isinstance(said, ReadingEnded):
                    return
                continue
            yield message
            if isinstance(message, ReadingEnded):
                return
            if isinstance(message, Picture):
                self._failures = 0
            if not isinstance(message, Idle):
                self._heard_s = self._restarted_s = time.monotonic()
            elif self._live and not self._stopping and (silence := self._silent()) is not None:
                yield silence
                if isinstance(silence, ReadingEnded):
                    return

    def _failed(self, message: ReadingFailed) -> Health | Idle | ReadingEnded:
        """Restart after a failure of a live stream that was open; raise for all others."""
        if self._live and self._opened and self._stopping:
            return ReadingEnded(reason=f"stopped; {message.what}")
        if not (self._live and self._opened):
            raise (InputError if message.is_input else VisionError)(message.what)
        give_up_s = self._patience.give_up_s
        if give_up_s is not None and time.monotonic() - self._heard_s > give_up_s:
            return ReadingEnded(reason=message.what)
        time.sleep(min(1.0, self._patience.silent_s / 4))  # a server that refuses is not to be hammered
        health = self._restart(message.what)
        self._failures += 1
        return health if self._failures == 1 else Idle()  # said once, not at every try

    def _silent(self) -> Health | ReadingEnded | None:
        """Judge the silence of a live stream."""
        now_s, patience = time.monotonic(), self._patience
        silent_s = now_s - self._heard_s
        if not self._opened and silent_s > patience.open_s:
            raise InputError(
                f"no picture within {silent_s:.0f} s", file=self._spec.video, remedy="start the sender first"
            )
        if self._opened and patience.give_up_s is not None and silent_s > patience.give_up_s:
            return ReadingEnded(reason=f"no picture for {silent_s:.0f} s")
        patient_s = max(patience.silent_s, START_S) if self._fresh else patience.silent_s
        if self._opened and now_s - self._restarted_s > patient_s:
            return self._restart(f"no picture for {silent_s:.0f} s")
        return None

    def finished(self) -> None:
        """Say that one more picture is done with."""
        self._finished += 1
        with contextlib.suppress(OSError):
            self._commands.send(self._finished)

    def stop(self) -> None:
        """Ask for the end; what has arrived still comes."""
        self._stopping = True
        with contextlib.suppress(OSError):
            self._commands.send(-1)

    def close(self) -> None:
        """End the reading process, letting it finish the footage."""
        self._readings.close()
        self._commands.close()
        self._process.join(STOP_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _start(self) -> None:
        self._process, self._readings, self._commands = start_child(
            read_video, self._spec, name="skypatrol-video", daemon=True
        )
        self._awaited: PictureRead | None = None
        self._fresh, self._finished = True, 0

    def _restart(self, why: str) -> Health:
        self._process.kill()
        self.close()
        self._start()
        self._restarted_s = time.monotonic()
        return Health(part="video", state=HealthState.RESTARTED, at_wall_s=time.time(), detail=why)

    def _receive(self) -> FromVideo | ReadingFailed:
        """Return the next reading; `Idle` when none is complete within `POLL_S`."""
        data = self._readings.wait_bytes(POLL_S)
        if data is None:
            return Idle()
        if self._awaited is not None:
            message, self._awaited = self._awaited, None
            assert message.shape is not None
            return self._picture(message, np.frombuffer(data, np.uint8).reshape(message.shape))
        said: Reading = pickle.loads(data)  # noqa: S301 - from the process we started
        if isinstance(said, PictureRead):
            if said.shape is None:
                return self._picture(said, None)
            self._awaited = said  # its pixels come next
            return self._receive()
        return self._translate(said)

    def _translate(self, message: Reading) -> FromVideo | ReadingFailed:
        if isinstance(message, Note):
            return Health(part="video", state=HealthState.OK, at_wall_s=time.time(), detail=message.text)
        if isinstance(message, KlvRead):
            self._keep_rising(message.pts_s)
            return replace(message, pts_s=message.pts_s + self._offset_s)
        if isinstance(message, FootageBegun):
            self._keep_rising(message.first_pts_s)
            return replace(message, first_pts_s=message.first_pts_s + self._offset_s)
        assert not isinstance(message, PictureRead)
        return message

    def _picture(self, message: PictureRead, image: NDArray[np.uint8] | None) -> Picture:
        self._keep_rising(message.pts_s)
        self._opened = True
        self._last_pts_s = message.pts_s + self._offset_s
        return Picture(pts_s=self._last_pts_s, image=image, dropped=message.dropped)

    def _keep_rising(self, pts_s: float) -> None:
        """After a restart a stream may count from 0 again: go on behind the last picture instead."""
        if self._fresh:
            self._fresh = False
            if pts_s + self._offset_s <= self._last_pts_s:
                self._offset_s = self._last_pts_s + 1.0 - pts_s
