"""What was flown, beside what was planned."""

from dataclasses import dataclass
from enum import StrEnum

from flight.events import Check, EventKind, FlightEvent
from flight.exchange import LinkQuality
from flight.legs import LegRecord
from missions import Breakpoint, Estimate, FailsafePolicy, Plan
from missions.place import place_of


class Outcome(StrEnum):
    """How a patrol ended."""

    COMPLETE = "complete"
    CUT_SHORT = "cut_short"
    HANDED_OVER = "handed_over"
    LOST = "lost"
    """Never heard again; where the aircraft is, nobody here knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightSample:
    """How battery, link and wind were at an instant."""

    at_utc_s: float
    battery_pct: float | None
    battery_v: float | None
    link_loss_pct: float
    """Of the last seconds, where the link counts by time; else since it was opened."""
    latency_ms: float | None
    wind_m_s: float | None
    wind_from_deg: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A span without a word of the vehicle."""

    from_utc_s: float
    to_utc_s: float | None
    """None: it was not heard again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookRecord:
    """A look aside that was flown, or begun."""

    incident_id: str
    began_utc_s: float
    ended_utc_s: float
    done: bool
    """Whether the place was looked at for as long as asked."""
    distance_m: float


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
    ended_by: str = ""
    """Why it ended where it did, in the operator's words; empty where it flew to its end."""
    started_at: Breakpoint | None = None
    """Where it went on; None: it was flown from its beginning."""
    samples: tuple[FlightSample, ...] = ()
    silences: tuple[Silence, ...] = ()
    looks: tuple[LookRecord, ...] = ()
    left_out: tuple[int, ...] = ()
    """Waypoints that were skipped by an order, by their index."""


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
    ended_by: str = ""
    """Why it ended before its end, in the operator's words."""
    failsafes: FailsafePolicy | None = None
    """What the plan wants to happen when something fails."""

    @property
    def checks(self) -> tuple[Check, ...]:
        """The last preflight table."""
        tables = [event.checks for event in self.events if event.kind is EventKind.PREFLIGHT]
        return tables[-1] if tables else ()


def mean_cross_track_m(legs: tuple[LegRecord, ...]) -> float | None:
    """Return the mean over all samples of all legs; None without any."""
    samples = sum(leg.samples for leg in legs)
    total = sum((leg.cross_track_mean_m or 0.0) * leg.samples for leg in legs)
    return total / samples if samples else None


def max_cross_track_m(legs: tuple[LegRecord, ...]) -> float | None:
    """Return the largest over all legs; None without any sample."""
    return max((leg.cross_track_max_m for leg in legs if leg.cross_track_max_m is not None), default=None)


def flight_report(
    plan: Plan,
    sorties: tuple[SortieReport, ...],
    *,
    firmware: str,
    system_id: int,
    link_url: str,
    link: LinkQuality,
    began_utc_s: float,
    ended_utc_s: float,
    events: tuple[FlightEvent, ...],
    at: Breakpoint | None,
    ended_by: str = "",
) -> FlightReport:
    """Return the patrol as flown; `at` is how far its last sortie was, `ended_by` what broke it off otherwise.

    A sortie that was flown in several parts is as complete as its last.
    """
    legs = tuple(leg for sortie in sorties for leg in sortie.legs)
    last = {sortie.sortie_id: sortie for sortie in sorties}
    unfinished = next((sortie for sortie in last.values() if sortie.outcome is not Outcome.COMPLETE), None)
    outcome = unfinished.outcome if unfinished is not None else Outcome.COMPLETE
    if outcome is Outcome.COMPLETE and ended_by:
        outcome = Outcome.CUT_SHORT
    stopped = at if outcome is not Outcome.COMPLETE else None
    place = place_of(plan, stopped) if stopped is not None else None
    waypoints = len(plan.sorties[place.sortie].waypoints) if place is not None else 0
    return FlightReport(
        mission_name=plan.mission_name,
        plan_hash=plan.plan_hash,
        vehicle_id=plan.vehicle_id,
        system_id=system_id,
        firmware=firmware,
        link_url=link_url,
        began_utc_s=began_utc_s,
        ended_utc_s=ended_utc_s,
        outcome=outcome,
        planned=plan.estimate,
        flown_distance_m=sum(sortie.flown_distance_m for sortie in sorties),
        flown_time_s=sum(sortie.flown_time_s for sortie in sorties),
        height_max_m=max((sortie.height_max_m for sortie in sorties), default=0.0),
        cross_track_max_m=max_cross_track_m(legs),
        cross_track_mean_m=mean_cross_track_m(legs),
        sorties=sorties,
        link=link,
        events=events,
        breakpoint=stopped,
        breakpoint_waypoint=place.waypoint if place is not None and place.waypoint < waypoints else None,
        ended_by=ended_by or (unfinished.ended_by if unfinished is not None else ""),
        failsafes=plan.failsafes,
    )
