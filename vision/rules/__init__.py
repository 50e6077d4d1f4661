"""Incident rules, one module each. A new rule: a module here, a line in `rules_for`, a kind in missions/incident.py."""

from missions.incident import IncidentKind
from missions.mission import Watch
from missions.roads import RoadNetwork
from vision.rules.scene import Finding, LookWish, Rule, Scene, Sighting
from vision.rules.smoke_fire import SmokeFireRule
from vision.rules.stopped_vehicle import StoppedVehicleRule

__all__ = ["Finding", "LookWish", "Rule", "Scene", "Sighting", "rules_for"]


def rules_for(watch: Watch, network: RoadNetwork | None) -> tuple[Rule, ...]:
    """Return the rules a mission asks for; those about roads need a network."""
    rules: list[Rule] = []
    plumes = tuple(k for k in (IncidentKind.SMOKE, IncidentKind.FIRE) if k in watch.incidents)
    if plumes:
        rules.append(SmokeFireRule(plumes))
    if IncidentKind.STOPPED_VEHICLE in watch.incidents and network is not None:
        rules.append(StoppedVehicleRule(network, stopped_after_s=watch.stopped_after_s))
    return tuple(rules)
