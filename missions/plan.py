"""Plans: what a patrol will fly, and what was promised about it."""

from dataclasses import dataclass, field
from typing import Final, Literal

from missions.failsafe import FailsafePolicy
from missions.geopoint import Altitude, GeoPoint
from missions.obstacle import Obstacle
from missions.remote_id import RemoteId
from missions.terrain.use import TerrainUse
from missions.waypoint import Waypoint
from missions.zone import Zone

WantedKind = Literal["person", "two_wheeler", "vehicle"]
LeftOutReason = Literal["no_fly", "radio_range"]
_FENCE_ROOM_M: Final = 10.0
"""Above the highest leg; ArduPilot's fence acts 2 m before its limit and climbs overshoot a little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The smallest object that a patrol has to show its detector."""

    kind: WantedKind
    smallest_px: float
    """Its longer side at the detector's input, below which it is not found."""
    input_width_px: int
    input_height_px: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Carriageway:
    """A required centreline that is seen from a flight along another."""

    road_ids: tuple[str, ...]
    centreline: tuple[GeoPoint, ...]
    width_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A required piece of road: a centreline to be flown once, in either direction."""

    stretch_id: str
    road_ids: tuple[str, ...]
    name: str
    road_class: str
    centreline: tuple[GeoPoint, ...]
    length_m: float
    """Of the centreline."""
    width_m: float = 0.0
    """Of the carriageway to be seen; 0 where only the centreline is."""
    beside: tuple[Carriageway, ...] = ()
    """Parallel carriageways that the same flight has to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A required piece of road that is not flown, and the rule that forbids it."""

    reason: LeftOutReason
    road_ids: tuple[str, ...]
    name: str
    centreline: tuple[GeoPoint, ...]
    width_m: float = 0.0


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
class InAir:
    """Where an aircraft is that flies already."""

    position: GeoPoint
    altitude: Altitude


@dataclass(frozen=True, slots=True, kw_only=True)
class Sortie:
    """One flight: take-off, waypoints, return and landing at the dock; without take-off where it begins in the air."""

    sortie_id: str
    takeoff_height_m: float
    """Above home."""
    waypoints: tuple[Waypoint, ...]
    stretch_ids: tuple[str, ...]
    estimate: Estimate
    battery_pct: float = 100.0
    """Charge at take-off that it needs no more than: less where it flies on a battery that was used before."""
    starts_s: float = 0.0
    """Its take-off by the timetable, after the patrol's beginning."""

    begins: InAir | None = None
    """Where the aircraft is at the start, above home; None where it stands at its dock."""

    def begin(self, dock: GeoPoint) -> tuple[GeoPoint, float]:
        """Return where its first leg begins, and how high above home: over the dock, or where the aircraft is."""
        if self.begins is None:
            return dock, self.takeoff_height_m
        return self.begins.position, self.begins.altitude.metres

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
    """Above home; above the ground below where the plan has terrain."""
    wind_m_s: float
    wind_from_deg: float
    reserve_pct: float
    stretches: tuple[Stretch, ...]
    sorties: tuple[Sortie, ...]
    fence: Zone
    keep_out: tuple[Zone, ...]
    rally: tuple[GeoPoint, ...]
    estimate: Estimate
    obstacles: tuple[Obstacle, ...] = ()
    """Also those that the patrol flies over; `obstacle_clearance_m` is kept above each."""
    obstacle_clearance_m: float = 0.0
    notes: tuple[str, ...] = ()
    """Warnings a reader of the plan should see."""
    terrain: TerrainUse | None = None
    """What heights above ground were worked out from; None where all heights are above home alone."""
    radio_range_m: float | None = None
    """Straight distance from the dock that no leg may leave; None where the link holds everywhere."""
    left_out: tuple[LeftOut, ...] = ()
    """Required roads that are not flown."""
    wanted: Wanted | None = None
    """What has to be seen; None where nothing is known of the detector."""
    failsafes: FailsafePolicy = field(default_factory=FailsafePolicy)
    """What is to happen when something fails in flight."""
    fence_margin_m: float = 0.0
    """From the outermost leg to the fence, as it was planned; a detour may come nearer. 0: not known."""
    remote_id: RemoteId | None = None
    """What is broadcast about aircraft and operator; None where the mission says nothing of it."""
    plan_hash: str = ""

    @property
    def ceiling_m(self) -> float:
        """Above home: what an autopilot's height fence is set to.

        Over terrain the highest waypoint counts, with room for the autopilot's own margin: the fence knows no ground.
        """
        if self.terrain is None:
            return self.altitude_cap_m
        return max(self.altitude_cap_m, self._highest_m + _FENCE_ROOM_M)

    @property
    def return_height_m(self) -> float:
        """Above home: at which an unplanned return flies, over terrain at least as high as the highest leg."""
        takeoff_m = max(sortie.takeoff_height_m for sortie in self.sorties)
        return takeoff_m if self.terrain is None else max(takeoff_m, self._highest_m)

    @property
    def _highest_m(self) -> float:
        return max(waypoint.altitude.metres for sortie in self.sorties for waypoint in sortie.waypoints)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakpoint:
    """Where a patrol stopped: the item being flown to and how much of its leg was done."""

    sortie_id: str
    item_seq: int
    fraction: float
    """0..1 of the leg that ends at the item."""
