"""What an embedded copter is made of, and what it can be asked about itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from missions.airframe import Airframe
from missions.geopoint import GeoPoint
from missions.hardware import load_airframe
from missions.mission import Wind
from missions.scenario import TelemetryError

Vec = tuple[float, float, float]
"""East, north, up in metres (or m/s, m/s2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopterSettings:
    """One simulated aircraft and the air around it; the same settings and bytes give the same flight."""

    home: GeoPoint
    home_amsl_m: float = 0.0
    heading_deg: float = 0.0
    system_id: int = 1
    start_utc_s: float = 1_780_000_000.0
    """The vehicle's clock at boot."""
    airframe: Airframe = field(default_factory=lambda: load_airframe("quad-5kg"))
    wind_m_s: float = 0.0
    wind_from_deg: float = 0.0
    gust_m_s: float = 0.0
    """Standard deviation of the gusts about the mean wind, each axis."""
    telemetry_error: TelemetryError = field(default_factory=TelemetryError)
    seed: int = 1
    ready_after_s: float = 8.0
    """Simulated seconds from boot until GPS and the estimator allow arming."""
    battery_start_pct: float = 100.0
    parameters: Mapping[str, float] = field(default_factory=dict)
    """Values that differ from the defaults, by parameter name."""
    links: int = 1
    """Independent wires, as the serial ports of an autopilot: each has its own message rates, and all but the first are
    quiet until they are asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleState:
    """Where the aircraft is and how it points.

    `enu_m` is measured from `CopterSettings.home` on the ground; up is the height above that ground. Pitch is positive
    nose up, roll positive right side down, azimuths clockwise from true north.
    """

    t_s: float
    """Since boot."""
    utc_s: float
    enu_m: Vec
    velocity_enu_m_s: Vec
    roll_deg: float
    pitch_deg: float
    heading_deg: float
    gimbal_pitch_deg: float
    """Of the viewing direction against the horizon; -90 looks straight down."""
    gimbal_azimuth_deg: float
    armed: bool
    landed: bool
    flown: bool
    """Whether it has left the ground since boot."""
    mode: int
    """ArduCopter's number."""
    battery_pct: float
    flight_s: float = 0.0
    """Since the first take-off was begun, 0 before it: what follows take-off is a function of this and of the seed."""
    wind: Wind | None = None
    """As the aircraft estimates it; None on the ground."""
