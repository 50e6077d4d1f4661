"""What has to be flown: a mission and its roads as stretches, visits, zones and costs in the planning frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from geo import LocalFrame
from missions import Carriageway, GeoPoint, InputError, LeftOut, PlanningError, Stretch
from missions.formats.mav_commands import COPTER_MAX_MISSION_ITEMS
from missions.hardware import load_airframe
from missions.mission import Mission
from missions.roads import RoadNetwork
from missions.terrain import Terrain, TerrainUse
from missions.zones.of_mission import NoFlyZones
from planner.carriageways import Paired, attached, in_lanes, paired
from planner.energy import Floats, Wind, deadhead_speed_m_s, watt_hours
from planner.field import Field
from planner.ground import Ground
from planner.heights import Heights
from planner.hindrances import Hindrances, floors_of, hindrances_of
from planner.keep_out import CLEARANCE_M, KeepOut
from planner.reach import reach_m
from planner.required import Allowed, Lost, allowed_of
from planner.seeing import half_width_of, with_height
from planner.sorties import geo_points
from planner.stretches import Chain, Line, chains_of, cut_evenly
from planner.visits import FlightRules, Visit

MOST_TOUR_ITEMS: Final = COPTER_MAX_MISSION_ITEMS - 20
"""Left out: home, take-off, return, first speed and gimbal, the way to the dock, turns round zones."""
MOST_ZONE_CORNERS: Final = 150
"""Of all zones together, for ways round them: their number is squared."""
ONE_DOCK_M: Final = np.zeros((1, 2))
_LARGEST_SHARE: Final = 0.25
"""Of a battery for one stretch: longer ones are cut, which packs sorties better."""
_SHORTEST_CUT_M: Final = 60.0
_DOCK_AGREES_M: Final = 10.0
"""How far terrain and mission may be apart at the dock: what global models err by in a town."""
_WINDY_M_S: Final = 4.0
"""Wind from which waiting for less is worth advising."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Task:
    """Everything the search and the writing of sorties need."""

    dock: GeoPoint
    rules: FlightRules
    hindrances: Hindrances
    keep_out: KeepOut
    field: Field
    beside: tuple[Chain, ...]
    """Carriageways that are seen from chains of the field."""
    notes: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()


def task_of(
    mission: Mission,
    network: RoadNetwork,
    no_fly: NoFlyZones,
    terrain: Terrain | None = None,
    roads_to_see: Paired | None = None,
    *,
    pair_carriageways: bool = True,
    zone_corners: int = MOST_ZONE_CORNERS,
    docks_m: Line = ONE_DOCK_M,
    reaches_m: Floats | None = None,
) -> Task:
    """Return what the mission asks for on the kept roads, outside its no-fly zones.

    With `roads_to_see` it asks for those instead, and the network only says how far zones matter. Dual carriageways are
    flown once, or both if so wanted. Zones that have more corners than `zone_corners` in all are made simpler, and
    larger. The mission's dock is the origin; `docks_m` are the (D, 2) places of a fleet's docks, `reaches_m`
    how far from each over ground its aircraft may be.

    Raises:
        InputError: a field of the mission contradicts another, or the airframe; names it.
        PlanningError: a road cannot be flown at all; says which, where, why and what would help.

    """
    rules = rules_of(mission, terrain)
    dock = mission.dock.point
    frame = LocalFrame(lat_deg=dock.lat_deg, lon_deg=dock.lon_deg)
    roads = _chains(network, frame)
    hindrances = hindrances_of(mission, no_fly, network, rules.heights, frame, room=zone_corners)
    if reaches_m is None:
        places = np.vstack([chain.line_m for chain in roads])
        reaches_m = np.array([reach_m(mission.flight.radio_range_m, rules.heights, places)])
    keep_out = KeepOut.of(hindrances.corners_m, reach_m=float(reaches_m[0]) if len(docks_m) == 1 else np.inf)
    if keep_out.contains(np.zeros(2)):
        raise PlanningError(
            f"the dock ({spot(dock)}) is in a no-fly zone or within {CLEARANCE_M:g} m of one: move the dock"
        )
    asked = roads_to_see.flown if roads_to_see else roads
    allowed = _required(asked, keep_out, network.source, docks_m=docks_m, reaches_m=reaches_m)
    if roads_to_see is None:
        roads_to_see = _to_see(allowed.chains, mission, pair_carriageways=pair_carriageways)
    else:
        roads_to_see = roads_to_see.within(allowed.chains, pair_carriageways=pair_carriageways)
    required = _cut_to_batteries(roads_to_see.flown, rules)
    field = _within_reach(Field.of(required, docks_m=docks_m, rules=rules, keep_out=keep_out), dock)
    return Task(
        dock=dock,
        rules=rules,
        hindrances=hindrances,
        keep_out=keep_out,
        field=field,
        beside=tuple(roads_to_see.beside),
        notes=(*_terrain_notes(mission, rules), *allowed.notes, *roads_to_see.notes),
        left_out=_left_out(allowed.lost, dock),
    )


def rules_of(mission: Mission, terrain: Terrain | None = None) -> FlightRules:
    """Return how the mission's aircraft flies.

    Raises:
        InputError: height, speed or wind are outside what is allowed or what the airframe can do.

    """
    if mission.flight.height_m is None:
        mission, _ = with_height(mission)
    flight, airframe = mission.flight, load_airframe(mission.aircraft.airframe)
    assert flight.height_m is not None
    if (mission.terrain is None) != (terrain is None):
        raise ValueError("a mission with terrain is planned with the heights of that file, one without with none")
    service_m_s = flight.speed_m_s or airframe.cruise_m_s
    if flight.height_m > flight.altitude_cap_m:
        raise InputError(
            f"is above altitude_cap_m {flight.altitude_cap_m:g}", field="flight.height_m", remedy="a lower height"
        )
    if service_m_s > airframe.max_airspeed_m_s:
        raise InputError(
            f"is {service_m_s:g}, but {airframe.name} flies up to {airframe.max_airspeed_m_s:g} m/s",
            field="flight.speed_m_s",
            remedy="a lower speed, or another aircraft.airframe",
        )
    if flight.wind.speed_m_s > airframe.max_wind_m_s:
        raise InputError(
            f"is {flight.wind.speed_m_s:g}, but {airframe.name} flies in up to {airframe.max_wind_m_s:g} m/s",
            field="flight.wind.speed_m_s",
            remedy="wait for less wind, or another aircraft.airframe",
        )
    ground = Ground.at_dock(terrain, mission.dock.point) if terrain is not None else None
    return FlightRules(
        airframe=airframe,
        wind=Wind.blowing_from(flight.wind.from_deg, speed_m_s=flight.wind.speed_m_s),
        heights=Heights(
            height_m=flight.height_m,
            cap_m=flight.altitude_cap_m,
            ground=ground,
            clearance_m=mission.terrain.clearance_m if mission.terrain is not None else 0.0,
            floors=floors_of(mission, ground) if ground is not None else (),
        ),
        service_m_s=service_m_s,
        deadhead_m_s=deadhead_speed_m_s(airframe, service_m_s=service_m_s),
        limit_j=airframe.battery_wh * 3600.0 * (1 - flight.reserve_pct / 100),
    )


def spot(point: GeoPoint) -> str:
    """Return a position as a person reads it."""
    return f"{point.lat_deg:.6f}, {point.lon_deg:.6f}"


def _chains(network: RoadNetwork, frame: LocalFrame) -> tuple[Chain, ...]:
    chains = chains_of(network, frame) if network.roads else ()
    if not chains:
        raise PlanningError(f"{network.source}: no road is kept, or none has a length: check roads.keep in the mission")
    return chains


def _required(
    chains: tuple[Chain, ...], keep_out: KeepOut, source: str, *, docks_m: Line, reaches_m: Floats
) -> Allowed:
    """Return the required chains that may be flown."""
    allowed = allowed_of(chains, keep_out, docks_m=docks_m, reach_m=reaches_m)
    if not allowed.chains:
        out_of = "in a no-fly zone or out of radio range" if np.isfinite(reaches_m).all() else "in a no-fly zone"
        raise PlanningError(f"{source}: every kept road lies {out_of}")
    return allowed


def _to_see(chains: tuple[Chain, ...], mission: Mission, *, pair_carriageways: bool) -> Paired:
    """Return what has to be flown to show the chains from the mission's height."""
    half_width_m = half_width_of(with_height(mission)[0])
    lanes = in_lanes(chains, half_width_m=half_width_m)
    return paired(lanes, half_width_m=half_width_m) if pair_carriageways else Paired(flown=lanes, beside=())


def _cut_to_batteries(chains: Sequence[Chain], rules: FlightRules) -> tuple[Chain, ...]:
    """Return the chains cut so that none is longer than a quarter of a battery flies."""
    longest_m = _LARGEST_SHARE * rules.limit_j / rules.airframe.hover_w * rules.service_m_s
    return tuple(part for chain in chains for part in cut_evenly(chain, int(np.ceil(chain.length_m / longest_m))))


def terrain_use(mission: Mission, task: Task) -> TerrainUse | None:
    """Return what the plan remembers of its terrain."""
    ground = task.rules.heights.ground
    return ground.terrain.use(task.rules.heights.clearance_m) if ground is not None and mission.terrain else None


def _terrain_notes(mission: Mission, rules: FlightRules) -> tuple[str, ...]:
    """Compare the dock's stated height with the terrain's, where both are above mean sea level."""
    ground, dock = rules.heights.ground, mission.dock
    if ground is None or ground.dock_amsl_m is None or dock.known_amsl_m is None:
        return ()
    if abs(ground.dock_amsl_m - dock.known_amsl_m) <= _DOCK_AGREES_M:
        return ()
    file = ground.terrain.file
    text = f"{file} says {ground.dock_m:.0f} m above sea level at the dock, dock.amsl_m says {dock.amsl_m:g} m"
    return (f"{text}: heights are worked out from the terrain's",)


def _left_out(lost: Sequence[Lost], dock: GeoPoint) -> tuple[LeftOut, ...]:
    return tuple(
        LeftOut(
            reason=piece.reason,
            road_ids=piece.chain.road_ids,
            name=piece.chain.name,
            centreline=geo_points(dock, piece.chain.line_m),
            width_m=piece.chain.width_m,
        )
        for piece in lost
    )


def _within_reach(field: Field, dock: GeoPoint) -> Field:
    """Return the field cut where one stretch alone would take more than a battery or an autopilot's items."""
    while True:
        alone_j, limit_j = field.alone_j(), field.rules.limit_j
        too_much = (alone_j > limit_j) | np.array([visit.items > MOST_TOUR_ITEMS for visit in field.visits[::2]])
        if not too_much.any():
            return field
        for index in np.flatnonzero(too_much):
            chain, visit = field.chains[index], field.visits[2 * index]
            if not np.isfinite(alone_j[index]) or chain.length_m < _SHORTEST_CUT_M:
                raise _out_of_reach(chain, visit, float(alone_j[index]), field.rules, dock)
        field = field.cut([2 if cut else 1 for cut in too_much])


def _out_of_reach(chain: Chain, visit: Visit, energy_j: float, rules: FlightRules, dock: GeoPoint) -> PlanningError:
    place = geo_points(dock, chain.line_m[:1])[0]
    away_km = float(np.linalg.norm(chain.line_m[0])) / 1000
    what = f"{chain.name or f'road {chain.road_ids[0]}'} ({spot(place)}), {away_km:.1f} km from the dock"
    if not np.isfinite(visit.energy_j):
        return PlanningError(
            f"{what}: no headway along it in the wind at {rules.airframe.max_airspeed_m_s:g} m/s airspeed: "
            "wait for less wind or take another airframe"
        )
    if not np.isfinite(energy_j):
        return PlanningError(
            f"{what}: no way there and back round the no-fly zones: move the dock or leave the road out"
        )
    windy = "wait for less wind, " if rules.wind.speed_m_s > _WINDY_M_S else ""
    return PlanningError(
        f"{what}: flying {chain.length_m:.0f} m of it alone takes {watt_hours(energy_j):.0f} Wh, a sortie has "
        f"{watt_hours(rules.limit_j):.0f} Wh: "
        f"{windy}move the dock nearer, leave the road out, or lower flight.reserve_pct"
    )


def stretches_of(chains: Sequence[Chain], beside: Sequence[Chain], dock: GeoPoint) -> tuple[Stretch, ...]:
    """Return the chains as stretches, each with the carriageways that are seen from it."""
    digits = len(str(len(chains)))
    return tuple(
        Stretch(
            stretch_id=f"s{number:0{digits}d}",
            road_ids=tuple(dict.fromkeys(road for part in (chain, *ways) for road in part.road_ids)),
            name=chain.name,
            road_class=chain.road_class,
            centreline=geo_points(dock, chain.line_m),
            length_m=chain.length_m,
            width_m=chain.width_m,
            beside=tuple(
                Carriageway(road_ids=way.road_ids, centreline=geo_points(dock, way.line_m), width_m=way.width_m)
                for way in ways
            ),
        )
        for number, (chain, ways) in enumerate(zip(chains, attached(beside, chains), strict=True), start=1)
    )
