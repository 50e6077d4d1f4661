"""Breakpoints as places of a route, and the first point of a flight that goes on from one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from geo import LocalFrame
from missions.errors import InputError
from missions.geopoint import Altitude, GeoPoint
from missions.items import mission_items
from missions.plan import Breakpoint, Plan, Sortie
from missions.waypoint import Waypoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A breakpoint as a place of the route."""

    sortie: int
    """Index into the plan's sorties."""
    waypoint: int
    """Index of the waypoint being flown to; as many as there are where only the landing is left."""
    fraction: float
    """0..1 of the leg that ends there."""


def place_of(plan: Plan, at: Breakpoint) -> Place:
    """Return where on the route a breakpoint is; of an item that flies nowhere, the beginning of the leg after it.

    Raises:
        InputError: the plan has no such sortie or item, or the share is none.

    """
    number = next((index for index, sortie in enumerate(plan.sorties) if sortie.sortie_id == at.sortie_id), None)
    if number is None:
        known = _listed([sortie.sortie_id for sortie in plan.sorties])
        raise InputError(f"the plan has no sortie {at.sortie_id}", field="sortie", remedy=known)
    items = mission_items(plan, plan.sorties[number])
    if not 0 <= at.item_seq < len(items):
        what = f"{at.sortie_id} has no item {at.item_seq}"
        raise InputError(what, field="item", remedy=f"0 (home) to {len(items) - 1} (return to launch)")
    if not 0 <= at.fraction <= 1:
        raise InputError(f"{at.fraction:g} is no share of a leg", field="fraction", remedy="a number from 0 to 1")
    waypoints = len(plan.sorties[number].waypoints)
    ahead = next((item for item in items[at.item_seq :] if item.waypoint_index is not None), None)
    if ahead is None or ahead.waypoint_index is None:
        return Place(sortie=number, waypoint=waypoints, fraction=0.0)
    flying = ahead.seq == at.item_seq
    return Place(sortie=number, waypoint=ahead.waypoint_index, fraction=at.fraction if flying else 0.0)


def _listed(ids: Sequence[str]) -> str:
    return ids[0] if len(ids) == 1 else f"{ids[0]} to {ids[-1]}"


def joining_point(plan: Plan, sortie: Sortie, place: Place) -> Waypoint:
    """Return the exact point of a place as a waypoint: on the straight leg, with the leg's camera and look.

    It is stopped at for a moment, so that the leg is flown on from the very point; the way there is flown at the
    fastest speed that the sortie has.
    """
    to = sortie.waypoints[place.waypoint]
    frame = LocalFrame(lat_deg=plan.dock.lat_deg, lon_deg=plan.dock.lon_deg)
    before, before_m = _before(plan, sortie, place.waypoint)
    ends = frame.geodetic_to_enu([before.lat_deg, to.position.lat_deg], [before.lon_deg, to.position.lon_deg])
    point = ends[0] + place.fraction * (ends[1] - ends[0])
    lat_deg, lon_deg, _ = frame.enu_to_geodetic([point[:2]])[0]
    height_m = before_m + place.fraction * (to.altitude.metres - before_m)
    return replace(
        to,
        position=GeoPoint(lat_deg=float(lat_deg), lon_deg=float(lon_deg)),
        altitude=Altitude(metres=height_m, above=to.altitude.above),
        speed_m_s=max(waypoint.speed_m_s for waypoint in sortie.waypoints),
        hold_s=1.0,
    )


def _before(plan: Plan, sortie: Sortie, waypoint: int) -> tuple[GeoPoint, float]:
    """Return where the leg to a waypoint begins, and how high above home."""
    if waypoint == 0:
        return sortie.begin(plan.dock)
    start = sortie.waypoints[waypoint - 1]
    return start.position, start.altitude.metres
