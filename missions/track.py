"""One object over frames, in pixels and on the map."""

from dataclasses import dataclass

from missions.detection import Box
from missions.geopoint import GeoPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class MapTrack:
    """Where a track is on the ground at an instant, with its error."""

    position: GeoPoint
    error_m: float
    """One-sigma radius."""
    course_deg: float | None = None
    """Direction of motion over ground, clockwise from north; None when not decidable."""
    speed_m_s: float | None = None
    speed_error_m_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """State of one object at one picture. The history of a track is the sequence of these under one `track_id`."""

    patrol_id: str
    vehicle_id: str
    stream_id: str
    track_id: int
    kind: str
    score: float
    pts_s: float
    captured_utc_s: float
    box_px: Box
    on_map: MapTrack | None = None
    """None: no pose, so no place is claimed."""
    interpolated: bool = False
    """Between two detections rather than from one."""
