"""The shared clips looked at by a detector and in time, as trials of the smoke and fire rule."""

import csv
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from missions.detection import Box
from missions.errors import InputError
from missions.ports import Detector
from patrol.smoke_fire_trials import PLUMES, Looks, Trial, TrialPicture, asked
from vision.camera_motion import CameraMotion
from vision.clip import Clip, with_picture

STILLS_HZ = 2.0
"""The still sequences were taken about half a second apart."""


def clip_trials(folder: Path, detector: Detector, looks: Looks, *, hz: float) -> Iterator[Trial]:
    """Yield a trial for every clip of a folder, looked at `hz` times a second of video.

    A clip with `gt.csv` (frame, x, y, width, height of fire) burns; where its smoke is was not labelled, so nothing
    that is opened in it counts as false. The others show neither smoke nor fire.

    Raises:
        InputError: there are no clips.

    """
    clips = sorted(path.parent for path in folder.glob("*/meta.json"))
    if not clips:
        raise InputError("holds no clips", file=folder, remedy="a folder of clips with meta.json each")
    for clip in clips:
        yield Trial(name=clip.name, pictures=tuple(_pictures(clip, detector, looks, hz)))


def _pictures(folder: Path, detector: Detector, looks: Looks, hz: float) -> Iterator[TrialPicture]:
    fires = _fires(folder / "gt.csv")
    camera, clip = CameraMotion(), Clip()
    for number, at_s, image in _images(folder, hz):
        height, width = image.shape[:2]
        found = detector.detect(image)
        things = np.array([d.box_px for d in found if d.kind not in PLUMES], float).reshape(-1, 4)
        motion = camera.estimate(image, things)
        clip = with_picture(clip, image, pts_s=at_s, motion=motion, sure=camera.sure, things_px=things)
        burning = tuple(("fire", box) for box in fires.get(number, ()))
        truth = (*burning, ("smoke", Box(0.0, 0.0, float(width), float(height)))) if burning else ()
        yield asked(clip, found, looks, t_s=at_s, motion=motion, truth=truth, size=(width, height))


def _images(folder: Path, hz: float) -> Iterator[tuple[int, float, NDArray[np.uint8]]]:
    """Yield number, time and image of the pictures to look at."""
    if not (folder / "video.mp4").is_file():
        for number, path in enumerate(sorted((folder / "frames").iterdir())):
            yield number, number / STILLS_HZ, np.asarray(cv2.imread(str(path)), np.uint8)
        return
    next_s = 0.0
    with av.open(str(folder / "video.mp4")) as video:
        for number, frame in enumerate(video.decode(video=0)):
            if frame.time is not None and frame.time >= next_s - 1e-6:
                next_s = frame.time + 1.0 / hz
                yield number, frame.time, np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)


def _fires(file: Path) -> dict[int, list[Box]]:
    fires: dict[int, list[Box]] = {}
    if file.is_file():
        for row in list(csv.reader(file.read_text(encoding="utf-8").splitlines()))[1:]:
            frame, x, y, wide, high = (float(cell) for cell in row[:5])
            fires.setdefault(int(frame), []).append(Box(x, y, x + wide, y + high))
    return fires
