"""What the vehicle said about itself at an instant."""

from dataclasses import dataclass

from missions.camera import CameraPose, PoseError
from missions.geopoint import GeoPoint
from missions.mission import Wind


@dataclass(frozen=True, slots=True, kw_only=True)
class Telemetry:
    """One timed state of a vehicle; `captured_utc_s` is patrol time, the vehicle's clock."""

    patrol_id: str
    vehicle_id: str
    stream_id: str
    captured_utc_s: float
    position: GeoPoint
    amsl_m: float
    height_above_home_m: float
    heading_deg: float
    roll_deg: float
    pitch_deg: float
    velocity_enu_m_s: tuple[float, float, float]
    gimbal_pitch_deg: float
    """Against the horizon."""
    gimbal_azimuth_deg: float
    """Of the viewing direction, clockwise from true north."""
    battery_pct: float | None = None
    battery_v: float | None = None
    mode: str = ""
    armed: bool = False
    mission_seq: int | None = None
    satellites: int | None = None
    wind_from_deg: float | None = None
    """Where the air about the vehicle comes from, clockwise from true north, by its own estimate; None if untold."""
    wind_speed_m_s: float | None = None

    @property
    def wind(self) -> Wind | None:
        """The vehicle's estimate of the wind; None where it tells none."""
        if self.wind_speed_m_s is None or self.wind_from_deg is None:
            return None
        return Wind.measured(speed_m_s=self.wind_speed_m_s, from_deg=self.wind_from_deg)

    def camera_pose(self, error: PoseError) -> CameraPose:
        """Return the pose of a stabilised gimbal camera on this vehicle; the ground is home's level."""
        east, north, _ = self.velocity_enu_m_s
        return CameraPose(
            captured_utc_s=self.captured_utc_s,
            position=self.position,
            amsl_m=self.amsl_m,
            azimuth_deg=self.gimbal_azimuth_deg,
            pitch_deg=self.gimbal_pitch_deg,
            ground_amsl_m=self.amsl_m - self.height_above_home_m,
            speed_m_s=(east * east + north * north) ** 0.5,
            error=error,
        )
