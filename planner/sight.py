"""Whether the camera sees the smallest wanted object: height, lens, gimbal pitch and detector input together.

Longer sides taken (metres): a vehicle 4.2 (a small car's length); a two-wheeler 1.8 (an e-bike's length; seen along
its axis the rider's height makes up for the foreshortening); a person's projection on the picture plane,
0.5 sin d + 1.7 cos d with d the depression of the ray: shoulders from straight above, more of a standing body when
the view is oblique.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from missions import CameraModel, DetectorSpec, InputError
from planner.energy import Floats

_FLAT_M: Final = {"two_wheeler": 1.8, "vehicle": 4.2}
_PERSON_WIDE_M: Final = 0.5
_PERSON_TALL_M: Final = 1.7
LEAST_DEPRESSION_DEG: Final = 10.0
"""The far edge is taken here where the picture reaches nearer to the horizon: nothing is looked for beyond."""
_WORDS: Final = {"two_wheeler": "two-wheeler", "vehicle": "vehicle", "person": "person"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one object looks like to the detector."""

    object_m: float
    """Its longer side as seen at the centre of the picture."""
    centre_px: float
    """Longer side at the detector's input, at the centre of the footprint."""
    far_px: float
    """The same at the far edge of the footprint."""
    gsd_m_px: float
    """Ground metres per pixel of the detector's input across the view, at the centre."""
    near_m: float
    """Ground distance from below the aircraft to the near edge; negative behind it."""
    far_m: float
    """To the far edge used."""
    width_m: float
    """Width of the footprint at its centre."""
    greatest_height_m: float
    """The height up to which the object has the detector's smallest size at the centre."""


def sight_of(
    kind: str, camera: CameraModel, detector: DetectorSpec, *, height_m: float, gimbal_pitch_deg: float
) -> Sight:
    """Return how a person, two_wheeler or vehicle on flat ground is seen from a height.

    The downlinked picture is fitted into the detector's input whole.
    """
    scale = input_scale(camera, input_width_px=detector.input_width_px, input_height_px=detector.input_height_px)
    focal_px = camera.pinhole.focal_px * scale
    half_view = math.atan(camera.height_px / 2 / camera.pinhole.focal_px)
    centre = math.radians(-gimbal_pitch_deg)
    far = max(centre - half_view, math.radians(LEAST_DEPRESSION_DEG))
    near = centre + half_view
    range_m = height_m / math.sin(centre)
    far_depth_m = height_m / math.sin(far) * math.cos(centre - far)
    object_m = float(longer_side_m(kind, centre))
    centre_px = focal_px * object_m / range_m
    return Sight(
        object_m=object_m,
        centre_px=centre_px,
        far_px=focal_px * float(longer_side_m(kind, far)) / far_depth_m,
        gsd_m_px=range_m / focal_px,
        near_m=height_m / math.tan(near),
        far_m=height_m / math.tan(far),
        width_m=camera.width_px * scale * range_m / focal_px,
        greatest_height_m=height_m * centre_px / detector.smallest_px,
    )


def longer_side_m(kind: str, depression_rad: Floats | float) -> Floats:
    """Return the longer side of an object as seen along rays of so much depression; past a right angle from behind."""
    depression = np.asarray(depression_rad, float)
    if kind == "person":
        standing: Floats = _PERSON_WIDE_M * np.sin(depression) + _PERSON_TALL_M * np.abs(np.cos(depression))
        return standing
    return np.full(depression.shape, _FLAT_M[kind])


def input_scale(camera: CameraModel, *, input_width_px: int, input_height_px: int) -> float:
    """Return the size of the picture at the detector's input; enlarging it adds no detail and counts as 1."""
    return min(1.0, input_width_px / camera.width_px, input_height_px / camera.height_px)


def greatest_height_m(
    kind: str, camera: CameraModel, detector: DetectorSpec, *, gimbal_pitch_deg: float
) -> tuple[float, float]:
    """Return the heights up to which an object has the detector's smallest size at the far edge and at the centre."""
    sight = sight_of(kind, camera, detector, height_m=1.0, gimbal_pitch_deg=gimbal_pitch_deg)
    return sight.far_px / detector.smallest_px, sight.centre_px / detector.smallest_px


def choose_height(
    kind: str, camera: CameraModel, detector: DetectorSpec, *, gimbal_pitch_deg: float, least_m: float, cap_m: float
) -> tuple[float, str]:
    """Return the greatest height in whole metres from which the object is large enough, and a line that says why.

    Large enough from the centre of the footprint to its far edge where any height does that, else at its centre.

    Raises:
        InputError: from no height between the least and the cap is it large enough even at the centre.

    """
    far_m, centre_m = greatest_height_m(kind, camera, detector, gimbal_pitch_deg=gimbal_pitch_deg)
    both_m = min(far_m, centre_m)
    for most_m, where in ((both_m, "to the far edge of the picture"), (centre_m, "at the centre of the picture")):
        height_m = float(math.floor(min(most_m, cap_m) + 1e-9))
        if height_m >= least_m:
            why = f"up to {math.floor(most_m + 1e-9)} m a {_WORDS[kind]} has {detector.smallest_px:g} px {where}"
            capped = f", the cap is {cap_m:g} m" if most_m > cap_m else ""
            return height_m, f"height {height_m:g} m: {why}{capped}"
    raise InputError(
        f"auto finds no height: a {_WORDS[kind]} has the {detector.smallest_px:g} px that detector {detector.name} "
        f"needs only up to {centre_m:.1f} m, the lowest to fly is {least_m:g} m and altitude_cap_m {cap_m:g}",
        field="flight.height_m",
        remedy="a longer lens, a larger detector input, or a larger watch.smallest",
    )


def refuse_unknown_kind(kind: str, detector: DetectorSpec) -> None:
    """Refuse an object that the detector was never taught.

    Raises:
        InputError: names those it knows.

    """
    if kind not in detector.kinds:
        raise InputError(
            f"detector {detector.name} does not know {kind}",
            field="watch.smallest",
            remedy=f"one of {', '.join(detector.kinds)}, or another watch.detector",
        )


def check_sight(
    kind: str, camera: CameraModel, detector: DetectorSpec, *, height_m: float, gimbal_pitch_deg: float
) -> tuple[str, ...]:
    """Return the warnings about what can be seen; none when the whole footprint will do.

    Raises:
        InputError: the object is too small even at the centre; names the greatest height that would do.

    """
    sight = sight_of(kind, camera, detector, height_m=height_m, gimbal_pitch_deg=gimbal_pitch_deg)
    what = f"a {_WORDS[kind]} of {sight.object_m:.1f} m"
    needs = f"detector {detector.name} needs {detector.smallest_px:g} px"
    refuse_unknown_kind(kind, detector)
    if sight.centre_px < detector.smallest_px:
        raise InputError(
            f"from {height_m:g} m {what} is {sight.centre_px:.1f} px at the detector's input, but {needs}",
            field="flight.height_m",
            remedy=f"{math.floor(sight.greatest_height_m)} m or lower, a longer lens, or a larger detector input",
        )
    if sight.far_px < detector.smallest_px:
        note = (
            f"{what} is {sight.centre_px:.0f} px at the centre of the picture but {sight.far_px:.1f} px "
            f"at its far edge, {sight.far_m:.0f} m ahead; {needs}"
        )
        return (note,)
    return ()
