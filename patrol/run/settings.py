"""What a run is told."""

from dataclasses import dataclass, field
from pathlib import Path

from flight.exchange import GCS_SYSTEM_ID
from flight.link_url import LinkUrl
from flight.preflight_inputs import Waiver
from patrol.run.pose_source import PoseSource


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """One patrol on any link."""

    links: tuple[LinkUrl, ...]
    """Several are several ways to the same vehicle."""
    signing_key: Path | None = None
    own_system_id: int = GCS_SYSTEM_ID
    video_url: str | None
    """A file, `udp://HOST:PORT` (MPEG-TS) or `rtsp://...`; None flies without watching."""
    poses: PoseSource = field(default_factory=PoseSource)
    """What tells where the camera was; by default KLV in the video, and the link where there is none."""
    archive: Path
    confirmed: bool = False
    """Whether the operator has said yes beforehand (`--yes`)."""
    waivers: tuple[Waiver, ...] = ()
    """Preflight checks that may fail, each by the word of an operator."""
    ours_alone: bool = False
    """Whether the vehicle was started for this run, so that nobody has to be kept from it."""
    record: bool = False
    """Whether the aircraft's own camera films."""
    resume: bool = False
    timeout_s: float = 30.0
    """Wall seconds to wait for a first heartbeat, and for a first picture once the watcher is ready for it."""
