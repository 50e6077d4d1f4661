"""What a recorded flight tells about its video: when each picture was taken, and where the vehicle was."""

from dataclasses import dataclass

from missions.telemetry import Telemetry


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureTime:
    """When one picture of a video was captured."""

    pts_s: float
    """Presentation time, seconds."""
    captured_utc_s: float
    """Patrol time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFlight:
    """Everything a watcher of a recorded video has to know that a live one hears while it watches."""

    picture_times: tuple[PictureTime, ...]
    """By presentation time, of the video as it lies in its file."""
    telemetry: tuple[Telemetry, ...]
    """By capture time."""
