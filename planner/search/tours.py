"""Tours as arrays, compiled by numba: what parts of them take, flown ahead or back, in constant time.

Throughout, `m` is the measure: 0 the price that is minimised, 1 the energy that is limited; -1 as a visit is the dock.
numba compiles a function anew for each literal argument, hence measures are fields of `Costs` and flags are variables.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

compiled = njit(_nrt=False)
"""Without numba's counting of references: it would count at every access to a field, and take nine tenths of the time.

Functions compiled so cannot make arrays; assigning to a slice makes one too.
"""


class Costs(NamedTuple):
    """A problem as the moves read it: K ways of flying, B bases, V visits, S stretches, N neighbours."""

    own: Floats  # (K, 2, V)
    link: Floats  # (K, 2, V, V)
    out: Floats  # (B, 2, V)
    home: Floats  # (B, 2, V)
    flying: Ints  # (B,)
    items: Ints  # (V,)
    limit_j: Floats  # (B,)
    limit_items: int
    sortie_price: float
    near: Ints  # (S, N) other stretches, the nearest first
    fine: float  # the price of each joule above a limit: tours may break it on the way to better ones that do not
    price: int = 0  # the measures
    energy: int = 1


class Tours(NamedTuple):
    """Up to R tours; those without a visit are spare."""

    visit: Ints  # (R, S + 1)
    length: Ints  # (R,)
    base: Ints
    price: Floats
    load_j: Floats
    items: Ints
    tour_of: Ints  # (S,)
    place_of: Ints
    ahead: Floats  # (R, 2, S + 2): the first i visits and the legs between them, as flown
    back: Floats  # the same visits flown the other way
    items_to: Ints  # (R, S + 2)


@compiled
def leg(c: Costs, m: int, base: int, a: int, b: int) -> float:
    """From visit a to visit b; from and to the dock where they are -1."""
    if a < 0:
        return 0.0 if b < 0 else c.out[base, m, b]
    if b < 0:
        return c.home[base, m, a]
    return c.link[c.flying[base], m, a, b]


@compiled
def fined(c: Costs, base: int, load_j: float) -> float:
    """What a sortie pays for energy above its limit."""
    return c.fine * max(0.0, load_j - c.limit_j[base])


@compiled
def keeps_limits(c: Costs, s: Tours) -> bool:
    """Whether every tour keeps its energy."""
    over = 0
    for r in range(len(s.length)):
        over += s.length[r] > 0 and s.load_j[r] > c.limit_j[s.base[r]]
    return over == 0


@compiled
def settle(c: Costs, s: Tours, r: int) -> None:
    """Work out everything that follows from a tour's visits."""
    k = c.flying[s.base[r]]
    s.items_to[r, 0] = 0
    for m in range(2):
        s.ahead[r, m, 0] = 0.0
        s.back[r, m, 0] = 0.0
    for i in range(s.length[r]):
        v = s.visit[r, i]
        s.tour_of[v >> 1] = r
        s.place_of[v >> 1] = i
        s.items_to[r, i + 1] = s.items_to[r, i] + c.items[v]
        for m in range(2):
            ahead = c.own[k, m, v]
            back = c.own[k, m, v ^ 1]
            if i:
                u = s.visit[r, i - 1]
                ahead += c.link[k, m, u, v]
                back += c.link[k, m, v ^ 1, u ^ 1]
            s.ahead[r, m, i + 1] = s.ahead[r, m, i] + ahead
            s.back[r, m, i + 1] = s.back[r, m, i] + back
    s.items[r] = s.items_to[r, s.length[r]]
    s.load_j[r] = whole(c, s, c.energy, r)
    s.price[r] = whole(c, s, c.price, r) + fined(c, s.base[r], s.load_j[r])


@compiled
def whole(c: Costs, s: Tours, m: int, r: int) -> float:
    """What a tour takes by its sums, dock to dock."""
    n, base = s.length[r], s.base[r]
    if n == 0:
        return 0.0
    whole = s.ahead[r, m, n] + c.out[base, m, s.visit[r, 0]] + c.home[base, m, s.visit[r, n - 1]]
    return whole + c.sortie_price if m == 0 else whole


@compiled
def weigh(c: Costs, s: Tours, r: int) -> None:
    """Work out price, energy and items of a tour, and nothing else."""
    base, n = s.base[r], s.length[r]
    k = c.flying[base]
    s.items[r] = 0
    for m in range(2):
        total = c.sortie_price if m == 0 and n else 0.0
        before = -1
        for i in range(n):
            v = s.visit[r, i]
            total += leg(c, m, base, before, v) + c.own[k, m, v]
            before = v
            if m == 0:
                s.items[r] += c.items[v]
        total += leg(c, m, base, before, -1)
        if m == 0:
            s.price[r] = total
        else:
            s.load_j[r] = total
            s.price[r] += fined(c, base, total)


@compiled
def span(c: Costs, s: Tours, m: int, r: int, i: int, j: int, turned: bool) -> float:
    """Visits i to j - 1 of a tour and the legs between them."""
    if j <= i:
        return 0.0
    sums = s.back if turned else s.ahead
    whole = sums[r, m, j] - sums[r, m, i]
    if i == 0:
        return whole
    u, v = s.visit[r, i - 1], s.visit[r, i]
    k = c.flying[s.base[r]]
    return whole - (c.link[k, m, v ^ 1, u ^ 1] if turned else c.link[k, m, u, v])


@compiled
def end(s: Tours, r: int, i: int, j: int, turned: bool, last: bool) -> int:
    """The first or last visit of a part as it is flown; -1 of an empty one."""
    if j <= i:
        return -1
    if turned:
        return s.visit[r, i if last else j - 1] ^ 1
    return s.visit[r, j - 1 if last else i]


@compiled
def joined(
    c: Costs,
    s: Tours,
    m: int,
    base: int,
    r: int,
    r0: int,
    r1: int,
    r_turned: bool,
    q: int,
    q0: int,
    q1: int,
    q_turned: bool,
) -> float:
    """What a sortie takes that flies a part of tour r and then a part of tour q (both of one way of flying)."""
    a, b = end(s, r, r0, r1, r_turned, False), end(s, r, r0, r1, r_turned, True)
    x, y = end(s, q, q0, q1, q_turned, False), end(s, q, q0, q1, q_turned, True)
    if a < 0 and x < 0:
        return 0.0
    whole = span(c, s, m, r, r0, r1, r_turned) + span(c, s, m, q, q0, q1, q_turned)
    if a >= 0 and x >= 0:
        whole += c.link[c.flying[base], m, b, x]
    first, last = (a if a >= 0 else x), (y if y >= 0 else b)
    whole += c.out[base, m, first] + c.home[base, m, last]
    return whole + c.sortie_price if m == 0 else whole


@compiled
def keep(s: Tours, kept: Tours, r: int) -> None:
    """Remember a tour."""
    kept.length[r], kept.base[r], kept.price[r] = s.length[r], s.base[r], s.price[r]
    for i in range(s.length[r]):
        kept.visit[r, i] = s.visit[r, i]
