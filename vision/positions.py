"""Boxes to places on the ground: the ray through the right pixel of a box, with every error carried along."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from geo import LocalFrame, PinholeCamera, ground_from_pixels
from missions.camera import CameraPose
from missions.detection import Box, Detection
from missions.geopoint import GeoPoint
from missions.track import MapTrack
from vision.plumes import source_pixel

SIZES_M = {"person": (0.5, 1.7), "two_wheeler": (1.8, 1.6), "vehicle": (4.2, 1.6)}
"""(length on the ground, height) of what a box holds: decides which pixel of the box stands on the ground."""
PLUME_FOOT_SHARE = 0.15
"""Of a plume's box, from below: where it rises from."""
WINDOW_S = 3.0
"""Over which speed is fitted."""
LEAST_SPAN_S = 1.0
LEAST_POINTS = 4
DECIDABLE_M_S = 2.5
"""A speed whose one-sigma error is larger is not told."""


def ground_pixel(detection: Detection, depression_deg: float) -> tuple[float, float]:
    """Return the pixel of the box under which the object stands.

    Seen from straight above it is the middle of the box; the flatter the view, the nearer it is to the lower edge,
    because the box then holds the object's height as well.
    """
    box = detection.box_px
    share = PLUME_FOOT_SHARE
    if detection.kind in SIZES_M:
        length_m, height_m = SIZES_M[detection.kind]
        down = math.radians(min(max(depression_deg, 5.0), 90.0))
        along, up = length_m * math.sin(down), height_m * math.cos(down)
        share = 0.5 * along / (along + up)
    return (box.x1 + box.x2) / 2, box.y2 - share * (box.y2 - box.y1)


def pixel_error_px(detection: Detection) -> float:
    """Return one sigma of where in the picture the object stands: a detector's jitter, a plume's vagueness."""
    box = detection.box_px
    if detection.kind in SIZES_M:
        return 1.5 + 0.04 * box.longer_side_px
    return 2.0 + 0.2 * box.longer_side_px


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cast:
    """Places of the pixels of one picture, ENU metres."""

    points_m: NDArray[np.float64]
    """(N, 2); NaN where the ray does not come down within range."""
    shifts_m: NDArray[np.float64]
    """(S, N, 2): how far one sigma of each error of the pose moves each place: azimuth, pitch, roll, height, lag."""
    position_error_m: float
    """One sigma of the platform's place, each axis: it moves all places alike."""
    metres_per_px: NDArray[np.float64]
    """(N,)"""

    def error_m(self, index: int, jitter_px: float) -> float:
        """Return the one-sigma radius of one place."""
        pose_m2 = float((self.shifts_m[:, index] ** 2).sum()) + 2.0 * self.position_error_m**2
        return math.sqrt(pose_m2 + (float(self.metres_per_px[index]) * jitter_px) ** 2)


class GroundCaster:
    """Casts pixels to the flat ground below the camera."""

    def __init__(self, frame: LocalFrame, default_hfov_deg: float | None, *, limit_m: float = 1500.0) -> None:
        self.frame = frame
        self._default_hfov_deg, self._limit_m = default_hfov_deg, limit_m
        self._previous: CameraPose | None = None
        self._pose: CameraPose | None = None
        self._origins: dict[CameraPose, NDArray[np.float64]] = {}

    def camera(self, pose: CameraPose, width_px: int, height_px: int) -> PinholeCamera | None:
        """Return the projection; None where nobody tells the field of view."""
        hfov_deg = pose.hfov_deg if pose.hfov_deg is not None else self._default_hfov_deg
        if hfov_deg is None:
            return None
        return PinholeCamera.from_hfov(width_px=width_px, height_px=height_px, hfov_deg=hfov_deg)

    def origin_m(self, pose: CameraPose) -> NDArray[np.float64]:
        """Return the camera's place, ENU, up above the ground below."""
        if pose not in self._origins:
            while len(self._origins) >= 2:
                del self._origins[next(iter(self._origins))]
            at = self.frame.geodetic_to_enu(pose.position.lat_deg, pose.position.lon_deg, 0.0)[0]
            self._origins[pose] = np.array([at[0], at[1], pose.amsl_m - pose.ground_amsl_m])
        return self._origins[pose]

    def cast(self, uv_px: NDArray[np.float64], pose: CameraPose, camera: PinholeCamera) -> Cast:
        """Return where the pixels are on the ground."""
        if self._pose is None or pose.captured_utc_s > self._pose.captured_utc_s:
            self._previous, self._pose = self._pose, pose
        origin, error = self.origin_m(pose), pose.error
        plain = self._points(uv_px, camera, origin, pose)
        half = {
            "azimuth": replace(pose, azimuth_deg=pose.azimuth_deg + error.azimuth_deg),
            "pitch": replace(pose, pitch_deg=pose.pitch_deg + error.pitch_deg),
            "roll": replace(pose, roll_deg=pose.roll_deg + error.roll_deg),
        }
        shifts = [self._points(uv_px, camera, origin, turned) - plain for turned in half.values()]
        shifts.append(self._points(uv_px, camera, origin + np.array([0.0, 0.0, error.height_m]), pose) - plain)
        shifts.append(self._late(uv_px, pose, camera, plain))
        across = self._points(uv_px + np.array([1.0, 0.0]), camera, origin, pose) - plain
        along = self._points(uv_px + np.array([0.0, 1.0]), camera, origin, pose) - plain
        return Cast(
            points_m=plain,
            shifts_m=np.stack(shifts),
            position_error_m=error.position_m,
            metres_per_px=np.sqrt((across**2).sum(axis=1) + (along**2).sum(axis=1)),
        )

    def _late(
        self, uv_px: NDArray[np.float64], pose: CameraPose, camera: PinholeCamera, plain: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return how a pose that is late by its `lag_s` would move the places, from how the pose changes now."""
        before = self._previous
        if before is None or not 0.0 < pose.captured_utc_s - before.captured_utc_s <= 2.0:
            shift = np.zeros_like(plain)
            shift[:, 0] = pose.speed_m_s * pose.error.lag_s
            return shift
        ahead = pose.error.lag_s / (pose.captured_utc_s - before.captured_utc_s)
        turn_deg = (pose.azimuth_deg - before.azimuth_deg + 180.0) % 360.0 - 180.0
        late = replace(
            pose,
            azimuth_deg=pose.azimuth_deg + ahead * turn_deg,
            pitch_deg=pose.pitch_deg + ahead * (pose.pitch_deg - before.pitch_deg),
        )
        origin, origin_before = self.origin_m(pose), self.origin_m(before)
        return self._points(uv_px, camera, origin + ahead * (origin - origin_before), late) - plain

    def _points(
        self, uv_px: NDArray[np.float64], camera: PinholeCamera, origin_m: NDArray[np.float64], pose: CameraPose
    ) -> NDArray[np.float64]:
        hit = ground_from_pixels(
            uv_px,
            camera,
            origin_enu_m=origin_m,
            azimuth_deg=pose.azimuth_deg,
            pitch_deg=pose.pitch_deg,
            roll_deg=pose.roll_deg,
            limit_m=self._limit_m,
        )
        return hit.points_enu_m[:, :2]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Located:
    """One place of one object at one time, with what moves it."""

    captured_utc_s: float
    point_m: NDArray[np.float64]
    shifts_m: NDArray[np.float64]
    """(S, 2)"""
    jitter_m: float
    error_m: float


@dataclass(slots=True)
class _History:
    places: deque[Located] = field(default_factory=lambda: deque(maxlen=64))


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """Where a track is now, and its motion where that can be decided."""

    now_m: NDArray[np.float64]
    course_deg: float | None = None
    speed_m_s: float | None = None
    speed_error_m_s: float | None = None


class MapTracker:
    """Places of tracks over time: where each is, how fast and which way, or that this cannot be decided.

    Speed is a straight line fitted through the last seconds. Its error is the same fit applied to everything that
    moves a place: the detector's jitter adds in quadrature, a constant error of the pose counts with the speed at which
    it drags the place along.
    """

    def __init__(self, caster: GroundCaster) -> None:
        self._caster = caster
        self._histories: dict[int, _History] = {}
        self._newest_utc_s = float("-inf")

    def update(self, seen: Sequence[tuple[int, Located, bool]]) -> list[MapTrack]:
        """Take the newest place of every track of one picture and return what is known of them.

        Each is (number, place, whether it can move); the positions are turned to WGS84 together, which is most of the
        work.
        """
        fits = [self._fit(track_id, located, moves=moves) for track_id, located, moves in seen]
        points_m = np.array([fit.now_m for fit in fits]).reshape(-1, 2)
        lat_lon = self._caster.frame.enu_to_geodetic(points_m) if fits else np.zeros((0, 3))
        return [
            MapTrack(
                position=GeoPoint(lat_deg=float(place[0]), lon_deg=float(place[1])),
                error_m=located.error_m,
                course_deg=fit.course_deg,
                speed_m_s=fit.speed_m_s,
                speed_error_m_s=fit.speed_error_m_s,
            )
            for place, fit, (_, located, _) in zip(lat_lon, fits, seen, strict=True)
        ]

    def _fit(self, track_id: int, located: Located, *, moves: bool) -> "_Fit":
        history = self._histories.setdefault(track_id, _History()).places
        history.append(located)
        self._forget(located.captured_utc_s)
        recent = [p for p in history if located.captured_utc_s - p.captured_utc_s <= WINDOW_S]
        span_s = located.captured_utc_s - recent[0].captured_utc_s
        if not moves or len(recent) < LEAST_POINTS or span_s < LEAST_SPAN_S:
            return _Fit(now_m=located.point_m)
        now_m, velocity_m_s, speed_error_m_s = fit_motion(recent)
        if speed_error_m_s > DECIDABLE_M_S:
            return _Fit(now_m=located.point_m)
        speed_m_s = math.hypot(velocity_m_s[0], velocity_m_s[1])
        course_deg = math.degrees(math.atan2(velocity_m_s[0], velocity_m_s[1])) % 360.0
        return _Fit(
            now_m=now_m,
            course_deg=course_deg if speed_m_s > 2.0 * speed_error_m_s else None,
            speed_m_s=speed_m_s,
            speed_error_m_s=speed_error_m_s,
        )

    def _forget(self, now_s: float) -> None:
        if now_s - self._newest_utc_s < WINDOW_S:
            return
        self._newest_utc_s = now_s
        old = [i for i, h in self._histories.items() if now_s - h.places[-1].captured_utc_s > 3 * WINDOW_S]
        for track_id in old:
            del self._histories[track_id]


def fit_motion(places: Sequence[Located]) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return (place now m, velocity m/s, one-sigma error of the velocity m/s) of the least-squares line."""
    times_s = np.array([p.captured_utc_s for p in places])
    centred = times_s - times_s.mean()
    slope = centred / (centred**2).sum()  # (N,): slope @ positions = velocity
    points = np.array([p.point_m for p in places])
    velocity = slope @ points
    now = points.mean(axis=0) + velocity * centred[-1]
    drags = np.einsum("n,nsk->sk", slope, np.array([p.shifts_m for p in places]))  # (S, 2)
    jitter = float((slope**2 * np.array([p.jitter_m for p in places]) ** 2).sum())
    left = float(((points - points.mean(axis=0) - centred[:, None] * velocity) ** 2).sum()) / max(1, len(places) - 2)
    scatter = left * float((slope**2).sum())
    return now, velocity, math.sqrt(float((drags**2).sum()) + max(jitter, scatter))


def locate(
    detections: Sequence[Detection],
    pose: CameraPose,
    camera: PinholeCamera,
    caster: GroundCaster,
    *,
    upwind: NDArray[np.float64] | None = None,
) -> list[Located | None]:
    """Return the place of every detection; None where its ray does not meet the ground within range.

    With `upwind`, (2,) east and north, a plume is placed at its upwind end, where it rises from.
    """
    if not detections:
        return []
    depressions = [_depression_deg(d.box_px, pose, camera) for d in detections]
    uv_px = np.array([ground_pixel(d, angle) for d, angle in zip(detections, depressions, strict=True)])
    if upwind is not None:
        for index, detection in enumerate(detections):
            if detection.kind == "smoke":
                source_px = source_pixel(
                    detection.box_px, upwind, pose=pose, camera=camera, origin_m=caster.origin_m(pose)
                )
                uv_px[index] = source_px or uv_px[index]
    cast = caster.cast(uv_px, pose, camera)
    found: list[Located | None] = []
    for index, detection in enumerate(detections):
        jitter_px = pixel_error_px(detection)
        error_m = cast.error_m(index, jitter_px)
        if not math.isfinite(error_m):
            found.append(None)
            continue
        found.append(
            Located(
                captured_utc_s=pose.captured_utc_s,
                point_m=cast.points_m[index],
                shifts_m=cast.shifts_m[:, index],
                jitter_m=float(cast.metres_per_px[index]) * jitter_px,
                error_m=error_m,
            )
        )
    return found


def _depression_deg(box: Box, pose: CameraPose, camera: PinholeCamera) -> float:
    """Return how steeply down the ray through the middle of a box looks; camera roll is small and left out."""
    below_px = (box.y1 + box.y2) / 2 - camera.height_px / 2
    return -pose.pitch_deg + math.degrees(math.atan2(below_px, camera.focal_px))
