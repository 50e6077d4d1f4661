"""What a watcher is told before it starts; a value that travels to its process as JSON or pickle."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from missions.camera import PoseError
from missions.incident import Incident
from missions.mission import Watch, Wind


class TelemetryKind(StrEnum):
    """Where poses come from."""

    STREAM = "stream"
    """KLV in the video stream; where there is none, no place is claimed."""
    PUSHED = "pushed"
    """Control pushes `Telemetry` while the watcher runs; KLV in the stream, where there is any, goes before it."""
    FEED = "feed"
    """Control pushes `Telemetry` of a feed named for this stream; it goes before KLV in the stream."""
    SRT = "srt"
    """A DJI `.SRT` sidecar of a recorded video; it goes before KLV."""

    REPLAYED = "replayed"
    """A recorded flight (`missions.recorded_flight`) tells the capture times of a recorded video and all its poses
    beforehand; KLV in the video goes before it."""

    @property
    def is_pushed(self) -> bool:
        """Whether poses come from control."""
        return self in (TelemetryKind.PUSHED, TelemetryKind.FEED)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSpec:
    """One stream to watch."""

    video: str
    """A file, a folder of pictures, `udp://HOST:PORT[?credits=HOST:PORT]` or `rtsp://...`."""
    patrol_id: str = "watch"
    vehicle_id: str = "uav-1"
    stream_id: str = "main"
    telemetry: TelemetryKind = TelemetryKind.STREAM
    telemetry_file: Path | None = None
    """The sidecar of `TelemetryKind.SRT`, the recorded flight of `TelemetryKind.REPLAYED` as JSON."""
    watch: Watch = field(default_factory=Watch)
    """Detector, rate and rules, as in the mission file."""
    roads_file: Path | None = None
    """GeoJSON centrelines; without them no rule about roads applies."""
    camera: str | None = None
    """Camera whose field of view holds where the stream tells none."""
    pose_error: PoseError = field(default_factory=PoseError)
    least_height_m: float = 25.0
    """Above the ground; a camera lower than this is taking off or landing, and its rules do not judge."""
    wind: Wind | None = None
    """As planned; holds until the aircraft tells what it measures. Smoke is placed where its plume comes from; None, or
    next to no wind, places it under its plume."""
    footage: Path | None = None
    """Where H.264 is kept without re-encoding; never overwrites: the next free `-NNN` is taken."""
    known_incidents: tuple[Incident, ...] = ()
    """Incidents opened before a restart; new evidence for them updates them, and numbering goes on behind them."""
    folder_fps: float = 2.0
    """Pictures per second of a folder of pictures."""
    open_timeout_s: float = 30.0
    """Wall time until the first picture of a live stream."""
    silent_after_s: float = 10.0
    """Wall time without a picture after which a live stream's reader is restarted."""
    give_up_after_s: float | None = None
    """Wall time of silence that ends a live stream; None goes on until told to stop."""
