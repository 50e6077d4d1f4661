"""Which roads are to be patrolled: by class, name, avenue, box and polygon."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from missions.errors import InputError
from missions.roads.area import area_of
from missions.roads.avenue import avenue_roads
from missions.roads.cutting import Box, cut_at_area, cut_at_box
from missions.roads.names import matched
from missions.roads.network import Road
from missions.roads_section import KeepRoads


def kept_roads(roads: Sequence[Road], keep: KeepRoads, *, file: Path, dropped: Counter[str]) -> list[Road]:
    """Return the roads that `keep` asks for, cut at its borders; what was left out is counted in `dropped`.

    Raises:
        InputError: nothing is left; the message names what is there.

    """
    if keep.bbox is not None:
        _check_box(keep.bbox, file)
    wanted = [road for road in roads if _is_wanted(road, keep, dropped)]
    if wanted and keep.avenue is not None:
        before, wanted = len(wanted), avenue_roads(wanted, keep.avenue, file=file)
        if elsewhere := before - len({road.road_id.partition("|")[0] for road in wanted}):
            dropped["not of the avenue from one place to the other"] += elsewhere
    if keep.bbox is not None:
        box = keep.bbox
        wanted = _cut(wanted, lambda road: cut_at_box(road, box), "outside the box", dropped)
    if keep.polygon is not None:
        area = area_of(keep.polygon)
        wanted = _cut(wanted, lambda road: cut_at_area(road, area), "outside the polygon", dropped)
    if not wanted:
        raise _nothing_left(roads, keep, file)
    return wanted


def _cut(
    roads: Sequence[Road], parts_of: Callable[[Road], list[Road]], reason: str, dropped: Counter[str]
) -> list[Road]:
    pieces = [parts_of(road) for road in roads]
    if outside := sum(not parts for parts in pieces):
        dropped[reason] += outside
    return [piece for parts in pieces for piece in parts]


def _is_wanted(road: Road, keep: KeepRoads, dropped: Counter[str]) -> bool:
    if keep.classes and road.road_class not in keep.classes:
        dropped[f"class {road.road_class}"] += 1
    elif keep.named_only and not road.name:
        dropped["without a name"] += 1
    elif keep.names and all(matched(road, name) is None for name in keep.names):
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
