"""Road networks laid out like `roads/1km` of the real data, and the flight model their known optima belong to.

`nodes.txt`: id, x, y in metres (and more); `edges.txt`: one required edge per line, from and to. Service 7 m/s and
deadhead 10 m/s of airspeed, wind of 2 m/s blowing along 45 degrees (x east, y north), no time for turns, straight
flight between any two nodes.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SERVICE_M_S, DEADHEAD_M_S = 7.0, 10.0
WIND_M_S = 2.0 / math.sqrt(2) * np.ones(2)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Network:
    """Nodes and required edges; nodes are numbered in the order of the file."""

    name: str
    ids: tuple[str, ...]
    nodes_m: Floats
    edges: tuple[tuple[int, int], ...]

    @property
    def dock(self) -> int:
        """The node nearest the mean of all nodes: where fleets start."""
        return int(np.argmin(np.linalg.norm(self.nodes_m - self.nodes_m.mean(axis=0), axis=1)))


def read_network(folder: Path) -> Network:
    """Read `nodes.txt` and `edges.txt` of one folder."""
    rows = [line.split() for line in (folder / "nodes.txt").read_text(encoding="utf-8").splitlines() if line.strip()]
    ids = tuple(row[0] for row in rows)
    number = {name: index for index, name in enumerate(ids)}
    edges = [line.split()[:2] for line in (folder / "edges.txt").read_text(encoding="utf-8").splitlines()]
    return Network(
        name=folder.name,
        ids=ids,
        nodes_m=np.array([[float(row[1]), float(row[2])] for row in rows]),
        edges=tuple((number[ends[0]], number[ends[1]]) for ends in edges if ends),
    )


def networks_in(folder: Path) -> list[Network]:
    """Read every network below a folder, or below its `1km`."""
    root = folder / "1km" if (folder / "1km").is_dir() else folder
    return [read_network(found.parent) for found in sorted(root.glob("*/edges.txt"))]


def flight_s(steps_m: Floats, airspeed_m_s: float) -> Floats:
    """Return the time of straight flight along (..., 2) steps, crabbing against the wind."""
    length = np.linalg.norm(steps_m, axis=-1)
    way = steps_m / np.maximum(length, 1e-9)[..., None]
    along = way @ WIND_M_S
    across2 = WIND_M_S @ WIND_M_S - along**2
    times: Floats = np.where(length < 1e-6, 0.0, length / (along + np.sqrt(airspeed_m_s**2 - across2)))
    return times


def deadheads_s(starts_m: Floats, ends_m: Floats) -> Floats:
    """Return the (A, B) times of straight flight from (A, 2) to (B, 2) places."""
    return flight_s(ends_m[None] - starts_m[:, None], DEADHEAD_M_S)


def chains_of(network: Network) -> list[list[int]]:
    """Return the required edges as node sequences, merged through nodes where exactly two meet."""
    meeting: dict[int, list[int]] = {}
    for number, ends in enumerate(network.edges):
        for end in ends:
            meeting.setdefault(end, []).append(number)
    starts = [(edge, end) for edge, ends in enumerate(network.edges) for end in ends]
    starts.sort(key=lambda start: len(meeting[start[1]]) == 2)
    done: set[int] = set()
    chains = []
    for first, start in starts:
        nodes = [start]
        edge: int | None = first
        while edge is not None and edge not in done:
            done.add(edge)
            a, b = network.edges[edge]
            nodes.append(b if nodes[-1] == a else a)
            onward = meeting[nodes[-1]]
            edge = next((other for other in onward if other not in done), None) if len(onward) == 2 else None
        if len(nodes) > 1:
            chains.append(nodes)
    return chains
