"""Streets: what stands across a road, and the lanes along it, in ENU metres."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo import LocalFrame, cumulative_m
from missions.roads.network import Road, RoadNetwork

Line = NDArray[np.float64]  # (N, 2) ENU metres

LANE_M: Final = 3.25
KERB_M: Final = 0.25
OVERRUN_M: Final = 70.0
"""A carriageway that ends where the network ends goes on for this long, so that traffic turns out of sight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Half a street's cross-section, from the middle outwards; all widths in metres."""

    lanes_each: int
    """Motor lanes on this side (of a one-way street: half of them, at least one)."""
    lane_m: float = LANE_M
    bike_m: float = 0.0
    parking_m: float = 0.0
    walk_m: float = 2.5
    verge_m: float = 2.5
    drivable: bool = True

    @property
    def motor_m(self) -> float:
        """Middle to the outer edge of the motor lanes."""
        return self.lanes_each * self.lane_m

    @property
    def carriage_m(self) -> float:
        """Middle to the kerb."""
        return self.motor_m + self.bike_m

    @property
    def walk_start_m(self) -> float:
        """Middle to the inner edge of the footway."""
        return self.carriage_m + KERB_M + self.parking_m if self.drivable else 0.0

    @property
    def walk_middle_m(self) -> float:
        """Middle to the middle of the footway."""
        return self.walk_start_m + self.walk_m / 2

    @property
    def corridor_m(self) -> float:
        """Middle to where buildings may begin."""
        return self.walk_start_m + self.walk_m + self.verge_m


_LANES: Final = {"motorway": 6, "trunk": 6, "primary": 6, "secondary": 4, "tertiary": 2, "residential": 2}
_BIKE_M: Final = {"primary": 2.8, "secondary": 2.5, "tertiary": 2.0}
_PARKING_M: Final = {"secondary": 2.4, "tertiary": 2.4, "residential": 2.4, "unclassified": 2.4}
_PATHS: Final = frozenset({"footway", "path", "pedestrian", "steps", "cycleway", "track", "bridleway"})


def profile_of(road: Road) -> Profile:
    """Return the cross-section a road of this class and lane count is given."""
    road_class = road.road_class.removesuffix("_link")
    if road_class in _PATHS:
        return Profile(lanes_each=0, walk_m=1.6, verge_m=2.0, drivable=False)
    lanes = road.lanes or _LANES.get(road_class, 2)
    return Profile(
        lanes_each=max(1, math.ceil(lanes / 2)),
        bike_m=_BIKE_M.get(road_class, 0.8),
        parking_m=_PARKING_M.get(road_class, 0.0),
        walk_m=3.5 if road_class in _BIKE_M else 2.5,
        verge_m=4.0 if road_class in _BIKE_M else 2.5,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Street:
    """A road, or several that go straight on into each other, as one line."""

    street_id: int
    line_m: Line
    profile: Profile
    oneway: bool
    junctions_m: tuple[tuple[float, float], ...]
    """(station, half width of the street that joins there)."""
    network_m: tuple[float, float]
    """First and last station that lie on the network itself; beyond them is the overrun."""

    @property
    def length_m(self) -> float:
        """Of the line, overruns included."""
        return float(cumulative_m(self.line_m)[-1])


def offset_line(line: Line, right_m: float) -> Line:
    """Return the line moved to its right, mitred at bends (at most twice the offset); negative is left."""
    along = np.diff(line, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    right = np.column_stack([along[:, 1], -along[:, 0]])
    joint = np.vstack([right[:1], right[:-1] + right[1:], right[-1:]])
    joint /= np.maximum(np.linalg.norm(joint, axis=1, keepdims=True), 1e-9)
    nearest = np.vstack([right[:1], right])
    stretch = 1.0 / np.maximum((joint * nearest).sum(axis=1, keepdims=True), 0.5)
    moved: Line = line + joint * stretch * right_m
    return moved


def streets_of(network: RoadNetwork, frame: LocalFrame) -> tuple[Street, ...]:
    """Return the network's streets: roads joined end to end where they go straight on and look alike."""
    pieces = [_Piece.of(road, frame) for road in network.roads]
    pieces = [piece for piece in pieces if len(piece.line_m) >= 2]
    half_widths = _half_width_at_nodes(pieces)
    chains = _joined(pieces)
    return tuple(_street(number, chain, half_widths) for number, chain in enumerate(chains))


@dataclass(slots=True, eq=False)
class _Piece:
    """A road while streets are being joined."""

    line_m: Line
    nodes: list[str]
    profile: Profile
    oneway: bool

    @classmethod
    def of(cls, road: Road, frame: LocalFrame) -> "_Piece":
        line = frame.geodetic_to_enu(road.lat_lon_deg[:, 0], road.lat_lon_deg[:, 1], frame.alt_m)[:, :2]
        keep = np.concatenate([[True], np.linalg.norm(np.diff(line, axis=0), axis=1) > 0.05])
        nodes = [node for node, kept in zip(road.node_ids, keep, strict=True) if kept]
        return cls(line[keep], nodes, profile_of(road), road.oneway)

    def reversed(self) -> "_Piece":
        return _Piece(self.line_m[::-1].copy(), self.nodes[::-1], self.profile, self.oneway)

    def leaving_deg(self) -> float:
        """Direction in which the last segment points, degrees counter-clockwise from east."""
        east, north = self.line_m[-1] - self.line_m[-2]
        return math.degrees(math.atan2(north, east))


def _half_width_at_nodes(pieces: list[_Piece]) -> dict[str, list[float]]:
    widths: dict[str, list[float]] = {}
    for piece in (p for p in pieces if p.profile.drivable):
        for place, node in enumerate(piece.nodes):
            ends = place in {0, len(piece.nodes) - 1}
            widths.setdefault(node, []).extend([piece.profile.carriage_m] * (1 if ends else 2))
    return widths


def _joined(pieces: list[_Piece]) -> list[_Piece]:
    """Join pieces end to end, straightest first come; every piece ends up in exactly one chain."""
    left = list(pieces)
    chains = []
    while left:
        chain = left.pop(0)
        for _ in (0, 1):
            while (found := _next_piece(chain, left)) is not None:
                follower, taken = found
                left.remove(taken)
                chain = _Piece(
                    np.vstack([chain.line_m, follower.line_m[1:]]),
                    chain.nodes + follower.nodes[1:],
                    chain.profile,
                    chain.oneway,
                )
            if chain.oneway:
                break
            chain = chain.reversed()
        chains.append(chain)
    return chains


def _next_piece(chain: _Piece, left: list[_Piece]) -> tuple[_Piece, _Piece] | None:
    """Return the piece that continues the chain within 30 degrees, turned to fit, and the piece as it is listed."""
    best: tuple[float, _Piece, _Piece] | None = None
    for piece in left:
        if piece.profile != chain.profile or piece.oneway != chain.oneway:
            continue
        for turned in (piece,) if piece.oneway else (piece, piece.reversed()):
            if turned.nodes[0] != chain.nodes[-1]:
                continue
            east, north = turned.line_m[1] - turned.line_m[0]
            bend = abs((math.degrees(math.atan2(north, east)) - chain.leaving_deg() + 180) % 360 - 180)
            if bend < 30 and (best is None or bend < best[0]):
                best = (bend, turned, piece)
    return None if best is None else (best[1], best[2])


def _street(number: int, chain: _Piece, half_widths: dict[str, list[float]]) -> Street:
    """Build the street: ends that meet nothing are prolonged, meetings with other streets are noted."""
    line, nodes = chain.line_m, chain.nodes
    before = after = 0.0
    if chain.profile.drivable:
        if len(half_widths[nodes[-1]]) == 1:
            line, after = _prolonged(line), OVERRUN_M
        if len(half_widths[nodes[0]]) == 1:
            line, before = _prolonged(line[::-1])[::-1], OVERRUN_M
    stations = cumulative_m(line)
    offset = 1 if before else 0
    junctions = []
    for place, node in enumerate(nodes):
        others = list(half_widths.get(node, []))
        if chain.profile.drivable:
            for _ in range(1 if place in {0, len(nodes) - 1} else 2):
                others.remove(chain.profile.carriage_m)
        if others:
            junctions.append((float(stations[place + offset]), max(others)))
    return Street(
        street_id=number,
        line_m=line,
        profile=chain.profile,
        oneway=chain.oneway,
        junctions_m=tuple(junctions),
        network_m=(before, float(stations[-1]) - after),
    )


def _prolonged(line: Line) -> Line:
    along = line[-1] - line[-2]
    along = along / max(float(np.linalg.norm(along)), 1e-9)
    return np.vstack([line, line[-1] + along * OVERRUN_M])
