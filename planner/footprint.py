"""What one picture shows of flat ground: a trapezoid ahead of the aircraft, and the rows of it with pixels enough.

Frame: x to the right, y ahead along the course, metres, origin on the ground below the aircraft. Everything scales
with height, so it is worked out once for a height of 1 m. All places of a row of the picture have the same depth
(camera without roll over flat ground) and so the same pixels on an object.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from missions import CameraModel, Wanted
from planner.energy import Floats
from planner.sight import LEAST_DEPRESSION_DEG, input_scale, longer_side_m

_ROWS: Final = 241


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """A camera at one gimbal pitch, from a height of 1 m; arrays run from the far row of the picture to the near."""

    ahead_m: Floats
    """(R,) where each row meets the ground; negative behind the aircraft."""
    half_width_m: Floats
    """(R,) to either side."""
    pixels: Floats
    """(R,) on the wanted object's longer side; infinite where nobody knows what is wanted."""
    smallest_px: float
    depression_rad: float
    """Of the middle row."""

    @classmethod
    def of(cls, camera: CameraModel, wanted: Wanted | None, *, gimbal_pitch_deg: float) -> "View":
        """Build for a pitch; rows nearer to the horizon than `LEAST_DEPRESSION_DEG` are left out."""
        focal_px = camera.pinhole.focal_px
        half_view = math.atan(camera.height_px / 2 / focal_px)
        centre = math.radians(-gimbal_pitch_deg)
        far = max(centre - half_view, math.radians(LEAST_DEPRESSION_DEG))
        rows = np.linspace(far, max(centre + half_view, far), _ROWS)
        depth_m = np.cos(centre - rows) / np.sin(rows)
        pixels = np.full(_ROWS, np.inf)
        if wanted is not None:
            scale = input_scale(camera, input_width_px=wanted.input_width_px, input_height_px=wanted.input_height_px)
            pixels = focal_px * scale * longer_side_m(wanted.kind, rows) / depth_m
        return cls(
            ahead_m=1.0 / np.tan(rows),
            half_width_m=camera.width_px / 2 / focal_px * depth_m,
            pixels=pixels,
            smallest_px=wanted.smallest_px if wanted is not None else 0.0,
            depression_rad=centre,
        )

    def whole_m(self, heights_m: Floats) -> Floats:
        """Return the (N, 4, 2) footprints from (N,) heights: far left, far right, near right, near left."""
        return _corners(self, np.zeros(len(heights_m), int), np.full(len(heights_m), _ROWS - 1), heights_m)

    def enough_m(self, heights_m: Floats) -> Floats:
        """Return as `whole_m` the part of each footprint with pixels enough; NaN where no row has them.

        Where several parts have them (a person between straight down and too far is one), the longest counts.
        """
        first, last = np.zeros(len(heights_m), int), np.zeros(len(heights_m), int)
        none = np.zeros(len(heights_m), bool)
        for index, height_m in enumerate(heights_m):
            run = _longest_run(self.pixels >= self.smallest_px * height_m)
            none[index] = run is None
            first[index], last[index] = run or (0, 0)
        corners = _corners(self, first, last, heights_m)
        corners[none] = np.nan
        return corners

    def usable_half_width_m(self, height_m: float) -> float:
        """Return how far to a side of its track a flight shows everything for as long as the picture takes to pass."""
        enough = self.pixels >= self.smallest_px * height_m
        run = _longest_run(enough)
        return float(self.half_width_m[run[0] : run[1] + 1].min()) * height_m if run is not None else 0.0


def _longest_run(wanted: np.ndarray) -> tuple[int, int] | None:
    """Return the first and last index of the longest run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], wanted, [False]]).astype(int)))
    if not len(edges):
        return None
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest]) - 1


def _corners(view: View, far_row: np.ndarray, near_row: np.ndarray, heights_m: Floats) -> Floats:
    far = np.column_stack([view.half_width_m[far_row], view.ahead_m[far_row]])
    near = np.column_stack([view.half_width_m[near_row], view.ahead_m[near_row]])
    mirror = np.array([-1.0, 1.0])
    corners: Floats = np.stack([far * mirror, far, near, near * mirror], axis=1) * heights_m[:, None, None]
    return corners


def placed_m(corners_m: Floats, places_m: Floats, courses: Floats) -> Floats:
    """Return (N, 4, 2) corners in the aircraft's frame as ENU, at (N, 2) places with (N, 2) unit courses."""
    right = np.column_stack([courses[:, 1], -courses[:, 0]])
    placed: Floats = places_m[:, None] + corners_m[..., :1] * right[:, None] + corners_m[..., 1:] * courses[:, None]
    return placed
