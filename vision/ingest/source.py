"""Where video comes from: what the user wrote, understood and checked before anything starts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import av

from missions.errors import InputError

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png")
FORMS = "a file, a folder of .jpg or .png, udp://HOST:PORT or rtsp://HOST/..."


class SourceKind(StrEnum):
    """What has to be opened."""

    FILE = "file"
    FOLDER = "folder"
    UDP = "udp"
    RTSP = "rtsp"


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoAddress:
    """A checked video address."""

    kind: SourceKind
    url: str
    """Path, or the whole URL."""
    host: str = ""
    port: int = 0
    credits_host: str = ""
    credits_port: int = 0
    """0: the sender does not wait for us."""

    @property
    def live(self) -> bool:
        """Whether pictures come when they want, so that silence means something."""
        return self.kind in (SourceKind.UDP, SourceKind.RTSP)

    @property
    def may_drop(self) -> bool:
        """Whether the oldest picture gives way when we are late; a file and a sender with credits wait."""
        return self.live and not self.credits_port


def parse_video(video: str) -> VideoAddress:
    """Return the checked address.

    Raises:
        InputError: no such file, an empty folder, a URL of another kind or without a port.

    """
    if "://" in video:
        return _parse_url(video)
    path = Path(video)
    if path.is_dir():
        if not any(entry.suffix.lower() in PICTURE_SUFFIXES for entry in path.iterdir()):
            raise InputError("no pictures in this folder", file=video, remedy=FORMS)
        return VideoAddress(kind=SourceKind.FOLDER, url=video)
    if not path.is_file():
        raise InputError("no such video", file=video, remedy=FORMS)
    if path.stat().st_size == 0:
        raise InputError("the video is empty", file=video, remedy="a recorded video")
    return VideoAddress(kind=SourceKind.FILE, url=video)


def duration_s(video: str) -> float | None:
    """Return how long a recorded video says it is; None for a stream, a folder, and where it doesn't say."""
    if parse_video(video).kind is not SourceKind.FILE:
        return None
    try:
        with av.open(video) as container:
            return container.duration / av.time_base if container.duration else None
    except (av.FFmpegError, OSError):
        return None  # reading it says better what is wrong


def has_metadata(video: str) -> bool:
    """Whether a recorded video carries a stream of data beside its pictures, as MPEG-TS with KLV does."""
    with opened_recording(video) as container:
        return bool(container.streams.data)


def first_pts_s(video: str) -> float:
    """Return the presentation time of a recorded video's first picture.

    Raises:
        InputError: it holds none.

    """
    with opened_recording(video) as container:
        for frame in container.decode(video=0):
            if frame.time is not None:
                return float(frame.time)
    raise InputError("holds no picture", file=video, remedy="mp4, mov, mkv or ts")


@contextmanager
def opened_recording(video: str) -> Iterator[av.container.InputContainer]:
    """Open a recorded video; what a library finds wrong with it is told in our words.

    Raises:
        InputError: it is none.

    """
    if parse_video(video).kind is not SourceKind.FILE:
        raise InputError("is no recorded video", file=video, remedy="mp4, mov, mkv or ts")
    try:
        with av.open(video) as container:
            yield container
    except (av.FFmpegError, OSError, IndexError) as exc:
        raise InputError(f"not a video: {exc}", file=video, remedy="mp4, mov, mkv or ts") from exc


def _parse_url(video: str) -> VideoAddress:
    try:
        parts = urlsplit(video)
        port = parts.port
    except ValueError as exc:
        raise InputError(f"not a video address: {video!r}: {exc}", remedy=FORMS) from exc
    if parts.scheme in ("rtsp", "rtsps"):
        if not parts.hostname:
            raise InputError(f"{video!r} names no host", remedy=FORMS)
        return VideoAddress(kind=SourceKind.RTSP, url=video, host=parts.hostname, port=port or 554)
    if parts.scheme != "udp":
        raise InputError(f"video over {parts.scheme!r} is not understood", remedy=FORMS)
    if not port:
        raise InputError(f"{video!r} names no port", remedy=FORMS)
    query = parse_qs(parts.query)
    credits_host, credits_port = _credits(query["credits"][0]) if "credits" in query else ("", 0)
    return VideoAddress(
        kind=SourceKind.UDP,
        url=video,
        host=parts.hostname or "0.0.0.0",  # noqa: S104 - `udp://:5600` means any interface, as everywhere
        port=port,
        credits_host=credits_host,
        credits_port=credits_port,
    )


def _credits(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise InputError(f"credits={text!r} is not HOST:PORT", remedy="credits=127.0.0.1:5601")
    return host, int(port)
