"""How good can any plan be? A lower bound on the time in the air, from a linear program over the road network.

A relaxation of the windy rural postman problem (Corberan, Plana and Sanchis 2007): every required edge is flown once,
either way or a part of each; straight flight between any two nodes closes the tours; as much leaves a node as reaches
it. Cuts are added until none is found: round a set of nodes that an odd number of required edges leaves, straight
flight passes at least once; round a set that required edges lie in and out of, but that none leaves, at least twice.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult, linprog
from scipy.sparse import coo_array, csr_array, vstack
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Legs = Callable[[Floats, Floats], Floats]

_NEAREST: Final = 8
"""Neighbours of each node in the first program; others come in where they would make it cheaper."""
_MOST_COLUMNS: Final = 4000
_ROUNDS: Final = 40
_SUPPORT: Final = (1e-6, 0.26, 0.51, 0.76, 1.01, 1.51, 1.99)
"""Flight over so much joins nodes to the sets that are tried as cuts."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Streets:
    """What has to be flown, on N nodes."""

    nodes_m: Floats
    """(N, 2) ENU metres; docks are nodes too."""
    edges: Ints
    """(E, 2) required edges: from node, to node."""
    ahead_s: Floats
    """(E,) least time of flight along each edge."""
    back_s: Floats
    docks: Ints
    """Nodes where sorties begin and end."""
    longest_s: float = np.inf
    """No sortie is longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What no plan can be below."""

    time_s: float
    """In the air, without take-offs and landings."""
    sorties: int


def lower_bound(streets: Streets, legs_s: Legs, *, seconds: float = np.inf) -> Bound:
    """Return a time in the air and a number of sorties that no plan can be below.

    `legs_s` gives the (A, B) times of straight flight from (A, 2) to (B, 2) places; no way between them may be quicker.
    Where the rounds of cuts, or `seconds` of CPU time, end too early, what the last program proves is returned: still a
    bound.
    """
    program = _Program(streets, legs_s(streets.nodes_m, streets.nodes_m))
    bound = Bound(time_s=0.0, sorties=1)
    began_s = time.process_time()
    for _ in range(_ROUNDS):
        time_s = max(bound.time_s, program.solve(bound.sorties))
        sorties = max(1, int(np.ceil(time_s / streets.longest_s - 1e-9)))
        is_tight = not program.add_cuts() and sorties == bound.sorties
        bound = Bound(time_s=time_s, sorties=sorties)
        if is_tight or time.process_time() - began_s > seconds:
            break
    return bound


class _Program:
    """The linear program: a variable for each edge (share flown ahead) and for each straight leg that is let in."""

    def __init__(self, streets: Streets, legs_s: Floats) -> None:
        self._streets = streets
        self._legs_s = legs_s
        count = len(streets.nodes_m)
        nearest = np.argsort(legs_s + np.diag(np.full(count, np.inf)), axis=1)[:, : min(_NEAREST, count - 1)]
        self._let_in = np.zeros((count, count), bool)
        self._let_in[np.repeat(np.arange(count), nearest.shape[1]), nearest.ravel()] = True
        self._let_in |= self._let_in.T
        self._let_in[streets.docks] = self._let_in[:, streets.docks] = True
        np.fill_diagonal(self._let_in, val=False)
        degree = np.bincount(streets.edges.ravel(), minlength=count)
        self._is_odd = degree % 2 == 1
        self._served = np.union1d(streets.edges.ravel(), streets.docks)
        self._sets: list[NDArray[np.bool_]] = [np.arange(count) == node for node in np.flatnonzero(self._is_odd)]
        self._least: list[float] = [1.0] * len(self._sets)
        self._flow = np.zeros((count, count))

    def solve(self, sorties: int) -> float:
        """Solve for at least so many sorties with every leg that could make it cheaper; return the objective."""
        while True:
            starts, ends = np.nonzero(self._let_in)
            found, prices = self._solve_with(starts, ends, sorties)
            worth = prices < -1e-7
            worth &= ~self._let_in
            if not worth.any():
                self._flow[:] = 0.0
                self._flow[starts, ends] = found.x[len(self._streets.edges) :]
                return float(found.fun + self._streets.back_s.sum())
            best = np.argsort(np.where(worth, prices, np.inf), axis=None)[: min(_MOST_COLUMNS, int(worth.sum()))]
            self._let_in.flat[best] = True

    def _solve_with(self, starts: Ints, ends: Ints, sorties: int) -> tuple[OptimizeResult, Floats]:
        """Return the solution over some legs, and what every leg would add to it."""
        streets = self._streets
        count, edges, legs = len(streets.nodes_m), len(streets.edges), len(starts)
        tails, heads = streets.edges[:, 0], streets.edges[:, 1]
        ones_e, ones_l = np.ones(edges), np.ones(legs)
        leg_columns = edges + np.arange(legs)
        rows = np.concatenate([tails, heads, starts, ends])
        columns = np.concatenate([np.arange(edges), np.arange(edges), leg_columns, leg_columns])
        signs = np.concatenate([2 * ones_e, -2 * ones_e, ones_l, -ones_l])
        balance = coo_array((signs, (rows, columns)), shape=(count, edges + legs)).tocsr()
        right = np.bincount(tails, minlength=count) - np.bincount(heads, minlength=count)
        sets = np.array(self._sets, bool).reshape(len(self._sets), count)
        crossing = csr_array((sets[:, starts] ^ sets[:, ends]).astype(float))
        home, home_least = self._home_row(starts, sorties)
        matrix = vstack([_beside(edges, crossing), home])
        least = np.append(self._least, home_least)
        result = linprog(
            np.concatenate([streets.ahead_s - streets.back_s, self._legs_s[starts, ends]]),
            A_ub=-matrix,
            b_ub=-least,
            A_eq=balance,
            b_eq=right,
            bounds=np.column_stack([np.zeros(edges + legs), np.concatenate([ones_e, np.full(legs, np.inf)])]),
            method="highs",
        )
        if result.status != 0:
            raise RuntimeError(f"the linear program of the bound failed: {result.message}")
        node, cut = result.eqlin.marginals, -result.ineqlin.marginals
        prices = self._legs_s - node[:, None] + node[None]
        weight, inside = cut[:-1], sets.astype(float)
        sums = weight @ inside
        prices -= sums[:, None] + sums[None] - 2 * (inside.T * weight) @ inside
        prices[streets.docks] -= cut[-1]
        return result, prices

    def _home_row(self, starts: Ints, sorties: int) -> tuple[csr_array, float]:
        """Return the row that says how often sorties leave the docks."""
        streets = self._streets
        is_dock = np.zeros(len(streets.nodes_m), bool)
        is_dock[streets.docks] = True
        ahead, back = is_dock[streets.edges[:, 0]].astype(float), is_dock[streets.edges[:, 1]].astype(float)
        row = np.concatenate([ahead - back, is_dock[starts].astype(float)])
        return csr_array(row[None]), sorties - float(back.sum())

    def add_cuts(self) -> bool:
        """Add the cuts that the solution breaks; whether there were any."""
        streets = self._streets
        both = self._flow + self._flow.T
        before = len(self._sets)
        for support in _SUPPORT:
            number, label = connected_components(csr_array(both >= support), directed=False)
            for one in range(number):
                inside = label == one
                if self._is_odd[inside].sum() % 2:
                    self._add(inside, 1.0, both)
        for support in _SUPPORT:
            joined = both >= support
            joined[streets.edges[:, 0], streets.edges[:, 1]] = True
            number, label = connected_components(csr_array(joined), directed=False)
            served = np.unique(label[self._served])
            for one in served if len(served) > 1 else ():
                self._add(label == one, 2.0, both)
        return len(self._sets) > before

    def _add(self, inside: NDArray[np.bool_], least: float, both: Floats) -> None:
        if float(both[inside][:, ~inside].sum()) < least - 1e-4:
            self._sets.append(inside)
            self._least.append(least)


def _beside(edges: int, crossing: csr_array) -> csr_array:
    """Return rows over edges and legs that count legs alone."""
    rows, columns = crossing.nonzero()
    shape = (crossing.shape[0], edges + crossing.shape[1])
    return csr_array((crossing.data, (rows, columns + edges)), shape=shape)
