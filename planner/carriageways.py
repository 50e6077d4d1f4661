"""Roads as a camera has to see them: one flight for a dual carriageway, several lanes of flight for a wide road.

Two carriageways of one avenue are mapped as two lines, each with its direction of travel. Where one runs beside the
other against its direction, within what a picture shows to either side of the flight, only the other is flown.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, STRtree

from geo import resample, slice_along
from planner.stretches import FLIGHT_TOLERANCE_M, Chain, Line

SIDE_MARGIN_M: Final = 5.0 + FLIGHT_TOLERANCE_M
"""Of what a picture shows to a side, left unused: position, heading in gusts, corners cut and lines made simpler."""
_LANE_MARGIN_M: Final = 3.0
"""The same where edges are straight below: position and lines made simpler; at most half of what is seen."""
_STEP_M: Final = 4.0
_AGAINST: Final = -0.7
"""Cosine between the directions of two carriageways, at most."""
_BEYOND_M: Final = 6.0
"""How far a carriageway may go on past the end of the one that is flown."""
_LEAST_SAVED_M: Final = 40.0
"""A shorter piece is not worth two stretches more."""
_STRAIGHT_ON: Final = 0.5
"""Cosine between a carriageway and its continuation, at least."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Paired:
    """What is flown, and what is seen from it."""

    flown: tuple[Chain, ...]
    beside: tuple[Chain, ...]

    def within(self, flown: tuple[Chain, ...], *, pair_carriageways: bool = True) -> "Paired":
        """Return the same with those parts of what is flown that may be; unpaired, everything is flown."""
        names = {chain.name for chain in flown}
        beside = tuple(chain for chain in self.beside if chain.name in names)
        return Paired(flown=flown, beside=beside) if pair_carriageways else Paired(flown=(*flown, *beside), beside=())

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader of a plan should know of it."""
        if not self.beside:
            return ()
        saved_m: dict[str, float] = defaultdict(float)
        for chain in self.beside:
            saved_m[chain.name] += chain.length_m
        names = sorted(saved_m, key=lambda name: -saved_m[name])
        listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        return (f"{sum(saved_m.values()):.0f} m of {listed} are not flown: the other carriageway's flight shows them",)


def paired(chains: Sequence[Chain], *, half_width_m: float) -> Paired:
    """Return the chains without those parts of dual carriageways that the flight along the other side shows.

    `half_width_m` is what a picture shows to either side of the flight. Of each avenue the side that is longer in
    all is flown.
    """
    by_name: dict[str, list[int]] = defaultdict(list)
    for index, chain in enumerate(chains):
        if chain.name and chain.travel:
            by_name[chain.name].append(index)
    flown: dict[int, tuple[Chain, ...]] = {}
    beside: list[Chain] = []
    for members in by_name.values():
        hosts: list[Chain] = []
        for index in itertools.chain.from_iterable(_sides(chains, members)):
            flown[index], seen = _split(chains[index], hosts, half_width_m)
            beside += seen
            hosts += flown[index]
    kept = [part for index, chain in enumerate(chains) for part in flown.get(index, (chain,))]
    return Paired(flown=tuple(kept), beside=tuple(beside))


def _sides(chains: Sequence[Chain], members: Sequence[int]) -> list[list[int]]:
    """Return the carriageways among chains of one name: runs from end to start, the longest first."""
    side_of = {index: index for index in members}

    def root(index: int) -> int:
        while side_of[index] != index:
            index = side_of[index]
        return index

    driven = {index: _driven(chains[index]) for index in members}
    begins: dict[tuple[int, int], list[int]] = defaultdict(list)
    for index in members:
        begins[_key(driven[index][0])].append(index)
    for index in members:
        for onward in begins[_key(driven[index][-1])]:
            if onward != index and _direction(driven[index][-2:]) @ _direction(driven[onward][:2]) > _STRAIGHT_ON:
                side_of[root(onward)] = root(index)
    sides: dict[int, list[int]] = defaultdict(list)
    for index in members:
        sides[root(index)].append(index)
    return sorted(sides.values(), key=lambda side: (-sum(chains[index].length_m for index in side), side[0]))


def _key(place: Line) -> tuple[int, int]:
    """Return a place in steps of 10 cm: chains that meet share a node."""
    return round(float(place[0]) * 10), round(float(place[1]) * 10)


def _driven(chain: Chain) -> Line:
    """Return the line in the direction of travel."""
    return chain.line_m if chain.travel >= 0 else chain.line_m[::-1]


def _direction(line: Line) -> NDArray[np.float64]:
    step: NDArray[np.float64] = line[-1] - line[0]
    return step / max(float(np.linalg.norm(step)), 1e-9)


def _split(chain: Chain, hosts: Sequence[Chain], half_width_m: float) -> tuple[tuple[Chain, ...], tuple[Chain, ...]]:
    """Return the parts of a chain that must be flown, and those that the hosts' flights show."""
    room_m = half_width_m - SIDE_MARGIN_M - chain.width_m / 2
    if not hosts or room_m <= 0:
        return (chain,), ()
    places = resample(chain.line_m, _STEP_M)
    stations = np.linspace(0.0, chain.length_m, len(places))
    shown = _shown(places, chain.travel, hosts, room_m)
    flown, beside, since = [], [], 0.0
    for first, last in _runs(shown):
        start, end = float(stations[first]), float(stations[last])
        if end - start < min(_LEAST_SAVED_M, 0.9 * float(stations[-1])):
            continue
        if first > 0:
            flown.append(_part(chain, since, start))
        beside.append(_part(chain, start, end))
        since = end
    if since < stations[-1]:
        flown.append(_part(chain, since, float(stations[-1])) if since else chain)
    return tuple(flown), tuple(beside)


def _part(chain: Chain, start_m: float, end_m: float) -> Chain:
    return replace(chain, line_m=slice_along(chain.line_m, start_m, min(end_m, chain.length_m)))


def _shown(places: Line, travel: int, hosts: Sequence[Chain], room_m: float) -> NDArray[np.bool_]:
    """Return for (N, 2) places along a carriageway whether a host runs against it near enough."""
    pieces = np.concatenate([_pieces(_driven(host)) for host in hosts])
    lines = np.asarray(shapely.linestrings(pieces))
    points = np.asarray(shapely.points(places))
    nearest = STRtree(lines).nearest(points)
    stations = shapely.line_locate_point(lines[nearest], points)
    foot = shapely.get_coordinates(shapely.line_interpolate_point(lines[nearest], stations))
    along = pieces[nearest, 1] - pieces[nearest, 0]
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    own = np.gradient(places, axis=0) * travel
    own /= np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-9)
    apart = places - foot
    near = (np.linalg.norm(apart, axis=1) <= room_m) & (np.abs((apart * along).sum(axis=1)) <= _BEYOND_M)
    shown: NDArray[np.bool_] = near & ((own * along).sum(axis=1) <= _AGAINST)
    return shown


def _pieces(line: Line) -> NDArray[np.float64]:
    return np.stack([line[:-1], line[1:]], axis=1)


def _runs(wanted: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield the first and last index of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], wanted, [False]]).astype(int)))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        yield int(start), int(end) - 1


def attached(beside: Sequence[Chain], flown: Sequence[Chain]) -> tuple[tuple[Chain, ...], ...]:
    """Return for every flown chain the parts of carriageways that it is the nearest to, among chains of their name."""
    parts: list[list[Chain]] = [[] for _ in flown]
    by_name: dict[str, list[int]] = defaultdict(list)
    for index, chain in enumerate(flown):
        by_name[chain.name].append(index)
    for chain in beside:
        hosts = by_name[chain.name]
        places = resample(chain.line_m, _STEP_M)
        stations = np.linspace(0.0, chain.length_m, len(places))
        middles = np.concatenate([[0.0], (stations[:-1] + stations[1:]) / 2, [chain.length_m]])
        gaps = np.array([shapely.distance(shapely.points(places), LineString(flown[i].line_m)) for i in hosts])
        nearest = gaps.argmin(axis=0)
        for host in np.unique(nearest):
            parts_of_host = [_part(chain, middles[a], middles[b + 1]) for a, b in _runs(nearest == host)]
            parts[hosts[int(host)]] += parts_of_host
    return tuple(tuple(part) for part in parts)


def in_lanes(chains: Sequence[Chain], *, half_width_m: float) -> tuple[Chain, ...]:
    """Return the chains with each that is wider than the picture as so many parallel lanes of flight as it needs."""
    room_m = 2 * max(half_width_m - _LANE_MARGIN_M, half_width_m / 2)
    if room_m <= 0:
        return tuple(chains)
    return tuple(lane for chain in chains for lane in _lanes(chain, int(np.ceil(chain.width_m / room_m))))


def _lanes(chain: Chain, count: int) -> Iterator[Chain]:
    if count <= 1:
        yield chain
        return
    width_m = chain.width_m / count
    for lane in range(count):
        offset = LineString(chain.line_m).offset_curve((lane + 0.5) * width_m - chain.width_m / 2, join_style="mitre")
        lines = [line for line in shapely.get_parts(offset) if line.length > 0]
        longest = max(lines, key=lambda line: line.length, default=LineString(chain.line_m))
        yield replace(chain, line_m=np.asarray(longest.coords, float), width_m=width_m)
