"""Roads cut where they leave an area: by box, by polygon, or by stations along the road."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from missions.roads.network import Road

Box = tuple[float, float, float, float]
Span = tuple[float, float]
SpansOf = Callable[[int], Sequence[Span]]
"""Shares 0..1 between which a straight piece, given by its number, is kept; in order."""


def cut_at_box(road: Road, box: Box) -> list[Road]:
    """Return the parts of a road inside south, west, north, east; a whole road stays as it is."""
    points = road.lat_lon_deg
    if ((points >= box[:2]) & (points <= box[2:])).all():
        return [road]

    def spans(index: int) -> list[Span]:
        span = _share_in_box(points[index], points[index + 1], box)
        return [] if span is None else [span]

    return cut(road, spans)


def cut_at_area(road: Road, area: shapely.Geometry) -> list[Road]:
    """Return the parts of a road inside an area whose coordinates are latitude, longitude."""
    shapely.prepare(area)
    if shapely.covers(area, shapely.linestrings(road.lat_lon_deg)):
        return [road]
    return cut(road, lambda index: _shares_in_area(road.lat_lon_deg[index : index + 2], area))


def cut_at_stations(road: Road, line_m: NDArray[np.float64], kept_m: Sequence[Span]) -> list[Road]:
    """Return the parts of a road between pairs of stations; `line_m` is the road in metres, (N, 2)."""
    lengths_m = np.maximum(np.linalg.norm(np.diff(line_m, axis=0), axis=1), 1e-12)
    starts_m = np.concatenate([[0.0], np.cumsum(lengths_m)])

    def spans(index: int) -> list[Span]:
        shares = [
            ((low - starts_m[index]) / lengths_m[index], (high - starts_m[index]) / lengths_m[index])
            for low, high in kept_m
        ]
        return [(max(0.0, float(low)), min(1.0, float(high))) for low, high in shares if low < 1.0 and high > 0.0]

    return cut(road, spans)


def cut(road: Road, spans_of: SpansOf) -> list[Road]:
    """Return the parts of a road that the spans keep; a cut makes an end of its own, a whole road stays as it is."""
    runs = list(_runs(road, spans_of))
    if len(runs) == 1 and tuple(runs[0][0]) == road.node_ids:
        return [road]
    return [
        replace(
            road,
            road_id=road.road_id if len(runs) == 1 else f"{road.road_id}|{number}",
            node_ids=tuple(nodes),
            lat_lon_deg=np.array(places, float),
        )
        for number, (nodes, places) in enumerate(runs, start=1)
    ]


def _runs(road: Road, spans_of: SpansOf) -> Iterator[tuple[list[str], list[NDArray[np.float64]]]]:
    """Yield the node ids and places of each run that is kept."""
    nodes: list[str] = []
    places: list[NDArray[np.float64]] = []
    for index in range(len(road.node_ids) - 1):
        start, end = road.lat_lon_deg[index], road.lat_lon_deg[index + 1]
        for span in spans_of(index):
            if span[0] >= span[1]:
                continue
            for share in span:
                place = start + share * (end - start)
                node = _node_at(road, index, share, place)
                corner = share in {0.0, 1.0}  # cuts within a centimetre of each other have one name
                if nodes and node == nodes[-1] and (corner or np.array_equal(place, places[-1])):
                    continue
                if nodes and share == span[0]:
                    yield nodes, places
                    nodes, places = [], []
                nodes.append(node)
                places.append(place)
    if len(nodes) > 1:
        yield nodes, places


def _node_at(road: Road, index: int, share: float, place: NDArray[np.float64]) -> str:
    if share == 0.0:
        return road.node_ids[index]
    return road.node_ids[index + 1] if share == 1.0 else f"cut:{place[0]:.7f},{place[1]:.7f}"


def _share_in_box(start: NDArray[np.float64], end: NDArray[np.float64], box: Box) -> Span | None:
    """Return the shares 0..1 of a straight piece between which it lies in the box (Liang and Barsky 1984)."""
    low, high = 0.0, 1.0
    for axis in (0, 1):
        step = float(end[axis] - start[axis])
        least, most = box[axis] - float(start[axis]), box[axis + 2] - float(start[axis])
        if step == 0.0:
            if least > 0.0 or most < 0.0:
                return None
            continue
        enter, leave = sorted((least / step, most / step))
        low, high = max(low, enter), min(high, leave)
    return (low, high) if low <= high else None


def _shares_in_area(ends: NDArray[np.float64], area: shapely.Geometry) -> list[Span]:
    """Return the shares of a straight piece, (2, 2), that lie in the area; its own ends are exactly 0 and 1."""
    line = shapely.linestrings(ends)
    if shapely.covers(area, line):
        return [(0.0, 1.0)]
    inside = shapely.get_parts(shapely.intersection(line, area))
    along = ends[1] - ends[0]
    spans: list[Span] = []
    for part in inside[shapely.length(inside) > 0.0]:
        corners = shapely.get_coordinates(part)[[0, -1]]
        low, high = sorted(float(share) for share in ((corners - ends[0]) @ along) / float(along @ along))
        spans.append((0.0 if low < 1e-9 else low, 1.0 if high > 1.0 - 1e-9 else high))
    return sorted(spans)
