"""Plans held against what is not in them: those of other programs whole, ours against another mission or cap."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from missions import AltitudeReference
from missions.flight_path import paths_of
from missions.formats.any_plan import read_flight_paths
from missions.hardware import load_airframe
from missions.mission_file import load_mission
from missions.plan import Plan
from missions.terrain import Terrain
from missions.zone import Zone
from missions.zones.of_mission import load_no_fly
from patrol.plan_terrain import terrain_of_flights
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
        InputError: the mission, or a zone file that it names, cannot be read.

    """
    if mission_file is None:
        return None if altitude_cap_m is None else PathLimits(altitude_cap_m=altitude_cap_m)
    loaded = load_mission(mission_file)
    mission = loaded.mission
    return PathLimits(
        altitude_cap_m=mission.flight.altitude_cap_m if altitude_cap_m is None else altitude_cap_m,
        max_speed_m_s=load_airframe(mission.aircraft.airframe).max_airspeed_m_s,
        keep_out=load_no_fly(loaded).zones,
        dock_amsl_m=mission.dock.known_amsl_m,
        clearance_m=mission.terrain.clearance_m if mission.terrain is not None else PathLimits().clearance_m,
    )


def beyond_limits(plan: Plan, limits: PathLimits | None, terrain: Terrain | None = None) -> tuple[Violation, ...]:
    """Return where a plan of ours breaks rules that it was not made for; its own are another check's.

    Over terrain the cap is above ground; without it the heights of a plan that was made over some are not tested.
    """
    if limits is None:
        return ()
    rules = {"keep_out", "altitude", "speed"}
    if plan.terrain is not None and terrain is None:
        rules.remove("altitude")
        limits = replace(limits, keep_out=tuple(_anywhere_if_above_ground(zone) for zone in limits.keep_out))
    bare = (replace(flight, zones=(), rally=()) for flight in paths_of(plan))
    found = (violation for flight in bare for violation in check_path(flight, limits, terrain).violations)
    return tuple(violation for violation in found if violation.rule in rules)


def _anywhere_if_above_ground(zone: Zone) -> Zone:
    """Return a zone as it counts for a flight over hills that are not known."""
    above_ground = zone.lower is not None and zone.lower.above is AltitudeReference.TERRAIN
    return replace(zone, lower=None) if above_ground else zone


def check_foreign(
    path: Path, limits: PathLimits | None, *, mission_file: Path | None = None, terrain_file: Path | None = None
) -> ForeignReport:
    """Read a plan of another program and check every flight of it, over the terrain named or the mission's.

    Raises:
        InputError: it, or the terrain file, cannot be read.

    """
    flights = read_flight_paths(path)
    terrain = terrain_of_flights(flights, mission_file, named=terrain_file)
    found = [check_path(flight, limits, terrain) for flight in flights]
    plural = "s" if len(flights) > 1 else ""
    items = sum(len(flight.items) for flight in flights)
    return ForeignReport(
        violations=tuple(violation for one in found for violation in one.violations),
        notes=tuple(dict.fromkeys(note for one in found for note in one.notes)),
        source=flights[0].source,
        summary=f"{flights[0].source}, {len(flights)} flight{plural}, {items} items",
    )
