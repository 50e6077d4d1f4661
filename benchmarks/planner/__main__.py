"""`python -m benchmarks.planner {single|fleet|carp|growth|city} --data FOLDER`: tours against known figures.

FOLDER is laid out like `roads/` (or `roads/1km`) of the real data for single and fleet, like `arc-routing/` for carp.
Seconds are of CPU time of one process, compiling left out. Every figure is worked out anew from the tours' own steps.
"""

import csv
import json
import platform
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.planner import carp as arcs
from benchmarks.planner.networks import Network, networks_in
from benchmarks.planner.solve import Solved, bound_s, faults, solve
from planner.search.__main__ import main as compile_search

app = typer.Typer(add_completion=False, help=__doc__)
console = Console(stderr=True)
BATTERIES_S: Final = (900.0, 1800.0)

DataOption = Annotated[Path, typer.Option("--data", exists=True, file_okay=False, help="Folder of networks.")]
SecondsOption = Annotated[float, typer.Option("--seconds", min=0.1, help="CPU seconds for each network.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the tours as JSON instead of the table.")]
PeerOption = Annotated[bool, typer.Option("--peer", help="Also run PyVRP for as long.")]
OnlyOption = Annotated[list[str] | None, typer.Option("--only", help="This network alone; may be repeated.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Of the search.")]
Row = tuple[str, ...]


@app.command()
def single(
    *,
    data: DataOption,
    seconds: SecondsOption = 20.0,
    seed: SeedOption = 1,
    peer: PeerOption = False,
    only: OnlyOption = None,
    as_json: JsonOption = False,
) -> None:
    """One closed tour without battery or dock, against the known optimum where there is one."""
    optima = _column(data / "optima-1km.csv", ("Name",), "ILP-TourCost")
    rows, gaps, peers, out = [], [], [], []
    for network in _each(networks_in(data), only, as_json=as_json):
        solved = _sound(network, None, solve(network, battery_s=None, seconds=seconds, seed=seed))
        out.append(_json(network, None, solved))
        cost_s, best_s = solved.time_s(network), optima.get((network.name,))
        row = [network.name, str(len(network.edges)), f"{cost_s:.2f}"]
        row += [f"{best_s:.2f}" if best_s else "", _gap(gaps, cost_s, best_s), f"{solved.cpu_s:.1f}"]
        if peer:
            other_s = _pyvrp(network, None, seconds, seed).time_s(network)
            row.append(_gap(peers, other_s, best_s))
        rows.append(tuple(row))
    heads = ["network", "edges", "tour s", "optimum s", "gap %", "CPU s", *(["PyVRP gap %"] if peer else [])]
    _print(as_json=as_json, out=out, title=f"single tours, {seconds:g} CPU s each", heads=heads, rows=rows)
    _summary(as_json, [("gap to the optimum", gaps), ("PyVRP's", peers)])


@app.command()
def fleet(
    *,
    data: DataOption,
    seconds: SecondsOption = 10.0,
    seed: SeedOption = 1,
    peer: PeerOption = False,
    bound: Annotated[bool, typer.Option("--bound/--no-bound", help="Work out the lower bound.")] = True,
    only: OnlyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Battery-limited sorties from the node nearest the mean, against a peer's published tours and a lower bound."""
    theirs = _column(data / "peer-fleet-1km.csv", ("city", "battery_s"), "total_flight_s")
    counts = _column(data / "peer-fleet-1km.csv", ("city", "battery_s"), "sorties")
    rows, below, over, pyvrps, out = [], [], [], [], []
    for network in _each(networks_in(data), only, as_json=as_json):
        least_s = None
        for battery_s in BATTERIES_S:
            solved = _sound(network, battery_s, solve(network, battery_s=battery_s, seconds=seconds, seed=seed))
            out.append(_json(network, battery_s, solved))
            cost_s, key = solved.time_s(network), (network.name, f"{battery_s:g}")
            least_s = bound_s(network, battery_s=battery_s) if bound else None
            row = [
                network.name,
                f"{battery_s:g}",
                str(len(solved.tours)),
                f"{counts[key]:.0f}" if key in counts else "",
            ]
            row += [f"{cost_s:.1f}", _gap(below, cost_s, theirs.get(key))]
            row += [f"{least_s:.1f}" if least_s else "", _gap(over, cost_s, least_s), f"{solved.cpu_s:.1f}"]
            if peer:
                other = _pyvrp(network, battery_s, seconds, seed)
                row.append(_gap(pyvrps, other.time_s(network), theirs.get(key)))
            rows.append(tuple(row))
    heads = ["network", "battery s", "sorties", "peer's", "flight s", "to peer %", "bound s", "gap %", "CPU s"]
    heads += ["PyVRP to peer %"] if peer else []
    _print(as_json=as_json, out=out, title=f"fleets, {seconds:g} CPU s each", heads=heads, rows=rows)
    _summary(as_json, [("to the peer", below), ("gap to the bound", over), ("PyVRP to the peer", pyvrps)])


@app.command()
def carp(
    *,
    data: DataOption,
    seconds: SecondsOption = 20.0,
    seed: SeedOption = 1,
    only: OnlyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Capacitated arc routing: gdb, val and egl-e against the best known costs."""
    rows, out = [], []
    gaps: dict[str, list[float]] = {}
    for instance in _each(arcs.instances_in(data), only, as_json=as_json):
        routes = arcs.solve(instance, seconds=seconds, seed=seed)
        cost = arcs.cost_of(instance, routes)
        gap = _gap(gaps.setdefault(instance.family, []), cost, instance.best_known)
        tours = [
            {"nodes": [str(node) for node in nodes], "required": list(required)}
            for nodes, required in zip(routes.nodes, routes.required, strict=True)
        ]
        out.append({"network": instance.name, "battery_s": None, "cpu_s": routes.cpu_s, "cost": cost, "tours": tours})
        best = f"{instance.best_known:.0f}" if instance.best_known else ""
        rows.append((instance.name, str(len(routes.nodes)), f"{cost:.0f}", best, gap, f"{routes.cpu_s:.1f}"))
    heads = ["instance", "routes", "cost", "best known", "gap %", "CPU s"]
    _print(as_json=as_json, out=out, title=f"capacitated arc routing, {seconds:g} CPU s each", heads=heads, rows=rows)
    _summary(as_json, [(f"gap of {family}", values) for family, values in gaps.items()])


@app.command()
def growth(
    *,
    data: DataOption,
    sizes: Annotated[str, typer.Option("--sizes", help="Numbers of stretches.")] = "500,1000,2000,5000,10000",
    seconds: Annotated[float, typer.Option("--seconds", min=0.1, help="Of search, for each 1000 stretches.")] = 10.0,
    seed: SeedOption = 1,
) -> None:
    """Whole plans, checked, of ever more stretches: copies of one real network side by side, one dock in the middle."""
    from benchmarks.planner.growth import grown, most_chains

    network = most_chains(networks_in(data))
    rows = []
    for size in _each([int(size) for size in sizes.split(",")], None, as_json=False):
        found = grown(network, size, seconds=seconds * size / 1000, seed=seed)
        per_s = 1000 * found.cpu_s / found.stretches
        rows.append(
            (
                f"{found.stretches}",
                f"{found.sorties}",
                f"{found.flight_s / 3600:.2f}",
                f"{100 * found.dead_share:.1f}",
                f"{found.cpu_s:.1f}",
                f"{per_s:.1f}",
                f"{found.peak_mb:.0f}",
            )
        )
    heads = ["stretches", "sorties", "flight h", "dead %", "CPU s", "CPU s per 1000", "peak MB"]
    _print(
        as_json=False,
        out=[],
        title=f"growth, {network.name} side by side, {seconds:g} CPU s of search per 1000",
        heads=heads,
        rows=rows,
    )


@app.command()
def city(
    *,
    data: DataOption,
    seconds: Annotated[float, typer.Option("--seconds", min=0.1, help="Of search, for each plan.")] = 10.0,
    goal: Annotated[list[str] | None, typer.Option("--goal", help="Of the fleet; may be repeated.")] = None,
    seed: SeedOption = 1,
    only: OnlyOption = None,
) -> None:
    """Whole plans of a city's fleet, checked: 3 docks, 6 aircraft, 2 no-fly zones, wind, and synthetic hills.

    Without --only it is the Wuhan of `3km`; peak MB is that of the process so far.
    """
    from benchmarks.planner.city import patrolled

    folder = data / "3km" if (data / "3km").is_dir() else data
    rows = []
    for network in _each(networks_in(folder), only or ["wuhan"], as_json=False):
        for wanted in goal or ["flight_time", "makespan"]:
            found = patrolled(network, goal=wanted, seconds=seconds, seed=seed)
            rows.append(
                (
                    network.name,
                    wanted,
                    f"{found.stretches}",
                    f"{found.aircraft}",
                    f"{found.sorties}",
                    f"{found.flight_s / 60:.1f}",
                    f"{found.makespan_s / 60:.1f}",
                    f"{100 * found.seen_share:.1f}",
                    f"{found.violations}",
                    f"{found.cpu_s:.1f}",
                    f"{found.peak_mb:.0f}",
                )
            )
    heads = ["network", "goal", "stretches", "flying", "sorties", "flight min", "last landing min", "seen % of allowed"]
    heads += ["violations", "CPU s", "peak MB"]
    title = f"a city's fleet over hills, {seconds:g} CPU s of search"
    _print(as_json=False, out=[], title=title, heads=heads, rows=rows)


def _column(path: Path, keys: tuple[str, ...], value: str) -> dict[tuple[str, ...], float]:
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8") as file:
        return {tuple(row[key] for key in keys): float(row[value]) for row in csv.DictReader(file)}


def _each(things: list[Any], only: list[str] | None, *, as_json: bool) -> Iterator[Any]:
    chosen = [thing for thing in things if not only or thing.name in only]
    if not chosen:
        console.print("no network: --data names a folder laid out like the real data's; --only one of its names")
        raise typer.Exit(2)
    compile_search()
    yield from track(chosen, description="searching", console=console, disable=as_json and not sys.stderr.isatty())


def _sound(network: Network, battery_s: float | None, solved: Solved) -> Solved:
    if wrong := faults(network, solved, battery_s):
        console.print(f"{network.name}: {'; '.join(wrong)}")
        raise typer.Exit(1)
    return solved


def _pyvrp(network: Network, battery_s: float | None, seconds: float, seed: int) -> Solved:
    from benchmarks.planner.peer import solve_by_pyvrp

    return solve_by_pyvrp(network, battery_s=battery_s, seconds=seconds, seed=seed)


def _gap(gaps: list[float], cost: float, best: float | None) -> str:
    """Return how much more a cost is than another, per cent, and collect it."""
    if not best:
        return ""
    gaps.append(100 * (cost / best - 1))
    return f"{gaps[-1]:.2f}"


def _json(network: Network, battery_s: float | None, solved: Solved) -> dict[str, Any]:
    tours = [
        {"nodes": [network.ids[node] for node in tour.nodes], "required": list(tour.required)} for tour in solved.tours
    ]
    return {"network": network.name, "battery_s": battery_s, "cpu_s": solved.cpu_s, "tours": tours}


def _print(*, as_json: bool, out: list[dict[str, Any]], title: str, heads: list[str], rows: list[Row]) -> None:
    if as_json:
        print(json.dumps({"networks": out}))
        return
    table = Table(title=f"{title}; {_machine()}", title_justify="left")
    for number, head in enumerate(heads):
        table.add_column(head, justify="left" if number == 0 else "right")
    for row in rows:
        table.add_row(*row)
    Console(width=120).print(table)


def _machine() -> str:
    cpu = platform.processor() or platform.machine()
    return f"{cpu}, Python {platform.python_version()}"


def _summary(as_json: bool, figures: list[tuple[str, list[float]]]) -> None:
    tell: Callable[[str], None] = console.print if as_json else print
    for name, gaps in figures:
        if gaps:
            middle = f"median {np.median(gaps):.2f} %"
            tell(f"{name}: mean {np.mean(gaps):.2f} %, {middle}, largest {max(gaps):.2f} %, least {min(gaps):.2f} %")


if __name__ == "__main__":
    app()
