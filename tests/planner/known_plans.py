"""Cases made from a plan that is known: flights are drawn first, and what they are asked for is derived from them.

A case's streets are those that its flights fly, its zones and masts stand where none of them goes, and battery, cap,
fence and radio range are what they need and a margin. The known plan passes the check, so the case can be planned.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, Polygon

from missions import (
    Altitude,
    AltitudeReference,
    DockSite,
    FleetPlan,
    LegKind,
    Plan,
    Sortie,
    Stretch,
    Waypoint,
    Zone,
    ZoneRule,
)
from missions.mission import Mission
from missions.roads import RoadNetwork
from planner.fleet_task import views_of
from planner.seeing import with_height
from planner.sorties import estimate_sortie, one_after_another, total
from planner.task import rules_of
from planner.visits import FlightRules
from tests.planner.in_metres import fleet_mission_of, mission_of, network_of, points_of, with_masts
from tests.planner.known_sketches import Draw, Flight, Sketch, obstructions, roads_inside, sketches

RANGE_ROOM_M: Final = 60.0
"""Beyond the farthest place of a known flight: ways round a zone turn a little farther out than the flight did."""
SHARE_MARGIN: Final = (0.03, 0.5)
"""More energy than the hungriest known flight takes, as a share of it."""
_MOST_SHARE_PCT: Final = 95.0
_LEAST_SHARE_PCT: Final = 20.0
"""Of a battery above the reserve, as a mission may set it."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is asked of the planner, and a plan that answers it."""

    mission: Mission
    network: RoadNetwork
    known: Plan | FleetPlan
    lost: frozenset[str]
    """Ids of roads that lie wholly in zones."""


# What it takes


def _sortie(number: int, flight: Flight, mission: Mission, rules: FlightRules) -> Sortie:
    points = points_of([place for place, _ in flight.legs])
    height = Altitude(metres=rules.height_m, above=AltitudeReference.HOME)
    waypoints = tuple(
        Waypoint(
            position=point,
            altitude=height,
            speed_m_s=rules.deadhead_m_s if street is None else rules.service_m_s,
            gimbal_pitch_deg=mission.aircraft.gimbal_pitch_deg,
            leg=LegKind.DEADHEAD if street is None else LegKind.SERVICE,
            stretch_id=None if street is None else f"s{street}",
        )
        for point, (_, street) in zip(points, flight.legs, strict=True)
    )
    return Sortie(
        sortie_id=f"sortie-{number}",
        takeoff_height_m=rules.height_m,
        waypoints=waypoints,
        stretch_ids=tuple(dict.fromkeys(w.stretch_id for w in waypoints if w.stretch_id)),
        estimate=estimate_sortie(points[-1], waypoints, rules),
    )


def _keep_out(zones: Sequence[Polygon]) -> tuple[Zone, ...]:
    return tuple(
        Zone(zone_id=f"z{n}", rule=ZoneRule.KEEP_OUT, corners=points_of(list(zone.exterior.coords[:-1])))
        for n, zone in enumerate(zones)
    )


def _known(mission: Mission, sketch: Sketch, kept: Sequence[Polygon], craft: int, sorties: Sequence[Sortie]) -> Plan:
    """The plan of one aircraft."""
    flown = MultiLineString([flight.line for flight in sketch.flights if flight.craft == craft])
    margin_m = mission.flight.fence_margin_m
    west, south, east, north = np.add(flown.bounds, [-margin_m, -margin_m, margin_m, margin_m])
    docked = mission.docks[sketch.homes[craft]] if mission.docks else mission.dock
    served = sorted({stretch_id for sortie in sorties for stretch_id in sortie.stretch_ids})
    lines = {stretch_id: sketch.streets[int(stretch_id[1:])] for stretch_id in served}
    flight, aircraft = mission.flight, mission.aircraft
    return Plan(
        mission_name=mission.name,
        mission_hash="known",
        vehicle_id=aircraft.vehicle_id,
        system_id=aircraft.system_id,
        airframe=aircraft.airframe,
        camera=aircraft.camera,
        dock=docked.point,
        dock_amsl_m=docked.amsl_m,
        altitude_cap_m=flight.altitude_cap_m,
        wind_m_s=flight.wind.speed_m_s,
        wind_from_deg=flight.wind.from_deg,
        reserve_pct=flight.reserve_pct,
        stretches=tuple(
            Stretch(
                stretch_id=stretch_id,
                road_ids=(f"r{stretch_id[1:]}",),
                name="",
                road_class="residential",
                centreline=points_of(line),
                length_m=float(LineString(line).length),
            )
            for stretch_id, line in lines.items()
        ),
        sorties=tuple(sorties),
        fence=Zone(
            zone_id="fence",
            rule=ZoneRule.STAY_IN,
            corners=points_of([(west, south), (east, south), (east, north), (west, north)]),
        ),
        keep_out=_keep_out(kept),
        rally=(docked.point,),
        estimate=total(sorties),
        obstacles=tuple(section.value for section in mission.obstacles),
        obstacle_clearance_m=flight.obstacle_clearance_m,
        radio_range_m=flight.radio_range_m,
    )


def _known_fleet(mission: Mission, plans: Sequence[Plan], homes: Sequence[int]) -> FleetPlan:
    """The aircraft's plans one after the other, never two in the air."""
    begun_s, timed = 0.0, []
    for plan in plans:
        later = tuple(replace(sortie, starts_s=sortie.starts_s + begun_s) for sortie in plan.sorties)
        timed.append(replace(plan, sorties=later))
        begun_s = math.ceil(later[-1].lands_s) + 1.0
    docks = tuple(
        DockSite(dock_id=dock.id, position=dock.point, amsl_m=dock.amsl_m, swap_s=mission.flight.swap_s)
        for dock in mission.docks
    )
    return FleetPlan(
        mission_name=mission.name,
        mission_hash="known",
        goal=mission.flight.goal,
        plans=tuple(timed),
        docks=docks,
        dock_ids=tuple(docks[home].dock_id for home in homes),
        stretches=tuple(stretch for plan in timed for stretch in plan.stretches),
        separation_m=mission.flight.separation_m,
        layer_m=mission.flight.layer_m,
        makespan_s=max(sortie.lands_s for plan in timed for sortie in plan.sorties),
        estimate=total([sortie for plan in timed for sortie in plan.sorties]),
    )


# The cases

_FLIGHT: Final = st.fixed_dictionaries(
    {
        "wind": st.fixed_dictionaries({"speed_m_s": st.floats(0, 10), "from_deg": st.floats(0, 359)}),
        "height_m": st.one_of(st.none(), st.floats(30, 75)),
        "speed_m_s": st.one_of(st.none(), st.floats(3, 12)),
        "fence_margin_m": st.floats(10, 200),
        "swap_s": st.sampled_from([0.0, 120.0]),
    }
)
_FLEET: Final = st.fixed_dictionaries(
    {
        "goal": st.sampled_from(["flight_time", "makespan", "energy", "sorties"]),
        "separation_m": st.floats(1, 80),
        "layer_m": st.floats(2, 20),
    }
)
_AIRFRAME: Final = st.sampled_from(["quad-5kg", "sitl-quad"])


@st.composite
def cases(draw: Draw, *, fleet: bool = False) -> Case:
    """A case for one aircraft, or for the aircraft and docks of a fleet."""
    sketch = draw(sketches(fleet=fleet))
    obstructed = draw(obstructions(sketch.free))
    flight = draw(_FLIGHT) | (draw(_FLEET) if fleet else {})
    airframes = [draw(_AIRFRAME) for _ in sketch.homes]
    inside = roads_inside(obstructed.drawn) if draw(st.booleans()) else []

    def mission(**more: Any) -> Mission:
        zones = [list(zone.exterior.coords[:-1]) for zone in obstructed.drawn]
        asked = {"zones": zones, **flight, **more}
        if fleet:
            made = fleet_mission_of(sketch.docks, sketch.homes, airframes=airframes, **asked)
        else:
            made = mission_of(airframe=airframes[0], **asked)
        return with_masts(made, obstructed.masts)

    sorties, reserve_pct = _flown(draw, sketch, mission())
    least_m = max(with_height(view)[0].flight.height_m or 0.0 for view in views_of(mission()))
    limits: dict[str, Any] = {"altitude_cap_m": least_m + draw(st.floats(0, 40)), "reserve_pct": reserve_pct}
    if draw(st.booleans()):
        limits["radio_range_m"] = math.hypot(sketch.farthest_m, least_m) + RANGE_ROOM_M + draw(st.floats(0, 500))
    asked = mission(**limits)
    plans = [
        _known(view, sketch, obstructed.kept, craft, one_after_another(own, swap_s=asked.flight.swap_s))
        for craft, (view, own) in enumerate(zip(views_of(asked), sorties, strict=True))
        if own
    ]
    homes = [home for home, own in zip(sketch.homes, sorties, strict=True) if own]
    streets = len(sketch.streets)
    return Case(
        mission=asked,
        network=network_of([*sketch.streets, *inside]),
        known=_known_fleet(asked, plans, homes) if fleet else plans[0],
        lost=frozenset(f"r{streets + number}" for number in range(len(inside))),
    )


def _flown(draw: Draw, sketch: Sketch, mission: Mission) -> tuple[list[list[Sortie]], float]:
    """The sorties of each aircraft, and the reserve that the hungriest of them leaves, less a margin."""
    sorties: list[list[Sortie]] = []
    for craft, view in enumerate(views_of(mission)):
        chosen, _ = with_height(view)
        own = [flight for flight in sketch.flights if flight.craft == craft]
        sorties.append([_sortie(number, one, chosen, rules_of(chosen)) for number, one in enumerate(own, start=1)])
    share_pct = max(one.estimate.energy_share_pct for own in sorties for one in own)
    assume(share_pct * (1 + SHARE_MARGIN[0]) <= _MOST_SHARE_PCT)
    wanted_pct = share_pct * (1 + draw(st.floats(*SHARE_MARGIN)))
    return sorties, 100.0 - min(max(wanted_pct, _LEAST_SHARE_PCT), _MOST_SHARE_PCT)
