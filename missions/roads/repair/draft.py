"""The network under repair: lines as rows of node numbers, places of nodes in metres and degrees."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import LocalFrame
from missions.roads.ways import Way

Xy = NDArray[np.float64]


@dataclass(slots=True)
class Draft:
    """Changed in place by every step of a repair; `changed` says whether the last steps did anything."""

    ways: list[Way]
    """Facts of each line; `rows` holds its nodes."""
    rows: list[list[int]]
    node_ids: list[str]
    lat_lon_deg: Xy
    """(N, 2) WGS84."""
    xy_m: Xy
    """(N, 2) metres in the frame at the middle."""
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Segments:
    """Every straight piece of every line: S of them."""

    nodes: NDArray[np.int64]
    """(S, 2)."""
    way: NDArray[np.int64]
    """(S,) which line."""
    place: NDArray[np.int64]
    """(S,) which piece of it."""
    lines: NDArray[np.object_]
    """(S,) shapely, metres."""
    tree: shapely.STRtree


def draft_of(ways: Sequence[Way]) -> Draft:
    """Return the draft of lines; a node that several lines pass lies where the first of them says."""
    numbers: dict[str, int] = {}
    places: list[tuple[float, float]] = []
    rows: list[list[int]] = []
    for way in ways:
        row: list[int] = []
        for node, place in zip(way.node_ids, way.lat_lon_deg, strict=True):
            if node not in numbers:
                numbers[node] = len(places)
                places.append(place)
            row.append(numbers[node])
        rows.append(row)
    lat_lon = np.array(places, float).reshape(-1, 2)
    middle = (lat_lon.min(axis=0) + lat_lon.max(axis=0)) / 2
    frame = LocalFrame(lat_deg=float(middle[0]), lon_deg=float(middle[1]))
    xy_m = frame.geodetic_to_enu(lat_lon[:, 0], lat_lon[:, 1])[:, :2]
    return Draft(ways=list(ways), rows=rows, node_ids=list(numbers), lat_lon_deg=lat_lon, xy_m=xy_m)


def ways_of(draft: Draft) -> list[Way]:
    """Return the lines with their nodes as they stand now."""
    ways: list[Way] = []
    for way, row in zip(draft.ways, draft.rows, strict=True):
        node_ids = tuple(draft.node_ids[node] for node in row)
        places = tuple((float(draft.lat_lon_deg[node, 0]), float(draft.lat_lon_deg[node, 1])) for node in row)
        if node_ids != way.node_ids or places != way.lat_lon_deg:
            way = replace(way, node_ids=node_ids, lat_lon_deg=places)  # noqa: PLW2901 - the same way, brought up to date
        ways.append(way)
    return ways


def segments_of(draft: Draft) -> Segments:
    """Return the straight pieces of all lines, findable by place."""
    counts = np.array([max(0, len(row) - 1) for row in draft.rows], dtype=np.int64)
    first = [node for row in draft.rows for node in row[:-1]]
    last = [node for row in draft.rows for node in row[1:]]
    nodes = np.array([first, last], dtype=np.int64).T.reshape(-1, 2)
    lines = np.atleast_1d(np.asarray(shapely.linestrings(draft.xy_m[nodes]), dtype=object))
    return Segments(
        nodes=nodes,
        way=np.repeat(np.arange(len(counts)), counts),
        place=np.concatenate([np.arange(count) for count in counts]) if len(counts) else np.zeros(0, np.int64),
        lines=lines,
        tree=shapely.STRtree(lines),
    )


def row_length_m(draft: Draft, row: Sequence[int]) -> float:
    """Return the length of a row of nodes."""
    return float(np.linalg.norm(np.diff(draft.xy_m[list(row)], axis=0), axis=1).sum()) if len(row) > 1 else 0.0


def without_repeats(row: Iterable[int]) -> list[int]:
    """Return the row with nodes that stand twice in a row once."""
    kept: list[int] = []
    for node in row:
        if not kept or kept[-1] != node:
            kept.append(node)
    return kept
