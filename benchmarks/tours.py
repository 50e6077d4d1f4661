"""How far the search is from the known optimum of single tours: `python benchmarks/tours.py FOLDER [--seconds 10]`.

FOLDER is laid out like `roads/` of the real data: `1km/<city>/{nodes.txt, edges.txt}` and `optima-1km.csv`. The model
is that of the optima: one closed tour, no battery, service 7 m/s and deadhead 10 m/s of airspeed, wind of 2 m/s blowing
along 45 degrees (x east, y north), no time for turns, straight flight between any two nodes.
"""

import argparse
import csv
import math
import platform
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from planner.search import Effort, Problem, search
from planner.visits import Costs, Visit

Floats = NDArray[np.float64]
SERVICE_M_S, DEADHEAD_M_S = 7.0, 10.0
WIND = 2.0 / math.sqrt(2) * np.ones(2)


def seconds_along(steps_m: Floats, airspeed_m_s: float) -> Floats:
    """Return the time of straight legs along (..., 2) steps with the wind triangle."""
    length = np.linalg.norm(steps_m, axis=-1)
    way = steps_m / np.maximum(length, 1e-9)[..., None]
    along = way @ WIND
    across2 = WIND @ WIND - along**2
    times: Floats = np.where(length < 1e-6, 0.0, length / (along + np.sqrt(airspeed_m_s**2 - across2)))
    return times


def chains(city: Path) -> list[Floats]:
    """Return the required edges of a network as lines, merged through nodes where exactly two meet."""
    rows = [line.split() for line in (city / "nodes.txt").read_text(encoding="utf-8").splitlines()]
    places = {row[0]: np.array([float(row[1]), float(row[2])]) for row in rows}
    edges = [tuple(line.split()[:2]) for line in (city / "edges.txt").read_text(encoding="utf-8").splitlines()]
    meeting: dict[str, list[int]] = {}
    for number, ends in enumerate(edges):
        for end in ends:
            meeting.setdefault(end, []).append(number)
    starts = sorted(((i, end) for i, ends in enumerate(edges) for end in ends), key=lambda s: len(meeting[s[1]]) == 2)
    done: set[int] = set()
    lines = []
    for first, start in starts:
        walk: list[str] = [start]
        index: int | None = first
        while index is not None and index not in done:
            done.add(index)
            a, b = edges[index]
            walk.append(b if walk[-1] == a else a)
            onward = meeting[walk[-1]]
            index = next((i for i in onward if i not in done), None) if len(onward) == 2 else None
        if len(walk) > 1:
            lines.append(np.array([places[node] for node in walk]))
    return lines


def problem_of(lines: list[Floats]) -> Problem:
    """Return the tour as a search problem; the depot is where the first line begins, which every tour passes."""
    ways = [way for line in lines for way in (line, line[::-1])]
    visits = [
        Visit(
            stretch=index // 2,
            line_m=way,
            time_s=float(seconds_along(np.diff(way, axis=0), SERVICE_M_S).sum()),
            energy_j=0.0,
            first_s=0.0,
            braking_s=0.0,
            ramp_w=(0.0, 0.0),
            heights_m=np.zeros(len(way)),
        )
        for index, way in enumerate(ways)
    ]
    depot = lines[0][0]
    outs = np.array([depot, *(way[-1] for way in ways)])
    ins = np.array([depot, *(way[0] for way in ways)])
    times = seconds_along(ins[None] - outs[:, None], DEADHEAD_M_S)
    np.fill_diagonal(times, 0.0)
    costs = Costs(time_s=times, energy_j=np.zeros_like(times))
    return Problem(visits=visits, costs=costs, limit_j=1.0, limit_items=10**6)


def main() -> None:
    """Print a row for each network."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--networks", nargs="*", default=["nagoya", "beijing", "wuhan"])
    args = parser.parse_args()
    with (args.folder / "optima-1km.csv").open(encoding="utf-8") as file:
        optima = {row["Name"]: float(row["ILP-TourCost"]) for row in csv.DictReader(file)}
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, {args.seconds:g} s each")
    print(f"{'network':<12} {'stretches':>9} {'tour s':>9} {'optimum':>9} {'gap %':>7} {'CPU s':>6}")
    for name in args.networks:
        problem = problem_of(chains(args.folder / "1km" / name))
        began = time.process_time()
        (tour,) = search(problem, Effort(seed=1, seconds=args.seconds))
        cpu_s = time.process_time() - began
        cost_s, best_s = problem.tour_time_s(tour), optima[name]
        gap_pct = 100 * (cost_s / best_s - 1)
        count = len(problem.visits) // 2
        print(f"{name:<12} {count:>9} {cost_s:>9.2f} {best_s:>9.2f} {gap_pct:>7.2f} {cpu_s:>6.1f}", flush=True)


if __name__ == "__main__":
    main()
