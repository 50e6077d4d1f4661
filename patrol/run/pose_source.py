"""Where the poses of a run's pictures come from: what `--telemetry` names, else KLV in the video, else the link."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flight.link_url import LINK_FORMS, SCHEMES, LinkUrl, parse_link_url
from missions.camera import PoseError
from missions.errors import InputError
from patrol.sidecar import refuse_foreign_sidecar
from vision.ingest.source import parse_video
from vision.spec import TelemetryKind
from vision.srt import load_srt

_OPTION = "--telemetry"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseSource:
    """What `--telemetry` names; nothing: KLV in the video, and the flight's link where there is none."""

    sidecar: Path | None = None
    feed: LinkUrl | None = None

    @property
    def kind(self) -> TelemetryKind:
        """What the watcher is told."""
        if self.sidecar is not None:
            return TelemetryKind.SRT
        return TelemetryKind.PUSHED if self.feed is None else TelemetryKind.FEED


def pose_source(text: str | None, *, links: Sequence[LinkUrl], video_url: str | None) -> PoseSource:
    """Return what a `--telemetry` names: a MAVLink address, in the words of `--link`, or a sidecar of the video.

    Raises:
        InputError: it is neither, or helps nothing in this run.

    """
    if text is None:
        return PoseSource()
    if video_url is None:
        raise InputError("tells where pictures were taken, but nothing is watched", field=_OPTION, remedy="--video URL")
    if text.partition(":")[0] in SCHEMES:
        feed = parse_link_url(text, _OPTION)
        if feed in links:
            raise InputError(
                f"{text} is the flight's own link", field=_OPTION, remedy="another address, or leave it out"
            )
        return PoseSource(feed=feed)
    if "://" in text:
        remedy = f"a DJI .SRT sidecar, {LINK_FORMS}"
        raise InputError(f"telemetry over {text.partition(':')[0]!r} is not understood", field=_OPTION, remedy=remedy)
    return PoseSource(sidecar=_sidecar(Path(text), video_url))


def _sidecar(file: Path, video_url: str) -> Path:
    refuse_foreign_sidecar(file)
    if parse_video(video_url).live:
        raise InputError(
            "a sidecar is timed from the start of a recording, but the video is live", file=file, field=_OPTION,
            remedy=f"for a live video {LINK_FORMS}",
        )  # fmt: skip
    if load_srt(file, PoseError()).newest_utc_s is None:
        remedy = "a sidecar that tells the gimbal's attitude, or leave it out"
        raise InputError("does not tell which way the camera looks", file=file, field=_OPTION, remedy=remedy)
    return file
