"""What was flown, beside what was planned."""

from dataclasses import dataclass
from enum import StrEnum

from flight.events import FlightEvent
from flight.exchange import LinkQuality
from flight.legs import LegRecord
from missions import Breakpoint, Estimate


class Outcome(StrEnum):
    """How a patrol ended."""

    COMPLETE = "complete"
    CUT_SHORT = "cut_short"
    HANDED_OVER = "handed_over"


@dataclass(frozen=True, slots=True, kw_only=True)
class SortieReport:
    """One flight. Times are the vehicle's, from arming to disarming."""

    sortie_id: str
    outcome: Outcome
    item_count: int
    planned: Estimate
    flown_distance_m: float
    """Along the reported positions, climb and descent included, as in the plan's estimate."""
    flown_time_s: float
    energy_wh: float | None
    """As the vehicle counts it; None where it does not."""
    battery_start_pct: float | None
    battery_end_pct: float | None
    height_max_m: float
    """Above home."""
    speed_max_m_s: float
    cross_track_max_m: float | None
    cross_track_mean_m: float | None
    legs: tuple[LegRecord, ...]
    landed_from_dock_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightReport:
    """A whole patrol as flown."""

    mission_name: str
    plan_hash: str
    vehicle_id: str
    system_id: int
    firmware: str
    link_url: str
    began_utc_s: float
    ended_utc_s: float
    outcome: Outcome
    planned: Estimate
    flown_distance_m: float
    flown_time_s: float
    height_max_m: float
    cross_track_max_m: float | None
    cross_track_mean_m: float | None
    """Of all telemetry on legs."""
    sorties: tuple[SortieReport, ...]
    link: LinkQuality
    events: tuple[FlightEvent, ...]
    breakpoint: Breakpoint | None = None
    """Where a later flight can go on, if this one did not finish."""
    breakpoint_waypoint: int | None = None
    """That place as an index into the sortie's waypoints."""


def mean_cross_track_m(legs: tuple[LegRecord, ...]) -> float | None:
    """Return the mean over all samples of all legs; None without any."""
    samples = sum(leg.samples for leg in legs)
    total = sum((leg.cross_track_mean_m or 0.0) * leg.samples for leg in legs)
    return total / samples if samples else None


def max_cross_track_m(legs: tuple[LegRecord, ...]) -> float | None:
    """Return the largest over all legs; None without any sample."""
    return max((leg.cross_track_max_m for leg in legs if leg.cross_track_max_m is not None), default=None)
