"""What has to be flown, and by whom: a mission of several docks and aircraft in one planning frame."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from geo import LocalFrame
from missions import DockSite, GeoPoint, PlanningError, Stretch
from missions.mission import Aircraft, Mission
from missions.roads import RoadNetwork
from missions.terrain import Terrain
from missions.zones.of_mission import NoFlyZones
from planner.field import Field
from planner.ground import Ground
from planner.hindrances import hindrances_of
from planner.keep_out import CLEARANCE_M, KeepOut
from planner.reach import reach_m
from planner.search import Base, Flying, Problem
from planner.stretches import Chain
from planner.task import MOST_TOUR_ITEMS, MOST_ZONE_CORNERS, Task, rules_of, spot, stretches_of, task_of
from planner.visits import FlightRules

_METRE_M: Final = 0.1
"""Docks nearer than this to the planning frame's origin are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Craft:
    """One aircraft of the fleet."""

    aircraft: Aircraft
    view: Mission
    """The mission as if it were for this aircraft alone."""
    dock: int
    """Index of its dock."""
    kind: int
    """Index of its way of flying."""
    base: int
    """Index of the pair of both: aircraft of one base are alike."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """What a fleet is planned from, beside its mission."""

    network: RoadNetwork
    no_fly: NoFlyZones
    terrain: Terrain | None
    pair_carriageways: bool = True
    zone_corners: int = MOST_ZONE_CORNERS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FleetTask:
    """Everything the search, the timetable and the writing of plans need."""

    asked: Asked
    origin: GeoPoint
    """Of the planning frame: the first dock."""
    docks: tuple[DockSite, ...]
    fields: tuple[Field, ...]
    """One for each way of flying; their docks are those of the fleet, in its order."""
    crafts: tuple[Craft, ...]
    stretches: tuple[Stretch, ...]
    whole: Task
    """The task of the first dock."""

    @property
    def bases(self) -> tuple[tuple[int, int], ...]:
        """The dock and the kind of each base."""
        pairs = {craft.base: (craft.dock, craft.kind) for craft in self.crafts}
        return tuple(pairs[number] for number in sorted(pairs))

    def rules(self, craft: Craft) -> FlightRules:
        """Return how an aircraft flies."""
        return self.fields[craft.kind].rules

    def problem(self, limits_j: Sequence[float]) -> Problem:
        """Return the search problem with an energy limit for each base."""
        flyings: list[Flying] = []
        docked: list[tuple[Base, ...]] = []
        every = np.arange(len(self.stretches))
        for field in self.fields:
            one = field.problem(every, limit_j=field.rules.limit_j, limit_items=MOST_TOUR_ITEMS)
            flyings.append(one.flyings[0])
            docked.append(one.bases)
        bases = tuple(
            replace(docked[kind][dock], flying=kind, limit_j=limit_j)
            for (dock, kind), limit_j in zip(self.bases, limits_j, strict=True)
        )
        return replace(one, flyings=tuple(flyings), bases=bases)

    def own(self, craft: Craft, height_m: float) -> Task:
        """Return the same stretches as the task of one aircraft at a height, in the frame of its own dock.

        Raises:
            PlanningError: somewhere there is no such height over the terrain.

        """
        view = craft.view.model_copy(update={"flight": craft.view.flight.model_copy(update={"height_m": height_m})})
        rules = rules_of(view, self.asked.terrain)
        dock = self.docks[craft.dock].position
        frame = LocalFrame(lat_deg=dock.lat_deg, lon_deg=dock.lon_deg)
        chains = _moved(self.whole.field.chains, self.origin, frame)
        room = self.asked.zone_corners
        hindrances = hindrances_of(view, self.asked.no_fly, self.asked.network, rules.heights, frame, room=room)
        places = np.vstack([chain.line_m for chain in chains])
        keep_out = KeepOut.of(hindrances.corners_m, reach_m=reach_m(view.flight.radio_range_m, rules.heights, places))
        return replace(
            self.whole,
            dock=dock,
            rules=rules,
            hindrances=hindrances,
            keep_out=keep_out,
            field=Field.of(chains, docks_m=np.zeros((1, 2)), rules=rules, keep_out=keep_out),
            notes=(),
        )


def fleet_task_of(mission: Mission, asked: Asked) -> FleetTask:
    """Return what the mission asks of its fleet on the kept roads; `flight.height_m` is a number.

    Raises:
        InputError: a field of the mission contradicts another, or an airframe; names it.
        PlanningError: a road cannot be flown by any aircraft; says which, where, why and what would help.

    """
    docks = dock_sites(mission, asked.terrain)
    origin = docks[0].position
    frame = LocalFrame(lat_deg=origin.lat_deg, lon_deg=origin.lon_deg)
    docks_m = frame.geodetic_to_enu([d.position.lat_deg for d in docks], [d.position.lon_deg for d in docks])[:, :2]
    docks_m[np.abs(docks_m) < _METRE_M] = 0.0
    crafts = _crafts(mission, docks)
    first = crafts[0].view.model_copy(update={"dock": view_of(mission, docks[0], crafts[0].aircraft).dock})
    rules = {craft.kind: rules_of(first.model_copy(update={"aircraft": craft.aircraft}), asked.terrain)
             for craft in reversed(crafts)}  # fmt: skip
    farthest = max(rules, key=lambda kind: rules[kind].limit_j / rules[kind].airframe.hover_w * rules[kind].service_m_s)
    main = next(craft.aircraft for craft in crafts if craft.kind == farthest)
    whole = task_of(
        first.model_copy(update={"aircraft": main}),
        asked.network,
        asked.no_fly,
        asked.terrain,
        pair_carriageways=asked.pair_carriageways,
        zone_corners=asked.zone_corners,
        docks_m=docks_m,
    )
    for dock, place in zip(docks, docks_m, strict=True):
        if whole.keep_out.contains(place):
            where = f"dock {dock.dock_id} ({spot(dock.position)})"
            raise PlanningError(f"{where} is in a no-fly zone or within {CLEARANCE_M:g} m of one: move the dock")
    chains = whole.field.chains
    return FleetTask(
        asked=asked,
        origin=origin,
        docks=docks,
        fields=tuple(
            Field.of(chains, docks_m=docks_m, rules=rules[kind], keep_out=whole.keep_out) for kind in sorted(rules)
        ),
        crafts=crafts,
        stretches=stretches_of(chains, whole.beside, origin),
        whole=whole,
    )


def dock_sites(mission: Mission, terrain: Terrain | None) -> tuple[DockSite, ...]:
    """Return the docks that an aircraft of the mission has, in the order of the file, as high as the terrain says."""
    swap_s = mission.flight.swap_s
    if not mission.fleet:
        rows = [("dock", mission.dock, swap_s)]
    else:
        used = {one.dock for one in mission.fleet}
        rows = [(d.id, d, swap_s if d.swap_s is None else d.swap_s) for d in mission.docks if d.id in used]
    sites = []
    for dock_id, dock, swap in rows:
        known_m = Ground.at_dock(terrain, dock.point).dock_amsl_m if terrain is not None else None
        amsl_m = dock.amsl_m if known_m is None else round(known_m, 2)
        sites.append(DockSite(dock_id=dock_id, position=dock.point, amsl_m=amsl_m, swap_s=swap))
    return tuple(sites)


def views_of(mission: Mission) -> tuple[Mission, ...]:
    """Return the mission as each of its aircraft sees it."""
    if not mission.fleet:
        return (mission,)
    return tuple(mission.model_copy(update={"aircraft": one}) for one in mission.fleet)


def view_of(mission: Mission, dock: DockSite, aircraft: Aircraft) -> Mission:
    """Return the mission as if it were for one aircraft from one dock."""
    if not mission.fleet:
        return mission
    own = next(row for row in mission.docks if row.id == dock.dock_id)
    known = {"amsl_m": dock.amsl_m} if own.amsl_m != dock.amsl_m else {}
    return mission.model_copy(update={"dock": own.model_copy(update=known), "aircraft": aircraft})


def _crafts(mission: Mission, docks: Sequence[DockSite]) -> tuple[Craft, ...]:
    number_of = {dock.dock_id: number for number, dock in enumerate(docks)}
    named: list[tuple[Aircraft, int]] = [(one, number_of[one.dock]) for one in mission.fleet]
    named = named or [(mission.aircraft, 0)]
    airframes = list(dict.fromkeys(one.airframe for one, _ in named))
    pairs = [(dock, airframes.index(one.airframe)) for one, dock in named]
    bases = list(dict.fromkeys(pairs))
    return tuple(
        Craft(aircraft=one, view=view_of(mission, docks[pair[0]], one), dock=pair[0], kind=pair[1],
              base=bases.index(pair))
        for (one, _), pair in zip(named, pairs, strict=True)
    )  # fmt: skip


def _moved(chains: Sequence[Chain], origin: GeoPoint, frame: LocalFrame) -> tuple[Chain, ...]:
    """Return chains of the planning frame in a dock's own."""
    planning = LocalFrame(lat_deg=origin.lat_deg, lon_deg=origin.lon_deg)
    moved = []
    for chain in chains:
        lat, lon, _ = planning.enu_to_geodetic(chain.line_m).T
        moved.append(replace(chain, line_m=frame.geodetic_to_enu(lat, lon)[:, :2]))
    return tuple(moved)
