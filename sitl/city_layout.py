"""What stands still in a city: surfaces, markings, buildings, trees and parked vehicles, all in ENU metres."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiPolygon, Polygon, STRtree
from shapely.geometry.base import BaseGeometry

from geo import cumulative_m
from sitl.city_markings import Markings, markings_of
from sitl.city_streets import KERB_M, Street, offset_line

Array = NDArray[np.float64]

TALLEST_M: Final = 24.0
"""No building is taller, so that a camera at the lowest patrol height (40 m) stays above the roofs."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Building:
    """A box on the ground."""

    corners_m: Array
    """(4, 2) counter-clockwise."""
    height_m: float
    wall: int
    """Index of the facade texture; `roof` likewise."""
    roof: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trees:
    """Round crowns on stems."""

    xy_m: Array
    """(N, 2)"""
    radius_m: Array
    height_m: Array
    """(N,) of the crown's middle above the ground."""
    variant: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parked:
    """Vehicles that never move."""

    xy_m: Array
    heading_rad: Array
    """(N,) clockwise from north."""
    two_wheeler: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layout:
    """A city without its traffic."""

    streets: tuple[Street, ...]
    surfaces: dict[str, BaseGeometry]
    """`carriage`, `kerb`, `bays`, `walk`, `paved`; grass is what is left."""
    markings: Markings
    buildings: tuple[Building, ...]
    trees: Trees
    parked: Parked


def layout_of(streets: tuple[Street, ...], seed: int) -> Layout:
    """Return the city along these streets; the same seed gives the same city."""
    rng = np.random.default_rng([seed, 0x51])
    surfaces = _surfaces(streets)
    corridor = shapely.union_all([_band(street, street.profile.corridor_m) for street in streets])
    buildings = _buildings(streets, corridor, rng)
    footprints = shapely.union_all([Polygon(b.corners_m) for b in buildings]) if buildings else Polygon()
    yards = footprints.buffer(5.0, join_style="mitre")
    surfaces["paved"] = yards.difference(shapely.union_all(list(surfaces.values())))
    return Layout(
        streets=streets,
        surfaces=surfaces,
        markings=markings_of(streets, rng),
        buildings=buildings,
        trees=_trees(streets, surfaces, footprints, rng),
        parked=_parked(streets, rng),
    )


def _band(street: Street, half_m: float) -> BaseGeometry:
    return LineString(street.line_m).buffer(half_m, cap_style="flat", join_style="mitre", mitre_limit=2.0)


def _surfaces(streets: tuple[Street, ...]) -> dict[str, BaseGeometry]:
    roads = [street for street in streets if street.profile.drivable]
    carriage = shapely.union_all([_band(street, street.profile.carriage_m) for street in roads])
    carriage = carriage.buffer(4.0).buffer(-4.0)  # kerbs are rounded at corners
    kerbed = carriage.buffer(KERB_M)
    bays = shapely.union_all([_band(s, s.profile.walk_start_m) for s in roads if s.profile.parking_m]).difference(
        kerbed
    )
    walks = [_band(street, street.profile.walk_start_m + street.profile.walk_m) for street in streets]
    walk = shapely.union_all(walks).difference(kerbed.union(bays))
    return {"carriage": carriage, "kerb": kerbed.difference(carriage), "bays": bays, "walk": walk}


def rings(shape: BaseGeometry) -> list[Array]:
    """Return all rings of a shape, outer and inner alike, as (N, 2) arrays."""
    parts = shape.geoms if hasattr(shape, "geoms") else [shape]
    polygons = [part for part in parts if isinstance(part, Polygon | MultiPolygon) and not part.is_empty]
    found: list[Array] = []
    for polygon in polygons:
        if isinstance(polygon, MultiPolygon):
            found += rings(polygon)
        else:
            found += [np.asarray(ring.coords)[:-1, :2] for ring in (polygon.exterior, *polygon.interiors)]
    return found


def _place(line: Array, stations: Array, at_m: float) -> tuple[Array, Array]:
    """Return the place `at_m` along and the unit direction there."""
    at = int(np.clip(np.searchsorted(stations, at_m, side="right") - 1, 0, len(line) - 2))
    along = line[at + 1] - line[at]
    along = along / max(float(np.linalg.norm(along)), 1e-9)
    return line[at] + along * (at_m - stations[at]), along


def _rectangle(middle: Array, along: Array, length_m: float, depth_m: float) -> Array:
    across = np.array([-along[1], along[0]])
    half = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    return np.array([middle + along * length_m / 2 * a + across * depth_m / 2 * b for a, b in half])


def _buildings(streets: tuple[Street, ...], corridor: BaseGeometry, rng: np.random.Generator) -> tuple[Building, ...]:
    """Set houses back from the streets in two rows, none on a corridor or on another house."""
    placed: list[Building] = []
    candidates: list[tuple[Array, float]] = []
    for row_m in (0.0, 34.0):
        for street in (s for s in streets if s.profile.drivable):
            for side in (-1.0, 1.0):
                candidates += _row_of_houses(street, side, row_m, rng)
    shapes = [Polygon(corners) for corners, _ in candidates]
    tree = STRtree(shapes)
    shapely.prepare(corridor)
    taken: set[int] = set()
    for index, (corners, height_m) in enumerate(candidates):
        if corridor.intersects(shapes[index]):
            continue
        if taken.intersection(tree.query(shapes[index].buffer(3.0), predicate="intersects").tolist()):
            continue
        taken.add(index)
        placed.append(
            Building(corners_m=corners, height_m=height_m, wall=int(rng.integers(0, 5)), roof=int(rng.integers(0, 6)))
        )
    return tuple(placed)


def _row_of_houses(street: Street, side: float, row_m: float, rng: np.random.Generator) -> list[tuple[Array, float]]:
    stations = cumulative_m(street.line_m)
    houses = []
    at = float(rng.uniform(0, 15))
    while at < stations[-1]:
        length_m, depth_m = float(rng.uniform(14, 42)), float(rng.uniform(10, 20))
        setback_m = float(rng.uniform(1.0, 8.0)) + row_m
        height_m = float(
            min(rng.choice([3.5, 6.5, 9.5, 12.5, 18.0, TALLEST_M], p=[0.2, 0.22, 0.2, 0.18, 0.12, 0.08]), 99)
        )
        if rng.random() < 0.8:
            foot, along = _place(street.line_m, stations, min(at + length_m / 2, float(stations[-1])))
            outward = np.array([along[1], -along[0]]) * side
            middle = foot + outward * (street.profile.corridor_m + setback_m + depth_m / 2)
            corners = _rectangle(middle, along, length_m, depth_m)
            houses.append((corners, height_m))
        at += length_m + float(rng.uniform(3, 16))
    return houses


def _trees(
    streets: tuple[Street, ...], surfaces: dict[str, BaseGeometry], footprints: BaseGeometry, rng: np.random.Generator
) -> Trees:
    """Line the streets with trees and scatter some behind; none on a carriageway, a bay or a house."""
    spots: list[Array] = []
    for street in streets:
        stations = cumulative_m(street.line_m)
        for side in (-1.0, 1.0):
            edge_m = street.profile.walk_start_m + street.profile.walk_m
            for at in np.arange(rng.uniform(0, 8), stations[-1], rng.uniform(8.0, 13.0)):
                foot, along = _place(street.line_m, stations, float(at))
                outward = np.array([along[1], -along[0]]) * side
                beyond_m = float(rng.choice([1.2, 1.2, 9.0, 24.0, 48.0])) + float(rng.normal(0, 0.4))
                if rng.random() < 0.75:
                    spots.append(foot + outward * (edge_m + beyond_m) + rng.normal(0, 0.5, 2))
    xy = np.array(spots).reshape(-1, 2)
    clear = shapely.union_all([surfaces["carriage"].buffer(2.2), surfaces["bays"].buffer(1.0), footprints.buffer(1.0)])
    shapely.prepare(clear)
    xy = xy[~shapely.contains_xy(clear, xy)] if len(xy) else xy
    return Trees(
        xy_m=xy,
        radius_m=rng.uniform(1.2, 2.9, len(xy)),
        height_m=rng.uniform(3.0, 6.0, len(xy)),
        variant=rng.integers(0, 6, len(xy)),
    )


def _parked(streets: tuple[Street, ...], rng: np.random.Generator) -> Parked:
    """Stand cars in the bays and two-wheelers in short rows on the footways."""
    rows: list[tuple[float, float, float, bool]] = []
    for street in (s for s in streets if s.profile.drivable):
        for side in (-1.0, 1.0):
            if street.profile.parking_m:
                rows += _parked_cars(street, side, rng)
            rows += _parked_two_wheelers(street, side, rng)
    table = np.array(rows, float).reshape(-1, 4)
    return Parked(xy_m=table[:, :2], heading_rad=table[:, 2], two_wheeler=table[:, 3] > 0.5)


def free_of_junctions(street: Street, at_m: float, margin_m: float) -> bool:
    """Whether a station keeps this distance from the kerbs of every street that joins."""
    return all(abs(at_m - station) > half_m + margin_m for station, half_m in street.junctions_m)


def _parked_cars(street: Street, side: float, rng: np.random.Generator) -> list[tuple[float, float, float, bool]]:
    profile = street.profile
    line = offset_line(street.line_m, side * (profile.carriage_m + KERB_M + profile.parking_m / 2))
    stations = cumulative_m(line)
    cars = []
    for at in np.arange(8.0, stations[-1] - 8.0, 6.2):
        if free_of_junctions(street, float(at), 9.0) and rng.random() < 0.42:
            foot, along = _place(line, stations, float(at) + float(rng.normal(0, 0.2)))
            heading = math.atan2(along[0], along[1]) + (math.pi if side < 0 else 0.0) + float(rng.normal(0, 0.02))
            cars.append((float(foot[0]), float(foot[1]), heading, False))
    return cars


def _parked_two_wheelers(
    street: Street, side: float, rng: np.random.Generator
) -> list[tuple[float, float, float, bool]]:
    profile = street.profile
    line = offset_line(street.line_m, side * (profile.walk_start_m + profile.walk_m - 0.9))
    stations = cumulative_m(line)
    bikes = []
    at = float(rng.uniform(10, 60))
    while at < stations[-1] - 10:
        count = int(rng.integers(2, 8))
        if free_of_junctions(street, at, 10.0):
            for number in range(count):
                foot, along = _place(line, stations, at + 0.75 * number)
                heading = math.atan2(along[0], along[1]) + math.pi / 2 + float(rng.normal(0, 0.08))
                bikes.append((float(foot[0]), float(foot[1]), heading, True))
        at += 0.75 * count + float(rng.uniform(25, 90))
    return bikes
