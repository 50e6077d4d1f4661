"""A plan whose first sortie flies on what is left in a battery; the others have full ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from missions import InputError, LegKind, Plan, PlanningError, Sortie, Waypoint
from missions.terrain import Terrain
from planner.dead_flight import DeadFlight
from planner.sorties import estimate_sortie, total


def on_first_battery(plan: Plan, battery_pct: float, terrain: Terrain | None = None) -> Plan:
    """Return the plan, neither checked nor hashed, with a first sortie that a battery of so much charge allows.

    It is the largest of the sorties that fit; where none does, the largest beginning of one, whose rest becomes a
    sortie of its own.

    Raises:
        InputError: the charge is no more than the reserve.
        PlanningError: not even one stretch fits; says what the least takes.

    """
    refuse_reserve(plan, battery_pct, is_in_air=False)
    spare_pct = battery_pct - plan.reserve_pct
    fitting = [sortie for sortie in plan.sorties if sortie.estimate.energy_share_pct <= spare_pct]
    if fitting:
        first = max(fitting, key=lambda sortie: sortie.estimate.service_m)
        rest = [sortie for sortie in plan.sorties if sortie is not first]
    else:
        first, rest = _parted(plan, spare_pct, terrain)
    ordered = (replace(first, battery_pct=battery_pct), *rest)
    sorties = tuple(replace(sortie, sortie_id=f"sortie-{number}") for number, sortie in enumerate(ordered, start=1))
    share_pct = sorties[0].estimate.energy_share_pct
    note = (
        f"sortie-1 flies on the {battery_pct:g} % left in its battery and takes {share_pct:.0f} %; the others on full"
    )
    return replace(plan, sorties=sorties, estimate=total(sorties), notes=(note, *plan.notes), plan_hash="")


def refuse_reserve(plan: Plan, battery_pct: float, *, is_in_air: bool) -> None:
    """Raise InputError where a battery holds no more than its reserve."""
    if battery_pct <= plan.reserve_pct:
        what = f"is {battery_pct:g} %, of which {plan.reserve_pct:g} % are the reserve"
        remedy = "what is left of it above the reserve, or land" if is_in_air else "a charged battery"
        raise InputError(what, field="--battery", remedy=remedy)


def _parted(plan: Plan, spare_pct: float, terrain: Terrain | None) -> tuple[Sortie, list[Sortie]]:
    best: tuple[Sortie, Sortie, Sortie] | None = None
    least_pct = np.inf
    for sortie in plan.sorties:
        parting = _Parting(flight=DeadFlight.of(plan, sortie, terrain), sortie=sortie, served=tuple(served(sortie)))
        least_pct = min(least_pct, parting.share_pct(1))
        count = parting.most(spare_pct)
        if count == 0:
            continue
        head, tail = parting.parts(count)
        fits = tail.estimate.energy_share_pct <= 100 - plan.reserve_pct
        if fits and (best is None or head.estimate.service_m > best[0].estimate.service_m):
            best = head, tail, sortie
    if best is None:
        raise PlanningError(
            f"the battery allows no sortie: it has {spare_pct:.0f} % beside the reserve, "
            f"the least takes {least_pct:.0f} %: charge it"
        )
    head, tail, parted = best
    return head, [tail if sortie is parted else sortie for sortie in plan.sorties]


def served(sortie: Sortie) -> Iterator[tuple[int, int]]:
    """Yield the first and last waypoint of every stretch a sortie serves, in order."""
    for stretch_id in sortie.stretch_ids:
        own = [
            index
            for index, waypoint in enumerate(sortie.waypoints)
            if waypoint.leg is LegKind.SERVICE and waypoint.stretch_id == stretch_id
        ]
        yield own[0], own[-1]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Parting:
    """A sortie that is parted after one of its stretches."""

    flight: DeadFlight
    sortie: Sortie
    served: tuple[tuple[int, int], ...]

    def most(self, spare_pct: float) -> int:
        """Return how many of its stretches fit, fewer than all; more stretches take more energy."""
        fits, too_many = 0, len(self.served)
        while too_many - fits > 1:
            middle = (fits + too_many) // 2
            fits, too_many = (middle, too_many) if self.share_pct(middle) <= spare_pct else (fits, middle)
        return fits

    def share_pct(self, count: int) -> float:
        """Return what the first stretches take of a battery."""
        return self._sortie(self._head(count), self.sortie.stretch_ids[:count]).estimate.energy_share_pct

    def parts(self, count: int) -> tuple[Sortie, Sortie]:
        """Return the sortie of its first stretches and that of the others."""
        head = self._sortie(self._head(count), self.sortie.stretch_ids[:count])
        return head, self._sortie(self._tail(count), self.sortie.stretch_ids[count:])

    def _head(self, count: int) -> list[Waypoint]:
        flown = self.sortie.waypoints[: self.served[count - 1][1] + 1]
        here = self.flight.place_of(flown[-1])
        return [*flown, *self.flight.way(here, self.flight.above_dock_m, like=flown[-1])]

    def _tail(self, count: int) -> list[Waypoint]:
        first = self.served[count][0]
        start = self.sortie.waypoints[first - 1]
        there = self.flight.place_of(start)
        return [*self.flight.way(self.flight.above_dock_m, there, like=start), *self.sortie.waypoints[first:]]

    def _sortie(self, waypoints: Sequence[Waypoint], stretch_ids: tuple[str, ...]) -> Sortie:
        estimate = estimate_sortie(self.flight.dock, waypoints, self.flight.rules)
        return replace(self.sortie, waypoints=tuple(waypoints), stretch_ids=stretch_ids, estimate=estimate)
