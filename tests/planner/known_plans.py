"""Cases made from a plan that is known: flights are drawn first, and what they are asked for is derived from them.

A case's streets are those that its flights fly, its zones and masts stand where none of them goes, and battery, cap,
fence and radio range are what they need and a margin. The known plan passes the check, so the case can be planned.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from shapely import GeometryCollection, LineString, MultiLineString, MultiPoint, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

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
from planner.hindrances import FENCE_ROOM
from planner.seeing import with_height
from planner.sorties import estimate_sortie, one_after_another, total
from planner.task import rules_of
from planner.visits import FlightRules
from tests.planner.in_metres import fleet_mission_of, mission_of, network_of, points_of, with_masts

ROOM_M: Final = 25.0
"""From a known flight to zones and masts: twice the planner's clearance and more, so that it can draw them larger."""
RANGE_ROOM_M: Final = 60.0
"""Beyond the farthest place of a known flight: ways round a zone turn a little farther out than the flight did."""
SHARE_MARGIN: Final = (0.03, 0.5)
"""More energy than the hungriest known flight takes, as a share of it."""
_MOST_SHARE_PCT: Final = 95.0
_LEAST_SHARE_PCT: Final = 20.0
"""Of a battery above the reserve, as a mission may set it."""
_CORRIDOR_M: Final = 45.0

Place = tuple[float, float]
Draw = Callable[[st.SearchStrategy[Any]], Any]


@dataclass(frozen=True, kw_only=True)
class Flight:
    """A known flight: where it goes from its dock, and which street each leg shows; the last place is the dock."""

    craft: int
    legs: tuple[tuple[Place, int | None], ...]

    @property
    def line(self) -> LineString:
        """From the dock and back to it."""
        return LineString([self.legs[-1][0], *(place for place, _ in self.legs)])


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is asked of the planner, and a plan that answers it."""

    mission: Mission
    network: RoadNetwork
    known: Plan | FleetPlan
    lost: frozenset[str]
    """Ids of roads that lie wholly in zones."""


@dataclass(frozen=True, kw_only=True)
class _Sketch:
    """Places in ENU metres."""

    docks: tuple[Place, ...]
    homes: tuple[int, ...]
    """The dock of each aircraft."""
    flights: tuple[Flight, ...]
    streets: tuple[tuple[Place, ...], ...]

    @property
    def free(self) -> BaseGeometry:
        """What zones have to leave free: the flights, and the docks of aircraft that stay on the ground."""
        docks = MultiPoint([self.docks[home] for home in self.homes])
        return GeometryCollection([*(flight.line for flight in self.flights), docks])


# The flights

_TURN: Final = st.floats(0.0, 2 * math.pi)
_NEAR: Final = st.tuples(st.floats(-700, 700), st.floats(-700, 700)).map(lambda p: (round(p[0], 2), round(p[1], 2)))


@st.composite
def _street(draw: Draw, start: Place, scale: float) -> tuple[Place, ...]:
    places, heading = [start], draw(_TURN)
    for _ in range(draw(st.integers(1, 4))):
        (east, north), length_m = places[-1], scale * draw(st.floats(30, 400))
        places.append((round(east + length_m * math.cos(heading), 2), round(north + length_m * math.sin(heading), 2)))
        heading += math.radians(draw(st.floats(-100, 100)))
    return tuple(places)


@st.composite
def _flight(draw: Draw, craft: int, dock: Place, streets: list[tuple[Place, ...]], scale: float) -> Flight:
    """A flight along one or two new streets, which are added to the others and may begin at their corners."""
    legs: list[tuple[Place, int | None]] = []
    for _ in range(draw(st.integers(1, 2))):
        corners = sorted({place for street in streets for place in street})
        starts = st.one_of(_NEAR, st.sampled_from(corners)) if corners else _NEAR
        street = draw(_street(draw(starts), scale))
        legs += [(place, None) for place in draw(st.lists(_NEAR, max_size=1))]
        legs += [(street[0], None), *((place, len(streets)) for place in street[1:])]
        streets.append(street)
    legs += [(place, None) for place in draw(st.lists(_NEAR, max_size=1))]
    return Flight(craft=craft, legs=(*legs, (dock, None)))


@st.composite
def _sketches(draw: Draw, *, fleet: bool) -> _Sketch:
    docks = draw(st.lists(_NEAR, min_size=1, max_size=3)) if fleet else [(0.0, 0.0)]
    homes = draw(st.lists(st.integers(0, len(docks) - 1), min_size=2, max_size=4)) if fleet else [0]
    scale = draw(st.sampled_from([1.0, 1.0, 2.0, 4.0]))
    streets: list[tuple[Place, ...]] = []
    flights = []
    for _ in range(draw(st.integers(1, 4))):
        craft = draw(st.integers(0, len(homes) - 1))
        flights.append(draw(_flight(craft, docks[homes[craft]], streets, scale)))
    return _Sketch(docks=tuple(docks), homes=tuple(homes), flights=tuple(flights), streets=tuple(streets))


# Where none of them goes


@dataclass(frozen=True, kw_only=True)
class _Obstructed:
    """Zones as the known plan keeps them, and as the mission draws them: inside, maybe with many more corners."""

    kept: tuple[Polygon, ...]
    drawn: tuple[Polygon, ...]
    masts: tuple[tuple[float, float, float, float], ...]


@st.composite
def _beside(draw: Draw, free: BaseGeometry) -> tuple[Place, float] | None:
    """A middle and a radius of something that keeps its distance from what is flown, often just so; None: no room."""
    middle = draw(_NEAR)
    most_m = float(free.distance(Point(middle))) - ROOM_M
    radius_m = min(draw(st.floats(10, 500)), most_m)
    return (middle, radius_m) if radius_m >= 10 else None


def _ring(middle: Place, radii_m: Sequence[float], *, turned: float = 0.0, jitter: Sequence[float] = ()) -> Polygon:
    step = 2 * math.pi / len(radii_m)
    angles = [turned + step * (n + (jitter[n] if jitter else 0.0)) for n in range(len(radii_m))]
    corners = [
        (middle[0] + radius_m * math.cos(angle), middle[1] + radius_m * math.sin(angle))
        for radius_m, angle in zip(radii_m, angles, strict=True)
    ]
    return Polygon(corners)


@st.composite
def _zone(draw: Draw, middle: Place, radius_m: float) -> tuple[Polygon, Polygon]:
    """A zone within a circle, as it is kept and as it is drawn."""
    if draw(st.integers(0, 4)) == 0:
        inner_m = 0.999 * radius_m * math.cos(math.pi / 8)
        return _ring(middle, [radius_m] * 8), _ring(middle, [inner_m] * draw(st.integers(20, 60)))
    count = draw(st.integers(3, 7))
    radii_m = [radius_m * draw(st.floats(0.3, 1.0)) for _ in range(count)]
    jitter = [draw(st.floats(-0.3, 0.3)) for _ in range(count)]
    star = _ring(middle, radii_m, turned=draw(_TURN), jitter=jitter)
    assume(star.is_valid and star.area > 20.0)
    return star, star


def _without_holes(shape: BaseGeometry) -> Iterator[Polygon]:
    """The parts of a shape, those with a hole cut in two through it until none has one."""
    for part in getattr(shape, "geoms", [shape]):
        if not isinstance(part, Polygon) or part.area < 400.0:
            continue
        if not part.interiors:
            yield part
            continue
        west, south, east, north = part.bounds
        across = Polygon(part.interiors[0]).representative_point().x
        yield from _without_holes(part.intersection(box(west - 1, south - 1, across, north + 1)))
        yield from _without_holes(part.intersection(box(across, south - 1, east + 1, north + 1)))


def _all_round(free: BaseGeometry, wide_m: float) -> list[Polygon]:
    """Zones over everything round the flights but a corridor along them, as far as the flights go and a little on."""
    corridor = free.buffer(_CORRIDOR_M, join_style="mitre", mitre_limit=2.0).simplify(5.0)
    west, south, east, north = corridor.bounds
    walls = box(west - wide_m, south - wide_m, east + wide_m, north + wide_m).difference(corridor)
    return sorted(_without_holes(walls), key=lambda wall: -wall.area)


@st.composite
def _obstructions(draw: Draw, free: BaseGeometry) -> _Obstructed:
    pairs: list[tuple[Polygon, Polygon]] = []
    if draw(st.integers(0, 3)) == 0:
        pairs = [(wall, wall) for wall in _all_round(free, draw(st.floats(20, 300)))]
    else:
        spots = [draw(_beside(free)) for _ in range(draw(st.integers(0, 5)))]
        pairs = [draw(_zone(*spot)) for spot in spots if spot is not None]
    kept, drawn, corners = [], [], 0
    for simple, zone in pairs:
        corners += len(simple.exterior.coords) - 1
        if corners > FENCE_ROOM:
            break
        if simple.is_valid and zone.is_valid and simple.distance(free) >= ROOM_M - 1e-6:
            kept.append(simple)
            drawn.append(zone)
    masts = []
    for _ in range(draw(st.integers(0, 2))):
        spot = draw(_beside(free))
        if spot is not None and corners + 8 <= FENCE_ROOM:
            (east, north), radius_m = spot
            masts.append((east, north, min(radius_m / 1.1, 200.0), draw(st.floats(10, 150))))
            corners += 8
    return _Obstructed(kept=tuple(kept), drawn=tuple(drawn), masts=tuple(masts))


def _roads_inside(zones: Sequence[Polygon]) -> list[tuple[Place, Place]]:
    """A short road in each zone that has room for one: it is to be left out."""
    roads = []
    for zone in zones:
        east, north = zone.representative_point().coords[0]
        road = LineString([(east - 7, north), (east + 7, north)])
        if zone.buffer(-2.0).contains(road):
            roads.append((road.coords[0], road.coords[1]))
    return roads


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


def _known(mission: Mission, sketch: _Sketch, kept: Sequence[Polygon], craft: int, sorties: Sequence[Sortie]) -> Plan:
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
    sketch = draw(_sketches(fleet=fleet))
    obstructed = draw(_obstructions(sketch.free))
    flight = draw(_FLIGHT) | (draw(_FLEET) if fleet else {})
    airframes = [draw(_AIRFRAME) for _ in sketch.homes]
    inside = _roads_inside(obstructed.drawn) if draw(st.booleans()) else []

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
        limits["radio_range_m"] = math.hypot(_farthest_m(sketch), least_m) + RANGE_ROOM_M + draw(st.floats(0, 500))
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


def _flown(draw: Draw, sketch: _Sketch, mission: Mission) -> tuple[list[list[Sortie]], float]:
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


def _farthest_m(sketch: _Sketch) -> float:
    """How far any flight goes from its own dock."""
    return max(math.dist(place, flight.legs[-1][0]) for flight in sketch.flights for place, _ in flight.legs)
