"""A camera at an instant: from ENU places to pixels, and the ground it overlooks."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geo import PinholeCamera, enu_from_camera

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TruePose:
    """Where the camera really is and really looks, ENU metres of the city's frame; the ground is up = 0."""

    east_m: float
    north_m: float
    up_m: float
    azimuth_deg: float
    pitch_deg: float
    roll_deg: float = 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """A pose with its camera, and what follows from both."""

    pose: TruePose
    camera: PinholeCamera

    @cached_property
    def origin_m(self) -> Array:
        """Place of the camera, (3,)."""
        return np.array([self.pose.east_m, self.pose.north_m, self.pose.up_m])

    @cached_property
    def camera_from_enu(self) -> Array:
        """Rotation, (3, 3)."""
        pose = self.pose
        return enu_from_camera(azimuth_deg=pose.azimuth_deg, pitch_deg=pose.pitch_deg, roll_deg=pose.roll_deg).T

    @cached_property
    def intrinsics(self) -> Array:
        """(3, 3) for OpenCV's coordinates, in which whole numbers are pixel centres."""
        u, v = self.camera.centre_px
        focal = self.camera.focal_px
        return np.array([[focal, 0.0, u - 0.5], [0.0, focal, v - 0.5], [0.0, 0.0, 1.0]])

    def seen(self, points_m: Array) -> tuple[Array, Array]:
        """Return (..., 2) OpenCV coordinates and (...,) depths in metres; NaN behind the camera."""
        at = (points_m - self.origin_m) @ self.camera_from_enu.T
        depth = np.where(at[..., 2] > 1.0, at[..., 2], np.nan)
        u, v = self.camera.centre_px
        return at[..., :2] / depth[..., None] * self.camera.focal_px + np.array([u - 0.5, v - 0.5]), depth

    def image_from_mosaic(self, corner_m: Array, gsd_m: float) -> Array:
        """Return the homography from pixels of a north-up ground image to pixels of the picture."""
        east, north = corner_m[0] + gsd_m / 2, corner_m[1] - gsd_m / 2
        ground = np.array(
            [
                [gsd_m, 0.0, east - self.pose.east_m],
                [0.0, -gsd_m, north - self.pose.north_m],
                [0.0, 0.0, -self.pose.up_m],
            ]
        )
        matrix: Array = self.intrinsics @ self.camera_from_enu @ ground
        return matrix

    def ground_at(self, uv: Array, limit_m: float) -> Array:
        """Return the (N, 2) places on the ground under OpenCV coordinates, never farther than `limit_m`."""
        u, v = self.camera.centre_px
        xy = (uv + 0.5 - np.array([u, v])) / self.camera.focal_px
        rays = np.column_stack([xy, np.ones(len(xy))]) @ self.camera_from_enu
        with np.errstate(divide="ignore"):
            ranges = np.where(rays[:, 2] < -1e-6, self.pose.up_m / np.maximum(-rays[:, 2], 1e-6), np.inf)
        flat = np.linalg.norm(rays[:, :2], axis=1)
        ranges = np.minimum(ranges, limit_m / np.maximum(flat, 1e-9))
        places: Array = self.origin_m[:2] + rays[:, :2] * ranges[:, None]
        return places
