"""Networks solved by the planner's search, and tours counted anew by what they say they fly."""

import time
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from benchmarks.planner.networks import DEADHEAD_M_S, SERVICE_M_S, Floats, Network, chains_of, deadheads_s, flight_s
from planner.bound import Streets, lower_bound
from planner.search import WARM, Base, Effort, Flying, Problem, Tour, carry_over, piece_counts, search

FIRST_SHARE = 0.6
"""Of the seconds for whole chains of road; the rest for pieces of them."""
MORE_PIECES = 100
SORTIE_PRICE_S = 20.0
"""Added to the goal for each sortie: fewer sorties win where flight hardly differs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flown:
    """A closed tour: node numbers, first = last, and for each step whether it flies a required edge."""

    nodes: tuple[int, ...]
    required: tuple[bool, ...]

    def time_s(self, network: Network) -> float:
        """Return its time in the air, worked out from its steps alone."""
        steps = np.diff(network.nodes_m[list(self.nodes)], axis=0)
        serves = np.array(self.required)
        return float(np.where(serves, flight_s(steps, SERVICE_M_S), flight_s(steps, DEADHEAD_M_S)).sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """What a search found for one network."""

    tours: tuple[Flown, ...]
    cpu_s: float

    def time_s(self, network: Network) -> float:
        """Return the time in the air of all tours."""
        return sum(tour.time_s(network) for tour in self.tours)


def problem_of(network: Network, chains: list[list[int]], *, dock: int, battery_s: float | None) -> Problem:
    """Return the chains as a search problem; the battery counts seconds, without one nothing is limited."""
    ways = [np.array(way) for chain in chains for way in (chain, chain[::-1])]
    places = network.nodes_m
    own = np.array([flight_s(np.diff(places[way], axis=0), SERVICE_M_S).sum() for way in ways])
    starts, ends = (places[[way[at] for way in ways]] for at in (0, -1))
    link, home = deadheads_s(ends, starts), deadheads_s(ends, places[[dock]])[:, 0]
    out = deadheads_s(places[[dock]], starts)[0]

    def load(seconds: Floats) -> Floats:
        return seconds if battery_s is not None else np.zeros_like(seconds)

    return Problem(
        flyings=(Flying(time_s=own, energy_j=load(own), link_s=link, link_j=load(link)),),
        bases=(Base(flying=0, out_s=out, out_j=load(out), home_s=home, home_j=load(home), limit_j=battery_s or 1.0),),
        items=np.zeros(len(ways), np.int64),
        limit_items=1,
        sortie_price=SORTIE_PRICE_S,
    )


def solve(network: Network, *, battery_s: float | None, seconds: float, seed: int = 1) -> Solved:
    """Search tours: whole chains first, then pieces of the long ones; a fleet flies from the network's dock."""
    began_s = time.process_time()
    chains = _fitting(network, chains_of(network), battery_s)
    dock = chains[0][0] if battery_s is None else network.dock
    effort = Effort(seed=seed, seconds=seconds * FIRST_SHARE)
    tours = search(problem_of(network, chains, dock=dock, battery_s=battery_s), effort)
    counts, pieces = cut(network, chains, more=MORE_PIECES)
    used_s = time.process_time() - began_s
    effort = Effort(seed=seed, seconds=seconds - used_s)
    finer = problem_of(network, pieces, dock=dock, battery_s=battery_s)
    tours = search(finer, effort, start=carry_over(tours, counts), heat=WARM)
    flown = tuple(flown_of(tour, pieces, dock) for tour in tours)
    return Solved(tours=flown, cpu_s=time.process_time() - began_s)


def _fitting(network: Network, chains: list[list[int]], battery_s: float | None) -> list[list[int]]:
    """Return the chains, cut where one takes more than a quarter of a battery."""
    if battery_s is None:
        return chains
    counts = [int(np.ceil(4 * length / (SERVICE_M_S * battery_s))) for length in lengths_m(network, chains)]
    return [piece for chain, count in zip(chains, counts, strict=True) for piece in _cut_one(network, chain, count)]


def lengths_m(network: Network, chains: list[list[int]]) -> Floats:
    """Return the (S,) lengths of the chains."""
    return np.array([np.linalg.norm(np.diff(network.nodes_m[chain], axis=0), axis=1).sum() for chain in chains])


def cut(network: Network, chains: list[list[int]], *, more: int) -> tuple[list[int], list[list[int]]]:
    """Return how many pieces each chain was cut into at its nodes, and the pieces."""
    wanted = piece_counts(lengths_m(network, chains), more=more, shortest_m=1.0)
    parts = [_cut_one(network, chain, count) for chain, count in zip(chains, wanted, strict=True)]
    return [len(part) for part in parts], [piece for part in parts for piece in part]


def _cut_one(network: Network, chain: list[int], count: int) -> list[list[int]]:
    """Return a chain in about so many pieces, cut at the nodes nearest to even distances."""
    steps = np.linalg.norm(np.diff(network.nodes_m[chain], axis=0), axis=1)
    stations = np.concatenate([[0.0], np.cumsum(steps)])
    wanted = np.linspace(0.0, stations[-1], count + 1)[1:-1]
    inner = {int(np.argmin(np.abs(stations - station))) for station in wanted} - {0, len(chain) - 1}
    at = [0, *sorted(inner), len(chain) - 1]
    return [chain[a : b + 1] for a, b in pairwise(at)]


def flown_of(tour: Tour, chains: list[list[int]], dock: int) -> Flown:
    """Return a tour of the search as nodes."""
    nodes, required = [dock], []
    for visit in tour.visits:
        chain = chains[visit // 2][:: -1 if visit % 2 else 1]
        if nodes[-1] != chain[0]:
            nodes.append(chain[0])
            required.append(False)
        nodes += chain[1:]
        required += [True] * (len(chain) - 1)
    if nodes[-1] != dock:
        nodes.append(dock)
        required.append(False)
    return Flown(nodes=tuple(nodes), required=tuple(required))


def faults(network: Network, solved: Solved, battery_s: float | None) -> list[str]:
    """Return what is wrong with tours, by the network alone: edges not flown once, tours not closed, batteries."""
    served = Counter(
        frozenset(step)
        for tour in solved.tours
        for step, required in zip(pairwise(tour.nodes), tour.required, strict=True)
        if required
    )
    wanted = Counter(frozenset(ends) for ends in network.edges)
    found = (
        [f"{len(wrong)} required edges are not flown once"] if (wrong := (wanted - served) | (served - wanted)) else []
    )
    for tour in solved.tours:
        if tour.nodes[0] != tour.nodes[-1]:
            found.append("a tour is not closed")
        if battery_s is not None and tour.time_s(network) > battery_s + 1e-6:
            found.append(f"a tour takes {tour.time_s(network):.1f} s of {battery_s:g} s")
    return found


def bound_s(network: Network, *, battery_s: float | None) -> float:
    """Return the lower bound of the time in the air; a fleet's holds its dock and the fewest sorties there can be."""
    edges = np.array(network.edges)
    dock = int(edges[0, 0]) if battery_s is None else network.dock
    used = np.union1d(np.unique(edges), [dock])
    number = np.full(len(network.nodes_m), -1)
    number[used] = np.arange(len(used))
    steps = network.nodes_m[edges[:, 1]] - network.nodes_m[edges[:, 0]]
    streets = Streets(
        nodes_m=network.nodes_m[used],
        edges=number[edges],
        ahead_s=flight_s(steps, SERVICE_M_S),
        back_s=flight_s(-steps, SERVICE_M_S),
        docks=np.array([number[dock]]),
        longest_s=battery_s or np.inf,
    )
    return lower_bound(streets, deadheads_s).time_s
