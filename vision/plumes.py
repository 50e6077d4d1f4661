"""Where a plume comes from: the end of it that lies upwind.

A plume leans and drifts with the wind, so the middle of its box is metres away from what burns. Smoke is near the
ground at its source, so there, and only there, the flat-ground ray is right.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo import PinholeCamera, ground_from_pixels, pixels_from_enu
from missions.camera import CameraPose
from missions.detection import Box
from missions.mission import Wind

LEAST_WIND_M_S: Final = 0.8
"""With less wind a plume stands above its source."""
LEAST_MEASURED_M_S: Final = 1.2
"""An estimate in the air is off by up to 1 m/s: the direction of a weaker one says nothing."""
_INSET: Final = 0.85
"""Of the way from the middle of the box to its edge: a detector's boxes are a little generous."""
_STEP_M: Final = 5.0


def upwind_enu(wind: Wind | None) -> NDArray[np.float64] | None:
    """Return the (2,) unit vector, east and north, towards where the wind comes from; None in a calm."""
    if wind is None or wind.speed_m_s < LEAST_WIND_M_S:
        return None
    from_rad = math.radians(wind.from_deg)
    return np.array([math.sin(from_rad), math.cos(from_rad)])


def wind_to_trust(*measured: Wind | None, planned: Wind | None) -> Wind | None:
    """Return the first measured wind that is strong enough to have a direction, else the planned one."""
    return next((w for w in measured if w is not None and w.speed_m_s >= LEAST_MEASURED_M_S), planned)


def source_pixel(
    box: Box,
    upwind: NDArray[np.float64],
    *,
    pose: CameraPose,
    camera: PinholeCamera,
    origin_m: NDArray[np.float64],
) -> tuple[float, float] | None:
    """Return the pixel at the upwind end of a plume's box; None where the middle of the box is not on the ground.

    A plume that runs along a side of the picture starts in the middle of the box's edge, one that runs across starts
    in its corner: in between, the share of each side is a smooth step of the direction.
    """
    middle_px = np.array([box.centre])
    middle_m = ground_from_pixels(
        middle_px,
        camera,
        origin_enu_m=origin_m,
        azimuth_deg=pose.azimuth_deg,
        pitch_deg=pose.pitch_deg,
        roll_deg=pose.roll_deg,
    ).points_enu_m
    ahead_px = pixels_from_enu(
        middle_m + np.array([[*(_STEP_M * upwind), 0.0]]),
        camera,
        origin_enu_m=origin_m,
        azimuth_deg=pose.azimuth_deg,
        pitch_deg=pose.pitch_deg,
        roll_deg=pose.roll_deg,
    )
    direction = (ahead_px - middle_px)[0]
    length = float(np.linalg.norm(direction))
    if not math.isfinite(length) or length == 0.0:
        return None
    share = _INSET * np.tanh(3.0 * direction / length)
    u, v = box.centre
    return float(u + share[0] * (box.x2 - box.x1) / 2), float(v + share[1] * (box.y2 - box.y1) / 2)


def drift_enu(
    box: Box,
    drift_px_s: NDArray[np.float64],
    *,
    pose: CameraPose,
    camera: PinholeCamera,
    origin_m: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the (2,) drift over the ground, east and north, metres per second, of what drifts so in the picture.

    What rises seems to drift away from the camera; seen as steeply as patrols see streets that is a fraction of the
    wind. NaN where the box is not on the ground.
    """
    middle_px = np.array(box.centre)
    ends = ground_from_pixels(
        np.stack([middle_px, middle_px + drift_px_s]),
        camera,
        origin_enu_m=origin_m,
        azimuth_deg=pose.azimuth_deg,
        pitch_deg=pose.pitch_deg,
        roll_deg=pose.roll_deg,
    ).points_enu_m
    return np.asarray((ends[1] - ends[0])[:2], float)
