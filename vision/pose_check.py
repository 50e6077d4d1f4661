"""Does the reported heading agree with the pictures? Overlapping pictures tell how the ground moved; so does the pose.

Made for telemetry that is wrong as a whole: turned pictures, a yaw without its offset, a swapped axis. Small errors are
the pose error's business.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from geo import LocalFrame, PinholeCamera
from missions.camera import CameraPose

WORK_WIDTH_PX = 640
LEAST_MATCHES = 15
LEAST_MOVE = 0.03
"""Of the height: pictures nearer to each other tell no direction."""
SAME_LEG_DEG = 45.0
"""Two poses whose azimuths differ more are of different legs, and one of them alone may be wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadingFlaw:
    """A picture whose reported azimuth does not fit what it shows."""

    index: int
    offset_deg: float
    """To be added to the reported azimuth; in (-180, 180]."""
    pairs: int
    """Neighbouring pictures that say so."""


def picture_move(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> tuple[float, float] | None:
    """Return how far the ground moved from one overlapping picture to the next, pixels right and down.

    None where fewer than `LEAST_MATCHES` points agree.
    """
    scale = max(1.0, before.shape[1] / WORK_WIDTH_PX)
    (from_points, from_words), (to_points, to_words) = (_features(picture, scale) for picture in (before, after))
    if from_words is None or to_words is None:
        return None
    matches = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(from_words, to_words)
    if len(matches) < LEAST_MATCHES:
        return None
    from_px = np.array([from_points[m.queryIdx].pt for m in matches], np.float32)
    to_px = np.array([to_points[m.trainIdx].pt for m in matches], np.float32)
    motion, agreeing = cv2.estimateAffinePartial2D(from_px, to_px, method=cv2.RANSAC, ransacReprojThreshold=3.0)
    if motion is None or int(agreeing.sum()) < LEAST_MATCHES:
        return None
    middle = np.array([before.shape[1], before.shape[0]]) / scale / 2
    moved = (motion[:, :2] @ middle + motion[:, 2] - middle) * scale
    return float(moved[0]), float(moved[1])


def heading_offset_deg(
    move_px: tuple[float, float], before: CameraPose, after: CameraPose, camera: PinholeCamera
) -> float | None:
    """Return what the azimuth of two pictures looking down lacks, from how the ground moved between them.

    None where the platform hardly moved, or the two azimuths differ too much to be of one leg.
    """
    turn_deg = (after.azimuth_deg - before.azimuth_deg + 180.0) % 360.0 - 180.0
    if abs(turn_deg) > SAME_LEG_DEG:
        return None
    frame = LocalFrame(lat_deg=before.position.lat_deg, lon_deg=before.position.lon_deg)
    east, north, _ = frame.geodetic_to_enu(after.position.lat_deg, after.position.lon_deg)[0]
    height_m = before.amsl_m - before.ground_amsl_m
    if math.hypot(east, north) < LEAST_MOVE * height_m or math.hypot(*move_px) < LEAST_MOVE * camera.focal_px:
        return None
    # The platform moves against the ground in the picture: by -right and +down (down is backwards, forward is up).
    heading_in_picture = math.atan2(-move_px[0], move_px[1])
    course_deg = math.degrees(math.atan2(east, north))
    reported_deg = before.azimuth_deg + turn_deg / 2 + math.degrees(heading_in_picture)
    return (course_deg - reported_deg + 180.0) % 360.0 - 180.0


def heading_flaws(
    pictures: Sequence[NDArray[np.uint8]],
    poses: Sequence[CameraPose],
    camera: PinholeCamera,
    *,
    tolerance_deg: float = 25.0,
) -> tuple[HeadingFlaw, ...]:
    """Return the pictures whose azimuth is off by more than tolerated; all look down and overlap their neighbours."""
    said: dict[int, list[float]] = {}
    for index in range(len(pictures) - 1):
        move_px = picture_move(pictures[index], pictures[index + 1])
        if move_px is None:
            continue
        offset = heading_offset_deg(move_px, poses[index], poses[index + 1], camera)
        if offset is not None:
            said.setdefault(index, []).append(offset)
            said.setdefault(index + 1, []).append(offset)
    flaws = []
    for index, offsets in sorted(said.items()):
        turns = np.exp(1j * np.radians(offsets))
        mean_deg = math.degrees(float(np.angle(turns.mean())))
        if abs(mean_deg) > tolerance_deg and abs(turns.mean()) > 0.7:
            flaws.append(HeadingFlaw(index=index, offset_deg=mean_deg, pairs=len(offsets)))
    return tuple(flaws)


def _features(picture: NDArray[np.uint8], scale: float) -> tuple[Sequence[cv2.KeyPoint], NDArray[np.uint8] | None]:
    size = (round(picture.shape[1] / scale), round(picture.shape[0] / scale))
    grey = cv2.cvtColor(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    points, descriptors = cv2.ORB_create(1200).detectAndCompute(grey, None)  # type: ignore[attr-defined]  # not in its stubs
    return points, descriptors
