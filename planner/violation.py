"""One broken rule of a plan."""

from dataclasses import dataclass

from missions import GeoPoint, Sortie


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One broken rule: which, where, by how much."""

    rule: str
    text: str
    """One line for a person."""
    vehicle_id: str | None = None
    """Which aircraft of a fleet; None in the plan of one."""
    sortie_id: str | None = None
    waypoint_index: int | None = None
    """The waypoint at which the offending leg ends; None for the return and for what is no leg."""
    place: GeoPoint | None = None
    size: float = 0.0
    unit: str = ""
    item_seq: int | None = None
    """The mission item that breaks it, in a plan of another program."""


def at_waypoint(
    sortie: Sortie,
    index: int,
    rule: str,
    text: str,
    *,
    size: float = 0.0,
    unit: str = "",
    place: GeoPoint | None = None,
) -> Violation:
    """Return a violation at a waypoint; past the last one it is the return; without a place, it is the waypoint's."""
    back = index >= len(sortie.waypoints)
    return Violation(
        rule=rule,
        text=f"{'return' if back else f'waypoint {index + 1}'}: {text}",
        sortie_id=sortie.sortie_id,
        waypoint_index=None if back else index,
        place=place or sortie.waypoints[-1 if back else index].position,
        size=size,
        unit=unit,
    )
