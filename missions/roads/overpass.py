"""Overpass JSON: `out skel`, `out body` and `out geom` answers."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from missions.errors import InputError
from missions.roads.ways import Way, way_from_tags

_Place = tuple[float, float]


def ways_from_overpass(data: dict[str, Any], *, file: Path, dropped: Counter[str]) -> list[Way]:
    """Return the ways with a `highway` tag; all ways where the answer carries no tags at all.

    Raises:
        InputError: naming the element that is wrong.

    """
    elements = data.get("elements")
    if not isinstance(elements, list) or not all(isinstance(element, dict) for element in elements):
        raise InputError("is not a list of elements", file=file, field="elements", remedy="an Overpass JSON answer")
    if not elements:
        note = data.get("remark")
        what = f"holds no elements: {note}" if note else "holds no elements"
        raise InputError(
            what, file=file, field="elements", remedy="ask Overpass for ways and their nodes: (._;>;); out"
        )
    for number, element in enumerate(elements):
        _check_element(element, number, file)
    places = {e["id"]: _place(e, number, file) for number, e in enumerate(elements) if e.get("type") == "node"}
    lines = [(number, e) for number, e in enumerate(elements) if e.get("type") == "way"]
    tagged = any(e.get("tags") for _, e in lines)
    ways: list[Way] = []
    for number, element in lines:
        if tagged and "highway" not in element.get("tags", {}):
            dropped["not a road (no highway tag)"] += 1
            continue
        ways.extend(_ways_of(element, number, places, file, dropped))
    return ways


def _check_element(element: dict[str, Any], number: int, file: Path) -> None:
    """Refuse an element whose parts are of another kind than Overpass writes."""
    wanted = {"tags": dict, "nodes": list, "geometry": list}
    for name, kind in wanted.items():
        if name in element and not isinstance(element[name], kind):
            what, remedy = f"{name} is no {kind.__name__}", "an Overpass JSON answer"
            raise InputError(what, file=file, field=f"elements.{number}", remedy=remedy)
    if element.get("type") == "node" and not isinstance(element.get("id"), int):
        raise InputError("needs an id", file=file, field=f"elements.{number}", remedy="a whole number")
    if not all(isinstance(node, int) for node in element.get("nodes", ())):
        raise InputError("nodes are no ids", file=file, field=f"elements.{number}", remedy="whole numbers")


def _place(element: dict[str, Any], number: int, file: Path) -> _Place:
    try:
        return float(element["lat"]), float(element["lon"])
    except (KeyError, TypeError, ValueError, OverflowError) as exc:
        raise InputError("needs lat and lon", file=file, field=f"elements.{number}", remedy="numbers, degrees") from exc


def _ways_of(
    element: dict[str, Any], number: int, places: dict[int, _Place], file: Path, dropped: Counter[str]
) -> Iterator[Way]:
    """Yield the parts of a way whose places are known; a clipped answer lacks some."""
    way_id = str(element.get("id", f"element-{number}"))
    tags = {key: str(value) for key, value in element.get("tags", {}).items()}
    parts = list(_known_parts(element, number, places, file))
    known = sum(len(part) for part in parts)
    total = max(len(element.get("nodes") or ()), len(element.get("geometry") or ()))
    if known < total:
        dropped["points without a place"] += total - known
    for index, part in enumerate(parts):
        yield way_from_tags(
            tags,
            way_id=way_id if len(parts) == 1 else f"{way_id}/{index + 1}",
            origin=f"way {way_id}",
            node_ids=tuple(node for node, _ in part),
            lat_lon_deg=tuple(place for _, place in part),
        )


def _known_parts(
    element: dict[str, Any], number: int, places: dict[int, _Place], file: Path
) -> Iterator[list[tuple[str, _Place]]]:
    geometry = element.get("geometry")
    if geometry is None:
        row = [(str(node), places.get(node)) for node in element.get("nodes") or ()]
    else:
        drawn = [None if corner is None else _place(corner, number, file) for corner in geometry]
        nodes = element.get("nodes") or [f"{p[0]:.7f},{p[1]:.7f}" if p else "" for p in drawn]
        if len(nodes) != len(drawn):
            what = f"has {len(nodes)} nodes and {len(drawn)} places"
            raise InputError(what, file=file, field=f"elements.{number}", remedy="as many of one as of the other")
        row = [(str(node), place) for node, place in zip(nodes, drawn, strict=True)]
    part: list[tuple[str, _Place]] = []
    for node, place in row:
        if place is not None:
            part.append((node, place))
        elif part:
            yield part
            part = []
    if part:
        yield part
