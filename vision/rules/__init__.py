"""Incident rules, one module each. A new rule: a module here, a line in `RULES`, a kind in missions/incident.py."""

from collections.abc import Callable
from typing import Final

from missions.incident import IncidentKind
from missions.mission import Watch
from missions.roads import RoadNetwork
from vision.place_judge import judge_for
from vision.rules.corridor import Corridor
from vision.rules.scene import Finding, LookWish, Rule, Scene, Sighting
from vision.rules.smoke_fire import KINDS, SmokeFireRule
from vision.rules.smoke_fire_settings import settings_for
from vision.rules.stopped_vehicle import StoppedVehicleRule
from vision.second_look import load_second_look

__all__ = ["Finding", "LookWish", "Rule", "Scene", "Sighting", "rules_for"]


def _smoke_fire(watch: Watch, network: RoadNetwork | None) -> Rule | None:
    plumes = tuple(kind for kind in KINDS.values() if kind in watch.incidents)
    corridor = Corridor(network, watch.corridor_m) if network is not None else None
    if not plumes:
        return None
    settings = settings_for(watch.detector)
    return SmokeFireRule(
        plumes,
        settings=settings,
        corridor=corridor,
        second_look=load_second_look(),
        place_judge=judge_for(watch.detector),
    )


def _stopped_vehicle(watch: Watch, network: RoadNetwork | None) -> Rule | None:
    if IncidentKind.STOPPED_VEHICLE not in watch.incidents or network is None:
        return None
    return StoppedVehicleRule(network, stopped_after_s=watch.stopped_after_s)


RULES: Final[tuple[Callable[[Watch, RoadNetwork | None], Rule | None], ...]] = (_smoke_fire, _stopped_vehicle)
"""Each makes its rule from what a mission asks for, or None where it is not asked for or lacks what it needs."""


def rules_for(watch: Watch, network: RoadNetwork | None) -> tuple[Rule, ...]:
    """Return the rules a mission asks for; those about roads need a network."""
    made = (make(watch, network) for make in RULES)
    return tuple(rule for rule in made if rule is not None)
