"""An aircraft found flying: which part of which sortie of the plan it has on board."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from flight.context import Flight
from flight.course import Rest
from flight.errors import VehicleBusy
from flight.events import EventKind
from flight.item_codec import WireItem, list_differences, wire_items
from flight.ledger import OnBoard, what_is_on_board
from flight.transfer import download
from geo import LocalFrame
from missions import Altitude, AltitudeReference, Breakpoint, GeoPoint, Plan, Sortie, Waypoint
from missions.formats.mav_commands import (
    MAV_CMD_DO_CHANGE_SPEED,
    MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW,
    MAV_CMD_DO_SET_ROI_LOCATION,
    MAV_CMD_DO_SET_ROI_NONE,
    MAV_CMD_NAV_WAYPOINT,
    MAV_MISSION_TYPE_MISSION,
)
from missions.items import mission_items

_SAME_HEIGHT_M = 0.011
_ON_LEG_M = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """What of the plan an armed vehicle has on board."""

    rest: Rest
    ours: OnBoard | None
    """What the ledger knows of it; None where somebody else stored it, or nobody knows."""


async def flown_rest(flight: Flight, earlier: OnBoard | None) -> Attached:
    """Return what of the plan an armed vehicle has on board; `earlier` is what the ledger says.

    Raises:
        VehicleBusy: it has something else.

    """
    stored = await download(flight.link, MAV_MISSION_TYPE_MISSION)
    plan = flight.plan
    ours = what_is_on_board(stored, plan, earlier)
    numbers = sorted(
        range(len(plan.sorties)), key=lambda number: ours is None or plan.sorties[number].sortie_id != ours.sortie_id
    )
    for number in numbers:
        rest = rest_on_board(plan, number, stored)
        if rest is not None:
            flight.sortie_id = plan.sorties[number].sortie_id
            flight.tell(EventKind.ATTACHED, f"already flying this plan's sortie {flight.sortie_id}: following it")
            return Attached(rest=rest, ours=ours)
    raise VehicleBusy(f"{plan.vehicle_id} is armed and has another mission of {len(stored)} items")


def rest_on_board(plan: Plan, number: int, stored: Sequence[WireItem]) -> Rest | None:
    """Return which part of a sortie a stored mission is: all of it, or a way and what follows; None: neither."""
    whole = Rest(sortie=number)
    if _is_stored(whole, plan, stored):
        return whole
    rest = _part(plan, number, stored)
    return rest if rest is not None and _is_stored(rest, plan, stored) else None


def _is_stored(rest: Rest, plan: Plan, stored: Sequence[WireItem]) -> bool:
    items = rest.items(plan)
    return len(items) == len(stored) and not list_differences(
        wire_items(items, MAV_MISSION_TYPE_MISSION), tuple(stored)
    )


def _part(plan: Plan, number: int, stored: Sequence[WireItem]) -> Rest | None:
    """Return the rest of a sortie whose last waypoints are the stored ones, if the way before them ends on its leg."""
    sortie = plan.sorties[number]
    whole = wire_items(mission_items(plan, sortie), MAV_MISSION_TYPE_MISSION)
    places = [item for item in whole[1:] if item.command == MAV_CMD_NAV_WAYPOINT]
    flown = [item for item in stored[1:] if item.command == MAV_CMD_NAV_WAYPOINT]
    same = 0
    while same < min(len(places), len(flown)) and _same_place(places[-1 - same], flown[-1 - same]):
        same += 1
    first = len(places) - same
    if not same or len(flown) == same:
        return None
    way = tuple(_way(sortie.waypoints[first], stored, len(flown) - same))
    fraction = _fraction(plan, sortie, first, way[-1].position)
    if fraction is None:
        return None
    seq = next(item.seq for item in mission_items(plan, sortie) if item.waypoint_index == first)
    start = Breakpoint(sortie_id=sortie.sortie_id, item_seq=seq, fraction=fraction)
    return Rest(sortie=number, first_waypoint=first, way=way, start=start)


def _same_place(one: WireItem, other: WireItem) -> bool:
    return (one.x, one.y) == (other.x, other.y) and abs(one.z - other.z) <= _SAME_HEIGHT_M


def _way(joins: Waypoint, stored: Sequence[WireItem], count: int) -> Iterator[Waypoint]:
    """Yield the first stored waypoints as they are flown: with the speed and gimbal commanded before them."""
    speed_m_s, pitch_deg, on_place = joins.speed_m_s, joins.gimbal_pitch_deg, False
    for item in stored[1:]:
        if item.command == MAV_CMD_DO_CHANGE_SPEED:
            speed_m_s = item.params[1]
        elif item.command == MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW:
            pitch_deg = item.params[0]
        elif item.command in {MAV_CMD_DO_SET_ROI_LOCATION, MAV_CMD_DO_SET_ROI_NONE}:
            on_place = item.command == MAV_CMD_DO_SET_ROI_LOCATION
        elif item.command == MAV_CMD_NAV_WAYPOINT:
            yield replace(
                joins,
                position=GeoPoint(lat_deg=item.x / 1e7, lon_deg=item.y / 1e7),
                altitude=Altitude(metres=item.z, above=AltitudeReference.HOME),
                speed_m_s=speed_m_s,
                gimbal_pitch_deg=pitch_deg,
                look_at=joins.look_at if on_place else None,
                hold_s=item.params[0],
            )
            count -= 1
            if not count:
                return


def _fraction(plan: Plan, sortie: Sortie, waypoint: int, point: GeoPoint) -> float | None:
    """Return the share of the leg to a waypoint at which a point lies; None: not on it."""
    frame = LocalFrame(lat_deg=plan.dock.lat_deg, lon_deg=plan.dock.lon_deg)
    before = sortie.waypoints[waypoint - 1].position if waypoint else plan.dock
    ends = [before, sortie.waypoints[waypoint].position, point]
    start, end, at = frame.geodetic_to_enu([p.lat_deg for p in ends], [p.lon_deg for p in ends])[:, :2]
    length_m = float(np.linalg.norm(end - start))
    share = float((at - start) @ (end - start)) / max(length_m, 1e-6) ** 2
    away_m = float(np.linalg.norm(at - start - min(1.0, max(0.0, share)) * (end - start)))
    return min(1.0, max(0.0, share)) if away_m <= _ON_LEG_M else None
