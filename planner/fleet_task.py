"""What has to be flown, and by whom: a mission of several docks and aircraft in one planning frame."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from geo import LocalFrame
from missions import DockSite, GeoPoint, PlanningError, Stretch
from missions.mission import Aircraft, Mission
from missions.roads import RoadNetwork
from planner.keep_out import CLEARANCE_M, KeepOut
from planner.search import Base, Flying, Problem
from planner.stretches import Chain, Line, cut_evenly
from planner.task import (
    MOST_TOUR_ITEMS,
    SHORTEST_CUT_M,
    out_of_reach,
    required_chains,
    rules_of,
    spot,
    stretches_of,
    zones_of,
)
from planner.visits import Costs, FlightRules, Visit, costs_of, problem_of, visits_of, ways_round
from planner.ways import WaysRound


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kind:
    """One way of flying: what the stretches and the legs between them and the docks take."""

    rules: FlightRules
    visits: tuple[Visit, ...]
    costs: Costs
    """Their docks are those of the fleet, in its order."""
    ways: WaysRound | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Craft:
    """One aircraft of the fleet."""

    aircraft: Aircraft
    dock: int
    """Index of its dock."""
    kind: int
    """Index of its way of flying."""
    base: int
    """Index of the pair of both: aircraft of one base are alike."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FleetTask:
    """Everything the search, the timetable and the writing of plans need."""

    origin: GeoPoint
    """Of the planning frame: the first dock."""
    docks: tuple[DockSite, ...]
    kinds: tuple[Kind, ...]
    crafts: tuple[Craft, ...]
    stretches: tuple[Stretch, ...]
    notes: tuple[str, ...]

    @property
    def bases(self) -> tuple[tuple[int, int], ...]:
        """The dock and the kind of each base."""
        pairs = {craft.base: (craft.dock, craft.kind) for craft in self.crafts}
        return tuple(pairs[number] for number in sorted(pairs))

    def problem(self, limits_j: Sequence[float], *, by_energy: bool = False, sortie_price: float = 0.0) -> Problem:
        """Return the search problem with an energy limit for each base."""
        flyings: list[Flying] = []
        docked: list[tuple[Base, ...]] = []
        for kind in self.kinds:
            one = problem_of(kind.visits, kind.costs, limit_j=kind.rules.limit_j, limit_items=MOST_TOUR_ITEMS)
            flyings.append(one.flyings[0])
            docked.append(one.bases)
            items = one.items
        bases = tuple(
            replace(docked[kind][dock], flying=kind, limit_j=limit_j)
            for (dock, kind), limit_j in zip(self.bases, limits_j, strict=True)
        )
        return Problem(
            flyings=tuple(flyings),
            bases=bases,
            items=items,
            limit_items=MOST_TOUR_ITEMS,
            by_energy=by_energy,
            sortie_price=sortie_price,
        )


def fleet_task_of(mission: Mission, network: RoadNetwork) -> FleetTask:
    """Return what the mission asks of its fleet on the kept roads.

    Raises:
        InputError: a field of the mission contradicts another, or an airframe; names it.
        PlanningError: a road cannot be flown by any aircraft; says which, where, why and what would help.

    """
    docks = dock_sites(mission)
    origin = docks[0].position
    frame = LocalFrame(lat_deg=origin.lat_deg, lon_deg=origin.lon_deg)
    docks_m = frame.geodetic_to_enu([d.position.lat_deg for d in docks], [d.position.lon_deg for d in docks])[:, :2]
    zones, zone_notes = zones_of(mission, frame)
    keep_out = KeepOut.of([corners for _, corners in zones])
    for dock, place in zip(docks, docks_m, strict=True):
        if keep_out.contains(place):
            where = f"dock {dock.dock_id} ({spot(dock.position)})"
            raise PlanningError(f"{where} is in a no-fly zone or within {CLEARANCE_M:g} m of one: move the dock")
    rules, crafts = _crafts(mission, docks)
    shortest = min(rules, key=lambda one: one.limit_j / one.airframe.hover_w * one.service_m_s)
    required, cut_notes = required_chains(network, frame, keep_out, shortest)
    chains, kinds = _within_reach(required, rules, crafts, keep_out, (docks, docks_m))
    return FleetTask(
        origin=origin,
        docks=docks,
        kinds=kinds,
        crafts=crafts,
        stretches=stretches_of(chains, origin),
        notes=(*zone_notes, *cut_notes),
    )


def dock_sites(mission: Mission) -> tuple[DockSite, ...]:
    """Return the docks that an aircraft of the mission has, in the order of the file."""
    swap_s = mission.flight.swap_s
    if not mission.fleet:
        dock = mission.dock
        return (DockSite(dock_id="dock", position=dock.point, amsl_m=dock.amsl_m, swap_s=swap_s),)
    used = {one.dock for one in mission.fleet}
    return tuple(
        DockSite(
            dock_id=dock.id,
            position=dock.point,
            amsl_m=dock.amsl_m,
            swap_s=swap_s if dock.swap_s is None else dock.swap_s,
        )
        for dock in mission.docks
        if dock.id in used
    )


def _crafts(mission: Mission, docks: Sequence[DockSite]) -> tuple[tuple[FlightRules, ...], tuple[Craft, ...]]:
    """Return the ways of flying, one for each airframe, and the aircraft."""
    number_of = {dock.dock_id: number for number, dock in enumerate(docks)}
    named: list[tuple[Aircraft, int]] = [(one, number_of[one.dock]) for one in mission.fleet]
    named = named or [(mission.aircraft, 0)]
    airframes = list(dict.fromkeys(one.airframe for one, _ in named))
    pairs = [(dock, airframes.index(one.airframe)) for one, dock in named]
    bases = list(dict.fromkeys(pairs))
    flown_by = {one.airframe: one for one, _ in reversed(named)}
    rules = tuple(rules_of(mission.model_copy(update={"aircraft": flown_by[name]})) for name in airframes)
    crafts = tuple(
        Craft(aircraft=one, dock=pair[0], kind=pair[1], base=bases.index(pair))
        for (one, _), pair in zip(named, pairs, strict=True)
    )
    return rules, crafts


def _within_reach(
    chains: tuple[Chain, ...],
    rules: Sequence[FlightRules],
    crafts: Sequence[Craft],
    keep_out: KeepOut,
    sites: tuple[Sequence[DockSite], Line],
) -> tuple[tuple[Chain, ...], tuple[Kind, ...]]:
    """Return the chains, cut where one alone would take more than any aircraft's battery or items.

    `sites` are the docks and their (D, 2) places in the planning frame.
    """
    docks, docks_m = sites
    while True:
        lines = [chain.flown_m for chain in chains]
        kinds = tuple(_kind(lines, one, keep_out, docks_m) for one in rules)
        spare_j = np.array([_spare_j(kinds[craft.kind], craft.dock) for craft in crafts])
        best = spare_j.max(axis=0)
        too_much = (best < 0) | np.array([visit.items > MOST_TOUR_ITEMS for visit in kinds[0].visits[::2]])
        if not too_much.any():
            return chains, kinds
        for index in np.flatnonzero(too_much):
            if not np.isfinite(best[index]) or chains[index].length_m < SHORTEST_CUT_M:
                craft = crafts[int(np.argmax(spare_j[:, index]))]
                flown_by, visit = rules[craft.kind], kinds[craft.kind].visits[2 * index]
                energy_j = flown_by.limit_j - float(best[index])
                from_dock = replace(chains[index], line_m=chains[index].line_m - docks_m[craft.dock])
                raise out_of_reach(from_dock, visit, energy_j, flown_by, docks[craft.dock].position)
        chains = tuple(
            part for chain, cut in zip(chains, too_much, strict=True) for part in cut_evenly(chain, 2 if cut else 1)
        )


def _kind(lines_m: Sequence[Line], rules: FlightRules, keep_out: KeepOut, docks_m: Line) -> Kind:
    visits = visits_of(lines_m, rules)
    ways = ways_round(docks_m, visits, rules, keep_out)
    return Kind(rules=rules, visits=visits, costs=costs_of(docks_m, visits, rules, ways), ways=ways)


def _spare_j(kind: Kind, dock: int) -> Line:
    """Return for each stretch the energy that a sortie for it alone leaves of the limit; negative is too much."""
    docks = kind.costs.docks
    own = np.array([np.inf if np.isnan(visit.energy_j) else visit.energy_j for visit in kind.visits])
    alone = kind.costs.energy_j[dock, docks:] + own + kind.costs.energy_j[docks:, dock]
    spare: Line = kind.rules.limit_j - np.minimum(alone[::2], alone[1::2])
    return spare
