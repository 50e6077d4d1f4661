"""A sortie that is being flown, from where its aircraft is: on along its route while the battery allows, then home."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from missions import (
    Altitude,
    AltitudeReference,
    Breakpoint,
    InAir,
    LegKind,
    Plan,
    PlanningError,
    Sortie,
    Stretch,
    Waypoint,
)
from missions.place import Place, place_of
from missions.terrain import Terrain
from planner.dead_flight import DeadFlight, enu_m
from planner.energy import Floats
from planner.first_battery import served
from planner.replanning import OVERLAP_M, remaining
from planner.sorties import estimated, geo_points

_AT_PLACE_M = 3.0
"""An aircraft nearer than this to where its route has it flies straight on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Continued:
    """What is still flown of a sortie."""

    sortie: Sortie
    """It begins in the air."""
    stretches: tuple[Stretch, ...]
    """That it serves; of the one that was being flown the rest."""
    left: tuple[Stretch, ...]
    """Of the sortie, that it serves no more."""


def continued(
    plan: Plan, at: Breakpoint, here: InAir | None = None, *, battery_pct: float, terrain: Terrain | None = None
) -> Continued:
    """Return the rest of a sortie from a breakpoint on, in the plan's wind, with so much charge left.

    `here` is where the aircraft is, the route's own place without it. What the battery does not allow, beginning with
    the last stretches, is left.

    Raises:
        InputError: the plan has no such place.
        PlanningError: the battery does not even bring it home, or there is no way.

    """
    place = place_of(plan, at)
    old = plan.sorties[place.sortie]
    flight = DeadFlight.of(plan, old, terrain)
    on_route_m = _on_route_m(flight, old, place)
    here_m = on_route_m if here is None else _place_m(flight, here)
    is_there = float(np.linalg.norm(here_m - on_route_m)) < _AT_PLACE_M
    alone = replace(plan, sorties=(old,))
    rest = remaining(alone, at, overlap_m=0.0 if is_there else OVERLAP_M).stretches
    resume = remaining(alone, at).stretches
    known = {stretch.stretch_id for stretch in rest}
    way = tuple(
        w if w.stretch_id is None or w.stretch_id in known else replace(w, leg=LegKind.DEADHEAD, stretch_id=None)
        for w in old.waypoints[place.waypoint :]  # of a stretch that but for rounding is flown nothing is left
    )
    if way and not is_there:
        again = _flown_again(flight, old, place, on_route_m)
        way = (*_back(flight, here_m, way, rest), *again, *way)
    begun = replace(old, begins=here or _in_air(flight, here_m), battery_pct=battery_pct, starts_s=0.0)
    spare_wh = flight.rules.airframe.battery_wh * (battery_pct - plan.reserve_pct) / 100
    for sortie in _shorter(flight, begun, way, [stretch.stretch_id for stretch in rest]):
        if sortie.estimate.energy_wh <= spare_wh:
            done = set(sortie.stretch_ids)
            return Continued(
                sortie=sortie,
                stretches=tuple(stretch for stretch in rest if stretch.stretch_id in done),
                left=tuple(stretch for stretch in resume if stretch.stretch_id not in done),
            )
    raise PlanningError(
        f"the battery does not bring {old.sortie_id} home: the way takes {sortie.estimate.energy_wh:.1f} Wh, "
        f"{max(spare_wh, 0.0):.1f} Wh are left beside the reserve of {plan.reserve_pct:g} %: land it where it is"
    )


def _on_route_m(flight: DeadFlight, sortie: Sortie, place: Place) -> Floats:
    before = flight.above_dock_m
    if sortie.begins is not None:
        before = _place_m(flight, sortie.begins)
    if place.waypoint:
        before = flight.place_of(sortie.waypoints[place.waypoint - 1])
    if place.waypoint == len(sortie.waypoints):
        return before
    there = flight.place_of(sortie.waypoints[place.waypoint])
    on_route: Floats = before + place.fraction * (there - before)
    return on_route


def _place_m(flight: DeadFlight, here: InAir) -> Floats:
    return np.append(enu_m(flight.frame, [here.position])[0], here.altitude.metres)


def _in_air(flight: DeadFlight, here_m: Floats) -> InAir:
    altitude = Altitude(metres=float(here_m[2]), above=AltitudeReference.HOME)
    return InAir(position=geo_points(flight.dock, here_m[None, :2])[0], altitude=altitude)


def _back(flight: DeadFlight, here_m: Floats, way: Sequence[Waypoint], rest: Sequence[Stretch]) -> list[Waypoint]:
    """Return the way from where it is to the stretch that was being flown, or to a leg's end that serves nothing."""
    to = way[0]
    begun = [stretch for stretch in rest if stretch.stretch_id == to.stretch_id]
    if to.leg is not LegKind.SERVICE or not begun:
        return flight.way(here_m, flight.place_of(to), like=to)[:-1]
    ends_m = enu_m(flight.frame, begun[0].centreline)[[0, -1]]
    last_m = [flight.place_of(waypoint) for waypoint in way if waypoint.stretch_id == to.stretch_id][-1]
    resume = int(np.argmax(np.linalg.norm(ends_m - last_m[:2], axis=1)))  # the end at which the rest does not end
    return flight.way(here_m, np.append(ends_m[resume], to.altitude.metres), like=to)


def _flown_again(flight: DeadFlight, sortie: Sortie, place: Place, on_route_m: Floats) -> list[Waypoint]:
    """Return the bends of a begun stretch that lie in what is flown again of it."""
    again: list[Waypoint] = []
    to, back_m, here_m = sortie.waypoints[place.waypoint], 0.0, on_route_m
    for waypoint in reversed(sortie.waypoints[: place.waypoint]):
        bend_m = flight.place_of(waypoint)
        back_m += float(np.linalg.norm((here_m - bend_m)[:2]))
        if to.stretch_id is None or waypoint.stretch_id != to.stretch_id or back_m >= OVERLAP_M:
            break
        again.insert(0, waypoint)
        here_m = bend_m
    return again


def _shorter(flight: DeadFlight, begun: Sortie, way: tuple[Waypoint, ...], stretch_ids: list[str]) -> Iterator[Sortie]:
    """Yield the sortie, then ones that leave out more and more of its last stretches, then straight home."""
    rules = flight.rules

    def made(waypoints: Sequence[Waypoint], count: int) -> Sortie:
        sortie = replace(begun, waypoints=tuple(waypoints), stretch_ids=tuple(stretch_ids[:count]))
        return estimated(flight.dock, sortie, rules.airframe, rules.wind)

    if way:
        yield made(way, len(stretch_ids))
    whole = replace(begun, waypoints=way, stretch_ids=tuple(stretch_ids))
    for count, (_, last) in reversed(list(enumerate(served(whole), start=1))):
        end = way[last]
        yield made([*way[: last + 1], *flight.way(flight.place_of(end), flight.above_dock_m, like=end)], count)
    here_m = _place_m(flight, begun.begins) if begun.begins is not None else flight.above_dock_m
    like = way[0] if way else begun.waypoints[-1]
    yield made(flight.way(here_m, flight.above_dock_m, like=like), 0)
