"""A copy of a video with boxes, numbers and incidents drawn in; for people without the review page."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from missions.errors import InputError, VisionError
from missions.incident import Incident
from missions.track import Track
from vision.events import TracksSeen
from vision.ingest.source import PICTURE_SUFFIXES

COLOURS = {
    "person": (80, 200, 255),
    "two_wheeler": (255, 180, 60),
    "vehicle": (120, 220, 90),
    "smoke": (200, 200, 200),
    "fire": (40, 60, 255),
}
ALARM = (40, 40, 255)
CRF = "23"
MILLISECOND = Fraction(1, 1000)


def annotate(
    video: Path,
    seen: Sequence[TracksSeen],
    incidents: Sequence[Incident],
    out: Path,
    *,
    first_pts_s: float = 0.0,
    folder_fps: float = 2.0,
) -> Iterator[float]:
    """Write `video` again as H.264 with what was seen drawn in; yields the stream time of each picture done.

    `first_pts_s` is the stream time at which a footage file begins; a file watched itself begins at its own time.

    Raises:
        InputError: `out` cannot be written.
        VisionError: the video can't be read again.

    """
    by_pts = {round(s.pts_s * 1000): s for s in seen}
    temporary = out.with_name(f".{out.stem}.part{out.suffix}")
    try:
        with av.open(str(temporary), "w", format="mp4", options={"movflags": "faststart"}) as container:
            stream: av.VideoStream | None = None
            for file_s, image in _pictures(video, folder_fps):
                pts_s = file_s + first_pts_s
                image = image[: image.shape[0] // 2 * 2, : image.shape[1] // 2 * 2]  # noqa: PLW2901 - H.264 needs even sides
                if stream is None:
                    stream = container.add_stream("libx264", rate=30, options={"crf": CRF, "preset": "veryfast"})
                    stream.width, stream.height, stream.pix_fmt = image.shape[1], image.shape[0], "yuv420p"
                    stream.codec_context.time_base = MILLISECOND
                shown = np.ascontiguousarray(image)
                draw(shown, by_pts.get(round(pts_s * 1000)), incidents, pts_s)
                frame = av.VideoFrame.from_ndarray(shown, format="bgr24")
                frame.pts, frame.time_base = round(file_s * 1000), MILLISECOND
                container.mux(stream.encode(frame))
                yield pts_s
            if stream is not None:
                container.mux(stream.encode(None))
    except av.FFmpegError as exc:
        temporary.unlink(missing_ok=True)
        raise VisionError(f"{video}: cannot be annotated: {exc}") from exc
    except OSError as exc:
        raise InputError(f"cannot be written: {exc.strerror}", file=out, remedy="a folder that exists") from exc
    temporary.replace(out)


def draw(image: NDArray[np.uint8], seen: TracksSeen | None, incidents: Sequence[Incident], pts_s: float) -> None:
    """Draw one picture's tracks and the incidents that are open then, in place."""
    scale = max(0.4, image.shape[1] / 1600)
    alarming = {number for i in incidents if i.opened_pts_s <= pts_s <= i.last_pts_s for number in i.track_ids}
    for track in seen.tracks if seen is not None else ():
        colour = ALARM if track.track_id in alarming else COLOURS.get(track.kind, (255, 255, 255))
        corners = [round(side) for side in track.box_px]
        thick = 2 if track.track_id in alarming else 1
        cv2.rectangle(image, (corners[0], corners[1]), (corners[2], corners[3]), colour, thick, cv2.LINE_AA)
        _text(image, _label(track), (corners[0], max(10, corners[1] - 3)), colour, scale)
    row = 0
    for incident in incidents:
        if incident.opened_pts_s <= pts_s:
            row += 1
            place = round(8 * scale), round(28 * scale * row)
            _text(image, f"{incident.kind.value.upper()}  {incident.incident_id}", place, ALARM, 1.4 * scale)


def _label(track: Track) -> str:
    label = f"{track.track_id} {track.kind}"
    if track.on_map is not None and track.on_map.speed_m_s is not None:
        label += f" {track.on_map.speed_m_s * 3.6:.0f} km/h"
    return label


def _text(image: NDArray[np.uint8], text: str, at: tuple[int, int], colour: tuple[int, int, int], scale: float) -> None:
    for ink, thick in (((0, 0, 0), 3), (colour, 1)):
        cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, ink, thick, cv2.LINE_AA)


def _pictures(video: Path, folder_fps: float) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    if video.is_dir():
        files = sorted(entry for entry in video.iterdir() if entry.suffix.lower() in PICTURE_SUFFIXES)
        for number, file in enumerate(files):
            yield number / folder_fps, np.asarray(cv2.imread(str(file)), np.uint8)
        return
    with av.open(str(video)) as container:
        for frame in container.decode(video=0):
            if frame.time is not None:
                yield frame.time, np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
