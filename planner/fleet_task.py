"""What has to be flown, and by whom: a mission of several docks and aircraft in one planning frame."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np

from geo import LocalFrame
from missions import DockSite, GeoPoint, PlanningError, Stretch
from missions.mission import Aircraft, Mission
from missions.roads import RoadNetwork
from missions.terrain import Terrain
from missions.zones.of_mission import NoFlyZones
from planner.carriageways import Paired
from planner.energy import Floats
from planner.field import Field
from planner.fleet_field import FleetField
from planner.ground import Ground
from planner.hindrances import hindrances_of
from planner.keep_out import CLEARANCE_M, KeepOut
from planner.problems import Problems
from planner.reach import reach_m
from planner.stretches import Chain, Line
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
    roads_to_see: Callable[[GeoPoint], Paired] | None = None
    """What to see instead of the network's roads, in the frame of a dock."""
    highest_m: float | None = None
    """Height up to which layers of the fleet may be; where the radio reaches is worked out there."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FleetTask:
    """Everything the search, the timetable and the writing of plans need."""

    asked: Asked
    origin: GeoPoint
    """Of the planning frame: the first dock."""
    docks: tuple[DockSite, ...]
    field: FleetField
    """In the planning frame."""
    crafts: tuple[Craft, ...]
    stretches: tuple[Stretch, ...]
    whole: Task
    """The task of the first dock."""

    def rules(self, craft: Craft) -> FlightRules:
        """Return how an aircraft flies."""
        return self.field.fields[craft.kind].rules

    @property
    def limits_j(self) -> tuple[float, ...]:
        """What a sortie from each base may take."""
        return tuple(self.field.fields[kind].rules.limit_j for kind, _ in self.field.bases)

    def cut(self, field: FleetField) -> "FleetTask":
        """Return the task with its stretches as a field cuts them."""
        stretches = stretches_of(field.chains, self.whole.beside, self.origin)
        whole = replace(self.whole, field=field.fields[0])
        return replace(self, field=field, whole=whole, stretches=stretches)

    def own(self, craft: Craft, height_m: float, flown: Sequence[int]) -> Task:
        """Return some of the stretches as the task of one aircraft at a height, in the frame of its own dock.

        Raises:
            PlanningError: somewhere there is no such height over the terrain.

        """
        view = craft.view.with_flight(height_m=height_m)
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
            field=Field.of(
                [chains[number] for number in flown], docks_m=np.zeros((1, 2)), rules=rules, keep_out=keep_out
            ),
            notes=(),
        )


def problems_of(field: FleetField, *, limits_j: Sequence[float]) -> Problems:
    """Return what is searched over a fleet's field, with an energy limit for each base."""
    of = partial(field.problem, limits_j=limits_j, limit_items=MOST_TOUR_ITEMS)
    return Problems(places_m=field.middles_m, of=of)


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
    reaches_m = np.array([_reach_m(asked, crafts, number) for number in range(len(docks))])
    whole = task_of(
        first.model_copy(update={"aircraft": main}),
        asked.network,
        asked.no_fly,
        asked.terrain,
        asked.roads_to_see(origin) if asked.roads_to_see is not None else None,
        pair_carriageways=asked.pair_carriageways,
        zone_corners=asked.zone_corners,
        docks_m=docks_m,
        reaches_m=reaches_m,
    )
    for dock, place in zip(docks, docks_m, strict=True):
        if whole.keep_out.contains(place):
            where = f"dock {dock.dock_id} ({spot(dock.position)})"
            raise PlanningError(f"{where} is in a no-fly zone or within {CLEARANCE_M:g} m of one: move the dock")
    field = _field_of(whole, crafts, rules, docks_m, reaches_m)
    task = FleetTask(
        asked=asked,
        origin=origin,
        docks=docks,
        field=field,
        crafts=crafts,
        stretches=stretches_of(field.chains, whole.beside, origin),
        whole=whole,
    )
    if mission.flight.radio_range_m is not None:
        _refuse_unreached(task)
    return task


def _field_of(
    whole: Task, crafts: Sequence[Craft], rules: dict[int, FlightRules], docks_m: Line, reaches_m: Floats
) -> FleetField:
    """Return the field of a fleet: ways of flying share it where no radio tells docks apart."""
    chains = whole.field.chains
    if np.isfinite(reaches_m).all():
        bases = {craft.base: craft for craft in crafts}
        fields = []
        for craft in (bases[number] for number in sorted(bases)):
            dock_m = (float(docks_m[craft.dock, 0]), float(docks_m[craft.dock, 1]))
            keep_out = KeepOut(whole.keep_out.zones, float(reaches_m[craft.dock]), dock_m)
            docks = docks_m[craft.dock : craft.dock + 1]
            fields.append(Field.of(chains, docks_m=docks, rules=rules[craft.kind], keep_out=keep_out))
        return FleetField(fields=tuple(fields), bases=tuple((number, 0) for number in range(len(fields))))
    return FleetField(
        fields=tuple(
            Field.of(chains, docks_m=docks_m, rules=rules[kind], keep_out=whole.keep_out) for kind in sorted(rules)
        ),
        bases=tuple(dict.fromkeys((craft.kind, craft.dock) for craft in crafts)),
    )


def _reach_m(asked: Asked, crafts: Sequence[Craft], dock: int) -> float:
    """Return how far over ground the radio of a dock's aircraft reaches, at the highest of the fleet's layers."""
    view = next(craft.view for craft in crafts if craft.dock == dock)
    if view.flight.radio_range_m is None:
        return np.inf
    if asked.highest_m is not None and len(crafts) > 1:
        view = view.with_flight(height_m=asked.highest_m)
    frame = LocalFrame(lat_deg=view.dock.point.lat_deg, lon_deg=view.dock.point.lon_deg)
    places = [frame.geodetic_to_enu(*road.lat_lon_deg.T)[:, :2] for road in asked.network.roads]
    return reach_m(view.flight.radio_range_m, rules_of(view, asked.terrain).heights, np.vstack(places))


def _refuse_unreached(task: FleetTask) -> None:
    """Every stretch is in reach of a dock, but the way there round the zones may not be.

    Raises:
        PlanningError: names a road that no aircraft gets to.

    """
    first = 0
    for problem in problems_of(task.field, limits_j=task.limits_j).apart():
        fits = problem.fits_alone()
        if not fits.all():
            stretch = task.stretches[first + int(np.argmin(fits))]
            raise PlanningError(
                f"{stretch.name or f'road {stretch.road_ids[0]}'} ({spot(stretch.centreline[0])}): no aircraft gets "
                "there and back on a battery without leaving its radio range: move a dock nearer, leave the road "
                "out, or a longer flight.radio_range_m"
            )
        first += len(fits)


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
    pairs = [(airframes.index(one.airframe), dock) for one, dock in named]
    bases = list(dict.fromkeys(pairs))
    by_dock = mission.flight.radio_range_m is not None  # each dock then has ways of its own round the zones
    return tuple(
        Craft(
            aircraft=one,
            view=view_of(mission, docks[dock], one),
            dock=dock,
            kind=bases.index((airframe, dock)) if by_dock else airframe,
            base=bases.index((airframe, dock)),
        )
        for (one, _), (airframe, dock) in zip(named, pairs, strict=True)
    )


def _moved(chains: Sequence[Chain], origin: GeoPoint, frame: LocalFrame) -> tuple[Chain, ...]:
    """Return chains of the planning frame in a dock's own."""
    planning = LocalFrame(lat_deg=origin.lat_deg, lon_deg=origin.lon_deg)
    lat, lon, _ = planning.enu_to_geodetic(np.vstack([chain.line_m for chain in chains])).T
    ends = np.cumsum([len(chain.line_m) for chain in chains])[:-1]
    lines = np.split(frame.geodetic_to_enu(lat, lon)[:, :2], ends)
    return tuple(replace(chain, line_m=line) for chain, line in zip(chains, lines, strict=True))
