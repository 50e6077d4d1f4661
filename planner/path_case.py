"""A flight of any program being looked at: what it is held against, and how what it breaks is said."""

from dataclasses import dataclass

from missions import GeoPoint, Zone
from missions.flight_path import FlightPath
from missions.formats.stored_item import StoredItem
from planner.ground import Ground
from planner.path_track import Track
from planner.violation import Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class PathLimits:
    """What a flight is held against beyond its own fence."""

    altitude_cap_m: float = 120.0
    """Above home, and above the ground where heights are."""
    lowest_m: float = 2.0
    """A waypoint lower than this is a mistake."""
    max_speed_m_s: float | None = None
    """Of the airframe, where one is known."""
    keep_out: tuple[Zone, ...] = ()
    dock_amsl_m: float | None = None
    """Ground above mean sea level where the flight starts, if known."""
    clearance_m: float = 2.0
    """Over terrain, where it is known: the least height of a way above the ground."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PathCase:
    """A flight being looked at."""

    path: FlightPath
    limits: PathLimits
    track: Track
    ground: Ground | None = None
    """Where the terrain is known, and home."""

    @property
    def home_amsl_m(self) -> float | None:
        """How high home lies above the sea: as the file says, else as the terrain does."""
        if self.path.home_amsl_m is not None or self.ground is None:
            return self.path.home_amsl_m
        return self.ground.dock_amsl_m

    def broken(
        self,
        rule: str,
        text: str,
        *,
        item: StoredItem | None = None,
        place: GeoPoint | None = None,
        size: float = 0.0,
        unit: str = "",
    ) -> Violation:
        """Return a violation of this flight, at an item where there is one."""
        if item is not None:
            text, place = f"item {item.seq}: {text}", place or item.position
        return Violation(
            rule=rule,
            text=text,
            sortie_id=self.path.name,
            item_seq=item.seq if item else None,
            place=place,
            size=size,
            unit=unit,
        )
