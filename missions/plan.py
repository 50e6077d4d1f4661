"""Plans: what a patrol will fly, and what was promised about it."""

from dataclasses import dataclass

from missions.geopoint import GeoPoint
from missions.waypoint import Waypoint
from missions.zone import Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A required piece of road: a centreline to be flown once, in either direction."""

    stretch_id: str
    road_ids: tuple[str, ...]
    name: str
    road_class: str
    centreline: tuple[GeoPoint, ...]
    length_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a sortie or a patrol is expected to take."""

    distance_m: float
    service_m: float
    """Part of the distance flown along required stretches."""
    time_s: float
    energy_wh: float
    energy_share_pct: float
    """Of one battery's usable energy; of a patrol, the largest of its sorties."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sortie:
    """One flight: take-off, waypoints, return and landing at the dock."""

    sortie_id: str
    takeoff_height_m: float
    """Above home."""
    waypoints: tuple[Waypoint, ...]
    stretch_ids: tuple[str, ...]
    estimate: Estimate
    starts_s: float = 0.0
    """Its take-off by the timetable, after the patrol's beginning."""

    @property
    def lands_s(self) -> float:
        """Its landing by the timetable, after the patrol's beginning."""
        return self.starts_s + self.estimate.time_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A checked patrol. Heights are above home, the dock's ground. `plan_hash` is over everything else."""

    mission_name: str
    mission_hash: str
    """Of the mission file this was planned from."""
    vehicle_id: str
    system_id: int
    """MAVLink system id of that vehicle."""
    airframe: str
    camera: str
    dock: GeoPoint
    dock_amsl_m: float
    altitude_cap_m: float
    """Above home."""
    wind_m_s: float
    wind_from_deg: float
    reserve_pct: float
    stretches: tuple[Stretch, ...]
    sorties: tuple[Sortie, ...]
    fence: Zone
    keep_out: tuple[Zone, ...]
    rally: tuple[GeoPoint, ...]
    estimate: Estimate
    notes: tuple[str, ...] = ()
    """Warnings a reader of the plan should see."""
    plan_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakpoint:
    """Where a patrol stopped: the item being flown to and how much of its leg was done."""

    sortie_id: str
    item_seq: int
    fraction: float
    """0..1 of the leg that ends at the item."""
