"""What a simulated world is made of; written as JSON for the process that runs it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from missions.geopoint import GeoPoint
from missions.mission import Wind
from missions.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldSpec:
    """One world: a city, an aircraft over it, and where both speak."""

    roads: Path
    """GeoJSON, OSM or Overpass."""
    roads_datum: Literal["wgs84", "gcj02"] = "wgs84"
    dock: GeoPoint
    dock_amsl_m: float = 0.0
    heading_deg: float = 0.0
    airframe: str = "quad-5kg"
    camera: str = "wide-720p"
    system_id: int = 1
    wind_m_s: float = 0.0
    wind_from_deg: float = 0.0
    scenario: Scenario
    link: str = ""
    """`udpout:HOST:PORT`: the embedded autopilot sends to the ground station there."""
    video_url: str
    """The reader's URL: `udp://HOST:PORT?credits=HOST:PORT`, or `file:PATH` for a recording."""
    truth_path: Path | None = None
    """Where the list of `missions.Truth` is kept as JSON; figures about the run stand in `world-stats.json` beside."""
    autopilot: Literal["embedded", "ardupilot"] = "embedded"
    ardupilot_link: str = ""
    """`udpin:HOST:PORT`, where a second serial port of a running arducopter arrives."""
    max_speedup: float = 10.0
    """Simulated seconds per wall second at most; a slow reader makes it less."""
    reach_m: float = 1500.0
    """Roads farther from the dock than this are left out of the city."""
    parameters: dict[str, float] = field(default_factory=dict)
    """Of the embedded autopilot, where they differ from its defaults."""

    @property
    def wind(self) -> Wind:
        """As the city takes it."""
        return Wind(speed_m_s=self.wind_m_s, from_deg=self.wind_from_deg % 360.0)
