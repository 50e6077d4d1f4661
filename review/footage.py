"""Which pictures the footage holds, and when each was taken."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import av
from av.error import FFmpegError

from archive import Archive


@dataclass(frozen=True, slots=True, kw_only=True)
class FootagePictures:
    """The footage as it is now; `version` changes when it grows or is replaced."""

    pts_s: tuple[float, ...]
    """Stream time of every picture, in order."""
    first_pts_s: float
    """Stream time at time 0 of the file."""
    version: str


def footage_pictures(archive: Archive) -> FootagePictures:
    """Return the pictures of a patrol's footage, none where there is none yet."""
    path = archive.footage_path
    if path is None or not path.is_file():
        return FootagePictures(pts_s=(), first_pts_s=0.0, version="")
    size, first_s = path.stat().st_size, archive.footage_first_pts_s
    pts_s = tuple(round(first_s + at_s, 5) for at_s in _picture_times(path, size))
    return FootagePictures(pts_s=pts_s, first_pts_s=first_s, version=f"{path.stem}-{size}")


@lru_cache(maxsize=16)
def _picture_times(path: Path, _size: int) -> tuple[float, ...]:
    """Return the time of every picture of a file in order, from its packets; empty where it cannot be read yet."""
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            base = stream.time_base
            if base is None:
                return ()
            return tuple(sorted(float(p.pts * base) for p in container.demux(stream) if p.pts is not None and p.size))
    except (FFmpegError, OSError, IndexError):
        return ()
