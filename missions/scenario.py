"""A scripted world for the simulator, and the truth it later reports."""

from dataclasses import dataclass

from missions.geopoint import GeoPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetryError:
    """How far the reported pose is from the true one; drawn once per run from the seed, plus slow drift."""

    position_m: float = 1.5
    yaw_deg: float = 2.0
    gimbal_deg: float = 0.5
    wind_m_s: float = 1.0
    """Of the wind that the aircraft estimates from its own lean."""
    wind_deg: float = 12.0
    lag_s: float = 0.2
    """The reported pose belongs to an instant this much earlier than its time stamp says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedIncident:
    """Something that will happen."""

    incident_id: str
    kind: str
    """`smoke` (an e-bike begins to smoke), `fire`, `stopped_vehicle`."""
    start_s: float
    """After take-off, patrol time."""
    position: GeoPoint
    duration_s: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A world: what moves, what happens, what the sensors get wrong."""

    seed: int
    incidents: tuple[ScriptedIncident, ...] = ()
    vehicles_per_km: float = 12.0
    two_wheelers_per_km: float = 8.0
    people_per_km: float = 10.0
    telemetry_error: TelemetryError = TelemetryError()
    start_utc_s: float = 1_780_000_000.0
    """The vehicle's clock at boot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What really happened to one scripted incident, written by the world."""

    incident_id: str
    kind: str
    position: GeoPoint
    began_utc_s: float
    """Scripted start on the vehicle's clock."""
    first_visible_utc_s: float | None = None
    """First picture in which the thing is at least 12 px in its longer side and at least half in the picture."""

    @property
    def onset_utc_s(self) -> float | None:
        """Later of start and first visibility; None if it was never visible."""
        return None if self.first_visible_utc_s is None else max(self.began_utc_s, self.first_visible_utc_s)
