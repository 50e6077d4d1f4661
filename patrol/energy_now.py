"""What a sortie takes in another wind than the planned one: the planner's figures, for the preflight table."""

import math
from collections.abc import Sequence

from flight.preflight_inputs import EnergyNeeded
from missions.hardware import load_airframe
from missions.mission import Wind
from missions.plan import Breakpoint, Plan, Sortie
from missions.waypoint import Waypoint


def energy_needed(plan: Plan) -> EnergyNeeded:
    """Return the function that works out what a sortie of this plan, or the rest of it, takes in a wind, Wh.

    What is left after a breakpoint is reckoned from the waypoint before it: so much is flown again at most. Infinite
    where the wind lets the aircraft make no headway.
    """

    def needed_wh(sortie: Sortie, start: Breakpoint | None, wind: Wind) -> float:
        from planner.energy import Wind as Air
        from planner.energy import watt_hours
        from planner.profile import fly_sortie, holds_s, wanted_speeds_m_s, waypoints_enu_m

        waypoints = _left(plan, sortie, start)
        takeoff_height_m = sortie.takeoff_height_m
        cost = fly_sortie(
            waypoints_enu_m(plan.dock, waypoints, takeoff_height_m=takeoff_height_m),
            wanted_speeds_m_s(waypoints),
            load_airframe(plan.airframe),
            Air.blowing_from(wind.from_deg, speed_m_s=wind.speed_m_s),
            takeoff_height_m=takeoff_height_m,
            holds_s=holds_s(waypoints),
        )
        energy_wh = watt_hours(cost.energy_j)
        return energy_wh if math.isfinite(energy_wh) else math.inf

    return needed_wh


def _left(plan: Plan, sortie: Sortie, start: Breakpoint | None) -> Sequence[Waypoint]:
    from missions.place import place_of

    if start is None or start.sortie_id != sortie.sortie_id:
        return sortie.waypoints
    return sortie.waypoints[max(0, place_of(plan, start).waypoint - 1) :]
