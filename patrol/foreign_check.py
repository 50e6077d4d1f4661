"""Plans held against what is not in them: those of other programs whole, ours against another mission or cap."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from missions.flight_path import paths_of
from missions.formats.any_plan import read_flight_paths
from missions.hardware import load_airframe
from missions.mission_file import load_mission
from missions.plan import Plan
from missions.terrain import Terrain
from missions.zone import Zone, ZoneRule
from planner.check import check_plan
from planner.check_path import check_path
from planner.path_case import PathLimits
from planner.violation import Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignReport:
    """What was found in a file of another program."""

    violations: tuple[Violation, ...]
    notes: tuple[str, ...]
    """What of it could not be read or judged."""
    source: str
    """The format."""
    summary: str
    """What was checked, for people."""

    def as_json(self, path: Path) -> dict[str, Any]:
        """Return what `check --json` prints."""
        return {"plan": str(path), "format": self.source, "violations": self.violations, "notes": self.notes}


def limits_of(mission_file: Path | None, altitude_cap_m: float | None) -> PathLimits | None:
    """Return the rules that are asked for on the command line, None where none are.

    Raises:
        InputError: the mission cannot be read.

    """
    if mission_file is None:
        return None if altitude_cap_m is None else PathLimits(altitude_cap_m=altitude_cap_m)
    mission = load_mission(mission_file).mission
    return PathLimits(
        altitude_cap_m=mission.flight.altitude_cap_m if altitude_cap_m is None else altitude_cap_m,
        max_speed_m_s=load_airframe(mission.aircraft.airframe).max_airspeed_m_s,
        keep_out=tuple(
            Zone(zone_id=zone.id, rule=ZoneRule.KEEP_OUT, corners=tuple(corner.point for corner in zone.corners))
            for zone in mission.no_fly
        ),
    )


def beyond_limits(plan: Plan, limits: PathLimits | None, terrain: Terrain | None = None) -> tuple[Violation, ...]:
    """Return where a plan of ours breaks rules that it was not made for; its own are another check's.

    Over terrain the cap is above ground; without it the heights of a plan that was made over some are not tested.
    """
    if limits is None:
        return ()
    bare = (replace(flight, zones=(), rally=()) for flight in paths_of(plan))
    found = [violation for flight in bare for violation in check_path(flight, limits).violations]
    if plan.terrain is None and terrain is None:
        return tuple(violation for violation in found if violation.rule in {"keep_out", "altitude", "speed"})
    capped = check_plan(replace(plan, altitude_cap_m=limits.altitude_cap_m), terrain)
    return tuple(
        [violation for violation in found if violation.rule in {"keep_out", "speed"}]
        + [violation for violation in capped if violation.rule == "altitude"]
    )


def check_foreign(path: Path, limits: PathLimits | None) -> ForeignReport:
    """Read a plan of another program and check every flight of it.

    Raises:
        InputError: it cannot be read.

    """
    flights = read_flight_paths(path)
    found = [check_path(flight, limits) for flight in flights]
    plural = "s" if len(flights) > 1 else ""
    items = sum(len(flight.items) for flight in flights)
    return ForeignReport(
        violations=tuple(violation for one in found for violation in one.violations),
        notes=tuple(dict.fromkeys(note for one in found for note in one.notes)),
        source=flights[0].source,
        summary=f"{flights[0].source}, {len(flights)} flight{plural}, {items} items",
    )
