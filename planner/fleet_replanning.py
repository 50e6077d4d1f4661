"""What a fleet still has to see after one of its aircraft broke off: new sorties among the others' remaining ones.

Time begins anew at the breakpoint. Aircraft that are in the air then fly on from where they are; sorties that were to
begin later keep their order and begin no earlier than they were to; the new ones find room between them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np

from geo import LocalFrame
from missions import Breakpoint, FleetPlan, InAir, InputError, LegKind, Plan, PlanningError, Sortie, Stretch
from missions.formats.plan_file import with_hash
from missions.hardware import load_airframe
from missions.items import mission_items
from missions.mission import Mission
from missions.mission import Wind as PlannedWind
from missions.place import place_of
from missions.roads import RoadNetwork
from missions.terrain import Terrain
from missions.zones.of_mission import NoFlyZones
from planner.check_fleet import check_fleet
from planner.energy import Wind
from planner.first_battery import on_first_battery, refuse_reserve
from planner.fleet import plan_fleet
from planner.fleet_times import SPARE_M
from planner.in_air import continued
from planner.merged import free_prefix, merged, renamed
from planner.motion import Track, track_of
from planner.planning import one_line
from planner.replanning import continues, remaining, to_see
from planner.search import Effort
from planner.sorties import estimated, total
from planner.timetable import Flight, Timetable

_HOLDS_S: Final = tuple(float(hold_s) for hold_s in range(4, 124, 4))
"""How long an aircraft in the air may hover where it is until the others have passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenOff:
    """An aircraft of a fleet that left its route, or is about to."""

    vehicle_id: str
    at: Breakpoint
    battery_pct: float = 100.0
    """What its battery holds: in the air now, on the ground for its next sortie."""
    is_in_air: bool = False
    here: InAir | None = None
    """Where it is in the air; the breakpoint's own place without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What one aircraft still flies of the old plan."""

    plan: Plan
    stretches: tuple[Stretch, ...] = ()
    now: tuple[Sortie, ...] = ()
    """Begun in the air; one at most."""
    later: tuple[Sortie, ...] = ()
    """With starts in the new time."""


def replan_fleet(
    mission: Mission,
    fleet: FleetPlan,
    broken: BrokenOff,
    network: RoadNetwork,
    *,
    by: Sequence[str] = (),
    wind: PlannedWind | None = None,
    no_fly: NoFlyZones | None = None,
    terrain: Terrain | None = None,
    effort: Effort,
) -> FleetPlan:
    """Return a checked plan of what is left of a fleet's patrol from one aircraft's breakpoint on.

    What that aircraft has left is flown by the aircraft of `by`, itself without them, in new sorties; the others' are
    kept. Without `wind` that of the plan is planned for.

    Raises:
        InputError: no such aircraft or place, a day of revisits, or a battery at its reserve.
        PlanningError: nothing is left, or no plan of it meets the mission.

    """
    plan = plan_to_change(fleet, broken.vehicle_id)
    refuse_reserve(plan, broken.battery_pct, is_in_air=broken.is_in_air)
    now_s = moment_s(plan, broken.at)
    whole = remaining(plan, broken.at)
    if not whole.stretches and not broken.is_in_air:
        raise PlanningError(f"nothing is left for {broken.vehicle_id} after {broken.at.sortie_id}")
    if wind is not None:
        mission = mission.with_flight(wind=wind)
    winded = {one.vehicle_id: _in_wind(one, wind) for one in fleet.plans}
    kept = [
        _others(one, winded[one.vehicle_id], now_s, terrain) for one in fleet.plans if one.vehicle_id != plan.vehicle_id
    ]
    own = winded[plan.vehicle_id]
    left = whole.stretches
    if broken.is_in_air:
        first = continued(own, broken.at, broken.here, battery_pct=broken.battery_pct, terrain=terrain)
        served = {stretch.stretch_id for stretch in first.stretches}
        begun = {stretch.stretch_id: stretch for stretch in first.left}
        left = tuple(begun.get(one.stretch_id, one) for one in left if one.stretch_id not in served)
        kept.insert(0, _Kept(plan=own, stretches=first.stretches, now=(first.sortie,)))
    plan_rest = partial(
        plan_fleet,
        mission_hash=fleet.mission_hash,
        network=network,
        no_fly=no_fly,
        effort=effort,
        terrain=terrain,
        roads_to_see=partial(to_see, left),
    )
    made = _made(mission, fleet, by or (plan.vehicle_id,), plan_rest) if left else None
    if made and not broken.is_in_air:
        made = _on_battery(made, broken, terrain)
    both = _joined(mission, fleet, kept, made)
    notes = (f"{broken.vehicle_id} {continues(plan, broken.at, whole)}", *(made.notes if made else ()))
    both = replace(both, notes=notes, mission_hash=fleet.mission_hash)
    if violations := check_fleet(both, terrain):
        raise PlanningError(f"the plan of what is left breaks a rule: {one_line(violations)}")
    return with_hash(both)


def moment_s(plan: Plan, at: Breakpoint) -> float:
    """Return when by the timetable an aircraft is at a breakpoint, after the patrol's beginning."""
    place = place_of(plan, at)
    sortie = plan.sorties[place.sortie]
    knots_s = _track(plan, sortie).knots_s
    return sortie.starts_s + float(np.interp(place.waypoint + place.fraction, np.arange(len(knots_s)), knots_s))


def plan_to_change(fleet: FleetPlan, vehicle_id: str) -> Plan:
    """Return one aircraft's plan, to be changed while the fleet flies.

    Raises:
        InputError: no such aircraft flies, or the plan is a day of revisits.

    """
    if fleet.day is not None:
        raise InputError("is a day of revisits, which is not changed on the way", remedy="a patrol flown once")
    for plan in fleet.plans:
        if plan.vehicle_id == vehicle_id:
            return plan
    known = ", ".join(plan.vehicle_id for plan in fleet.plans)
    raise InputError(f"no aircraft {vehicle_id} flies in the plan", field="--vehicle", remedy=f"one of {known}")


def _in_wind(plan: Plan, wind: PlannedWind | None) -> Plan:
    if wind is None:
        return plan
    return replace(plan, wind_m_s=wind.speed_m_s, wind_from_deg=wind.from_deg)


def _track(plan: Plan, sortie: Sortie, frame: LocalFrame | None = None) -> Track:
    wind = Wind.blowing_from(plan.wind_from_deg, speed_m_s=plan.wind_m_s)
    frame = frame or LocalFrame(lat_deg=plan.dock.lat_deg, lon_deg=plan.dock.lon_deg)
    return track_of(
        sortie, load_airframe(plan.airframe), wind, dock=plan.dock, dock_amsl_m=plan.dock_amsl_m, frame=frame
    )


def _others(old: Plan, plan: Plan, now_s: float, terrain: Terrain | None) -> _Kept:
    """Return what an aircraft still flies from a moment on: the rest of a sortie in the air, and all later ones.

    `plan` is the same in the wind of now.
    """
    known = {stretch.stretch_id: stretch for stretch in plan.stretches}
    airframe = load_airframe(plan.airframe)
    wind = Wind.blowing_from(plan.wind_from_deg, speed_m_s=plan.wind_m_s)
    kept = _Kept(plan=plan)
    for number, sortie in enumerate(old.sorties):
        if sortie.starts_s >= now_s:
            later = replace(sortie, starts_s=round(sortie.starts_s - now_s, 1))
            stretches = tuple(known[stretch_id] for stretch_id in sortie.stretch_ids)
            kept = replace(
                kept,
                later=(*kept.later, estimated(plan.dock, later, airframe, wind)),
                stretches=(*kept.stretches, *stretches),
            )
        elif sortie.lands_s > now_s:
            at = _breakpoint(old, number, now_s)
            used_pct = _used_pct(old, at, terrain)
            flown = continued(plan, at, battery_pct=round(sortie.battery_pct - used_pct, 3), terrain=terrain)
            if flown.left:
                raise PlanningError(
                    f"{old.vehicle_id} is in the air and its battery does not last for {sortie.sortie_id} in this "
                    "wind: plan from its breakpoint instead"
                )
            kept = replace(kept, now=(flown.sortie,), stretches=(*kept.stretches, *flown.stretches))
    return kept


def _breakpoint(plan: Plan, number: int, now_s: float) -> Breakpoint:
    """Return where the timetable has an aircraft at a moment at which it is in the air."""
    sortie = plan.sorties[number]
    track = _track(plan, sortie)
    flown_s = now_s - sortie.starts_s
    waypoint = int(np.searchsorted(track.leg_ends, flown_s, side="right"))
    seq_of = {item.waypoint_index: item.seq for item in mission_items(plan, sortie) if item.waypoint_index is not None}
    if waypoint >= len(sortie.waypoints):
        return Breakpoint(sortie_id=sortie.sortie_id, item_seq=seq_of[len(sortie.waypoints) - 1], fraction=1.0)
    before_s, after_s = map(float, track.knots_s[waypoint : waypoint + 2])
    share = (flown_s - before_s) / max(after_s - before_s, 1e-9)
    return Breakpoint(sortie_id=sortie.sortie_id, item_seq=seq_of[waypoint], fraction=float(np.clip(share, 0.0, 1.0)))


def _used_pct(plan: Plan, at: Breakpoint, terrain: Terrain | None) -> float:
    """Return what a sortie has taken of its battery up to a place: what all of it takes less what the rest does."""
    old = plan.sorties[place_of(plan, at).sortie]
    rest = continued(plan, at, battery_pct=1e6, terrain=terrain).sortie
    return max(old.estimate.energy_share_pct - rest.estimate.energy_share_pct, 0.0)


def _made(
    mission: Mission, fleet: FleetPlan, by: Sequence[str], plan_rest: Callable[[Mission], FleetPlan]
) -> FleetPlan:
    """Plan what is left for some of the fleet's aircraft, at the height at which they flew."""
    unknown = [one for one in by if one not in {craft.vehicle_id for craft in mission.fleet}]
    if unknown:
        known = ", ".join(craft.vehicle_id for craft in mission.fleet)
        raise InputError(f"the mission has no aircraft {unknown[0]}", field="--by", remedy=f"one of {known}")
    crew = [craft for craft in mission.fleet if craft.vehicle_id in by]
    flown_m = [plan.sorties[0].takeoff_height_m for plan in fleet.plans if plan.vehicle_id in by and plan.sorties]
    smaller = mission.model_copy(update={"fleet": crew, "aircraft": crew[0]})
    made = plan_rest(smaller.with_flight(height_m=min(flown_m)) if flown_m else smaller)
    prefix = free_prefix(fleet.stretches)
    lost = fleet.plans[0].left_out
    return replace(made, plans=tuple(replace(renamed(plan, prefix), left_out=lost) for plan in made.plans))


def _on_battery(made: FleetPlan, broken: BrokenOff, terrain: Terrain | None) -> FleetPlan:
    """Return the plan of what is left with a first sortie of an aircraft on the ground that its battery allows."""
    own = next((plan for plan in made.plans if plan.vehicle_id == broken.vehicle_id), None)
    if own is None or broken.battery_pct >= 100.0:
        return made
    changed = on_first_battery(own, broken.battery_pct, terrain)
    return replace(
        made,
        plans=tuple(changed if plan is own else plan for plan in made.plans),
        notes=(f"{own.vehicle_id}: {changed.notes[0]}", *made.notes),
    )


def _joined(mission: Mission, fleet: FleetPlan, kept: Sequence[_Kept], made: FleetPlan | None) -> FleetPlan:
    """Return one plan for each aircraft that still flies, with a new timetable."""
    new = {plan.vehicle_id: plan for plan in made.plans} if made else {}
    old = {one.plan.vehicle_id: one for one in kept if one.now or one.later}
    margin_m = mission.flight.fence_margin_m
    joined: list[Plan] = []
    for vehicle_id in dict.fromkeys([*old, *new]):
        own = old.get(vehicle_id)
        joined.append(
            merged(own.plan, own.stretches, (*own.now, *own.later), new.get(vehicle_id), fence_margin_m=margin_m)
            if own
            else new[vehicle_id]
        )
    if not joined:
        raise PlanningError("nothing is left to fly")
    docks = {dock.dock_id: dock for dock in (*fleet.docks, *(made.docks if made else ()))}
    dock_of = {
        plan.vehicle_id: dock_id
        for one in (fleet, made)
        if one
        for plan, dock_id in zip(one.plans, one.dock_ids, strict=True)
    }
    counts = {vehicle_id: (len(own.now), len(own.later)) for vehicle_id, own in old.items()}
    swaps_s = [docks[dock_of[plan.vehicle_id]].swap_s for plan in joined]
    plans = _timed(joined, counts, swaps_s, fleet)
    return replace(
        fleet,
        plans=plans,
        docks=tuple(docks.values()),
        dock_ids=tuple(dock_of[plan.vehicle_id] for plan in plans),
        stretches=tuple(stretch for plan in plans for stretch in plan.stretches),
        makespan_s=max(sortie.lands_s for plan in plans for sortie in plan.sorties),
        estimate=total([sortie for plan in plans for sortie in plan.sorties]),
        plan_hash="",
    )


def _timed(
    plans: Sequence[Plan], counts: dict[str, tuple[int, int]], swaps_s: Sequence[float], fleet: FleetPlan
) -> tuple[Plan, ...]:
    """Give every sortie a start: those in the air now, later ones not before their old start, new ones where free.

    An aircraft's new ones keep their order: the first may be the one for what is left in its battery.
    """
    frame = LocalFrame(lat_deg=plans[0].dock.lat_deg, lon_deg=plans[0].dock.lon_deg)
    timetable = Timetable(swaps_s=swaps_s, separation_m=fleet.separation_m + SPARE_M, layer_m=fleet.layer_m)
    timed: list[list[Sortie]] = [[] for _ in plans]
    order: list[tuple[int, float, int, int]] = []
    new_from_s = [0.0] * len(plans)
    for craft, plan in enumerate(plans):
        now, later = counts.get(plan.vehicle_id, (0, 0))
        for number, sortie in enumerate(plan.sorties):
            rank = 0 if number < now else 1 if number < now + later else 2
            order.append((rank, sortie.starts_s if rank < 2 else float(number), craft, number))
    for rank, after_s, craft, number in sorted(order):
        plan = plans[craft]
        sortie = plan.sorties[number]
        flight = flight_of(plan, sortie, frame)
        if rank == 0:
            sortie, flight = _clear_now(plan, sortie, timetable, craft, frame)
            start_s = 0.0
        else:
            start_s = timetable.earliest_s(craft, flight, after_s=after_s if rank == 1 else new_from_s[craft])
        if rank == 2:
            new_from_s[craft] = start_s
        timetable.add(craft, flight, start_s)
        timed[craft].append(replace(sortie, starts_s=round(start_s, 1)))
    return tuple(_in_order(plan, sorties) for plan, sorties in zip(plans, timed, strict=True))


def flight_of(plan: Plan, sortie: Sortie, frame: LocalFrame) -> Flight:
    """Return a sortie as a timetable takes it, its places in a frame that all aircraft share."""
    return Flight(track=_track(plan, sortie, frame), time_s=sortie.estimate.time_s)


def _clear_now(
    plan: Plan, sortie: Sortie, timetable: Timetable, craft: int, frame: LocalFrame
) -> tuple[Sortie, Flight]:
    """Return a sortie that is in the air, hovering first as long as it takes for the others to pass."""
    first = flight_of(plan, sortie, frame)
    begins = sortie.begins
    assert begins is not None
    airframe, wind = load_airframe(plan.airframe), Wind.blowing_from(plan.wind_from_deg, speed_m_s=plan.wind_m_s)
    held, flight = sortie, first
    for hold_s in _HOLDS_S:
        if timetable.earliest_s(craft, flight, before_s=0.0) == 0.0:
            return held, flight
        hover = replace(
            sortie.waypoints[0],
            position=begins.position,
            altitude=begins.altitude,
            hold_s=hold_s,
            leg=LegKind.DEADHEAD,
            stretch_id=None,
            look_at=None,
        )
        held = estimated(plan.dock, replace(sortie, waypoints=(hover, *sortie.waypoints)), airframe, wind)
        flight = flight_of(plan, held, frame)
    return sortie, first


def _in_order(plan: Plan, timed: Sequence[Sortie]) -> Plan:
    """Return a plan with its sorties in the order of their starts, numbered anew, and its hash."""
    ordered = sorted(timed, key=lambda sortie: sortie.starts_s)
    sorties = tuple(replace(sortie, sortie_id=f"sortie-{number}") for number, sortie in enumerate(ordered, start=1))
    return with_hash(replace(plan, sorties=sorties, estimate=total(sorties), plan_hash=""))
