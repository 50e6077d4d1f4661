"""What a fleet flew: each aircraft's report, and how well the distances were kept."""

from dataclasses import dataclass

from flight.events import FlightEvent
from flight.report import FlightReport, Outcome
from patrol.fleet.watch import NearestPass


@dataclass(frozen=True, slots=True, kw_only=True)
class AircraftReport:
    """One aircraft of a fleet."""

    vehicle_id: str
    report: FlightReport | None
    """None: nothing was flown."""
    failure: str = ""
    """Why it did not fly, or not to its end."""
    flown_before: bool = False
    """An earlier flight had come to the end of its plan."""

    @property
    def is_complete(self) -> bool:
        """Whether its whole plan was flown, or handed over to somebody on purpose."""
        if self.flown_before:
            return True
        done = {Outcome.COMPLETE, Outcome.HANDED_OVER}
        return not self.failure and self.report is not None and self.report.outcome in done


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetReport:
    """A fleet's patrol as flown."""

    mission_name: str
    plan_hash: str
    aircraft: tuple[AircraftReport, ...]
    separation_m: float
    layer_m: float
    nearest: NearestPass | None
    """None: no two were in the air at one height at any time."""
    separation_events: tuple[FlightEvent, ...]
    """Who waited or climbed for whom, and why."""

    @property
    def failures(self) -> tuple[str, ...]:
        """What went wrong, one line for each aircraft."""
        broken = (each for each in self.aircraft if not each.is_complete)
        return tuple(f"{each.vehicle_id}: {each.failure or 'it did not fly to its end'}" for each in broken)
