"""What has to be flown: a mission and its roads as stretches, visits, zones and costs in the planning frame."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from shapely import Polygon

from geo import LocalFrame
from missions import GeoPoint, InputError, PlanningError, Stretch
from missions.formats.mav_commands import COPTER_MAX_FENCE_POINTS, COPTER_MAX_MISSION_ITEMS
from missions.hardware import load_airframe
from missions.mission import Mission
from missions.roads import RoadNetwork
from planner.energy import Floats, Wind, deadhead_speed_m_s, watt_hours
from planner.fence import FENCE_CORNERS, circumscribed_m
from planner.keep_out import CLEARANCE_M, KeepOut
from planner.sorties import geo_points
from planner.stretches import Chain, chains_of, cut_evenly
from planner.visits import Costs, FlightRules, Visit, costs_of, visits_of, ways_round
from planner.ways import WaysRound

MOST_TOUR_ITEMS: Final = COPTER_MAX_MISSION_ITEMS - 20
"""Left out: home, take-off, return, first speed and gimbal, the way to the dock, turns round zones."""
_LARGEST_SHARE: Final = 0.25
"""Of a battery for one stretch: longer ones are cut, which packs sorties better."""
SHORTEST_CUT_M: Final = 60.0
_WINDY_M_S: Final = 4.0
"""Wind from which waiting for less is worth advising."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Task:
    """Everything the search and the writing of sorties need."""

    dock: GeoPoint
    rules: FlightRules
    zones: tuple[tuple[str, Floats], ...]
    """Keep-out zones: id and (N, 2) corners."""
    keep_out: KeepOut
    stretches: tuple[Stretch, ...]
    visits: tuple[Visit, ...]
    costs: Costs
    ways: WaysRound | None
    notes: tuple[str, ...]


def task_of(mission: Mission, network: RoadNetwork) -> Task:
    """Return what the mission asks for on the kept roads.

    Raises:
        InputError: a field of the mission contradicts another, or the airframe; names it.
        PlanningError: a road cannot be flown at all; says which, where, why and what would help.

    """
    rules = rules_of(mission)
    dock = mission.dock.point
    frame = LocalFrame(lat_deg=dock.lat_deg, lon_deg=dock.lon_deg)
    zones, zone_notes = zones_of(mission, frame)
    keep_out = KeepOut.of([corners for _, corners in zones])
    if keep_out.contains(np.zeros(2)):
        raise PlanningError(
            f"the dock ({spot(dock)}) is in a no-fly zone or within {CLEARANCE_M:g} m of one: move the dock"
        )
    required, cut_notes = required_chains(network, frame, keep_out, rules)
    chains, visits, costs, ways = _within_reach(required, rules, keep_out, dock)
    return Task(
        dock=dock,
        rules=rules,
        zones=tuple(zones),
        keep_out=keep_out,
        stretches=stretches_of(chains, dock),
        visits=visits,
        costs=costs,
        ways=ways,
        notes=(*zone_notes, *cut_notes),
    )


def rules_of(mission: Mission) -> FlightRules:
    """Return how the mission's aircraft flies.

    Raises:
        InputError: height, speed or wind are outside what is allowed or what the airframe can do.

    """
    flight, airframe = mission.flight, load_airframe(mission.aircraft.airframe)
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
    return FlightRules(
        airframe=airframe,
        wind=Wind.blowing_from(flight.wind.from_deg, speed_m_s=flight.wind.speed_m_s),
        height_m=flight.height_m,
        service_m_s=service_m_s,
        deadhead_m_s=deadhead_speed_m_s(airframe, service_m_s=service_m_s),
        limit_j=airframe.battery_wh * 3600.0 * (1 - flight.reserve_pct / 100),
    )


def spot(point: GeoPoint) -> str:
    """Return a position as a person reads it."""
    return f"{point.lat_deg:.6f}, {point.lon_deg:.6f}"


def zones_of(mission: Mission, frame: LocalFrame) -> tuple[list[tuple[str, Floats]], list[str]]:
    """Return the no-fly zones in ENU, made simpler (larger) where the autopilot could not keep all their corners."""
    zones: list[tuple[str, Floats]] = []
    for zone in mission.no_fly:
        corners = frame.geodetic_to_enu([c.lat for c in zone.corners], [c.lon for c in zone.corners])[:, :2]
        if np.allclose(corners[0], corners[-1]):
            corners = corners[:-1]
        if len(corners) < 3 or not Polygon(corners).is_valid:
            raise InputError(
                f"the border of {zone.id} crosses itself or holds no area", field="no_fly", remedy="corners in order"
            )
        zones.append((zone.id, corners))
    room = COPTER_MAX_FENCE_POINTS - FENCE_CORNERS
    notes = []
    while sum(len(corners) for _, corners in zones) > room:
        largest = max(range(len(zones)), key=lambda index: len(zones[index][1]))
        zone_id, corners = zones[largest]
        if len(corners) <= 4:
            raise PlanningError(
                f"{len(zones)} no-fly zones need more than the {room} corners an autopilot has room for"
            )
        fewer = max(4, len(corners) // 2)
        zones[largest] = (zone_id, circumscribed_m(corners, margin_m=0.0, corners=fewer))
        notes.append(f"no-fly zone {zone_id} was enlarged to {fewer} corners to fit the autopilot")
    return zones, notes


def required_chains(
    network: RoadNetwork, frame: LocalFrame, keep_out: KeepOut, rules: FlightRules
) -> tuple[tuple[Chain, ...], list[str]]:
    """Return the required chains outside the zones, none longer than a quarter of a battery flies."""
    if not network.roads:
        raise PlanningError(f"{network.source}: no road is kept: check roads.keep in the mission file")
    longest_m = _LARGEST_SHARE * rules.limit_j / rules.airframe.hover_w * rules.service_m_s
    chains: list[Chain] = []
    notes: list[str] = []
    for chain in chains_of(network, frame):
        parts = [replace(chain, line_m=line) for line in keep_out.cut(chain.line_m)]
        lost_m = chain.length_m - sum(part.length_m for part in parts)
        if lost_m > 0.5:
            name = chain.name or f"road {chain.road_ids[0]}"
            notes.append(f"{name}: {lost_m:.0f} m lie in a no-fly zone or within {CLEARANCE_M:g} m, not flown")
        for part in parts:
            chains += cut_evenly(part, int(np.ceil(part.length_m / longest_m)))
    if not chains:
        raise PlanningError(f"{network.source}: every kept road lies in a no-fly zone or has no length")
    return tuple(chains), notes


def _within_reach(
    chains: tuple[Chain, ...], rules: FlightRules, keep_out: KeepOut, dock: GeoPoint
) -> tuple[tuple[Chain, ...], tuple[Visit, ...], Costs, WaysRound | None]:
    """Return the chains, cut where one alone would take more than a battery or an autopilot's items."""
    while True:
        visits = visits_of([chain.flown_m for chain in chains], rules)
        home_m = np.zeros((1, 2))
        ways = ways_round(home_m, visits, rules, keep_out)
        costs = costs_of(home_m, visits, rules, ways)
        alone = costs.energy_j[0, 1:] + [visit.energy_j for visit in visits] + costs.energy_j[1:, 0]
        best = np.minimum(alone[::2], alone[1::2])
        too_much = (best > rules.limit_j) | np.array([visit.items > MOST_TOUR_ITEMS for visit in visits[::2]])
        if not too_much.any():
            return chains, visits, costs, ways
        for index in np.flatnonzero(too_much):
            if not np.isfinite(best[index]) or chains[index].length_m < SHORTEST_CUT_M:
                raise out_of_reach(chains[index], visits[2 * index], float(best[index]), rules, dock)
        chains = tuple(
            part for chain, cut in zip(chains, too_much, strict=True) for part in cut_evenly(chain, 2 if cut else 1)
        )


def out_of_reach(chain: Chain, visit: Visit, energy_j: float, rules: FlightRules, dock: GeoPoint) -> PlanningError:
    """Return why a chain cannot be flown by itself; it is at the dock's frame's place."""
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


def stretches_of(chains: Sequence[Chain], dock: GeoPoint) -> tuple[Stretch, ...]:
    """Return the chains as stretches with ids."""
    digits = len(str(len(chains)))
    return tuple(
        Stretch(
            stretch_id=f"s{number:0{digits}d}",
            road_ids=chain.road_ids,
            name=chain.name,
            road_class=chain.road_class,
            centreline=geo_points(dock, chain.line_m),
            length_m=chain.length_m,
        )
        for number, chain in enumerate(chains, start=1)
    )
