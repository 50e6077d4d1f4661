"""Pictures of incidents for the grid: cut from the picture that opened them, or from the footage."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from archive import Archive
from missions.detection import Box
from missions.incident import Incident
from review.footage import FootagePictures, footage_pictures

_WIDTH_PX, _HEIGHT_PX = 640, 360
_SMALLEST_CUT_PX = 400.0
_SAME_PICTURE_S = 0.05
_CONTEXT = 5.0  # widths of the object in a cut


def cut_around(box: Box, width_px: int, height_px: int) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of a 16:9 cut of the picture with the object in it and room around it."""
    wide = max(_SMALLEST_CUT_PX, _CONTEXT * (box.x2 - box.x1), _CONTEXT * (box.y2 - box.y1) * 16 / 9 / 2)
    wide = min(wide, width_px, height_px * 16 / 9)
    high = wide * 9 / 16
    centre_x, centre_y = box.centre
    left = min(max(centre_x - wide / 2, 0), width_px - wide)
    top = min(max(centre_y - high / 2, 0), height_px - high)
    return int(left), int(top), int(left + wide), int(top + high)


def thumbnail_jpeg(archive: Archive, incident: Incident, picture_width_px: int) -> bytes | None:
    """Return a JPEG for the grid, cut from the footage, or from the kept small picture while there is no footage of it.

    `picture_width_px` is the camera's, in whose pixels the box is given. None where nothing shows the moment.
    """
    footage, pictures = archive.footage_path, footage_pictures(archive)
    if footage is not None and _holds(pictures, incident.opened_pts_s):
        jpeg = _cut_footage(footage, incident.opened_pts_s - pictures.first_pts_s, incident.box_px)
        if jpeg is not None:
            return jpeg
    kept = archive.layout.thumbnail(incident.incident_id)
    return _cut_kept(kept, incident.box_px, picture_width_px) if kept.is_file() else None


def _holds(pictures: FootagePictures, pts_s: float) -> bool:
    return bool(pictures.pts_s) and pictures.pts_s[0] - _SAME_PICTURE_S <= pts_s <= pictures.pts_s[-1] + _SAME_PICTURE_S


@lru_cache(maxsize=256)
def _cut_footage(path: Path, at_s: float, box: Box) -> bytes | None:
    image = _picture_at(path, at_s)
    return None if image is None else _jpeg(_cut(image, box))


def _cut_kept(path: Path, box: Box, picture_width_px: int) -> bytes:
    data = path.read_bytes()
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        return data
    scale = picture_width_px / image.shape[1]
    whole = cv2.resize(image, (picture_width_px, round(image.shape[0] * scale)), interpolation=cv2.INTER_CUBIC)
    return _jpeg(_cut(whole, box))


def _cut(image: NDArray[Any], box: Box) -> NDArray[Any]:
    left, top, right, bottom = cut_around(box, image.shape[1], image.shape[0])
    return image[top:bottom, left:right]


def _jpeg(image: NDArray[Any]) -> bytes:
    small = cv2.resize(image, (_WIDTH_PX, _HEIGHT_PX), interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 82])[1])


def _picture_at(path: Path, at_s: float) -> NDArray[Any] | None:
    """Decode the last picture at or before a time of the file."""
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            if stream.time_base is not None and at_s > 1:
                container.seek(int(max(at_s, 0) / stream.time_base), stream=stream)
            image = None
            for frame in container.decode(stream):
                if image is not None and frame.time is not None and frame.time > at_s + 1e-3:
                    break
                image = frame.to_ndarray(format="bgr24")
            return image
    except (FFmpegError, OSError, IndexError):
        return None
