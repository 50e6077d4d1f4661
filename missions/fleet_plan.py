"""What a fleet flies: a `Plan` for each aircraft, under one timetable."""

from dataclasses import dataclass
from typing import Literal

from missions.geopoint import GeoPoint
from missions.plan import Estimate, Plan, Sortie, Stretch


@dataclass(frozen=True, slots=True, kw_only=True)
class DockSite:
    """A place where aircraft start and land."""

    dock_id: str
    position: GeoPoint
    amsl_m: float
    swap_s: float
    """From a landing of an aircraft to its next take-off: battery swap or charge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisitRule:
    """Stretches to be seen again and again, the gaps never longer than the interval, from begin to end of the day."""

    stretch_ids: tuple[str, ...]
    every_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolDay:
    """The day of a timetable; the patrol begins with it."""

    begin: str
    """On the clock of the place, HH:MM."""
    length_s: float
    revisits: tuple[RevisitRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlan:
    """A checked patrol of several aircraft, or of one all day. `plan_hash` is over everything else."""

    mission_name: str
    mission_hash: str
    """Of the mission file this was planned from."""
    goal: Literal["flight_time", "makespan", "energy", "sorties"]
    plans: tuple[Plan, ...]
    """One for each aircraft that flies, its sorties in the order of the timetable, each plan with its own hash."""
    docks: tuple[DockSite, ...]
    dock_ids: tuple[str, ...]
    """The dock of each plan."""
    stretches: tuple[Stretch, ...]
    """All that is required; a plan holds those that its aircraft flies."""
    separation_m: float
    """Two aircraft in the air are never nearer than this over the ground ..."""
    layer_m: float
    """... unless one is so much higher than the other (both above mean sea level)."""
    makespan_s: float
    """The last landing, after the patrol's beginning."""
    estimate: Estimate
    """Sums over all sorties; the largest share of a battery."""
    day: PatrolDay | None = None
    notes: tuple[str, ...] = ()
    """Warnings a reader of the plan should see."""
    plan_hash: str = ""

    @property
    def sorties(self) -> tuple[tuple[Plan, Sortie], ...]:
        """All flights in the order of take-off, each with the plan of its aircraft."""
        flights = [(plan, sortie) for plan in self.plans for sortie in plan.sorties]
        return tuple(sorted(flights, key=lambda flight: (flight[1].starts_s, flight[0].vehicle_id)))

    def dock_of(self, plan: Plan) -> DockSite:
        """Return the dock of one of the plans."""
        number = next(index for index, one in enumerate(self.plans) if one.vehicle_id == plan.vehicle_id)
        return next(dock for dock in self.docks if dock.dock_id == self.dock_ids[number])


def plans_of(plan: Plan | FleetPlan) -> tuple[Plan, ...]:
    """Return the plan of each aircraft."""
    return plan.plans if isinstance(plan, FleetPlan) else (plan,)
