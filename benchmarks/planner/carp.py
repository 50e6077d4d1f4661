"""Capacitated arc routing: the gdb, val and egl-e instances (`u v cost demand` per edge; vertex 0 is the depot)."""

import csv
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import shortest_path

from planner.search import Base, Effort, Flying, Problem, search

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Instance:
    """One instance and the best cost known for it."""

    name: str
    vertices: int
    edges: tuple[tuple[int, int, int, int], ...]
    """From, to, cost, demand."""
    capacity: int
    best_known: float | None

    @property
    def family(self) -> str:
        """The name without its number."""
        return next(family for family in ("gdb", "val", "egl-e", self.name) if self.name.startswith(family))


def instances_in(folder: Path) -> list[Instance]:
    """Read every `.dat` of a folder, in the order of `best-known.csv` where there is one."""
    known = {}
    if (folder / "best-known.csv").is_file():
        with (folder / "best-known.csv").open(encoding="utf-8") as file:
            known = {row["instance"]: row for row in csv.DictReader(file)}
    files = sorted(folder.glob("*.dat"), key=lambda path: list(known).index(path.stem) if path.stem in known else -1)
    return [_read(path, known.get(path.stem)) for path in files]


def _read(path: Path, known: dict[str, str] | None) -> Instance:
    rows = [
        [int(word) for word in line.split()] for line in path.read_text(encoding="utf-8").splitlines() if line.strip()
    ]
    count = rows[1][0]
    rest = [value for row in rows[2 + count :] for value in row]  # vehicles, capacity, bounds
    return Instance(
        name=path.stem,
        vertices=rows[0][0],
        edges=tuple((u, v, cost, demand) for u, v, cost, demand in rows[2 : 2 + count]),
        capacity=int(known["capacity"]) if known else rest[1],
        best_known=float(known["ub"]) if known else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """Routes as vertices, first = last = depot; each step says whether it serves its edge."""

    nodes: tuple[tuple[int, ...], ...]
    required: tuple[tuple[bool, ...], ...]
    cpu_s: float


def solve(instance: Instance, *, seconds: float, seed: int = 1) -> Routes:
    """Search routes; deadheading is along shortest paths."""
    began_s = time.process_time()
    distance, before = _shortest(instance)
    served = [edge for edge in instance.edges if edge[3] > 0]
    ways = [way for u, v, _, _ in served for way in ((u, v), (v, u))]
    starts, ends = np.array([way[0] for way in ways]), np.array([way[1] for way in ways])
    none = np.zeros(len(ways))
    flying = Flying(
        time_s=np.repeat([float(edge[2]) for edge in served], 2),
        energy_j=np.repeat([float(edge[3]) for edge in served], 2),
        link_s=distance[np.ix_(ends, starts)],
        link_j=np.zeros((len(ways), len(ways))),
    )
    base = Base(
        flying=0,
        out_s=distance[0, starts],
        out_j=none,
        home_s=distance[ends, 0],
        home_j=none,
        limit_j=float(instance.capacity),
    )
    problem = Problem(flyings=(flying,), bases=(base,), items=np.zeros(len(ways), np.int64), limit_items=1)
    tours = search(problem, Effort(seed=seed, seconds=seconds - (time.process_time() - began_s)))
    walked = [_walk([ways[visit] for visit in tour.visits], before) for tour in tours]
    return Routes(
        nodes=tuple(tuple(nodes) for nodes, _ in walked),
        required=tuple(tuple(required) for _, required in walked),
        cpu_s=time.process_time() - began_s,
    )


def _shortest(instance: Instance) -> tuple[Floats, NDArray[np.int32]]:
    graph = np.full((instance.vertices, instance.vertices), np.inf)
    for u, v, cost, _ in instance.edges:
        graph[u, v] = graph[v, u] = min(graph[u, v], cost)
    distance, before = shortest_path(graph, return_predecessors=True)
    return distance, before


def _walk(ways: list[tuple[int, int]], before: NDArray[np.int32]) -> tuple[list[int], list[bool]]:
    nodes, required = [0], []
    for start, end in [*ways, (0, 0)]:
        path = [start]
        while path[-1] != nodes[-1]:
            path.append(int(before[nodes[-1], path[-1]]))
        nodes += path[-2::-1]
        required += [False] * (len(path) - 1)
        if (start, end) != (0, 0):
            nodes.append(end)
            required.append(True)
    return nodes, required


def cost_of(instance: Instance, routes: Routes) -> float:
    """Return the cost of routes, worked out from their steps alone.

    Raises:
        ValueError: an edge is not served once, a step follows no edge, or a route carries too much.

    """
    price = {frozenset((u, v)): (cost, demand) for u, v, cost, demand in instance.edges}
    left = {edge for edge, (_, demand) in price.items() if demand > 0}
    total = 0
    for nodes, required in zip(routes.nodes, routes.required, strict=True):
        load = 0
        for a, b, serves in zip(nodes, nodes[1:], required, strict=False):
            edge = frozenset((a, b))
            total += price[edge][0]
            if serves:
                load += price[edge][1]
                left.remove(edge)
        if load > instance.capacity or nodes[0] != 0 or nodes[-1] != 0:
            raise ValueError(f"{instance.name}: a route carries {load} of {instance.capacity} or is not closed")
    if left:
        raise ValueError(f"{instance.name}: {len(left)} edges are not served")
    return float(total)
