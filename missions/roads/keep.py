"""Which roads are to be patrolled: by class, name and box."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from missions.errors import InputError
from missions.mission import KeepRoads
from missions.roads.network import Road

Box = tuple[float, float, float, float]


def kept_roads(roads: Sequence[Road], keep: KeepRoads, *, file: Path, dropped: Counter[str]) -> list[Road]:
    """Return the roads that `keep` asks for, cut at its box; what was left out is counted in `dropped`.

    Raises:
        InputError: nothing is left; the message names what is there.

    """
    if keep.bbox is not None:
        _check_box(keep.bbox, file)
    wanted = [road for road in roads if _is_wanted(road, keep, dropped)]
    if wanted and keep.bbox is not None:
        pieces = [_cut_at_box(road, keep.bbox) for road in wanted]
        if outside := sum(not parts for parts in pieces):
            dropped["outside the box"] += outside
        wanted = [piece for parts in pieces for piece in parts]
    if not wanted:
        raise _nothing_left(roads, keep, file)
    return wanted


def _is_wanted(road: Road, keep: KeepRoads, dropped: Counter[str]) -> bool:
    if keep.classes and road.road_class not in keep.classes:
        dropped[f"class {road.road_class}"] += 1
    elif keep.named_only and not road.name:
        dropped["without a name"] += 1
    elif keep.names and road.name.casefold() not in {name.casefold() for name in keep.names}:
        dropped["other names"] += 1
    else:
        return True
    return False


def _check_box(box: Box, file: Path) -> None:
    south, west, north, east = box
    if not (-90 <= south < north <= 90 and -180 <= west < east <= 180):
        raise InputError(f"box {box} holds nothing", file=file, remedy="south, west, north, east in degrees")


def _nothing_left(roads: Sequence[Road], keep: KeepRoads, file: Path) -> InputError:
    if keep.classes and not any(road.road_class in keep.classes for road in roads):
        present = ", ".join(f"{name} {count}" for name, count in Counter(r.road_class for r in roads).most_common(12))
        return InputError(f"no road of class {', '.join(keep.classes)} in it", file=file, remedy=f"it has {present}")
    names = sorted({road.name for road in roads if road.name})
    if keep.named_only and not names:
        return InputError("no road in it has a name", file=file, remedy="keep without named_only")
    if keep.names:
        shown = ", ".join(names[:12]) + (" ..." if len(names) > 12 else "")
        what = f"no road named {', '.join(keep.names)} is left"
        return InputError(what, file=file, remedy=f"it has {shown}" if names else "its roads have no names")
    points = np.vstack([road.lat_lon_deg for road in roads])
    (south, west), (north, east) = points.min(axis=0), points.max(axis=0)
    remedy = f"its roads span {south:.5f},{west:.5f} to {north:.5f},{east:.5f}"
    return InputError("no road is left after keep", file=file, remedy=remedy)


def _cut_at_box(road: Road, box: Box) -> list[Road]:
    """Return the parts of a road inside the box; a cut makes an end of its own, a whole road stays as it is."""
    points = road.lat_lon_deg
    south, west, north, east = box
    inside = (points >= (south, west)).all(axis=1) & (points <= (north, east)).all(axis=1)
    if inside.all():
        return [road]
    runs = list(_runs_inside(road, box))
    return [
        replace(
            road,
            road_id=road.road_id if len(runs) == 1 else f"{road.road_id}|{number}",
            node_ids=tuple(nodes),
            lat_lon_deg=np.array(places, float),
        )
        for number, (nodes, places) in enumerate(runs, start=1)
    ]


def _runs_inside(road: Road, box: Box) -> Iterator[tuple[list[str], list[NDArray[np.float64]]]]:
    """Yield the node ids and places of each run inside the box."""
    nodes: list[str] = []
    places: list[NDArray[np.float64]] = []
    for index in range(len(road.node_ids) - 1):
        start, end = road.lat_lon_deg[index], road.lat_lon_deg[index + 1]
        span = _share_inside(start, end, box)
        if span is None or span[0] >= span[1]:
            continue
        for share in span:
            place = start + share * (end - start)
            node = _node_at(road, index, share, place)
            if nodes and node == nodes[-1]:
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


def _share_inside(start: NDArray[np.float64], end: NDArray[np.float64], box: Box) -> tuple[float, float] | None:
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
