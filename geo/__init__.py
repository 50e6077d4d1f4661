"""Frames and their arithmetic; imports nothing of ours.

Frames used in this code base, said once:

- **WGS84** degrees for storage, files and links.
- **ENU**: metres east, north, up of a `LocalFrame` origin; planning, rules and simulation work here.
- **camera**: x right, y down, z forward (the viewing direction); pixels are `uv`, `(0, 0)` top left.
- **NED / FRD** exists only inside `flight/`'s and `sitl/`'s codecs.

A rotation is named `target_from_source`. Angles are degrees at edges (`_deg`), radians inside (`_rad`).
Heading and azimuth are degrees clockwise from true north; pitch is positive up, so -90 looks straight down.
"""

from geo.camera_rays import (
    GroundHit,
    PinholeCamera,
    enu_from_camera,
    footprint_enu_m,
    ground_from_pixels,
    pixels_from_enu,
)
from geo.chinese_datums import bd09_to_wgs84, gcj02_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02
from geo.local_frame import LocalFrame
from geo.polyline import (
    cumulative_m,
    distance_to_polyline_m,
    length_m,
    point_along,
    project_onto,
    resample,
    slice_along,
)

__all__ = [
    "GroundHit",
    "LocalFrame",
    "PinholeCamera",
    "bd09_to_wgs84",
    "cumulative_m",
    "distance_to_polyline_m",
    "enu_from_camera",
    "footprint_enu_m",
    "gcj02_to_wgs84",
    "ground_from_pixels",
    "length_m",
    "pixels_from_enu",
    "point_along",
    "project_onto",
    "resample",
    "slice_along",
    "wgs84_to_bd09",
    "wgs84_to_gcj02",
]
