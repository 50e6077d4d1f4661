"""An independent look at a fleet's plan: every aircraft's plan by itself, then the whole timetable in space and time.

Imports nothing of the search.
"""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from geo import LocalFrame
from missions import FleetPlan, GeoPoint, LegKind, Plan, Sortie, Stretch
from missions.hardware import load_airframe
from missions.terrain import Terrain
from planner.check import check_plan, timetable_violations
from planner.energy import Wind
from planner.motion import Track, nearest, track_of
from planner.violation import Violation

_ROUNDING_M: Final = 0.05
"""Positions are kept in steps of a centimetre, starts in tenths of a second."""
_CLOCK_S: Final = 1.0
"""How far a promised time may be from the timetable's."""


class _Flight(NamedTuple):
    plan: Plan
    sortie: Sortie
    track: Track


def check_fleet(fleet: FleetPlan, terrain: Terrain | None = None) -> tuple[Violation, ...]:
    """Return everything a fleet's plan breaks; none is a plan that may be flown.

    Beside what `check_plan` finds in each aircraft's plan: ids and docks that agree (`fleet`), sorties of an aircraft
    that overlap or leave too little time for a swap (`timetable`), two aircraft in the air nearer than the set
    distances at any time (`separation`), stretches that nobody flies (`coverage`), gaps between visits that are longer
    than asked for (`revisit`) and promised times that do not hold (`estimate`).
    """
    single = tuple(
        replace(violation, vehicle_id=plan.vehicle_id)
        for plan in fleet.plans
        for violation in check_plan(plan, terrain)
    )
    broken = tuple(_identities(fleet))
    if broken or any(violation.rule == "finite" for violation in single):
        return (*single, *broken)
    swaps = (
        replace(violation, vehicle_id=plan.vehicle_id)
        for plan in fleet.plans
        for violation in timetable_violations(plan, swap_s=fleet.dock_of(plan).swap_s)
    )
    done = {(violation.vehicle_id, violation.sortie_id) for violation in single if violation.rule == "timetable"}
    more = tuple(one for one in swaps if (one.vehicle_id, one.sortie_id) not in done)
    frame = LocalFrame(lat_deg=fleet.plans[0].dock.lat_deg, lon_deg=fleet.plans[0].dock.lon_deg)
    flights = _flights(fleet, frame)
    if flights is None:
        return (*single, *more)
    rules = (_separation(fleet, flights, frame), _coverage(fleet), _revisits(fleet, flights), _promises(fleet))
    return (*single, *more, *(violation for rule in rules for violation in rule))


def _identities(fleet: FleetPlan) -> Iterator[Violation]:
    if not fleet.plans:
        yield Violation(rule="fleet", text="no aircraft flies")
    for name in ("vehicle_id", "system_id"):
        values = [getattr(plan, name) for plan in fleet.plans]
        for value in sorted({value for value in values if values.count(value) > 1}):
            yield Violation(rule="fleet", text=f"{values.count(value)} plans have {name} {value}")
    known = {dock.dock_id: dock for dock in fleet.docks}
    if len(fleet.dock_ids) != len(fleet.plans):
        yield Violation(rule="fleet", text=f"{len(fleet.plans)} plans, but {len(fleet.dock_ids)} docks for them")
        return
    for plan, dock_id in zip(fleet.plans, fleet.dock_ids, strict=True):
        dock = known.get(dock_id)
        if dock is None:
            yield Violation(rule="fleet", text=f"no dock {dock_id}", vehicle_id=plan.vehicle_id)
        elif dock.position != plan.dock or dock.amsl_m != plan.dock_amsl_m:
            text = f"the plan's dock is not where dock {dock_id} is"
            yield Violation(rule="fleet", text=text, vehicle_id=plan.vehicle_id, place=plan.dock)


def _flights(fleet: FleetPlan, frame: LocalFrame) -> tuple[_Flight, ...] | None:
    """Return all flights as motions; None where one cannot be flown at all, which its plan's check has said."""
    flights = []
    for plan in fleet.plans:
        airframe, wind = load_airframe(plan.airframe), Wind.blowing_from(plan.wind_from_deg, speed_m_s=plan.wind_m_s)
        for sortie in plan.sorties:
            if not sortie.waypoints or min(waypoint.speed_m_s for waypoint in sortie.waypoints) <= 0:
                return None
            track = track_of(sortie, airframe, wind, dock=plan.dock, dock_amsl_m=plan.dock_amsl_m, frame=frame)
            if not np.isfinite(track.times_s).all():
                return None
            flights.append(_Flight(plan, sortie, track))
    return tuple(sorted(flights, key=lambda flight: flight.sortie.starts_s))


def _separation(fleet: FleetPlan, flights: tuple[_Flight, ...], frame: LocalFrame) -> Iterator[Violation]:
    """Every pair of aircraft in the air at the same time; each pair's worst moment."""
    for one, other in itertools.combinations(flights, 2):
        if one.plan.vehicle_id == other.plan.vehicle_id:
            continue
        gap = nearest(
            one.track,
            one.sortie.starts_s,
            other.track,
            other.sortie.starts_s,
            separation_m=fleet.separation_m - _ROUNDING_M,
            layer_m=fleet.layer_m - _ROUNDING_M,
        )
        if gap is None:
            continue
        lat, lon, _ = frame.enu_to_geodetic([[*gap.place_m]])[0]
        text = (
            f"{one.plan.vehicle_id} and {other.plan.vehicle_id} ({other.sortie.sortie_id}) are {gap.across_m:.1f} m "
            f"apart and {gap.height_m:.1f} m in height {gap.at_s:.0f} s after the beginning; "
            f"{fleet.separation_m:g} m or {fleet.layer_m:g} m in height are kept"
        )
        yield Violation(
            rule="separation",
            text=text,
            vehicle_id=one.plan.vehicle_id,
            sortie_id=one.sortie.sortie_id,
            place=GeoPoint(lat_deg=round(float(lat), 7), lon_deg=round(float(lon), 7)),
            size=fleet.separation_m - gap.across_m,
            unit="m",
        )


def _coverage(fleet: FleetPlan) -> Iterator[Violation]:
    """Every required stretch is one that an aircraft's plan holds; that plan's check has looked whether it is flown."""
    held = {stretch.stretch_id: stretch for plan in fleet.plans for stretch in plan.stretches}
    for stretch in fleet.stretches:
        if held.get(stretch.stretch_id) != stretch:
            name = f"stretch {stretch.stretch_id}" + (f" ({stretch.name})" if stretch.name else "")
            text = f"{name} is in no aircraft's plan" if stretch.stretch_id not in held else f"{name} was changed"
            yield Violation(rule="coverage", text=text, place=stretch.centreline[0], size=stretch.length_m, unit="m")


def _revisits(fleet: FleetPlan, flights: tuple[_Flight, ...]) -> Iterator[Violation]:
    """All have landed at the day's end; the gaps between the visits of both ends of a stretch, from begin to end."""
    if fleet.day is None:
        return
    for plan, sortie in fleet.sorties:
        over_s = sortie.lands_s - fleet.day.length_s
        if over_s > _CLOCK_S:
            yield Violation(
                rule="timetable",
                text=f"{sortie.sortie_id} lands {over_s / 60:.1f} min after the day's end",
                vehicle_id=plan.vehicle_id,
                sortie_id=sortie.sortie_id,
                place=plan.dock,
                size=over_s / 60,
                unit="min",
            )
    wanted = {stretch_id: rule.every_s for rule in fleet.day.revisits for stretch_id in rule.stretch_ids}
    known = {stretch.stretch_id: stretch for stretch in fleet.stretches}
    for stretch_id in sorted(wanted.keys() - known.keys()):
        yield Violation(rule="revisit", text=f"stretch {stretch_id} is to be revisited, but is not required")
    seen = _visits(flights, {key: stretch for key, stretch in known.items() if key in wanted})
    for stretch_id, ends in seen.items():
        for place, times in zip(
            known[stretch_id].centreline[:: len(known[stretch_id].centreline) - 1], ends, strict=True
        ):
            moments = np.array([0.0, *sorted(times), fleet.day.length_s])
            gaps = np.diff(moments)
            longest = int(np.argmax(gaps))
            over_s = float(gaps[longest]) - wanted[stretch_id]
            if over_s > _CLOCK_S:
                long_min, from_min = gaps[longest] / 60, moments[longest] / 60
                every_min = wanted[stretch_id] / 60
                text = (
                    f"stretch {stretch_id} is not seen for {long_min:.1f} min from {from_min:.1f} min after the "
                    f"beginning; every {every_min:g} min are asked for"
                )
                yield Violation(rule="revisit", text=text, place=place, size=over_s / 60, unit="min")
                break


def _visits(flights: tuple[_Flight, ...], wanted: dict[str, Stretch]) -> dict[str, tuple[list[float], list[float]]]:
    """Return for each stretch the times at which its two ends are passed."""
    seen: dict[str, tuple[list[float], list[float]]] = {stretch_id: ([], []) for stretch_id in wanted}
    for plan, sortie, track in flights:
        knots_s = track.knots_s
        places = [sortie.begin(plan.dock)[0], *(waypoint.position for waypoint in sortie.waypoints)]
        for stretch_id, legs in itertools.groupby(
            range(len(sortie.waypoints)),
            key=lambda index: (
                sortie.waypoints[index].stretch_id if sortie.waypoints[index].leg is LegKind.SERVICE else None
            ),
        ):
            if stretch_id not in wanted:
                continue
            first, *_, last = [*(numbers := list(legs)), numbers[-1]]
            line = wanted[stretch_id].centreline
            ahead = places[first].distance_m(line[0]) <= places[first].distance_m(line[-1])
            begun_s, done_s = (float(sortie.starts_s + knots_s[index]) for index in (first, last + 1))
            seen[stretch_id][0].append(begun_s if ahead else done_s)
            seen[stretch_id][1].append(done_s if ahead else begun_s)
    return seen


def _promises(fleet: FleetPlan) -> Iterator[Violation]:
    last_s = max((sortie.lands_s for _, sortie in fleet.sorties), default=0.0)
    if abs(fleet.makespan_s - last_s) > _CLOCK_S:
        text = f"makespan_s says {fleet.makespan_s:.0f}, the last landing is at {last_s:.0f}"
        yield Violation(rule="estimate", text=text, size=abs(fleet.makespan_s - last_s), unit="s")
    flown_s = sum(plan.estimate.time_s for plan in fleet.plans)
    if abs(fleet.estimate.time_s - flown_s) > _CLOCK_S:
        text = f"estimate.time_s says {fleet.estimate.time_s:.0f}, the plans say {flown_s:.0f}"
        yield Violation(rule="estimate", text=text, size=abs(fleet.estimate.time_s - flown_s), unit="s")
