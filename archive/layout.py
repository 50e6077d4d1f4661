"""Where things lie in the folder of one patrol."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths of one patrol's folder."""

    folder: Path

    @property
    def database(self) -> Path:
        """SQLite: the journal and the tables derived from it."""
        return self.folder / "patrol.sqlite"

    @property
    def mission(self) -> Path:
        """The mission file as it was read."""
        return self.folder / "mission.yaml"

    @property
    def roads(self) -> Path:
        """All roads of the area, GeoJSON."""
        return self.folder / "roads.geojson"

    @property
    def plan(self) -> Path:
        """The plan that was flown."""
        return self.folder / "plan.json"

    @property
    def tlog(self) -> Path:
        """Every MAVLink frame, both ways."""
        return self.folder / "flight.tlog"

    @property
    def feed_tlog(self) -> Path:
        """The same of the second link that poses come from, where there is one."""
        return self.folder / "telemetry.tlog"

    @property
    def report(self) -> Path:
        """Planned against flown."""
        return self.folder / "report.json"

    @property
    def truth(self) -> Path:
        """What really happened, in simulation."""
        return self.folder / "truth.json"

    @property
    def footage(self) -> Path:
        """The whole footage, faststart mp4; there once the patrol is closed."""
        return self.folder / "footage.mp4"

    def footage_part(self, number: int) -> Path:
        """One unbroken recording, fragmented mp4, playable while it grows."""
        return self.folder / f"footage-{number:03d}.mp4"

    def thumbnail(self, incident_id: str) -> Path:
        """The picture that opened an incident."""
        return self.folder / "thumbnails" / f"{incident_id}.jpg"
