"""A plan of any program checked: ours against everything it promises, others against what their file can tell."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from missions.flight_path import paths_of
from missions.formats.any_plan import PlanFormat, plan_format, read_flight_paths, read_plan_bytes
from missions.formats.plan_file import load_plan
from missions.hardware import load_airframe
from missions.mission_file import load_mission
from missions.zone import Zone, ZoneRule
from planner.check import Violation, check_plan
from planner.check_path import check_path
from planner.path_case import PathLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReport:
    """What was found in a plan's file."""

    violations: tuple[Violation, ...]
    notes: tuple[str, ...]
    summary: str
    """What was checked, for people."""
    source: str
    """The format."""
    plan_hash: str | None = None

    def as_json(self, path: Path) -> dict[str, Any]:
        """Return what `check --json` prints."""
        return {
            "plan": str(path),
            "format": self.source,
            "plan_hash": self.plan_hash,
            "violations": self.violations,
            "notes": self.notes,
        }


def check_any_plan(path: Path, *, mission: Path | None, altitude_cap_m: float | None) -> PlanReport:
    """Read a plan, check it, and hold it against a mission's rules and a cap where they are given.

    Raises:
        InputError: the plan or the mission cannot be read.

    """
    own = plan_format(read_plan_bytes(path), file=path) is PlanFormat.OWN
    limits = _limits(mission, altitude_cap_m)
    if own:
        return _report_of_ours(path, None if mission is None and altitude_cap_m is None else limits)
    return _report_of_another(path, limits)


def _limits(mission_file: Path | None, altitude_cap_m: float | None) -> PathLimits:
    if mission_file is None:
        return PathLimits() if altitude_cap_m is None else PathLimits(altitude_cap_m=altitude_cap_m)
    mission = load_mission(mission_file).mission
    return PathLimits(
        altitude_cap_m=mission.flight.altitude_cap_m if altitude_cap_m is None else altitude_cap_m,
        max_speed_m_s=load_airframe(mission.aircraft.airframe).max_airspeed_m_s,
        keep_out=tuple(
            Zone(zone_id=zone.id, rule=ZoneRule.KEEP_OUT, corners=tuple(corner.point for corner in zone.corners))
            for zone in mission.no_fly
        ),
    )


def _report_of_ours(path: Path, limits: PathLimits | None) -> PlanReport:
    """Check a plan of ours; its own zones and capacity are not counted again where other limits are given."""
    plan = load_plan(path)
    violations = check_plan(plan)
    if limits is not None:
        bare = (replace(flight, zones=(), rally=()) for flight in paths_of(plan))
        found = (violation for flight in bare for violation in check_path(flight, limits).violations)
        violations += tuple(violation for violation in found if violation.rule in {"keep_out", "altitude", "speed"})
    plural = "s" if len(plan.sorties) > 1 else ""
    legs = sum(len(sortie.waypoints) + 1 for sortie in plan.sorties)
    return PlanReport(
        violations=violations,
        notes=(),
        summary=f"{len(plan.sorties)} sortie{plural}, {legs} legs",
        source=PlanFormat.OWN,
        plan_hash=plan.plan_hash,
    )


def _report_of_another(path: Path, limits: PathLimits) -> PlanReport:
    flights = read_flight_paths(path)
    found = [check_path(flight, limits) for flight in flights]
    plural = "s" if len(flights) > 1 else ""
    items = sum(len(flight.items) for flight in flights)
    return PlanReport(
        violations=tuple(violation for one in found for violation in one.violations),
        notes=tuple(dict.fromkeys(note for one in found for note in one.notes)),
        summary=f"{flights[0].source}, {len(flights)} flight{plural}, {items} items",
        source=flights[0].source,
    )
