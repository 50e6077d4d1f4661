"""Single pictures of a recorded video, by rate or by time, read in this process."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from missions.errors import InputError
from vision.ingest.demux import LookClock
from vision.ingest.source import PICTURE_SUFFIXES, SourceKind, opened_recording, parse_video

FOLDER_FPS: Final = 2.0
"""Pictures per second of a folder of pictures."""
_SHOWN_S: Final = 3.0
"""For how long a picture stands for its time, where none follows."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Still:
    """One picture of a video."""

    frame: int
    """Counted from 0 in order of presentation."""
    pts_s: float
    """Seconds from the video's own time 0."""
    image: NDArray[np.uint8]
    """(H, W, 3) BGR."""


def looked_at(video: Path, hz: float) -> Iterator[Still]:
    """Yield `hz` pictures per second of a video file or a folder of pictures.

    Raises:
        InputError: it is neither, or holds a picture that cannot be read.

    """
    address = parse_video(str(video))
    looks = LookClock(hz)
    if address.kind is SourceKind.FOLDER:
        files = sorted(entry for entry in video.iterdir() if entry.suffix.lower() in PICTURE_SUFFIXES)
        for number, file in enumerate(files):
            if looks.wants(number / FOLDER_FPS):
                yield Still(frame=number, pts_s=number / FOLDER_FPS, image=_picture(file))
        return
    with opened_recording(str(video)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            pts_s = frame.time if frame.time is not None else float(number)
            if looks.wants(pts_s):
                yield Still(frame=number, pts_s=pts_s, image=np.asarray(frame.to_ndarray(format="bgr24"), np.uint8))


def stills_at(video: Path, times_s: Sequence[float]) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Yield, for each of the ascending times, the time and the picture that is shown then, of a video file.

    A time at which the video shows nothing (before its first picture, long after its last) is left out.

    Raises:
        InputError: it is no video.

    """
    with opened_recording(str(video)) as container:
        stream = container.streams.video[0]
        for at_s in times_s:
            container.seek(int(max(at_s, 0.0) / (stream.time_base or 1)), stream=stream)
            shown: av.VideoFrame | None = None
            for frame in container.decode(video=0):
                if frame.time is not None and frame.time > at_s + 1e-3:
                    break
                shown = frame
            if shown is not None and shown.time is not None and at_s - shown.time <= _SHOWN_S:
                yield at_s, np.asarray(shown.to_ndarray(format="bgr24"), np.uint8)


def _picture(file: Path) -> NDArray[np.uint8]:
    read = cv2.imdecode(np.fromfile(file, np.uint8), cv2.IMREAD_COLOR) if file.stat().st_size else None
    if read is None:
        raise InputError("not a picture", file=file, remedy="remove or replace it")
    return np.asarray(read, np.uint8)
