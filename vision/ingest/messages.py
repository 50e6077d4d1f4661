"""What the reading process tells the watcher, over a pipe; a picture's pixels follow its `PictureRead` as raw bytes."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamOpened:
    """The video is one."""

    codec: str
    width_px: int
    height_px: int
    has_klv: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KlvRead:
    """One metadata packet; comes before the picture of the same time."""

    pts_s: float
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRead:
    """One decoded picture."""

    pts_s: float
    shape: tuple[int, int, int] | None
    """(height, width, 3) of the BGR bytes that follow; None: not wanted for analysis, or dropped."""
    dropped: bool = False
    """It was wanted, but newer pictures were there before anyone took it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FootageBegun:
    """A footage file was begun."""

    path: Path
    first_pts_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something a user should know that does not stop the reading."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingEnded:
    """The last message."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingFailed:
    """The last message: the video cannot be read."""

    what: str
    remedy: str
    is_input: bool
    """The address or file is wrong, rather than the stream having failed later."""


Reading = StreamOpened | KlvRead | PictureRead | FootageBegun | Note | ReadingEnded | ReadingFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSpec:
    """What the reading process is told before it starts."""

    video: str
    look_hz: float
    """Pictures per second of stream time whose pixels are wanted."""
    footage: Path | None
    folder_fps: float
    open_timeout_s: float
