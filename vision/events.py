"""What a watcher tells: frozen values, in capture order."""

from dataclasses import dataclass
from pathlib import Path

from missions.health import Health
from missions.incident import Incident, LookRequest
from missions.track import Track


@dataclass(frozen=True, slots=True, kw_only=True)
class TracksSeen:
    """All tracks of one picture."""

    captured_utc_s: float
    pts_s: float
    tracks: tuple[Track, ...]
    detected: bool
    """False: between two looked-at pictures, all tracks are interpolated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSeen:
    """An incident opened or changed; a later one with the same id replaces the earlier."""

    incident: Incident
    thumbnail_jpeg: bytes = b""
    """The opening picture, 640 px wide, nothing drawn on it; empty on updates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookWanted:
    """A rule asks for a closer look."""

    request: LookRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthChanged:
    """Something changed about the video, its reader or the telemetry."""

    health: Health


@dataclass(frozen=True, slots=True, kw_only=True)
class FootageStarted:
    """A footage file begins; time in the file = `pts_s` - `first_pts_s`."""

    path: Path
    first_pts_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchProgress:
    """How far the watcher is; once per looked-at picture."""

    captured_utc_s: float
    pts_s: float
    frames: int
    """Pictures decoded so far."""
    detections: int
    """In this picture."""
    detections_by_kind: tuple[tuple[str, int], ...]
    """The same, (kind, count) of the kinds that were there."""
    positions: bool
    """Whether this picture had a pose, so that places are known."""
    dropped: int = 0
    """Pictures of a live stream that were not looked at because newer ones were there."""
    metadata: int = 0
    """KLV packets with a time that came in the stream so far."""
    bad_metadata: int = 0
    """KLV packets that could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEnded:
    """The last event."""

    reason: str
    frames: int
    dropped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchFailed:
    """The last event of a watcher's process instead of `StreamEnded`; `watch_source` raises instead."""

    what: str
    is_input: bool
    """The address, a file or the weights are wrong: exit code 2."""


WatchEvent = (
    TracksSeen | IncidentSeen | LookWanted | HealthChanged | FootageStarted | WatchProgress | StreamEnded | WatchFailed
)
