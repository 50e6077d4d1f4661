"""Cameras and the pose of a camera at an instant. Data files in `missions/cameras/`."""

from dataclasses import dataclass

from geo import PinholeCamera
from missions.geopoint import GeoPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraModel:
    """A camera as mounted: picture size, field of view, frame rate."""

    name: str
    width_px: int
    height_px: int
    hfov_deg: float
    fps: float

    @property
    def pinhole(self) -> PinholeCamera:
        """The projection."""
        return PinholeCamera.from_hfov(width_px=self.width_px, height_px=self.height_px, hfov_deg=self.hfov_deg)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseError:
    """One sigma of a reported pose."""

    position_m: float = 1.5
    """Each horizontal axis."""
    height_m: float = 1.5
    azimuth_deg: float = 2.0
    pitch_deg: float = 0.5
    roll_deg: float = 0.5
    lag_s: float = 0.2
    """Uncertainty of the time between picture and pose; adds speed x lag to the position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraPose:
    """Where a camera was and where it looked when a picture was captured."""

    captured_utc_s: float
    position: GeoPoint
    amsl_m: float
    azimuth_deg: float
    """Of the viewing direction, clockwise from true north."""
    pitch_deg: float
    """0 looks at the horizon, -90 straight down."""
    roll_deg: float = 0.0
    ground_amsl_m: float = 0.0
    """Height of the ground plane below."""
    speed_m_s: float = 0.0
    hfov_deg: float | None = None
    """Horizontal field of view where the stream tells it."""
    error: PoseError = PoseError()
