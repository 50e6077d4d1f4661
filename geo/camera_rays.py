"""A pinhole camera over flat ground: pixels to places with an error, and back."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float64]  # (N, 2) uv, origin top left
Points = NDArray[np.float64]  # (N, 3) ENU metres


@dataclass(frozen=True, slots=True, kw_only=True)
class PinholeCamera:
    """Square pixels, principal point in the middle of the picture, no distortion."""

    width_px: int
    height_px: int
    focal_px: float

    @classmethod
    def from_hfov(cls, *, width_px: int, height_px: int, hfov_deg: float) -> "PinholeCamera":
        """Build from the horizontal field of view."""
        focal_px = width_px / 2 / math.tan(math.radians(hfov_deg) / 2)
        return cls(width_px=width_px, height_px=height_px, focal_px=focal_px)

    @property
    def centre_px(self) -> tuple[float, float]:
        """Principal point, uv."""
        return self.width_px / 2, self.height_px / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundHit:
    """Where viewing rays meet the ground plane: one row per pixel."""

    points_enu_m: Points
    """(N, 3); NaN where the ray does not come down within the range limit."""
    error_m: NDArray[np.float64]
    """(N,) one-sigma radius in metres (root sum of both axes); NaN as above."""
    slant_range_m: NDArray[np.float64]
    """(N,) distance along the ray."""


def enu_from_camera(*, azimuth_deg: float, pitch_deg: float, roll_deg: float = 0.0) -> NDArray[np.float64]:
    """Return the (3, 3) rotation whose columns are the camera's x (right), y (down), z (forward) in ENU.

    `azimuth_deg` is clockwise from north, `pitch_deg` positive up, `roll_deg` positive right side down, applied about
    the viewing direction (the order yaw, pitch, roll of MISB ST 0601 platform and sensor angles).
    """
    azimuth, pitch, roll = (math.radians(a) for a in (azimuth_deg, pitch_deg, roll_deg))
    forward = np.array([math.sin(azimuth) * math.cos(pitch), math.cos(azimuth) * math.cos(pitch), math.sin(pitch)])
    right = np.array([math.cos(azimuth), -math.sin(azimuth), 0.0])
    down = np.cross(forward, right)
    rolled_right = right * math.cos(roll) + down * math.sin(roll)
    rolled_down = -right * math.sin(roll) + down * math.cos(roll)
    return np.column_stack([rolled_right, rolled_down, forward])


def pixel_rays_camera(uv_px: Pixels, camera: PinholeCamera) -> NDArray[np.float64]:
    """Return the (N, 3) unit viewing rays of the pixels, camera frame; N = 0 gives (0, 3), never an error."""
    uv = np.asarray(uv_px, float).reshape(-1, 2)
    xy = (uv - np.array(camera.centre_px)) / camera.focal_px  # (N, 2), on the plane z = 1
    rays: NDArray[np.float64] = np.column_stack([xy, np.ones(len(xy))])
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    return rays


def _meet_plane(
    origin_enu_m: NDArray[np.float64], rays_enu: NDArray[np.float64], ground_up_m: float, limit_m: float
) -> tuple[Points, NDArray[np.float64]]:
    """Return the (N, 3) places and (N,) ranges where rays come down to the plane up = `ground_up_m`."""
    drop = ground_up_m - origin_enu_m[2]
    with np.errstate(divide="ignore", invalid="ignore"):
        ranges = np.where(rays_enu[:, 2] < -1e-6, drop / rays_enu[:, 2], np.nan)
    ranges = np.where((ranges > 0) & (ranges <= limit_m), ranges, np.nan)
    return origin_enu_m + ranges[:, None] * rays_enu, ranges


def ground_from_pixels(
    uv_px: Pixels,
    camera: PinholeCamera,
    *,
    origin_enu_m: NDArray[np.float64],
    azimuth_deg: float,
    pitch_deg: float,
    roll_deg: float = 0.0,
    ground_up_m: float = 0.0,
    position_error_m: float = 0.0,
    height_error_m: float = 0.0,
    angle_error_deg: tuple[float, float, float] = (0.0, 0.0, 0.0),
    pixel_error_px: float = 0.0,
    limit_m: float = 2000.0,
) -> GroundHit:
    """Cast pixels to the plane up = `ground_up_m`, with first-order propagation of the pose errors.

    `angle_error_deg` is one sigma of (azimuth, pitch, roll); `position_error_m` one sigma of each horizontal axis.
    Errors are propagated by central differences of the ray casting itself, summed in quadrature (errors independent).
    """
    rays = pixel_rays_camera(uv_px, camera)
    origin = np.asarray(origin_enu_m, float)
    angles = (azimuth_deg, pitch_deg, roll_deg)

    def cast(
        angles_deg: tuple[float, float, float], rays_camera: NDArray[np.float64]
    ) -> tuple[Points, NDArray[np.float64]]:
        turn = enu_from_camera(azimuth_deg=angles_deg[0], pitch_deg=angles_deg[1], roll_deg=angles_deg[2])
        return _meet_plane(origin, rays_camera @ turn.T, ground_up_m, limit_m)

    points, ranges = cast(angles, rays)
    variance = np.full(len(points), 2.0 * position_error_m**2)
    for axis, sigma in enumerate(angle_error_deg):
        if sigma:
            low, high = list(angles), list(angles)
            low[axis] -= sigma / 2
            high[axis] += sigma / 2
            moved = cast((high[0], high[1], high[2]), rays)[0] - cast((low[0], low[1], low[2]), rays)[0]
            variance = variance + (moved[:, :2] ** 2).sum(axis=1)
    if height_error_m:
        turn = enu_from_camera(azimuth_deg=azimuth_deg, pitch_deg=pitch_deg, roll_deg=roll_deg)
        rays_enu = rays @ turn.T
        slope = np.linalg.norm(rays_enu[:, :2], axis=1) / np.maximum(-rays_enu[:, 2], 1e-6)
        variance = variance + (slope * height_error_m) ** 2
    if pixel_error_px:
        for axis in (0, 1):
            step = np.zeros(2)
            step[axis] = pixel_error_px / 2
            uv = np.asarray(uv_px, float).reshape(-1, 2)
            moved = (
                cast(angles, pixel_rays_camera(uv + step, camera))[0]
                - cast(angles, pixel_rays_camera(uv - step, camera))[0]
            )
            variance = variance + (moved[:, :2] ** 2).sum(axis=1)
    return GroundHit(points_enu_m=points, error_m=np.sqrt(variance), slant_range_m=ranges)


def pixels_from_enu(
    points_enu_m: Points,
    camera: PinholeCamera,
    *,
    origin_enu_m: NDArray[np.float64],
    azimuth_deg: float,
    pitch_deg: float,
    roll_deg: float = 0.0,
) -> Pixels:
    """Return the (N, 2) pixels of places; NaN where a place lies behind the camera."""
    turn = enu_from_camera(azimuth_deg=azimuth_deg, pitch_deg=pitch_deg, roll_deg=roll_deg)
    seen = (np.atleast_2d(points_enu_m) - origin_enu_m) @ turn  # (N, 3) camera frame
    depth = np.where(seen[:, 2] > 0.1, seen[:, 2], np.nan)
    uv: Pixels = seen[:, :2] / depth[:, None] * camera.focal_px + np.array(camera.centre_px)
    return uv


def footprint_enu_m(
    camera: PinholeCamera,
    *,
    origin_enu_m: NDArray[np.float64],
    azimuth_deg: float,
    pitch_deg: float,
    ground_up_m: float = 0.0,
    limit_m: float = 500.0,
) -> NDArray[np.float64]:
    """Return the (4, 2) ground corners of one picture (top left, top right, bottom right, bottom left), ENU metres.

    Where an upper corner looks above the horizon or beyond `limit_m`, its row is NaN.
    """
    corners = np.array(
        [
            [0.0, 0.0],
            [camera.width_px, 0.0],
            [camera.width_px, camera.height_px],
            [0.0, camera.height_px],
        ]
    )
    hit = ground_from_pixels(
        corners,
        camera,
        origin_enu_m=origin_enu_m,
        azimuth_deg=azimuth_deg,
        pitch_deg=pitch_deg,
        ground_up_m=ground_up_m,
        limit_m=limit_m,
    )
    return hit.points_enu_m[:, :2]
