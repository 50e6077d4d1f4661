"""Sketches of patrols in ENU metres: flights are drawn first, then zones and masts where none of them goes."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hypothesis import assume
from hypothesis import strategies as st
from shapely import GeometryCollection, LineString, MultiPoint, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from planner.hindrances import FENCE_ROOM
from tests.planner.in_metres import Mast

ROOM_M: Final = 25.0
"""From a flight to zones and masts: twice the planner's clearance and more, so that it can draw them larger."""
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
class Sketch:
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

    @property
    def farthest_m(self) -> float:
        """How far any flight goes from its own dock."""
        return max(math.dist(place, flight.legs[-1][0]) for flight in self.flights for place, _ in flight.legs)


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
def sketches(draw: Draw, *, fleet: bool) -> Sketch:
    docks = draw(st.lists(_NEAR, min_size=1, max_size=3)) if fleet else [(0.0, 0.0)]
    homes = draw(st.lists(st.integers(0, len(docks) - 1), min_size=2, max_size=4)) if fleet else [0]
    scale = draw(st.sampled_from([1.0, 1.0, 2.0, 4.0]))
    streets: list[tuple[Place, ...]] = []
    flights = []
    for _ in range(draw(st.integers(1, 4))):
        craft = draw(st.integers(0, len(homes) - 1))
        flights.append(draw(_flight(craft, docks[homes[craft]], streets, scale)))
    return Sketch(docks=tuple(docks), homes=tuple(homes), flights=tuple(flights), streets=tuple(streets))


# Where none of them goes


@dataclass(frozen=True, kw_only=True)
class Obstructed:
    """Zones as the known plan keeps them, and as the mission draws them: inside, maybe with many more corners."""

    kept: tuple[Polygon, ...]
    drawn: tuple[Polygon, ...]
    masts: tuple[Mast, ...]


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
def obstructions(draw: Draw, free: BaseGeometry) -> Obstructed:
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
    return Obstructed(kept=tuple(kept), drawn=tuple(drawn), masts=tuple(masts))


def roads_inside(zones: Sequence[Polygon]) -> list[tuple[Place, Place]]:
    """A short road in each zone that has room for one: it is to be left out."""
    roads = []
    for zone in zones:
        east, north = zone.representative_point().coords[0]
        road = LineString([(east - 7, north), (east + 7, north)])
        if zone.buffer(-2.0).contains(road):
            roads.append((road.coords[0], road.coords[1]))
    return roads
