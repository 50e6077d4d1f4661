"""Footage: fragmented parts while it is recorded, one faststart mp4 when it closes, never re-encoded."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.error import FFmpegError

from missions.errors import ArchiveError


@dataclass(frozen=True, slots=True)
class FootagePart:
    """One unbroken recording; its time 0 is `first_pts_s` of the stream."""

    file: str
    first_pts_s: float


def join_footage(folder: Path, parts: list[FootagePart], target: Path) -> float | None:
    """Write the parts one after the other into `target`, gaps kept; return the stream time of its first picture.

    Returns None, and writes nothing, where no part holds a picture: a recording cut before its first fragment.

    Raises:
        ArchiveError: a part cannot be read or the target not written.
    """
    readable = [part for part in parts if _holds_pictures(folder / part.file)]
    if not readable:
        return None
    first_pts_s = readable[0].first_pts_s
    temporary = target.with_suffix(".part.mp4")
    try:
        with av.open(str(temporary), "w", options={"movflags": "faststart"}) as sink:
            stream = None
            last_dts: Fraction | None = None
            for part in readable:
                with av.open(str(folder / part.file)) as source:
                    video = source.streams.video[0]
                    if stream is None:
                        stream = sink.add_stream_from_template(video)
                    offset = Fraction(part.first_pts_s - first_pts_s).limit_denominator(90_000)
                    for packet in source.demux(video):
                        if packet.dts is None or packet.pts is None or packet.time_base is None or packet.is_corrupt:
                            continue  # the end of a part that was cut off in the middle of a picture
                        shift = int(offset / packet.time_base)
                        packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                        at = packet.dts * packet.time_base
                        if last_dts is not None and at <= last_dts:
                            continue  # the same pictures, sent again to a restarted watcher
                        last_dts = at
                        packet.stream = stream
                        sink.mux(packet)
        temporary.replace(target)
    except (FFmpegError, OSError) as exc:
        temporary.unlink(missing_ok=True)
        raise ArchiveError(f"footage of {folder} cannot be joined: {exc}") from exc
    return first_pts_s


def _holds_pictures(path: Path) -> bool:
    try:
        with av.open(str(path)) as source:
            return any(packet.size for packet in source.demux(video=0))
    except (FFmpegError, OSError, IndexError):
        return False
