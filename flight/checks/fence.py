"""Whether the fence is on, and everything that will be flown lies within it."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from flight.checks.facts import Facts, Finding, bad, good
from flight.item_codec import WireItem
from flight.parameter_names import FENCE_HEIGHT_M
from missions import FailsafeAction, GeoPoint
from missions.formats.mav_commands import MAV_CMD_NAV_TAKEOFF, MAV_CMD_NAV_WAYPOINT
from missions.zone import Zone

_FENCE_BIT: Final = 0x100000  # MAV_SYS_STATUS_GEOFENCE
_ABOVE_HOME: Final = frozenset({3, 6})  # MAV_FRAME_GLOBAL_RELATIVE_ALT, ..._INT
_AMSL: Final = frozenset({0, 5})  # MAV_FRAME_GLOBAL, ..._INT


def contains(zone: Zone, point: GeoPoint) -> bool:
    """Whether a place is inside a polygon (even-odd rule in its own degrees)."""
    inside = False
    for first, second in _edges(zone):
        if (first.lat_deg > point.lat_deg) != (second.lat_deg > point.lat_deg):
            share = (point.lat_deg - first.lat_deg) / (second.lat_deg - first.lat_deg)
            if point.lon_deg < first.lon_deg + share * (second.lon_deg - first.lon_deg):
                inside = not inside
    return inside


def crosses(zone: Zone, begin: GeoPoint, end: GeoPoint) -> bool:
    """Whether a straight leg goes through a polygon's edge (in its own degrees)."""
    return any(
        _side(begin, end, first) * _side(begin, end, second) < 0
        and _side(first, second, begin) * _side(first, second, end) < 0
        for first, second in _edges(zone)
    )


def _edges(zone: Zone) -> Iterator[tuple[GeoPoint, GeoPoint]]:
    return zip(zone.corners, zone.corners[1:] + zone.corners[:1], strict=True)


def _side(begin: GeoPoint, end: GeoPoint, point: GeoPoint) -> float:
    return (end.lon_deg - begin.lon_deg) * (point.lat_deg - begin.lat_deg) - (end.lat_deg - begin.lat_deg) * (
        point.lon_deg - begin.lon_deg
    )


def fence(facts: Facts) -> Finding:
    """Whether home, the vehicle and each stored leg are inside the fence, below its ceiling and out of every zone."""
    plan, telemetry = facts.flight.plan, facts.flight.state.telemetry
    home = facts.home
    if home is None or not contains(plan.fence, home):
        return bad("home is outside the fence")
    if telemetry is not None and not contains(plan.fence, telemetry.position):
        return bad("the vehicle is outside the fence")
    problem = _outside(facts, home)
    if problem is not None:
        return bad(problem)
    corners = len(plan.fence.corners) + sum(len(zone.corners) for zone in plan.keep_out)
    return good(f"{corners} corners read back; home and {len(facts.stored)} items inside")


def _outside(facts: Facts, home: GeoPoint) -> str | None:
    """Return the first stored item that leaves the fence; None where none does."""
    plan = facts.flight.plan
    ceiling_m = facts.flight.parameters.value_si(FENCE_HEIGHT_M) or plan.ceiling_m
    flown = [item for item in facts.stored if item.seq > 0 and _is_flown_to(item)]
    for item in flown:
        height_m = _above_home_m(item, plan.dock_amsl_m)
        if height_m is not None and height_m >= ceiling_m:
            return f"item {item.seq} is {height_m:.0f} m above home, the fence ends at {ceiling_m:g} m"
        if _is_placed(item) and not contains(plan.fence, _place(item)):
            return f"item {item.seq} is outside the fence"
    route = [(0, home), *((item.seq, _place(item)) for item in flown if _is_placed(item))]
    for (_, begin), (seq, end) in pairwise(route):
        if crosses(plan.fence, begin, end):
            return f"the leg to item {seq} leaves the fence"
        for zone in plan.keep_out:
            if crosses(zone, begin, end) or contains(zone, end):
                return f"the leg to item {seq} goes through no-fly zone {zone.zone_id}"
    return None


def _is_flown_to(item: WireItem) -> bool:
    return item.command in {MAV_CMD_NAV_WAYPOINT, MAV_CMD_NAV_TAKEOFF}


def _is_placed(item: WireItem) -> bool:
    return item.command == MAV_CMD_NAV_WAYPOINT and (item.x != 0 or item.y != 0)


def _place(item: WireItem) -> GeoPoint:
    return GeoPoint(lat_deg=item.x / 1e7, lon_deg=item.y / 1e7)


def _above_home_m(item: WireItem, home_amsl_m: float) -> float | None:
    if item.frame in _ABOVE_HOME:
        return item.z
    return item.z - home_amsl_m if item.frame in _AMSL else None


def fence_active(facts: Facts) -> Finding:
    """Whether the vehicle itself says that its fence is on and not breached."""
    status = facts.flight.link.latest.get("SYS_STATUS")
    if status is None:
        return bad("the vehicle reports no fence")
    present, enabled, health = (
        bool(status.integer(f"onboard_control_sensors_{kind}") & _FENCE_BIT)
        for kind in ("present", "enabled", "health")
    )
    if not present:
        return bad("the vehicle says it has none")
    if not enabled and facts.flight.plan.failsafes.on_fence_breach is not FailsafeAction.REPORT:
        return bad("the vehicle says it is off")
    return good("on, not breached") if health else bad("the vehicle says it is breached")
