"""Graphs as two lists, as published with line-coverage research: edges `u v`, nodes `id [x y] lat lon [alt]`."""

from collections import defaultdict
from pathlib import Path
from typing import Final

from missions.errors import InputError
from missions.roads.source import RoadSource
from missions.roads.ways import Way, way_from_tags

Place = tuple[float, float]
_EDGE_FILES: Final = ("edgeList", "edges.txt")
_NODE_FILES: Final = ("nodeData", "nodes.txt", "nodeListLatLong")
_LAT_COLUMN: Final = {3: 1, 6: 3}
"""Columns of a row of nodes: `id lat lon`, or `id x y lat lon alt`."""


def ways_from_edge_list(source: RoadSource) -> list[Way]:
    """Return the chains of edges between nodes where other than two meet; the file may be either list of the two.

    Raises:
        InputError: the other list is not beside it, or a row is wrong.

    """
    edges_file = _beside(source.path, _EDGE_FILES, columns=(2,))
    nodes_file = _beside(source.path, _NODE_FILES, columns=tuple(_LAT_COLUMN))
    places = _places(nodes_file)
    source.nodes_stated = True
    ways: list[Way] = []
    for number, chain in enumerate(_chains(_edges(edges_file, places)), start=1):
        ways.append(
            way_from_tags(
                {},
                way_id=f"line-{number}",
                origin=f"the chain from node {chain[0]} to {chain[-1]}",
                node_ids=tuple(chain),
                lat_lon_deg=tuple(places[node] for node in chain),
            )
        )
    return ways


def _beside(path: Path, names: tuple[str, ...], *, columns: tuple[int, ...]) -> Path:
    """Return the file itself where its first row has so many columns, else the one of the known names beside it."""
    if len(_rows(path)[0][1]) in columns:
        return path
    found = next((path.with_name(name) for name in names if path.with_name(name).is_file()), None)
    if found is None:
        what = f"is half of a graph: {' or '.join(names)} is not beside it"
        raise InputError(what, file=path, remedy="both lists in one folder")
    return found


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Return the rows that are not blank, each with its line."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as exc:
        raise InputError("is not UTF-8 text", file=path, remedy="an edge list") from exc
    except OSError as exc:
        raise InputError(f"cannot be read: {exc.strerror}", file=path, remedy="an edge list") from exc
    rows = [(number, line.split()) for number, line in enumerate(lines, start=1) if line.strip()]
    if not rows:
        raise InputError("is empty", file=path, remedy="rows of nodes or edges")
    return rows


def _places(path: Path) -> dict[str, Place]:
    places: dict[str, Place] = {}
    for line, row in _rows(path):
        column = _LAT_COLUMN.get(len(row))
        try:
            places[row[0]] = (float(row[column or 0]), float(row[(column or 0) + 1]))
        except (ValueError, IndexError):
            column = None
        if column is None:
            raise InputError(
                f"{' '.join(row)[:60]!r} is no node", file=path, line=line, remedy="id lat lon, or id x y lat lon alt"
            )
    return places


def _edges(path: Path, places: dict[str, Place]) -> dict[str, list[str]]:
    """Return each node's neighbours, in the file's order; an edge given twice counts once."""
    neighbours: dict[str, list[str]] = defaultdict(list)
    for line, row in _rows(path):
        if len(row) != 2:
            raise InputError(f"{' '.join(row)[:60]!r} is no edge", file=path, line=line, remedy="two node ids")
        unknown = next((node for node in row if node not in places), None)
        if unknown is not None:
            raise InputError(
                f"node {unknown[:20]} is not in the list of nodes", file=path, line=line, remedy="its place"
            )
        first, last = row
        if first != last and last not in neighbours[first]:
            neighbours[first].append(last)
            neighbours[last].append(first)
    return neighbours


def _chains(neighbours: dict[str, list[str]]) -> list[list[str]]:
    """Return every edge once, as chains through the nodes where exactly two edges meet; rings come last."""
    walked: set[tuple[str, str]] = set()
    chains: list[list[str]] = []
    for start in sorted(neighbours, key=lambda node: len(neighbours[node]) == 2):  # stable: crossings and ends first
        for step in neighbours[start]:
            if (start, step) in walked:
                continue
            chain = [start, step]
            walked |= {(start, step), (step, start)}
            while len(neighbours[chain[-1]]) == 2 and chain[-1] != start:
                here = chain[-1]
                onward = next(node for node in neighbours[here] if node != chain[-2])
                walked |= {(here, onward), (onward, here)}
                chain.append(onward)
            chains.append(chain)
    return chains
