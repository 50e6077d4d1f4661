"""A detour of one aircraft of a fleet: who is in the air flies on, all later sorties wait until the way is clear."""

from collections.abc import Sequence
from dataclasses import replace

from geo import LocalFrame
from missions import Breakpoint, FleetPlan, GeoPoint, Plan, PlanningError, Sortie
from missions.formats.plan_file import with_hash
from missions.terrain import Terrain
from planner.check_fleet import check_fleet
from planner.detour import Loiter, Orbit, with_detour
from planner.fleet_replanning import flight_of, moment_s, plan_to_change
from planner.fleet_times import SPARE_M
from planner.planning import one_line
from planner.sorties import total
from planner.timetable import Timetable


def with_fleet_detour(
    fleet: FleetPlan,
    vehicle_id: str,
    at: Breakpoint,
    look_at: GeoPoint,
    how: Loiter | Orbit,
    *,
    terrain: Terrain | None = None,
) -> FleetPlan:
    """Return the fleet's plan, checked, with a detour in one aircraft's sortie, as `with_detour` makes it.

    Sorties that have not begun at that moment keep their order and begin no earlier than they were to.

    Raises:
        InputError: no such aircraft, place or moment, a day of revisits, or a place that may not be looked at.
        PlanningError: battery, zones, fence or cap do not allow it, or another aircraft in the air comes too near.

    """
    plan = plan_to_change(fleet, vehicle_id)
    now_s = moment_s(plan, at)
    changed = with_detour(plan, at, look_at, how, terrain=terrain)
    plans = [replace(changed, notes=plan.notes) if one is plan else one for one in fleet.plans]
    begun = {
        (one.vehicle_id, sortie.sortie_id)
        for one in fleet.plans
        for sortie in one.sorties
        if sortie.starts_s < now_s or (one is plan and sortie.sortie_id == at.sortie_id)
    }
    timed = _timed(fleet, plans, begun)
    made = replace(
        fleet,
        plans=timed,
        makespan_s=max(sortie.lands_s for one in timed for sortie in one.sorties),
        estimate=total([sortie for one in timed for sortie in one.sorties]),
        notes=(*fleet.notes, f"{vehicle_id}: {changed.notes[-1]}"),
        plan_hash="",
    )
    if violations := check_fleet(made, terrain):
        raise PlanningError(f"the detour breaks a rule: {one_line(violations)}")
    return with_hash(made)


def _timed(fleet: FleetPlan, plans: Sequence[Plan], begun: set[tuple[str, str]]) -> tuple[Plan, ...]:
    """Return the plans: sorties that have begun keep their starts, all later ones get the first that are free."""
    frame = LocalFrame(lat_deg=plans[0].dock.lat_deg, lon_deg=plans[0].dock.lon_deg)
    timetable = Timetable(
        swaps_s=[fleet.dock_of(plan).swap_s for plan in plans],
        separation_m=fleet.separation_m + SPARE_M,
        layer_m=fleet.layer_m,
    )
    old_s = {(one.vehicle_id, sortie.sortie_id): sortie.starts_s for one in fleet.plans for sortie in one.sorties}
    timed: list[list[Sortie]] = [[] for _ in plans]
    for key in sorted(old_s, key=lambda key: (key not in begun, old_s[key], key)):
        craft = next(number for number, plan in enumerate(plans) if plan.vehicle_id == key[0])
        sortie = next(one for one in plans[craft].sorties if one.sortie_id == key[1])
        flight, start_s = flight_of(plans[craft], sortie, frame), old_s[key]
        if key not in begun:
            start_s = timetable.earliest_s(craft, flight, after_s=max(start_s, timetable.ready_s(craft)))
        timetable.add(craft, flight, start_s)
        timed[craft].append(replace(sortie, starts_s=round(start_s, 1)))
    return tuple(
        with_hash(replace(plan, sorties=tuple(own), plan_hash="")) for plan, own in zip(plans, timed, strict=True)
    )
