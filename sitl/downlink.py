"""The video downlink: H.264 with ST 0601 metadata in MPEG-TS, over UDP or into a file, and the reader's credits.

Over UDP the reader says by datagrams how many pictures it is done with; see `Credits`. The stream is written by
`transport_stream` into our own socket, so that datagrams are paced and nothing waits in a library.
"""

import contextlib
import socket
import time
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import parse_qs, urlsplit

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from missions.camera import CameraModel
from missions.errors import InputError
from missions.formats import st0601
from sitl.transport_stream import TransportStream

WINDOW: Final = 8
"""Pictures that may be under way; codec and demuxer hold some of them."""
SILENT_AFTER_S: Final = 20.0
"""Wall time after which a reader that says nothing is gone."""
_STUCK_AFTER_S: Final = 5.0
"""Wall time after which pictures that a talking reader never got count as lost."""
GOP_PICTURES: Final = 5
_CLOCK_HZ: Final = 90_000
_DATAGRAM: Final = 7 * 188
_BURST: Final = 24
"""Datagrams sent at once: about 32 kB, which any socket buffer takes."""
_PTS_OFFSET_S: Final = 1.0  # MPEG-TS wants room for clock references before the first picture


class Outlet(Protocol):
    """Where the stream's bytes go."""

    def write(self, data: bytes) -> int:
        """Take bytes."""
        ...

    def close(self) -> None:
        """Finish."""
        ...


class UdpOutlet:
    """Datagrams of seven packets, paced so that a sleepy reader's socket does not overflow."""

    def __init__(self, host: str, port: int) -> None:
        self._peer = (host, port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sent = 0

    def write(self, data: bytes) -> int:
        """Send bytes; nobody listening is not an error."""
        for start in range(0, len(data), _DATAGRAM):
            with contextlib.suppress(ConnectionRefusedError, BlockingIOError):
                self._socket.sendto(data[start : start + _DATAGRAM], self._peer)
            self._sent += 1
            if self._sent % _BURST == 0:
                time.sleep(0.001)
        return len(data)

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()


class FileOutlet:
    """A recording."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("wb")
        except OSError as exc:
            raise InputError(f"cannot be written: {exc.strerror}", file=path, remedy="a path for a .ts file") from exc

    def write(self, data: bytes) -> int:
        """Append bytes."""
        return self._file.write(data)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Credits:
    """What readers have told: which session is on, and how many pictures it is done with.

    A reader sends `"<session> <taken>"`; a session never heard of begins anew at 0.
    """

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, port))
        self._socket.setblocking(False)  # noqa: FBT003 - the socket module's own signature
        self.session: str | None = None
        self.taken = 0
        self.heard_s = 0.0
        self.sessions = 0

    @property
    def port(self) -> int:
        """Where readers report to."""
        return int(self._socket.getsockname()[1])

    def poll(self) -> bool:
        """Read what has come; return whether a new session began."""
        began = False
        while True:
            try:
                data, _ = self._socket.recvfrom(256)
            except (BlockingIOError, ConnectionRefusedError):
                return began
            began = self._told(data) or began

    def _told(self, data: bytes) -> bool:
        words = data.decode("ascii", "replace").split()
        if len(words) != 2 or not words[1].isdigit():
            return False
        session, taken = words[0], int(words[1])
        self.heard_s = time.monotonic()
        if session != self.session:
            self.session, self.taken = session, 0
            self.sessions += 1
            return True
        self.taken = max(self.taken, taken)
        return False

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()


class Encoder:
    """One run of the stream: begins with a keyframe; no picture waits for the next."""

    def __init__(self, outlet: Outlet, camera: CameraModel) -> None:
        self._outlet, self._camera = outlet, camera
        self._stream = TransportStream()
        self._codec = _codec(camera)

    def begin_anew(self) -> None:
        """Go on with a keyframe from an encoder that knows nothing of the pictures before."""
        self.close()
        self._codec = _codec(self._camera)

    def write(self, image: NDArray[np.uint8], klv: bytes, pts_s: float) -> None:
        """Write a picture and its metadata under one time stamp."""
        pts = round((pts_s + _PTS_OFFSET_S) * _CLOCK_HZ)
        planes = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420), np.uint8)
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base = pts, Fraction(1, _CLOCK_HZ)
        for packet in self._codec.encode(frame):
            metadata = self._stream.klv(klv, pts)
            if packet.is_keyframe:  # FFmpeg drops what comes in the moment it learns of a stream: tell it twice
                metadata = self._stream.tables() + metadata + self._stream.klv(klv, pts)
            self._outlet.write(metadata + self._stream.video(bytes(packet), packet.pts, keyframe=packet.is_keyframe))

    def close(self) -> None:
        """Write what the codec still holds; with `zerolatency` that is nothing."""
        for packet in self._codec.encode(None):
            self._outlet.write(self._stream.video(bytes(packet), packet.pts, keyframe=packet.is_keyframe))


class Downlink:
    """Pictures with metadata to one reader.

    `url` is the reader's: `udp://HOST:PORT[?credits=HOST:PORT]`, or `file:PATH` for a recording, which is always ready.
    Without `credits` pictures are sent whenever they are there, as a real downlink does.
    """

    def __init__(self, url: str, camera: CameraModel) -> None:
        self._camera = camera
        self._outlet, self.credits = _opened(url)
        self._encoder: Encoder | None = None
        self.sent = 0
        """Pictures of this session."""
        self.total = 0
        self.lost = 0
        """Pictures that a reader, though alive, never reported."""
        self._stuck_since_s: float | None = None
        self._last_taken = 0

    def poll(self) -> None:
        """Hear the reader; a new session begins with a keyframe and counts from 0."""
        if self.credits is not None and self.credits.poll():
            self._end_encoder()
            self.sent = 0
            self._last_taken = 0

    @property
    def listening(self) -> bool:
        """Whether there is a reader that takes pictures."""
        if self.credits is None:
            return True
        return self.credits.session is not None and time.monotonic() - self.credits.heard_s < SILENT_AFTER_S

    @property
    def ready(self) -> bool:
        """Whether the reader has room for one more picture."""
        if self.credits is None:
            return True
        under_way = self.sent - self.credits.taken
        if under_way < WINDOW:
            self._stuck_since_s = None
            return True
        return self._given_up(under_way)

    def _given_up(self, under_way: int) -> bool:
        """Whether a reader that keeps talking has made no progress for so long that its pictures must be lost."""
        assert self.credits is not None
        now = time.monotonic()
        if self._stuck_since_s is None or self.credits.taken != self._last_taken:
            self._stuck_since_s, self._last_taken = now, self.credits.taken
            return False
        talks = now - self.credits.heard_s < 2.0
        if not talks or now - self._stuck_since_s < _STUCK_AFTER_S:
            return False
        self.lost += under_way
        self.sent -= under_way
        self._stuck_since_s = None
        return True

    def send(self, image: NDArray[np.uint8], klv: st0601.Klv, pts_s: float) -> None:
        """Send a picture; `pts_s` grows from picture to picture."""
        if self._encoder is None:
            self._encoder = Encoder(self._outlet, self._camera)
        self._encoder.write(image, st0601.encode(klv), pts_s)
        self.sent += 1
        self.total += 1

    def begin_anew(self) -> None:
        """Begin with the next picture an encoder's work that is a function of the pictures from there on."""
        if self._encoder is not None:
            self._encoder.begin_anew()

    def flush(self) -> None:
        """Write out everything; the next picture begins a new run with a keyframe."""
        self._end_encoder()

    def close(self) -> None:
        """Write out everything and give the sockets back."""
        self._end_encoder()
        self._outlet.close()
        if self.credits is not None:
            self.credits.close()

    def _end_encoder(self) -> None:
        if self._encoder is not None:
            self._encoder.close()
            self._encoder = None


def _codec(camera: CameraModel) -> Any:  # noqa: ANN401 - PyAV's encoders are untyped
    codec: Any = av.CodecContext.create("libx264", "w")
    codec.width, codec.height = camera.width_px, camera.height_px
    codec.pix_fmt = "yuv420p"
    codec.framerate = Fraction(camera.fps).limit_denominator(1000)
    codec.time_base = Fraction(1, _CLOCK_HZ)
    codec.thread_count = 1
    keys = f"keyint={GOP_PICTURES}:min-keyint={GOP_PICTURES}:scenecut=0:repeat-headers=1:aud=1"
    codec.options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "crf": "26",
        "maxrate": "8M",
        "bufsize": "4M",
        "x264-params": keys,
    }
    return codec


def _opened(url: str) -> tuple[Outlet, Credits | None]:
    if url.startswith("file:"):
        return FileOutlet(Path(url.removeprefix("file:"))), None
    parts = urlsplit(url)
    host, port = parts.hostname, parts.port
    if parts.scheme != "udp" or host is None or port is None:
        raise InputError(f"cannot send video to {url!r}", remedy="udp://HOST:PORT?credits=HOST:PORT or file:PATH")
    given = parse_qs(parts.query).get("credits")
    if not given:
        return UdpOutlet(host, port), None
    credit_host, _, credit_port = given[0].rpartition(":")
    if not credit_host or not credit_port.isdigit():
        raise InputError(f"credits={given[0]!r} is not HOST:PORT", field="video url")
    return UdpOutlet(host, port), Credits(credit_host, int(credit_port))
