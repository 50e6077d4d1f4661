"""Poses by capture time: interpolated between what was reported, never beyond."""

import bisect
from collections.abc import Callable, Iterable

from missions.camera import CameraPose
from missions.geopoint import GeoPoint

GAP_S = 1.0
"""Between two reports further apart nothing is known."""
KEEP_S = 30.0


def angle_between(first_deg: float, second_deg: float, share: float) -> float:
    """Return the angle `share` of the way from the first to the second along the shorter arc, 0 <= angle < 360."""
    turn = (second_deg - first_deg + 180.0) % 360.0 - 180.0
    return (first_deg + share * turn) % 360.0


def pose_between(first: CameraPose, second: CameraPose, captured_utc_s: float) -> CameraPose:
    """Return the pose at a time between two poses; azimuth along the shorter arc, all else linear."""
    span_s = second.captured_utc_s - first.captured_utc_s
    share = 0.0 if span_s <= 0 else (captured_utc_s - first.captured_utc_s) / span_s

    def mix(a: float, b: float) -> float:
        return a + share * (b - a)

    roll_turn = (second.roll_deg - first.roll_deg + 180.0) % 360.0 - 180.0
    hfov_deg = None
    if first.hfov_deg is not None and second.hfov_deg is not None:
        hfov_deg = mix(first.hfov_deg, second.hfov_deg)
    return CameraPose(
        captured_utc_s=captured_utc_s,
        position=GeoPoint(
            lat_deg=mix(first.position.lat_deg, second.position.lat_deg),
            lon_deg=mix(first.position.lon_deg, second.position.lon_deg),
        ),
        amsl_m=mix(first.amsl_m, second.amsl_m),
        azimuth_deg=angle_between(first.azimuth_deg, second.azimuth_deg, share),
        pitch_deg=mix(first.pitch_deg, second.pitch_deg),
        roll_deg=first.roll_deg + share * roll_turn,
        ground_amsl_m=mix(first.ground_amsl_m, second.ground_amsl_m),
        speed_m_s=mix(first.speed_m_s, second.speed_m_s),
        hfov_deg=hfov_deg,
        error=first.error if share < 0.5 else second.error,
    )


class PoseTrack:
    """Reported poses in time order; a `TelemetrySource`."""

    def __init__(self, poses: Iterable[CameraPose] = (), *, gap_s: float = GAP_S, keep_s: float | None = None) -> None:
        self._poses = sorted(poses, key=lambda pose: pose.captured_utc_s)
        self._gap_s, self._keep_s = gap_s, keep_s

    @property
    def newest_utc_s(self) -> float | None:
        """Time of the newest report."""
        return self._poses[-1].captured_utc_s if self._poses else None

    def add(self, pose: CameraPose) -> None:
        """Take one report; one of the same time replaces the earlier."""
        at = bisect.bisect_left(self._poses, pose.captured_utc_s, key=_time)
        if at < len(self._poses) and self._poses[at].captured_utc_s == pose.captured_utc_s:
            self._poses[at] = pose
        else:
            self._poses.insert(at, pose)
        if self._keep_s is not None:
            oldest = bisect.bisect_left(self._poses, self._poses[-1].captured_utc_s - self._keep_s, key=_time)
            del self._poses[:oldest]

    def pose_at(self, captured_utc_s: float) -> CameraPose | None:
        """Return the interpolated pose; None beyond the ends, or between reports further apart than the gap.

        Within 0.25 s behind the newest report the newest holds: a picture is often ahead of its telemetry.
        """
        at = bisect.bisect_left(self._poses, captured_utc_s, key=_time)
        if at < len(self._poses) and abs(self._poses[at].captured_utc_s - captured_utc_s) < 1e-6:
            return self._poses[at]
        if at == 0:
            return None
        if at == len(self._poses):
            newest = self._poses[-1]
            return newest if captured_utc_s - newest.captured_utc_s <= min(0.25, self._gap_s) else None
        before, after = self._poses[at - 1], self._poses[at]
        if after.captured_utc_s - before.captured_utc_s > self._gap_s:
            return None
        return pose_between(before, after, captured_utc_s)


_time: Callable[[CameraPose], float] = lambda pose: pose.captured_utc_s  # noqa: E731 - a key for bisect
