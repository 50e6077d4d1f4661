"""Sorties as the lines a map shows: one for each run along a stretch, straight across, and back to the dock."""

from dataclasses import dataclass
from itertools import groupby

from missions.geopoint import AltitudeReference, GeoPoint
from missions.plan import Plan, Sortie
from missions.waypoint import LegKind, Waypoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A run of segments of one kind."""

    kind: LegKind
    stretch_id: str | None
    places: tuple[GeoPoint, ...]
    """From where the leg begins."""
    waypoints: tuple[Waypoint, ...]
    """Those at its second and later places; none of the way back to the dock."""
    height_m: float
    """The highest."""
    above: AltitudeReference
    speed_m_s: float


def legs_of(plan: Plan, sortie: Sortie) -> list[Leg]:
    """Return a sortie as legs from the dock to the dock; the way back keeps the last height and speed."""
    legs: list[Leg] = []
    here = plan.dock
    for (kind, stretch_id), group in groupby(sortie.waypoints, key=lambda w: (w.leg, w.stretch_id)):
        run = tuple(group)
        legs.append(_leg(kind, stretch_id, (here, *(waypoint.position for waypoint in run)), run, run))
        here = run[-1].position
    if sortie.waypoints:
        legs.append(_leg(LegKind.DEADHEAD, None, (here, plan.dock), (), sortie.waypoints[-1:]))
    return legs


def _leg(
    kind: LegKind,
    stretch_id: str | None,
    places: tuple[GeoPoint, ...],
    waypoints: tuple[Waypoint, ...],
    like: tuple[Waypoint, ...],
) -> Leg:
    return Leg(
        kind=kind,
        stretch_id=stretch_id,
        places=places,
        waypoints=waypoints,
        height_m=max(waypoint.altitude.metres for waypoint in like),
        above=like[0].altitude.above,
        speed_m_s=like[0].speed_m_s,
    )
